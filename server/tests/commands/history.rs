//! Pages of history: what was said before, oldest first.

use super::*;

/// A page in a few words: its first and last message, how many, and whether there are earlier ones.
async fn page(caller: &Client, query: &str) -> String {
    let answer = caller.get(&format!("{GARDEN}/intentions{query}")).await.json_of(200);
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
async fn a_page_is_the_newest_before_a_message() {
    let (_house, ada, bob) = House::with_garden().await;
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
    let (_house, ada, bob) = House::with_garden().await;
    ada.say_up_to("@garden", 23).await;
    for number in (4..24).filter(|number| number % 4 != 0) {
        ada.delete(&format!("{GARDEN}/intentions/msg_{number}")).await.empty_of(204);
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

/// A page shows each message as it is now, with the position of its last change.
#[tokio::test]
async fn a_page_is_of_the_present() {
    let (_house, ada, bob) = House::with_garden().await;
    ada.say_up_to("@garden", 10).await;
    let edited =
        ada.patch(&format!("{GARDEN}/intentions/msg_5"), json!({ "content": "New." })).await;
    let page = bob.get(&format!("{GARDEN}/intentions?before=msg_6&limit=1")).await.json_of(200);
    assert_eq!(page["intentions"], json!([edited.json_of(200)]));
    assert_eq!(page["intentions"][0]["seq"], 11);
}
