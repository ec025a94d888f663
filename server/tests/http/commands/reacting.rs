//! Reactions to messages.

use protocol::{Intention, limits::REACTION_EVENT_MAX_BYTES};

use super::*;

const SEEDLING: &str = "%F0%9F%8C%B1";
const HEART: &str = "%E2%9D%A4%EF%B8%8F";
/// The same in text style.
const PLAIN_HEART: &str = "%E2%9D%A4";

async fn reactions_of(ada: &Client) -> (String, String) {
    let said = ada.say("@garden", "Hello.").await;
    let path = format!("{SPACE}/intentions/{}", said.message_id);
    (path.clone(), format!("{path}/reactions"))
}

async fn add(by: &Client, path: &str, emoji: &str) -> Value {
    by.ask("PUT", &format!("{path}/{emoji}")).await.json_of(200)
}

async fn remove(by: &Client, path: &str, emoji: &str) -> Value {
    by.delete(&format!("{path}/{emoji}")).await.json_of(200)
}

#[tokio::test]
async fn a_reaction_is_told_and_a_page_has_it() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let (message, path) = reactions_of(&ada).await;
    let mut listener = ada.listen("@garden").await;
    assert_eq!(add(&bob, &path, PLAIN_HEART).await, json!({ "reactionsSeq": 5 }));
    assert_eq!(add(&ada, &path, SEEDLING).await, json!({ "reactionsSeq": 6 }));
    assert_eq!(add(&ada, &path, HEART).await, json!({ "reactionsSeq": 7 }));
    assert_eq!(remove(&ada, &path, SEEDLING).await, json!({ "reactionsSeq": 8 }));
    let frames = listener.take(4).await;
    let expected = [
        "5 @bob put ❤️ on msg_4",
        "6 @ada put 🌱 on msg_4",
        "7 @ada put ❤️ on msg_4",
        "8 @ada took 🌱 off msg_4",
    ];
    assert_eq!(gists(&frames), expected);
    assert!(frames.iter().all(|frame| frame.text.len() <= REACTION_EVENT_MAX_BYTES));

    // As it is already: no position, nothing written.
    let before = server.dump().await;
    assert_eq!(add(&bob, &path, HEART).await, json!({ "reactionsSeq": 8 }));
    assert_eq!(remove(&bob, &path, SEEDLING).await, json!({ "reactionsSeq": 8 }));
    assert_eq!(before.difference(&server.dump().await), [""; 0]);

    let reacted = json!([{ "emoji": "❤️", "by": ["@bob", "@ada"] }]);
    let in_page = |page: &[Intention]| {
        let row = json!(page[0]);
        (row["reactions"].clone(), row["reactionsSeq"].clone(), row["seq"].clone())
    };
    assert_eq!(in_page(&history(&bob).await), (reacted.clone(), json!(8), json!(4)));
    // An edit neither shows nor changes them.
    let edited = ada.patch(&message, json!({ "content": "Hello!" })).await.json_of(200);
    assert_eq!((&edited["reactions"], &edited["reactionsSeq"]), (&Value::Null, &Value::Null));
    assert_eq!(in_page(&history(&bob).await), (reacted, json!(8), json!(9)));
    let server = server.reopen().await;
    let bob = server.again(&bob);
    let told = gists(&bob.follow("@garden", Some("4")).await.until_caught_up().await);
    let expected = [
        "5 @bob put ❤️ on msg_4",
        "7 @ada put ❤️ on msg_4",
        "8 @ada took 🌱 off msg_4",
        "9 updated msg_4",
        "caught-up msg_9",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn with_a_message_its_reactions_are_gone() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let (message, path) = reactions_of(&ada).await;
    // Followed, so that a catch-up may come from the buffer.
    let _listener = ada.listen("@garden").await;
    add(&bob, &path, HEART).await;
    add(&bob, &path, SEEDLING).await;
    ada.delete(&message).await.empty_of(204);
    assert_eq!(server.dump().await.rows_with("❤️"), [""; 0]);
    for since in ["4", "5", "6"] {
        let told = gists(&bob.follow("@garden", Some(since)).await.until_caught_up().await);
        assert_eq!(told, ["7 deleted msg_4", "caught-up msg_7"], "since {since}");
    }
    for method in ["PUT", "DELETE"] {
        let refused = bob.ask(method, &format!("{path}/{HEART}")).await.json_of(404);
        assert_eq!(refused["error"]["code"], "unknown-message");
    }
}

#[tokio::test]
async fn what_is_not_one_emoji_is_out_of_bounds() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let (_, path) = reactions_of(&ada).await;
    let before = server.dump().await;
    for emoji in [
        "a",
        "%20",
        // Half a flag, a skin tone alone, an emoji twice, and one behind a blank.
        "%F0%9F%87%A9",
        "%F0%9F%8F%BD",
        &SEEDLING.repeat(2),
        &format!("%20{SEEDLING}"),
        &"a".repeat(4000),
    ] {
        for method in ["PUT", "DELETE"] {
            let refused = bob.ask(method, &format!("{path}/{emoji}")).await.json_of(422);
            let error = &refused["error"];
            assert_eq!(
                (&error["code"], &error["field"]),
                (&json!("out-of-bounds"), &json!("emoji"))
            );
        }
    }
    // Half a character, and a history that was never.
    for (emoji, status, code) in [
        ("%F0%9F".to_owned(), 400, "malformed"),
        (format!("{SEEDLING}?epoch=!"), 400, "malformed"),
        (format!("{SEEDLING}?epoch=zzzz"), 409, "another-history"),
    ] {
        let refused = bob.ask("PUT", &format!("{path}/{emoji}")).await.json_of(status);
        assert_eq!(refused["error"]["code"], code, "{emoji}");
    }
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
}
