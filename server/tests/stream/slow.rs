//! A listener that cannot keep up: nobody waits for it, and it is skipped nothing. It is caught up
//! on the same connection, and no id on its way is a jump but that of a `space-sync`.

use super::*;

/// More text than the recent frames of a space are kept of, in fewer rows than a catch-up has.
const LONG_MESSAGES: u64 = 60;

async fn outrun(ada: &Client) {
    for _ in 0..LONG_MESSAGES {
        ada.say("@garden", &"x".repeat(20_000)).await;
    }
}

#[tokio::test]
async fn what_it_missed_comes_one_by_one_where_no_row_changed_twice() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    outrun(&ada).await;
    let frames = listener.until_caught_up().await;
    let (caught_up, missed) = frames.split_last().expect("a caught-up");
    assert_eq!(contiguous(Seq(3), missed), Seq(3 + LONG_MESSAGES));
    assert_eq!(caught_up.gist(), format!("caught-up msg_{}", 3 + LONG_MESSAGES));

    let next = ada.say("@garden", "Live again.").await.seq;
    assert_eq!(contiguous(Seq(next.0 - 1), &[listener.one().await]), next);
}

#[tokio::test]
async fn where_a_row_changed_twice_it_gets_the_whole_space() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    outrun(&ada).await;
    bob.patch("/api/beings/@bob", json!({ "name": "Robert" })).await.json_of(200);
    bob.patch("/api/beings/@bob", json!({ "name": "Rob" })).await.json_of(200);
    let told = gists(&listener.until_caught_up().await);
    assert_eq!(told, ["65 space-sync with 50", "caught-up msg_65"]);
    ada.say("@garden", "Live again.").await;
    assert_eq!(listener.one().await.gist(), "66 created msg_66");
}

#[tokio::test]
async fn where_it_missed_too_much_it_gets_the_whole_space() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    let mut attentive = ada.listen("@garden").await;
    for _ in 0..11 {
        all_say(&ada, "@garden", 100).await;
        // Who keeps up is not slowed down by who does not.
        attentive.take(100).await;
    }
    let told = gists(&listener.until_caught_up().await);
    assert_eq!(told, ["1103 space-sync with 50", "caught-up msg_1103"]);
    ada.say("@garden", "Live again.").await;
    for events in [&mut listener, &mut attentive] {
        assert_eq!(events.one().await.gist(), "1104 created msg_1104");
    }
}

/// It is somewhere in the ring, though far behind: it gets there frame by frame.
#[tokio::test]
async fn where_the_ring_still_reaches_nothing_is_left_out() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    all_say(&ada, "@garden", 1000).await;
    assert_eq!(contiguous(Seq(3), &listener.take(1000).await), Seq(1003));
}
