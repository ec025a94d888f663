//! Retry: a new answer replaces the old one.

use super::*;
use protocol::{IntentionAppended, SyncEvent};

#[tokio::test]
async fn a_retry_replaces_a_complete_answer() {
    let gate = Gate::shut();
    let second = Script::stream().wait(&gate).say("On second ").wait(&gate).say("thoughts.");
    let scene = Scene::playing([Script::saying("At first."), second.wait(&gate).stop()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    let before = watcher.until_ended(answer).await;
    watcher.heard.clear();

    let begun = scene.retry(answer).await;
    assert_eq!(ending(&begun), (IntentionState::Active, None, ""));
    let same = |row: &Intention| (row.id, row.message_id, row.reply_to, row.created_at.clone());
    assert_eq!(same(&begun), same(&before));
    assert_eq!(scene.stored(answer).await, begun);
    gate.let_through(1);
    watcher.until(|watcher| watcher.text(answer) == "On second ").await;
    // A retry of an active answer returns that answer, and disturbs nothing.
    let dump = scene.server.dump().await;
    assert_eq!(scene.retry(answer).await, *watcher.row(answer).expect("it grows"));
    assert_eq!(dump.difference(&scene.server.dump().await), [""; 0]);
    gate.let_through(1);
    watcher.until(|watcher| watcher.text(answer) == "On second thoughts.").await;
    gate.open();
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "On second thoughts."));
    assert_eq!(same(&ended), same(&before));
    assert_eq!(ended.modified_at, None, "it is new, and was not edited");

    let at = before.seq.0;
    let expected = ["updated", "appended", "appended", "updated"];
    let expected: Vec<_> =
        (1..).zip(expected).map(|(n, what)| format!("{} {what} {answer}", at + n)).collect();
    assert_eq!(gists(&watcher.heard), expected);
    let offsets = watcher.heard.iter().filter_map(|frame| match &frame.event {
        SyncEvent::IntentionAppended(IntentionAppended { offset, .. }) => Some(*offset),
        _ => None,
    });
    assert_eq!(offsets.collect::<Vec<_>>(), [0, 10]);
    assert_eq!(scene.provider.requests().len(), 2);
}

#[tokio::test]
async fn a_stopped_answer_can_be_retried_and_stopped_again() {
    let gate = Gate::shut();
    let script = || Script::stream().say("I ").wait(&gate).say("finish.").stop();
    let scene = Scene::playing([script()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    for turn in 1..=3 {
        watcher.until_bytes(answer, 2).await;
        scene.stop(answer).await;
        let stopped = scene.ended(&mut watcher, answer).await;
        assert_eq!(ending(&stopped), (IntentionState::Cancelled, None, "I "));
        scene.provider.abandoned(turn).await;
        scene.retry(answer).await;
        watcher.until(|watcher| watcher.text(answer).is_empty()).await;
    }
    gate.open();
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "I finish."));
}

/// However quick the retries: late text of the old answer does not appear in the new one.
#[tokio::test]
async fn of_many_retries_only_the_last_is_kept() {
    let word = |n: usize| ["zero ", "one ", "two ", "three ", "four ", "five "][n];
    let script = |n| {
        let pause = std::time::Duration::from_millis(1);
        let script = (0..40).fold(Script::stream(), |s, _| s.say(word(n)).pause(pause));
        script.stop()
    };
    let scene = Scene::playing((0..6).map(script).collect::<Vec<_>>()).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Count.").await;
    for n in 0..5 {
        scene.provider.asked(n + 1).await;
        watcher.until_bytes(answer, 10).await;
        scene.stop(answer).await;
        scene.retry(answer).await;
        // Up to the start of the new answer.
        let is_new =
            |row: &Intention| row.state == IntentionState::Active && row.content.is_empty();
        watcher.until(|watcher| watcher.row(answer).is_some_and(is_new)).await;
    }
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, word(5).repeat(40).as_str()));
}

#[tokio::test]
async fn only_an_answer_can_be_retried() {
    let scene = Scene::playing([Script::saying("Here.")]).await;
    let answer = scene.ask("Where?").await;
    scene.watch().await.until_ended(answer).await;
    let asked = MessageId(answer.0 - 1);
    let before = scene.server.dump().await;
    for (id, status, code) in [
        (asked.to_string(), 409, "not-an-answer"),
        ("msg_99".to_owned(), 404, "unknown-message"),
        ("msg_1".to_owned(), 404, "unknown-message"),
        ("yesterday".to_owned(), 400, "malformed"),
    ] {
        let refused = scene.ada.post(&format!("{SPACE}/intentions/{id}/retry"), json!({})).await;
        let code_here = &refused.json["error"]["code"];
        assert_eq!((refused.status, code_here), (status, &json!(code)), "{id}");
    }
    assert_eq!(before.difference(&scene.server.dump().await), [""; 0]);
}

#[tokio::test]
async fn a_retry_asks_the_original_question_without_later_messages() {
    let scene = Scene::playing([Script::saying("Blue.")]).await;
    let mut watcher = scene.watch().await;
    scene.ada.say("@garden", "Before.").await;
    let answer = scene.ask("Which colour?").await;
    watcher.until_ended(answer).await;
    scene.ada.say("@garden", "Since then.").await;
    scene.retry(answer).await;
    let again = scene.provider.asked(2).await;
    assert_eq!(again.messages(), scene.provider.asked(1).await.messages());
    assert!(
        !again.json.to_string().contains("Since then") && !again.json.to_string().contains("Blue")
    );
}

#[tokio::test]
async fn a_retry_uses_the_present_settings() {
    let scene = Scene::playing([Script::saying("Blue.")]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Which colour?").await;
    watcher.until_ended(answer).await;
    let settings = json!({ "provider": "scripted", "model": "wiser", "instructions": "Think." });
    scene.ada.patch("/api/beings/@sage", json!({ "settings": settings })).await.json_of(200);
    scene.retry(answer).await;
    let again = scene.provider.asked(2).await;
    assert_eq!(again.json["model"], "wiser");
    assert!(again.messages()[0].1.contains("Think."));
}
