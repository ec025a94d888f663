//! Windows into history: pages of messages, oldest first, and one message alone.

use super::*;

/// A summary of a page: its first and last message, their number, and whether there are earlier
/// ones.
async fn page(caller: &Client, query: &str) -> String {
    let answer = caller.get(&format!("{SPACE}/intentions{query}")).await.json_of(200);
    assert!(answer["hasEarlier"].is_boolean(), "{answer}");
    let page: HistoryPage = serde_json::from_value(answer).expect("a page");
    let ids: Vec<_> = page.intentions.iter().map(|said| said.message_id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return format!("nothing, earlier: {}", page.has_earlier);
    };
    format!("{first} to {last}, {}, earlier: {}", ids.len(), page.has_earlier)
}

#[tokio::test]
async fn a_page_holds_the_newest_messages_before_a_message() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(page(&bob, "").await, "nothing, earlier: false");
    ada.say_up_to("@garden", 153).await;
    let cases = [
        ("", "msg_104 to msg_153, 50, earlier: true"),
        ("?limit=10", "msg_144 to msg_153, 10, earlier: true"),
        ("?limit=100", "msg_54 to msg_153, 100, earlier: true"),
        ("?limit=101", "msg_54 to msg_153, 100, earlier: true"),
        ("?limit=4000000000", "msg_54 to msg_153, 100, earlier: true"),
        ("?before=msg_104", "msg_54 to msg_103, 50, earlier: true"),
        ("?before=msg_54&limit=100", "msg_4 to msg_53, 50, earlier: false"),
        ("?before=msg_54&limit=50", "msg_4 to msg_53, 50, earlier: false"),
        ("?before=msg_54&limit=49", "msg_5 to msg_53, 49, earlier: true"),
        ("?before=msg_5", "msg_4 to msg_4, 1, earlier: false"),
        ("?before=msg_4", "nothing, earlier: false"),
        ("?before=msg_0", "nothing, earlier: false"),
        ("?before=msg_9999&limit=1", "msg_153 to msg_153, 1, earlier: true"),
    ];
    for (query, expected) in cases {
        assert_eq!(page(&bob, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn tombstones_are_not_shown_and_do_not_count() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 23).await;
    for number in (4..24).filter(|number| number % 4 != 0) {
        ada.delete(&format!("{SPACE}/intentions/msg_{number}")).await.empty_of(204);
    }
    let cases = [
        ("", "msg_4 to msg_20, 5, earlier: false"),
        ("?limit=5", "msg_4 to msg_20, 5, earlier: false"),
        ("?limit=4", "msg_8 to msg_20, 4, earlier: true"),
        ("?before=msg_8", "msg_4 to msg_4, 1, earlier: false"),
        ("?before=msg_7", "msg_4 to msg_4, 1, earlier: false"),
    ];
    for (query, expected) in cases {
        assert_eq!(page(&bob, query).await, expected, "{query}");
    }
}

/// A page shows each message in its present state, with the position of its last change.
#[tokio::test]
async fn a_page_shows_the_present_state() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 10).await;
    let edited =
        ada.patch(&format!("{SPACE}/intentions/msg_5"), json!({ "content": "New." })).await;
    let page = bob.get(&format!("{SPACE}/intentions?before=msg_6&limit=1")).await.json_of(200);
    assert_eq!(page["intentions"], json!([edited.json_of(200)]));
    assert_eq!(page["intentions"][0]["seq"], 11);
}

/// A summary of a page with what stands on both sides of it.
async fn window(caller: &Client, query: &str) -> String {
    let answer = caller.get(&format!("{SPACE}/intentions{query}")).await.json_of(200);
    assert_ne!(answer["hasLater"], false, "it is left out");
    let has_later = answer["hasLater"] == true;
    format!("{}, later: {has_later}", page(caller, query).await)
}

#[tokio::test]
async fn a_window_may_stand_anywhere() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(window(&bob, "?around=msg_7").await, "nothing, earlier: false, later: false");
    assert_eq!(window(&bob, "?after=msg_7").await, "nothing, earlier: false, later: false");
    ada.say_up_to("@garden", 203).await;
    let cases = [
        ("", "msg_154 to msg_203, 50, earlier: true, later: false"),
        ("?before=msg_154", "msg_104 to msg_153, 50, earlier: true, later: true"),
        ("?before=msg_4", "nothing, earlier: false, later: true"),
        ("?before=msg_9999&limit=1", "msg_203 to msg_203, 1, earlier: true, later: false"),
        ("?after=msg_0&limit=100", "msg_4 to msg_103, 100, earlier: false, later: true"),
        ("?after=msg_3", "msg_4 to msg_53, 50, earlier: false, later: true"),
        ("?after=msg_4&limit=1", "msg_5 to msg_5, 1, earlier: true, later: true"),
        ("?after=msg_103&limit=101", "msg_104 to msg_203, 100, earlier: true, later: false"),
        ("?after=msg_202", "msg_203 to msg_203, 1, earlier: true, later: false"),
        ("?after=msg_203", "nothing, earlier: true, later: false"),
        ("?after=msg_9223372036854775807", "nothing, earlier: true, later: false"),
        ("?around=msg_100", "msg_75 to msg_124, 50, earlier: true, later: true"),
        ("?around=msg_100&limit=1", "msg_100 to msg_100, 1, earlier: true, later: true"),
        ("?around=msg_100&limit=2", "msg_99 to msg_100, 2, earlier: true, later: true"),
        ("?around=msg_100&limit=3", "msg_99 to msg_101, 3, earlier: true, later: true"),
        ("?around=msg_100&limit=4000000000", "msg_50 to msg_149, 100, earlier: true, later: true"),
        ("?around=msg_4", "msg_4 to msg_28, 25, earlier: false, later: true"),
        ("?around=msg_0", "msg_4 to msg_28, 25, earlier: false, later: true"),
        ("?around=msg_203", "msg_154 to msg_203, 50, earlier: true, later: false"),
        ("?around=msg_204&limit=3", "msg_201 to msg_203, 3, earlier: true, later: false"),
        ("?around=msg_9223372036854775807", "msg_154 to msg_203, 50, earlier: true, later: false"),
    ];
    for (query, expected) in cases {
        assert_eq!(window(&bob, query).await, expected, "{query}");
    }
}

/// A page opens at the first message that its reader has not read, and what they said is no such message.
#[tokio::test]
async fn a_page_opens_at_what_is_unread_behind_much_of_ones_own() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    bob.say_up_to("@garden", 170).await;
    ada.say("@garden", "Are you still there?").await;
    // Each message is an article with its id; the state of the page follows them.
    let shows = |page: &str, message: &str| page.contains(&format!("id=\"{message}\""));
    let page = bob.get("/spaces/@garden").await.text;
    assert!(shows(&page, "msg_171"), "what is unread is shown");
    let page = ada.get("/spaces/@garden").await.text;
    assert!(shows(&page, "msg_4") && !shows(&page, "msg_171"), "what Bob said is unread");
}

/// What was deleted leaves its place, and what stands around that is shown.
#[tokio::test]
async fn a_window_around_a_deleted_message_shows_what_stands_there() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 23).await;
    for number in [10, 11, 23] {
        ada.delete(&format!("{SPACE}/intentions/msg_{number}")).await.empty_of(204);
    }
    let cases = [
        ("?around=msg_10&limit=4", "msg_8 to msg_13, 4, earlier: true, later: true"),
        ("?around=msg_11&limit=1", "msg_12 to msg_12, 1, earlier: true, later: true"),
        ("?after=msg_9&limit=2", "msg_12 to msg_13, 2, earlier: true, later: true"),
        ("?after=msg_22&limit=2", "nothing, earlier: true, later: false"),
        ("?before=msg_23&limit=2", "msg_21 to msg_22, 2, earlier: true, later: false"),
        ("?around=msg_23&limit=2", "msg_21 to msg_22, 2, earlier: true, later: false"),
        // The deletions took the positions up to 26.
        ("?around=msg_26&limit=2", "msg_21 to msg_22, 2, earlier: true, later: false"),
    ];
    for (query, expected) in cases {
        assert_eq!(window(&bob, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_message_is_shown_alone_in_its_present_state() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let said = ada.say("@garden", "Hello.").await.message_id;
    let alone = format!("{SPACE}/intentions/{said}");
    ada.patch(&alone, json!({ "content": "Hello!" })).await.json_of(200);
    bob.ask("PUT", &format!("{alone}/reactions/%F0%9F%8C%B1")).await.json_of(200);
    let message = bob.get(&alone).await.json_of(200);
    assert_eq!(message["content"], "Hello!");
    assert_eq!(message["reactions"], json!([{ "emoji": "🌱", "by": ["@bob"] }]));
    let page = bob.get(&format!("{SPACE}/intentions?around={said}")).await.json_of(200);
    assert_eq!(page["intentions"], json!([message]));
}
