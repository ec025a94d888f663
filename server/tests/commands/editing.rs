//! Changing what was said, taking it back, and stopping an answer.

use super::*;

async fn one_message(ada: &Client) -> (String, Value) {
    let path = format!("{GARDEN}/intentions");
    let first = ada.post(&path, message("Hello.")).await.json_of(201);
    (format!("{path}/{}", first["messageId"].as_str().expect("a message id")), first)
}

#[tokio::test]
async fn an_edit_changes_the_content_and_says_when() {
    let (house, ada, bob) = House::with_garden().await;
    let (path, mut message) = one_message(&ada).await;
    let mut listener = bob.listen("@garden").await;
    let edits =
        [(5, "Hello?", "2026-11-23T04:26:20.123Z"), (6, "Hello!", "2026-11-23T04:27:20.123Z")];
    for (seq, content, modified_at) in edits {
        house.clock.advance_seconds(60);
        let edited = ada.patch(&path, json!({ "content": content })).await.json_of(200);
        message["content"] = json!(content);
        message["modifiedAt"] = json!(modified_at);
        message["seq"] = json!(seq);
        assert_eq!(edited, message);
        assert_eq!(listener.one().await.gist(), format!("{seq} updated msg_4"));
    }
    assert_eq!(json!(said(&bob).await), json!([message]));
}

#[tokio::test]
async fn an_edit_that_changes_nothing_takes_no_position() {
    let (house, ada, _) = House::with_garden().await;
    let (path, message) = one_message(&ada).await;
    house.clock.advance_seconds(60);
    let before = house.dump().await;
    assert_eq!(ada.patch(&path, json!({ "content": "Hello." })).await.json_of(200), message);
    assert_eq!(before.difference(&house.dump().await), [""; 0]);
}

#[tokio::test]
async fn an_edit_that_comes_after_the_next_one_sets_nothing_back() {
    let (house, ada, _) = House::with_garden().await;
    let (path, first) = one_message(&ada).await;
    let edit = |content: &str, seq: &Value| json!({ "content": content, "seq": seq });
    let late = edit("Hello?", &first["seq"]);
    let second = ada.patch(&path, late.clone()).await.json_of(200);
    assert_eq!(ada.patch(&path, late.clone()).await.json_of(200), second, "it says that already");
    let third = ada.patch(&path, edit("Hello!", &second["seq"])).await.json_of(200);

    let before = house.dump().await;
    let refusal = ada.patch(&path, late).await.json_of(409);
    assert_eq!(refusal["error"]["code"], "changed-since");
    assert_eq!(before.difference(&house.dump().await), [""; 0]);
    assert_eq!(json!(said(&ada).await), json!([third]));
    ada.patch(&path, json!({ "content": "Hi.", "seq": "seven" })).await.json_of(400);
}

#[tokio::test]
async fn what_is_deleted_leaves_a_tombstone_without_the_content() {
    let (house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    let secret = "The key lies under the third stone.";
    let said = ada.say("@garden", secret).await;
    let path = format!("{GARDEN}/intentions/{}", said.message_id);
    ada.patch(&path, json!({ "content": format!("{secret} No, the second.") })).await.json_of(200);
    assert_eq!(house.dump().await.rows_with("third stone").len(), 1);

    ada.delete(&path).await.empty_of(204);
    let dump = house.dump().await;
    assert_eq!(dump.rows_with("third stone"), [""; 0]);
    assert_eq!(dump.rows_with(&said.id.to_string()).len(), 1);
    assert_eq!(super::said(&bob).await, []);
    let told = gists(&listener.take(3).await);
    assert_eq!(told, ["4 created msg_4", "5 updated msg_4", "6 deleted msg_4"]);
    ada.delete(&path).await.json_of(404);
}

/// Deleted is deleted on the disk too: not in a free page, not in the log that is yet to be merged.
#[tokio::test]
async fn no_file_holds_what_was_deleted_once_the_server_has_closed() {
    let (house, ada, _) = House::with_garden().await;
    let secret = "The key lies under the third stone.";
    for times in [1, 500] {
        let said = ada.say("@garden", &secret.repeat(times)).await;
        ada.delete(&format!("{GARDEN}/intentions/{}", said.message_id)).await.empty_of(204);
    }
    house.close().await;
    for entry in std::fs::read_dir(house.folder.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "{} still holds it", path.display());
    }
}

#[tokio::test]
async fn a_reply_outlives_what_it_replies_to() {
    let (_house, ada, bob) = House::with_garden().await;
    let (path, first) = one_message(&ada).await;
    let mut reply = message("Why?");
    reply["replyTo"] = first["messageId"].clone();
    let reply = bob.post(&format!("{GARDEN}/intentions"), reply).await.json_of(201);
    ada.delete(&path).await.empty_of(204);
    assert_eq!(json!(said(&ada).await), json!([reply]));
}

#[tokio::test]
async fn stop_ends_an_answer_that_is_being_given_and_nothing_else() {
    let (house, ada, bob) = House::with_garden().await;
    let (path, message) = one_message(&ada).await;
    let mut listener = bob.listen("@garden").await;
    let stop = || bob.post(&format!("{path}/stop"), json!({}));
    let before = house.dump().await;
    stop().await.empty_of(204);
    assert_eq!(before.difference(&house.dump().await), [""; 0]);

    house.folder.execute("UPDATE intentions SET state = 'active'").await;
    stop().await.empty_of(204);
    stop().await.empty_of(204);
    ada.say("@garden", "Quiet.").await;
    assert_eq!(gists(&listener.take(2).await), ["5 updated msg_4", "6 created msg_6"]);
    let stopped = &json!(said(&ada).await)[0];
    assert_eq!(
        (&stopped["state"], &stopped["content"]),
        (&json!("cancelled"), &message["content"])
    );
}
