//! Size limits of the most frequent events, measured in the frames of a real stream: in a space
//! that has nearly 100,000 changes, about beings with the longest ids and names.

use super::*;
use protocol::{
    BeingUpdated, CaughtUp, IntentionCreated,
    limits::{BEING_UPDATED_MAX_BYTES, INTENTION_CREATED_OVERHEAD_MAX_BYTES},
};

#[tokio::test]
async fn events_stay_within_their_budgets() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let longest = server.guest(&ada, "@garden", "abcdefghijklmnopqrs").await;
    server.close().await;
    server.folder.execute("UPDATE spaces SET head = 99900 WHERE id = '@garden'").await;
    let server = server.reopen().await;
    let (longest, ada) = (server.again(&longest), server.again(&ada));

    let mut live = ada.listen("@garden").await;
    let content = "Words that need no escaping. ".repeat(100);
    let first = longest.say("@garden", &content).await;
    let mut reply = message(&content);
    reply["replyTo"] = json!(first.message_id);
    longest.post(&format!("{SPACE}/intentions"), reply).await.json_of(201);
    longest.say("@garden", "x").await;
    let name = "🌱".repeat(80);
    let body = json!({ "name": name, "hue": 359 });
    longest.patch("/api/beings/@abcdefghijklmnopqrs", body).await.json_of(200);
    let mut frames = live.take(4).await;

    // The catch-up of the same, with one message edited meanwhile.
    let path = format!("{SPACE}/intentions/{}", first.message_id);
    longest.patch(&path, json!({ "content": format!("{content}!") })).await.json_of(200);
    let caught_up = ada.follow("@garden", Some("99900")).await.until_caught_up().await;
    assert_eq!(caught_up.len(), 5);
    frames.extend(caught_up);

    for frame in frames {
        let bytes = frame.text.len();
        match &frame.event {
            SyncEvent::IntentionCreated(IntentionCreated { data, .. }) => {
                let budget = data.content.len() + INTENTION_CREATED_OVERHEAD_MAX_BYTES;
                assert!(bytes <= budget, "{bytes} bytes, not {budget}: {}", frame.text);
            }
            SyncEvent::BeingUpdated(BeingUpdated { .. }) => {
                let budget = BEING_UPDATED_MAX_BYTES;
                assert!(bytes <= budget, "{bytes} bytes, not {budget}: {}", frame.text);
            }
            SyncEvent::CaughtUp(CaughtUp { .. }) => {}
            event => panic!("{event:?} was not expected"),
        }
    }
}
