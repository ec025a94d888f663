//! Sending is exactly-once: repeated sends make one message, over restarts, too.

use super::*;

#[tokio::test]
async fn a_message_has_the_sent_content_at_the_next_position() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    let mut body = message("# Grüße\n\n> \"quoted\" \\ 🌱 \u{2028}\n");
    let first = ada.post(&format!("{SPACE}/intentions"), body.clone()).await.json_of(201);
    let expected = json!({
        "id": body["id"],
        "messageId": "msg_4",
        "ownerId": "@ada",
        "content": body["content"],
        "createdAt": "2026-11-23T04:25:20.123Z",
        "seq": 4,
    });
    assert_eq!(first, expected);

    body = message("Likewise.");
    body["replyTo"] = json!("msg_4");
    let reply = bob.post(&format!("{SPACE}/intentions"), body).await.json_of(201);
    assert_eq!((&reply["messageId"], &reply["replyTo"]), (&json!("msg_5"), &json!("msg_4")));

    // The event equals the response.
    for (seq, answer) in [(4, first), (5, reply)] {
        let event = json!({
            "type": "intention-created", "messageId": answer["messageId"], "data": answer,
        });
        let frame = listener.one().await;
        let data = frame.text.lines().find_map(|line| line.strip_prefix("data: "));
        assert_eq!(serde_json::from_str::<Value>(data.expect("data")).expect("JSON"), event);
        assert_eq!(frame.id.map(|cursor| cursor.seq.0), Some(seq));
    }
}

/// The life of one message, with the same send repeated at each stage.
#[tokio::test]
async fn a_repeated_send_is_answered_with_its_first_result() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let send = format!("{SPACE}/intentions");
    let mut body = message("Hello.");
    body["replyTo"] = json!(bob.say("@garden", "Anybody?").await.message_id);
    let first = ada.post(&send, body.clone()).await.json_of(201);
    let path = format!("{send}/{}", first["messageId"].as_str().expect("a message id"));

    let turns = [
        vec![],
        vec![ada.patch(&path, json!({ "content": "Hello?" }))],
        vec![ada.patch(&path, json!({ "content": "Hello!" }))],
        // Back to the first content, and away from it again.
        vec![ada.patch(&path, json!({ "content": "Hello." }))],
        vec![ada.patch(&path, json!({ "content": "Goodbye." }))],
        vec![ada.delete(&path)],
    ];
    for turn in turns {
        for request in turn {
            assert!(request.await.is_success());
        }
        server.clock.advance_seconds(60);
        let before = server.dump().await;
        for _ in 0..3 {
            assert_eq!(ada.post(&send, body.clone()).await.json_of(200), first);
        }
        assert_eq!(before.difference(&server.dump().await), [""; 0]);
    }

    let server = server.reopen().await;
    assert_eq!(server.again(&ada).post(&send, body.clone()).await.json_of(200), first);
    // No repetition restored the deleted message.
    assert_eq!(history(&server.again(&ada)).await.len(), 1);
}

#[tokio::test]
async fn a_send_repeated_after_a_restart_makes_one_message() {
    let (mut server, mut ada, _) = TestServer::with_two_members().await;
    let send = format!("{SPACE}/intentions");
    let body = message("Hello.");
    let first = ada.post(&send, body.clone()).await.json_of(201);
    for _ in 0..3 {
        server = server.reopen().await;
        ada = server.again(&ada);
        assert_eq!(ada.post(&send, body.clone()).await.json_of(200), first);
        ada.say("@garden", "Meanwhile.").await;
    }
    let count = format!("SELECT number FROM intentions WHERE id = {}", body["id"]);
    assert_eq!(
        server.folder.texts(&count.replace('"', "'").replace("number", "id")).await.len(),
        1
    );
    assert_eq!(head(&ada).await, 7);
}

/// The same send many times at once, in one process.
#[tokio::test]
async fn of_many_equal_concurrent_sends_one_makes_the_message() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    let sending = message("Hello.");
    let asks = (0..50).map(|_| {
        let ask = ada.post(&format!("{SPACE}/intentions"), sending.clone());
        async { ask.await }
    });
    let answers = futures::future::join_all(asks).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let repeated = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((made, repeated), (1, 49));
    assert!(answers.iter().all(|answer| answer.json == answers[0].json));

    ada.say("@garden", "And now something else.").await;
    assert_eq!(gists(&listener.take(2).await), ["4 created msg_4", "5 created msg_5"]);
}

/// An id is unique for its sender in each space.
#[tokio::test]
async fn the_same_id_in_two_spaces_is_two_messages() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    let attic = ada.create_space("Attic").await;
    let sending = message("Hello.");
    for space in ["@garden", &attic] {
        ada.post(&format!("/api/spaces/{space}/intentions"), sending.clone()).await.json_of(201);
    }
}

#[tokio::test]
async fn a_message_may_have_20_000_characters() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    for character in ["x", "é", "庭"] {
        let said = ada.say("@garden", &character.repeat(20_000)).await;
        assert_eq!(said.content.chars().count(), 20_000);
    }
}
