//! What is new in other spaces: counted when it is told, and told at most once a second.

use std::time::{Duration, Instant};

use super::*;
use harness::message;
use protocol::limits::{SPACE_ENTRY_OVERHEAD_MAX_BYTES, SPACE_HEAD_MAX_BYTES, SPACE_HEADS_MILLIS};

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the pool of the database does not bear a paused clock"
)]
async fn the_first_change_is_told_at_once_and_later_ones_in_one_frame_a_second() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut inbox = listen(&bob).await;
    // A machine that has other work may be late a few times. One that waits a second each time is never early.
    let mut said = 0;
    let began = loop {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let began = Instant::now();
        ada.say("@garden", "Hello.").await;
        said += 1;
        let told = format!("heads @garden msg_{} {said}/0", said + 3);
        assert_eq!(gists(&mut inbox, 1).await, [told]);
        if began.elapsed() < Duration::from_millis(900) {
            break began;
        }
        assert!(said < 10, "it is never told at once");
    };
    for number in 0..120 {
        ada.say("@garden", &format!("Number {number}.")).await;
    }
    let mut frames = 0;
    loop {
        let told = gists(&mut inbox, 1).await;
        frames += 1;
        if told == [format!("heads @garden msg_{} 100/0", said + 123)] {
            break;
        }
    }
    let seconds = began.elapsed().as_secs() + 1;
    assert!(frames <= seconds, "{frames} frames in {seconds} s");
}

#[tokio::test]
async fn a_head_says_what_has_changed_and_nothing_else() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut inbox = listen(&bob).await;
    let said = ada.say("@garden", "Hello.").await.message_id;
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden msg_4 1/0"]);
    let path = format!("{SPACE}/intentions/{said}");
    // An edit that mentions nobody tells nothing.
    ada.patch(&path, json!({ "content": "Hello all." })).await.json_of(200);
    ada.patch(&path, json!({ "content": "Hello @bob." })).await.json_of(200);
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden msg_4 1/1"]);
    ada.patch("/api/beings/@garden", json!({ "name": "Orchard" })).await.json_of(200);
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden Orchard msg_4 1/1"]);
    ada.patch("/api/beings/@ada", json!({ "name": "Countess" })).await.json_of(200);
    ada.delete(&path).await.empty_of(204);
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden 0/0"]);
    bob.say("@garden", "Of my own.").await;
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden msg_10 0/0"]);
    let mut reply = message("Quite.");
    reply["replyTo"] = json!("msg_10");
    ada.post(&format!("{SPACE}/intentions"), reply).await.json_of(201);
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden msg_11 1/1"]);
}

/// Reading begins the counting again where it had reached its maximum.
#[tokio::test]
async fn a_full_count_is_made_again_once_it_is_read() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 110).await;
    let mut inbox = inbox_of(&bob, None).stream().await;
    let told = gists(&mut inbox, 3).await;
    assert_eq!(told[2], "heads @garden Garden msg_110 100/0");
    ada.say("@garden", "One more, @bob.").await;
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden msg_111 100/1"]);
    read(&bob, 108).await;
    assert_eq!(both(&mut inbox).await, ["2 read @garden msg_108", "heads @garden msg_111 3/1"]);
}

#[tokio::test]
async fn what_the_store_could_not_count_is_counted_later_on_the_same_stream() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut inbox = inbox_of(&bob, None).stream().await;
    gists(&mut inbox, 3).await;
    server.folder.execute("ALTER TABLE mentions RENAME TO away").await;
    ada.say("@garden", "Hello.").await;
    // Some looks fail meanwhile.
    tokio::time::sleep(Duration::from_millis(2 * SPACE_HEADS_MILLIS)).await;
    server.folder.execute("ALTER TABLE away RENAME TO mentions").await;
    assert_eq!(gists(&mut inbox, 1).await, ["heads @garden msg_4 1/0"]);
}

#[tokio::test]
async fn a_space_in_an_inbox_stays_within_its_budget() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let name = "🌱".repeat(80);
    ada.patch("/api/beings/@garden", json!({ "name": name })).await.json_of(200);
    server.close().await;
    server.folder.execute("UPDATE spaces SET head = 99990 WHERE id = '@garden'").await;
    let server = server.reopen().await;
    let bob = server.visitor().signed_in("bob").await;
    let ada = server.again(&ada);
    ada.say("@garden", "Hello.").await;
    put(&bob, "level", json!({ "level": "everything" })).await.empty_of(204);
    read(&bob, 99990).await;
    let mut inbox = inbox_of(&bob, None).stream().await;
    let sync = one(&mut inbox).await;
    let frame =
        "id: k3f.99999\ndata: {\"type\":\"inbox-sync\",\"spaces\":[],\"lastPosition\":3}\n\n";
    let budget = frame.len() + name.len() + SPACE_ENTRY_OVERHEAD_MAX_BYTES;
    assert!(sync.bytes <= budget, "{} bytes, and not {budget}", sync.bytes);
    gists(&mut inbox, 2).await;
    ada.say("@garden", "Hello @bob.").await;
    let heads = one(&mut inbox).await;
    let frame = "data: {\"type\":\"space-heads\",\"spaces\":[]}\n\n";
    let budget = frame.len() + SPACE_HEAD_MAX_BYTES;
    assert!(heads.bytes <= budget, "{} bytes, and not {budget}", heads.bytes);
}

/// However much is said, and however many listen elsewhere.
#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the pool of the database does not bear a paused clock"
)]
async fn a_burst_is_a_frame_a_second_for_each_of_many_listeners() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut inboxes = vec![];
    for _ in 0..40 {
        inboxes.push(listen(&bob).await);
    }
    let began = Instant::now();
    let sends = (0..300).map(|number| {
        let text = format!("Number {number}.");
        let request = ada.post(&format!("{SPACE}/intentions"), message(&text));
        async move { request.await.json_of(201) }
    });
    futures::future::join_all(sends).await;
    for inbox in &mut inboxes {
        let mut frames = 0;
        while gists(inbox, 1).await != ["heads @garden msg_303 100/0"] {
            frames += 1;
        }
        let seconds = began.elapsed().as_secs() + 2;
        assert!(frames < seconds, "{frames} frames in {seconds} s");
    }
}
