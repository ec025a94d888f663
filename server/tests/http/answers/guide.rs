//! The guide: a built-in provider that answers questions about Rhizome.

use super::*;

#[tokio::test]
async fn the_guide_answers_from_the_help_pages_without_a_provider() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(add_being(&ada, "Guide", json!({ "provider": "guide" })).await, "@guide");
    let mut watcher = Watcher::follow(&bob, None).await;
    let mut told = Vec::new();
    for question in ["@guide how do I invite somebody?", "@guide How do I make a backup?"] {
        let asked = bob.say("@garden", question).await.message_id;
        let ended = watcher.until_ended(answer_to(asked)).await;
        assert_eq!((ended.state, ended.reason), (IntentionState::Complete, None));
        assert_eq!(ended.owner_id.as_str(), "@guide");
        told.push(ended.content);
    }
    assert!(told[0].to_lowercase().contains("invite"), "{}", told[0]);
    assert!(told[1].to_lowercase().contains("back"), "{}", told[1]);
    // It streams word by word, like any other provider.
    assert!(watcher.heard.iter().filter(|frame| frame.gist().contains("appended")).count() > 2);
    drop(server);
}

#[tokio::test]
async fn an_answer_of_the_guide_can_be_stopped_and_retried() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    add_being(&ada, "Guide", json!({ "provider": "guide" })).await;
    let mut watcher = Watcher::follow(&bob, None).await;
    let asked = bob.say("@garden", "@guide how do I invite somebody?").await.message_id;
    let answer = answer_to(asked);
    watcher.until_bytes(answer, 1).await;
    ada.post(&format!("{SPACE}/intentions/{answer}/stop"), json!({})).await.empty_of(204);
    let stopped = watcher.until_ended(answer).await;
    retry(&ada, answer).await;
    watcher.until(|w| w.text(answer).len() > stopped.content.len()).await;
    let ended = watcher.until_ended(answer).await;
    assert!(ended.content.starts_with(&stopped.content));
    assert_eq!(ended.state, IntentionState::Complete);
}
