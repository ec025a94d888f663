//! A slow listener: nobody waits for it, and it misses nothing. It is caught up on the same
//! connection, and its ids are contiguous except at a `space-sync`.

use super::*;

/// More text than the ring keeps of a space, in fewer rows than the limit of a catch-up.
const LONG_MESSAGES: u64 = 60;

async fn outrun(ada: &Client) {
    for _ in 0..LONG_MESSAGES {
        ada.say("@garden", &"x".repeat(20_000)).await;
    }
}

#[tokio::test]
async fn missed_rows_come_one_by_one_if_none_changed_twice() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
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
async fn a_slow_listener_gets_the_whole_space_if_a_row_changed_twice() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
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
async fn a_slow_listener_gets_the_whole_space_if_it_missed_too_much() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    let mut attentive = ada.listen("@garden").await;
    for _ in 0..11 {
        send_concurrently(&ada, "@garden", 100).await;
        // A fast listener is not delayed by a slow one.
        attentive.take(100).await;
    }
    let told = gists(&listener.until_caught_up().await);
    assert_eq!(told, ["1103 space-sync with 50", "caught-up msg_1103"]);
    ada.say("@garden", "Live again.").await;
    for events in [&mut listener, &mut attentive] {
        assert_eq!(events.one().await.gist(), "1104 created msg_1104");
    }
}

/// Its position is still in the ring, though far behind: it is caught up frame by frame.
#[tokio::test]
async fn a_slow_listener_gets_every_frame_while_the_ring_holds_them() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    send_concurrently(&ada, "@garden", 1000).await;
    assert_eq!(contiguous(Seq(3), &listener.take(1000).await), Seq(1003));
}
