//! A client that joins at any commit, on any path, ends with the same text as all others.

use super::*;
use client::{Replica, Window};

/// A conversation whose steps make one commit or more each, and a client that listens from the
/// start.
struct Conversation {
    scene: Scene,
    gate: Gate,
    first: Watcher,
    /// The first client's replica at each of its cursors.
    past: Vec<Replica>,
    /// The clients that joined later, and stay.
    others: Vec<Watcher>,
}

impl Conversation {
    async fn begin() -> Self {
        let gate = Gate::shut();
        let words = ["Ein ", "Wort ", "füllt ", "die ", "Lücke ", "🌱"];
        let script =
            words.iter().fold(Script::stream(), |script, word| script.wait(&gate).say(word));
        let scene = Scene::playing([script.wait(&gate).stop()]).await;
        let first = scene.watch().await;
        let past = vec![first.replica.clone()];
        Self { scene, gate, first, past, others: vec![] }
    }

    /// Reads the committed events one at a time; at each, clients join with no cursor and with
    /// every past cursor.
    async fn until(&mut self, is_so: impl Fn(&Watcher) -> bool) {
        while !is_so(&self.first) {
            self.first.one().await;
            self.past.push(self.first.replica.clone());
            let is_at_the_head = self.scene.watch().await.cursor() == self.first.cursor();
            if is_at_the_head {
                self.join_at_every_cursor().await;
            }
        }
    }

    /// Nothing is committed meanwhile: the gate is shut.
    async fn join_at_every_cursor(&mut self) {
        let (head, rows) = (self.first.cursor(), self.first.rows());
        let newcomer = self.scene.watch().await;
        assert_eq!((newcomer.cursor(), newcomer.rows()), (head.clone(), rows.clone()));
        self.others.push(newcomer);
        for past in &self.past {
            let since = past.cursor().cloned();
            let back = Watcher::follow(&self.scene.bob, Some(past.clone())).await;
            assert_eq!((back.cursor(), back.rows()), (head.clone(), rows.clone()), "{since:?}");
        }
        for other in &mut self.others {
            other.until_cursor(&head).await;
            assert_eq!(other.rows(), rows);
        }
        assert_eq!(history(&self.scene.bob).await, rows);
    }
}

#[tokio::test]
async fn a_client_that_joins_at_any_commit_holds_the_same_text_as_one_from_the_start() {
    let mut conversation = Conversation::begin().await;
    let answer = conversation.scene.ask("Fill the gap.").await;
    conversation.until(|first| first.row(answer).is_some()).await;
    for text in ["Ein ", "Ein Wort ", "Ein Wort füllt "] {
        conversation.gate.let_through(1);
        conversation.until(|first| first.text(answer) == text).await;
    }
    // A retry in the middle of the message's life: another text, of another length.
    conversation.scene.stop(answer).await;
    conversation
        .until(|first| first.row(answer).is_some_and(|row| row.state == IntentionState::Cancelled))
        .await;
    // The writer of the old text sends nothing more.
    conversation.scene.provider.abandoned(1).await;
    conversation.scene.retry(answer).await;
    conversation.until(|first| first.text(answer).is_empty()).await;
    for text in ["Ein ", "Ein Wort "] {
        conversation.gate.let_through(1);
        conversation.until(|first| first.text(answer) == text).await;
        // Others go on talking.
        let said = conversation.scene.ada.say("@garden", "Go on.").await.message_id;
        conversation.until(|first| first.row(said).is_some()).await;
    }
    let whole = "Ein Wort füllt die Lücke 🌱";
    for length in
        ["Ein Wort füllt ".len(), "Ein Wort füllt die ".len(), whole.len() - 4, whole.len()]
    {
        conversation.gate.let_through(1);
        conversation.until(|first| first.text(answer).len() == length).await;
    }
    conversation.gate.let_through(1);
    let is_whole = |row: &Intention| ending(row) == (IntentionState::Complete, None, whole);
    conversation.until(|first| first.row(answer).is_some_and(is_whole)).await;
    assert!(conversation.others.len() > 10);
}

#[tokio::test]
async fn a_client_that_joins_during_a_burst_ends_with_the_whole_text() {
    let text = "Stetig höhlt der Tropfen den Stein. ".repeat(300);
    let script =
        text.split_inclusive(' ').enumerate().fold(Script::stream(), |script, (n, word)| {
            let script = script.say(word);
            if n % 10 == 0 { script.pause(std::time::Duration::from_millis(5)) } else { script }
        });
    let scene = Scene::playing([script.stop().cut(11)]).await;
    let mut first = scene.watch().await;
    let answer = scene.ask("Drip.").await;
    let mut others = Vec::new();
    let mut past = None;
    while first.row(answer).is_none_or(|row| row.state == IntentionState::Active) {
        first.one().await;
        others.push(scene.watch().await);
        // A client that resumes from an earlier cursor.
        let replica = past.replace(first.replica.clone());
        others.push(Watcher::follow(&scene.bob, replica).await);
    }
    assert_eq!(first.text(answer), text);
    let ended = scene.ended(&mut first, answer).await;
    for mut other in others {
        assert_eq!(other.until_ended(answer).await, ended);
    }
}

/// While others listen, the ring serves catch-up; otherwise the database does. The ring sends the
/// appended text, the database the whole text; a client ends with the same.
#[tokio::test]
async fn the_ring_and_the_store_lead_to_the_same_text() {
    let mut conversation = Conversation::begin().await;
    let answer = conversation.scene.ask("Fill the gap.").await;
    conversation.until(|first| first.row(answer).is_some()).await;
    for text in ["Ein ", "Ein Wort "] {
        conversation.gate.let_through(1);
        conversation.until(|first| first.text(answer) == text).await;
    }
    conversation.scene.stop(answer).await;
    conversation.scene.provider.abandoned(1).await;
    conversation.scene.retry(answer).await;
    conversation.until(|first| first.text(answer).is_empty()).await;
    for text in ["Ein ", "Ein Wort "] {
        conversation.gate.let_through(1);
        conversation.until(|first| first.text(answer) == text).await;
    }
    let Conversation { scene, first, past, others, .. } = conversation;
    let (head, rows) = (first.cursor(), first.rows());
    drop((first, others));
    for replica in past {
        assert_eq!(scene.server.listeners(), 0);
        let since = replica.cursor().cloned();
        let from_store = Watcher::follow(&scene.bob, Some(replica)).await;
        assert_eq!(
            (from_store.cursor(), from_store.rows()),
            (head.clone(), rows.clone()),
            "{since:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_above_what_is_loaded_comes_with_its_page() {
    let gate = Gate::shut();
    let script =
        (0..6).fold(Script::stream(), |script, n| script.wait(&gate).say(&format!("{n} ")));
    let scene = Scene::playing([script.wait(&gate).stop()]).await;
    let mut first = scene.watch().await;
    let answer = scene.ask("Count.").await;
    gate.let_through(2);
    first.until_bytes(answer, 4).await;
    scene.ada.say_up_to("@garden", first.cursor().seq.0 + 60).await;
    let mut late = scene.watch().await;
    assert_eq!(late.row(answer), None, "it is above the newest 50");
    gate.let_through(1);
    first.until_bytes(answer, 6).await;
    // The page is requested before the next word, and arrives after it.
    let request = late.replica.begin_earlier().expect("there is earlier");
    let Window::Before(before) = request.window else { panic!("{request:?}") };
    let path = format!("{SPACE}/intentions?before={before}");
    let page: HistoryPage = scene.bob.get(&path).await.of(200);
    gate.let_through(1);
    first.until_bytes(answer, 8).await;
    late.until_cursor(&first.cursor()).await;
    late.replica.handle_page(request, page).expect("a change");
    assert_eq!(late.text(answer), "0 1 2 3 ");
    gate.open();
    let ended = first.until_ended(answer).await;
    assert_eq!(scene.stored(answer).await, ended);
    assert_eq!(late.until_ended(answer).await, ended);
    assert_eq!(late.rows(), first.rows());
}
