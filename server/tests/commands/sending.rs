//! Sending is exactly-once: however often, over whatever restarts, one message.

use super::*;

#[tokio::test]
async fn a_message_is_what_was_sent_at_the_next_position() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    let mut wish = message("# Grüße\n\n> \"quoted\" \\ 🌱 \u{2028}\n");
    let first = ada.post(&format!("{GARDEN}/intentions"), wish.clone()).await.json_of(201);
    let expected = json!({
        "id": wish["id"],
        "messageId": "msg_4",
        "ownerId": "@ada",
        "content": wish["content"],
        "createdAt": "2026-11-23T04:25:20.123Z",
        "seq": 4,
    });
    assert_eq!(first, expected);

    wish = message("Likewise.");
    wish["replyTo"] = json!("msg_4");
    let reply = bob.post(&format!("{GARDEN}/intentions"), wish).await.json_of(201);
    assert_eq!((&reply["messageId"], &reply["replyTo"]), (&json!("msg_5"), &json!("msg_4")));

    // The event says what the answer says.
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

/// The whole life of one message, and the same send again at every turn of it.
#[tokio::test]
async fn a_send_that_is_repeated_is_answered_with_its_first_result() {
    let (house, ada, bob) = House::with_garden().await;
    let send = format!("{GARDEN}/intentions");
    let mut wish = message("Hello.");
    wish["replyTo"] = json!(bob.say("@garden", "Anybody?").await.message_id);
    let first = ada.post(&send, wish.clone()).await.json_of(201);
    let path = format!("{send}/{}", first["messageId"].as_str().expect("a message id"));

    let turns = [
        vec![],
        vec![ada.patch(&path, json!({ "content": "Hello?" }))],
        vec![ada.patch(&path, json!({ "content": "Hello!" }))],
        // Back to what it was, and away from it again.
        vec![ada.patch(&path, json!({ "content": "Hello." }))],
        vec![ada.patch(&path, json!({ "content": "Goodbye." }))],
        vec![ada.delete(&path)],
    ];
    for turn in turns {
        for ask in turn {
            assert!(ask.await.is_success());
        }
        house.clock.advance_seconds(60);
        let before = house.dump().await;
        for _ in 0..3 {
            assert_eq!(ada.post(&send, wish.clone()).await.json_of(200), first);
        }
        assert_eq!(before.difference(&house.dump().await), [""; 0]);
    }

    let house = house.reopen().await;
    assert_eq!(house.again(&ada).post(&send, wish.clone()).await.json_of(200), first);
    // No repetition brought back what was deleted.
    assert_eq!(said(&house.again(&ada)).await.len(), 1);
}

#[tokio::test]
async fn a_send_repeated_after_a_restart_makes_one_message() {
    let (mut house, mut ada, _) = House::with_garden().await;
    let send = format!("{GARDEN}/intentions");
    let wish = message("Hello.");
    let first = ada.post(&send, wish.clone()).await.json_of(201);
    for _ in 0..3 {
        house = house.reopen().await;
        ada = house.again(&ada);
        assert_eq!(ada.post(&send, wish.clone()).await.json_of(200), first);
        ada.say("@garden", "Meanwhile.").await;
    }
    let count = format!("SELECT number FROM intentions WHERE id = {}", wish["id"]);
    assert_eq!(house.folder.texts(&count.replace('"', "'").replace("number", "id")).await.len(), 1);
    assert_eq!(head(&ada).await, 7);
}

/// Impatience, in one process: the same send many times at once.
#[tokio::test]
async fn of_many_equal_sends_at_once_one_makes_the_message() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    let wish = message("Hello.");
    let asks = (0..50).map(|_| {
        let ask = ada.post(&format!("{GARDEN}/intentions"), wish.clone());
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

/// An id is its sender's own affair, in each space anew.
#[tokio::test]
async fn the_same_id_in_two_spaces_is_two_messages() {
    let (_house, ada, _) = House::with_garden().await;
    let attic = ada.found("Attic").await;
    let wish = message("Hello.");
    for space in ["@garden", &attic] {
        ada.post(&format!("/api/spaces/{space}/intentions"), wish.clone()).await.json_of(201);
    }
}

#[tokio::test]
async fn a_message_may_have_20_000_characters() {
    let (_house, ada, _) = House::with_garden().await;
    for character in ["x", "é", "庭"] {
        let said = ada.say("@garden", &character.repeat(20_000)).await;
        assert_eq!(said.content.chars().count(), 20_000);
    }
}
