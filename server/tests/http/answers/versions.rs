//! The versions of an answer that was written again.

use super::*;
use protocol::{AnswerVersion, limits::ANSWER_VERSIONS_MAX};

async fn versions(caller: &Client, id: MessageId) -> Vec<AnswerVersion> {
    caller.get(&format!("{SPACE}/intentions/{id}/versions")).await.of(200)
}

fn texts(versions: &[AnswerVersion]) -> Vec<&str> {
    versions.iter().map(|version| version.content.as_str()).collect()
}

#[tokio::test]
async fn what_was_written_before_is_kept_and_counted() {
    let gate = Gate::shut();
    let third = Script::stream().say("Third").wait(&gate).stop();
    let scripts = [Script::saying("First."), Script::refusing_with(400, "no"), third];
    let scene = Scene::playing(scripts).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    let first = scene.ended(&mut watcher, answer).await;
    assert_eq!(first.versions.get(), 1);
    assert_eq!(texts(&versions(&scene.bob, answer).await), ["First."]);

    assert_eq!(scene.retry(answer).await.versions.get(), 2);
    let failed = |row: &Intention| row.state == IntentionState::Failed;
    watcher.until(|watcher| watcher.row(answer).is_some_and(failed)).await;
    assert_eq!(scene.stored(answer).await.versions.get(), 2);
    let two = versions(&scene.bob, answer).await;
    let gist = |it: &AnswerVersion| (it.state, it.reason, it.content.clone());
    let expected = [
        (IntentionState::Complete, None, "First.".to_owned()),
        (IntentionState::Failed, Some(FailureReason::Misconfigured), String::new()),
    ];
    assert_eq!(two.iter().map(gist).collect::<Vec<_>>(), expected);
    assert!(two[0].ended_at.as_str() <= two[1].ended_at.as_str(), "{two:?}");

    // While it grows, it is none of them; a fresh stream and history count it all the same.
    assert_eq!(scene.retry(answer).await.versions.get(), 3);
    watcher.until(|watcher| watcher.text(answer) == "Third").await;
    assert_eq!(versions(&scene.bob, answer).await, two);
    assert_eq!(scene.watch().await.row(answer).map(|row| row.versions.get()), Some(3));
    gate.open();
    let third = scene.ended(&mut watcher, answer).await;
    assert_eq!(third.versions.get(), 3);
    assert_eq!(texts(&versions(&scene.ada, answer).await), ["First.", "", "Third"]);
    let server = scene.server.reopen().await;
    let again = versions(&server.again(&scene.ada), answer).await;
    assert_eq!(again[..2], two);
}

#[tokio::test]
async fn ten_versions_are_kept_and_what_said_nothing_is_none() {
    let gate = Gate::shut();
    let silent = Script::stream().wait(&gate).say("Never.").stop();
    let said = (0..14).map(|number| Script::saying(&format!("No. {number}")));
    let scene = Scene::playing(std::iter::once(silent).chain(said).collect::<Vec<_>>()).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    scene.provider.asked(1).await;
    scene.stop(answer).await;
    scene.ended(&mut watcher, answer).await;
    for number in 0..14 {
        let text = format!("No. {number}");
        let restarted = scene.retry(answer).await;
        let expected = (number + 1).min(usize::from(ANSWER_VERSIONS_MAX));
        assert_eq!(usize::from(restarted.versions.get()), expected);
        let is_said =
            |row: &Intention| row.state == IntentionState::Complete && row.content == text;
        watcher.until(|watcher| watcher.row(answer).is_some_and(is_said)).await;
    }
    let newest: Vec<_> = (4..14).map(|number| format!("No. {number}")).collect();
    assert_eq!(texts(&versions(&scene.bob, answer).await), newest);
}

#[tokio::test]
async fn only_members_read_the_versions_of_an_answer() {
    let scene = Scene::playing([Script::saying("Secret.")]).await;
    let attic = scene.ada.create_space("Attic").await;
    let dan = scene.server.guest(&scene.ada, &attic, "dan").await;
    let answer = scene.ask("Well?").await;
    scene.watch().await.until_ended(answer).await;
    let question = MessageId(answer.0 - 1);
    for (who, caller, space, id, status, code) in [
        ("a member", &scene.bob, "@garden", answer.to_string(), 200, Value::Null),
        ("a stranger", &dan, "@garden", answer.to_string(), 404, json!("unknown-space")),
        ("in another space", &dan, &attic, answer.to_string(), 404, json!("unknown-message")),
        ("a question", &scene.bob, "@garden", question.to_string(), 404, json!("unknown-message")),
        ("no message", &scene.bob, "@garden", "msg_99".into(), 404, json!("unknown-message")),
        ("no id", &scene.bob, "@garden", "yesterday".into(), 400, json!("malformed")),
    ] {
        let path = format!("/api/spaces/{space}/intentions/{id}/versions");
        let found = caller.get(&path).await;
        assert_eq!((found.status, &found.json["error"]["code"]), (status, &code), "{who}");
        assert!(status == 200 || !found.text.contains("Secret"), "{who}");
    }
}
