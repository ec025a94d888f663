//! Who comes when: at any commit whatsoever, by any road, everybody holds the same text.

use super::*;
use app::replica::Replica;

/// Steps that each make one commit or more, and one who has been there from the start.
struct Walk {
    scene: Scene,
    gate: Gate,
    first: Watcher,
    /// What the first one held at each of its cursors.
    past: Vec<Replica>,
    /// Who came in the middle, and stays.
    others: Vec<Watcher>,
}

impl Walk {
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

    /// Reads what has been committed, one event at a time; at each, and of every past cursor,
    /// somebody comes.
    async fn until(&mut self, is_so: impl Fn(&Watcher) -> bool) {
        while !is_so(&self.first) {
            self.first.one().await;
            self.past.push(self.first.replica.clone());
            let is_at_the_head = self.scene.watch().await.cursor() == self.first.cursor();
            if is_at_the_head {
                self.all_come().await;
            }
        }
    }

    /// Nothing is committed meanwhile: the gate is shut.
    async fn all_come(&mut self) {
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
        assert_eq!(said(&self.scene.bob).await, rows);
    }
}

#[tokio::test]
async fn who_comes_at_any_commit_holds_the_text_of_who_was_there_from_the_start() {
    let mut walk = Walk::begin().await;
    let answer = walk.scene.ask("Fill the gap.").await;
    walk.until(|first| first.row(answer).is_some()).await;
    for text in ["Ein ", "Ein Wort ", "Ein Wort füllt "] {
        walk.gate.let_through(1);
        walk.until(|first| first.text(answer) == text).await;
    }
    // Written anew in the middle of a message's life: another text, of another length.
    walk.scene.stop(answer).await;
    walk.until(|first| first.row(answer).is_some_and(|row| row.state == IntentionState::Cancelled))
        .await;
    // Who wrote the old one lets nothing through any more.
    walk.scene.provider.left_alone(1).await;
    walk.scene.retry(answer).await;
    walk.until(|first| first.text(answer).is_empty()).await;
    for text in ["Ein ", "Ein Wort "] {
        walk.gate.let_through(1);
        walk.until(|first| first.text(answer) == text).await;
        // And others go on talking.
        let said = walk.scene.ada.say("@garden", "Go on.").await.message_id;
        walk.until(|first| first.row(said).is_some()).await;
    }
    let whole = "Ein Wort füllt die Lücke 🌱";
    for length in
        ["Ein Wort füllt ".len(), "Ein Wort füllt die ".len(), whole.len() - 4, whole.len()]
    {
        walk.gate.let_through(1);
        walk.until(|first| first.text(answer).len() == length).await;
    }
    walk.gate.let_through(1);
    let is_whole = |row: &Intention| ending(row) == (IntentionState::Complete, None, whole);
    walk.until(|first| first.row(answer).is_some_and(is_whole)).await;
    assert!(walk.others.len() > 10);
}

#[tokio::test]
async fn who_comes_in_the_middle_of_a_torrent_holds_it_all_in_the_end() {
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
        // And one who comes back from where he was a while ago.
        let replica = past.replace(first.replica.clone());
        others.push(Watcher::follow(&scene.bob, replica).await);
    }
    assert_eq!(first.text(answer), text);
    let ended = scene.ended(&mut first, answer).await;
    for mut other in others {
        assert_eq!(other.until_ended(answer).await, ended);
    }
}

/// Where others listen, the recent frames are at hand; where nobody does, the database is asked. The
/// one tells of added text what was added, the other the whole; a client holds the same.
#[tokio::test]
async fn the_ring_and_the_store_lead_to_the_same_text() {
    let mut walk = Walk::begin().await;
    let answer = walk.scene.ask("Fill the gap.").await;
    walk.until(|first| first.row(answer).is_some()).await;
    for text in ["Ein ", "Ein Wort "] {
        walk.gate.let_through(1);
        walk.until(|first| first.text(answer) == text).await;
    }
    walk.scene.stop(answer).await;
    walk.scene.provider.left_alone(1).await;
    walk.scene.retry(answer).await;
    walk.until(|first| first.text(answer).is_empty()).await;
    for text in ["Ein ", "Ein Wort "] {
        walk.gate.let_through(1);
        walk.until(|first| first.text(answer) == text).await;
    }
    let Walk { scene, first, past, others, .. } = walk;
    let (head, rows) = (first.cursor(), first.rows());
    drop((first, others));
    for replica in past {
        assert_eq!(scene.house.listeners(), 0);
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
    // The page is read before the next word, and comes after it.
    let before = late.replica.begin_page().expect("there is earlier");
    let path = format!("{GARDEN}/intentions?before={before}");
    let page: HistoryPage = scene.bob.get(&path).await.of(200);
    gate.let_through(1);
    first.until_bytes(answer, 8).await;
    late.until_cursor(&first.cursor()).await;
    late.replica.handle_page(page).expect("a change");
    assert_eq!(late.text(answer), "0 1 2 3 ");
    gate.open();
    let ended = first.until_ended(answer).await;
    assert_eq!(scene.kept(answer).await, ended);
    assert_eq!(late.until_ended(answer).await, ended);
    assert_eq!(late.rows(), first.rows());
}
