//! Editing and deleting messages, and stopping an answer.

use super::*;

async fn one_message(ada: &Client) -> (String, Value) {
    let path = format!("{SPACE}/intentions");
    let first = ada.post(&path, message("Hello.")).await.json_of(201);
    (format!("{path}/{}", first["messageId"].as_str().expect("a message id")), first)
}

#[tokio::test]
async fn an_edit_changes_the_content_and_records_when() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let (path, mut message) = one_message(&ada).await;
    let mut listener = bob.listen("@garden").await;
    let edits =
        [(5, "Hello?", "2026-11-23T04:26:20.123Z"), (6, "Hello!", "2026-11-23T04:27:20.123Z")];
    for (seq, content, modified_at) in edits {
        server.clock.advance_seconds(60);
        let edited = ada.patch(&path, json!({ "content": content })).await.json_of(200);
        message["content"] = json!(content);
        message["modifiedAt"] = json!(modified_at);
        message["seq"] = json!(seq);
        assert_eq!(edited, message);
        assert_eq!(listener.one().await.gist(), format!("{seq} updated msg_4"));
    }
    assert_eq!(json!(history(&bob).await), json!([message]));
}

#[tokio::test]
async fn an_edit_that_changes_nothing_takes_no_position() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let (path, message) = one_message(&ada).await;
    server.clock.advance_seconds(60);
    let before = server.dump().await;
    assert_eq!(ada.patch(&path, json!({ "content": "Hello." })).await.json_of(200), message);
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
}

#[tokio::test]
async fn an_edit_that_arrives_after_the_next_one_reverts_nothing() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let (path, first) = one_message(&ada).await;
    let edit = |content: &str, seq: &Value| json!({ "content": content, "seq": seq });
    let late = edit("Hello?", &first["seq"]);
    let second = ada.patch(&path, late.clone()).await.json_of(200);
    assert_eq!(ada.patch(&path, late.clone()).await.json_of(200), second, "it says that already");
    let third = ada.patch(&path, edit("Hello!", &second["seq"])).await.json_of(200);

    let before = server.dump().await;
    let refusal = ada.patch(&path, late).await.json_of(409);
    assert_eq!(refusal["error"]["code"], "changed-since");
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
    assert_eq!(json!(history(&ada).await), json!([third]));
    ada.patch(&path, json!({ "content": "Hi.", "seq": "seven" })).await.json_of(400);
}

#[tokio::test]
async fn a_deleted_message_leaves_a_tombstone_without_the_content() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    let secret = "The key lies under the third stone.";
    let said = ada.say("@garden", secret).await;
    let path = format!("{SPACE}/intentions/{}", said.message_id);
    ada.patch(&path, json!({ "content": format!("{secret} No, the second.") })).await.json_of(200);
    assert_eq!(server.dump().await.rows_with("third stone").len(), 1);

    ada.delete(&path).await.empty_of(204);
    let dump = server.dump().await;
    assert_eq!(dump.rows_with("third stone"), [""; 0]);
    assert_eq!(dump.rows_with(&said.id.to_string()).len(), 1);
    assert_eq!(super::history(&bob).await, []);
    let told = gists(&listener.take(3).await);
    assert_eq!(told, ["4 created msg_4", "5 updated msg_4", "6 deleted msg_4"]);
    ada.delete(&path).await.json_of(404);
}

/// Deleted content is gone from the disk too: no free page holds it, nor does the log before its
/// checkpoint.
#[tokio::test]
async fn no_file_holds_deleted_content_after_the_server_has_closed() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let secret = "The key lies under the third stone.";
    for times in [1, 500] {
        let said = ada.say("@garden", &secret.repeat(times)).await;
        ada.delete(&format!("{SPACE}/intentions/{}", said.message_id)).await.empty_of(204);
    }
    server.close().await;
    for entry in std::fs::read_dir(server.folder.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "{} still holds it", path.display());
    }
}

#[tokio::test]
async fn a_reply_outlives_the_message_that_it_replies_to() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let (path, first) = one_message(&ada).await;
    let mut reply = message("Why?");
    reply["replyTo"] = first["messageId"].clone();
    let reply = bob.post(&format!("{SPACE}/intentions"), reply).await.json_of(201);
    ada.delete(&path).await.empty_of(204);
    assert_eq!(json!(history(&ada).await), json!([reply]));
}

#[tokio::test]
async fn stop_ends_an_active_answer_and_nothing_else() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let (path, message) = one_message(&ada).await;
    let mut listener = bob.listen("@garden").await;
    let stop = || bob.post(&format!("{path}/stop"), json!({}));
    let before = server.dump().await;
    stop().await.empty_of(204);
    assert_eq!(before.difference(&server.dump().await), [""; 0]);

    server.folder.execute("UPDATE intentions SET state = 'active'").await;
    stop().await.empty_of(204);
    stop().await.empty_of(204);
    ada.say("@garden", "Quiet.").await;
    assert_eq!(gists(&listener.take(2).await), ["5 updated msg_4", "6 created msg_6"]);
    let stopped = &json!(history(&ada).await)[0];
    assert_eq!(
        (&stopped["state"], &stopped["content"]),
        (&json!("cancelled"), &message["content"])
    );
}
