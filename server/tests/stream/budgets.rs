//! What the events that are sent most may cost, measured in the frames of a real stream: in a space
//! that has seen nearly 100,000 changes, about beings with the longest ids and names there are.

use super::*;
use app::protocol::limits::{BEING_UPDATED_MAX_BYTES, INTENTION_CREATED_OVERHEAD_MAX_BYTES};

#[tokio::test]
async fn events_keep_to_their_budgets() {
    let (house, ada, _) = House::with_garden().await;
    let longest = house.guest(&ada, "@garden", "abcdefghijklmnopqrs").await;
    house.close().await;
    house.folder.execute("UPDATE spaces SET head = 99900 WHERE id = '@garden'").await;
    let house = house.reopen().await;
    let (longest, ada) = (house.again(&longest), house.again(&ada));

    let mut live = ada.listen("@garden").await;
    let content = "Words that need no escaping. ".repeat(100);
    let first = longest.say("@garden", &content).await;
    let mut reply = message(&content);
    reply["replyTo"] = json!(first.message_id);
    longest.post(&format!("{GARDEN}/intentions"), reply).await.json_of(201);
    longest.say("@garden", "x").await;
    let name = "🌱".repeat(80);
    let wish = json!({ "name": name, "hue": 359 });
    longest.patch("/api/beings/@abcdefghijklmnopqrs", wish).await.json_of(200);
    let mut frames = live.take(4).await;

    // And what who was away is told of it, with one of them edited meanwhile.
    let path = format!("{GARDEN}/intentions/{}", first.message_id);
    longest.patch(&path, json!({ "content": format!("{content}!") })).await.json_of(200);
    let caught_up = ada.follow("@garden", Some("99900")).await.until_caught_up().await;
    assert_eq!(caught_up.len(), 5);
    frames.extend(caught_up);

    for frame in frames {
        let bytes = frame.text.len();
        match &frame.event {
            SyncEvent::IntentionCreated { data, .. } => {
                let budget = data.content.len() + INTENTION_CREATED_OVERHEAD_MAX_BYTES;
                assert!(bytes <= budget, "{bytes} bytes, not {budget}: {}", frame.text);
            }
            SyncEvent::BeingUpdated { .. } => {
                let budget = BEING_UPDATED_MAX_BYTES;
                assert!(bytes <= budget, "{bytes} bytes, not {budget}: {}", frame.text);
            }
            SyncEvent::CaughtUp { .. } => {}
            event => panic!("{event:?} was not expected"),
        }
    }
}
