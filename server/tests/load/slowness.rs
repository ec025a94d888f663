//! Slow readers, and readers that have stopped, do not affect the others.

use harness::message;

use super::{
    Measure,
    crowd::{Crowd, until},
    listener::{Listener, Pace},
    process::{self, Server},
};

const QUICK: usize = 50;
/// The messages that are sent while they do not read exceed what a socket buffers.
const MESSAGES: usize = 400;
const MESSAGE_CHARACTERS: usize = 6_000;
/// The most that the server holds for each: the last write, and the head of the next one. The messages
/// themselves would be 2.4 MB.
const HELD_FOR_EACH_MAX_KIB: usize = 64;
/// The messages are also stored, cached and kept in the ring: this much for all together.
const HELD_FOR_ALL_MAX_KIB: usize = 16 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_affect_nobody_and_cost_a_bounded_amount() {
    let slow = Measure::asked_for().slow;
    process::raise_descriptor_limit();
    let server = Server::start().await;
    let ada = server.visitor().signed_up("ada", None).await;
    let space = ada.create_space("Hall").await;
    let target = server.target(&ada, 3);
    let quick = Crowd::gather(&target, &[(space.clone(), QUICK)], Pace::Quick).await;
    let plan = [(space.clone(), slow)];
    let crawling = Crowd::gather(&target, &plan, Pace::ByteASecond).await;
    let silent = Crowd::gather(&target, &plan, Pace::Nothing).await;
    let before = server.memory_kib();

    let path = format!("/api/spaces/{space}/intentions");
    let mut last = 0;
    for _ in 0..MESSAGES {
        let sent = ada.post(&path, message(&"x".repeat(MESSAGE_CHARACTERS))).await.json_of(201);
        last = sent["seq"].as_u64().expect("a position");
    }
    quick.have_received(&space, last).await;
    quick.assert_no_errors();
    assert!(quick.all().all(|one| one.received().1 == MESSAGES as u64), "each event comes once");
    let others_behind = crawling.all().chain(silent.all()).filter(|one| one.received().0 < last);
    assert_eq!(others_behind.count(), 2 * slow, "they are slow");

    let held = server.memory_kib().saturating_sub(before);
    let allowed = 2 * slow * HELD_FOR_EACH_MAX_KIB + HELD_FOR_ALL_MAX_KIB;
    println!("{} slow readers: {held} KiB are held, of {allowed} KiB that may be", 2 * slow);
    assert!(held <= allowed, "{held} KiB are held for slow readers");

    // When they read again they receive the changes that they missed, in the shorter form, and then
    // the new event.
    crawling.all().chain(silent.all()).for_each(|one| one.read_at(Pace::Quick));
    let new = ada.post(&path, message("And now?")).await.json_of(201)["seq"].as_u64();
    let new = new.expect("a position");
    for crowd in [&crawling, &silent, &quick] {
        crowd.have_received(&space, new).await;
        crowd.assert_no_errors();
    }
    drop((quick, crawling, silent));
    assert_eq!(server.end().await, "", "the log is empty");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_has_stopped_does_not_delay_a_shutdown() {
    let server = Server::start().await;
    let ada = server.visitor().signed_up("ada", None).await;
    let space = ada.create_space("Hall").await;
    let silent = Listener::enter(&server.target(&ada, 4), &space, Pace::Nothing, false)
        .await
        .expect("it enters");
    let path = format!("/api/spaces/{space}/intentions");
    for _ in 0..MESSAGES / 4 {
        ada.post(&path, message(&"x".repeat(MESSAGE_CHARACTERS))).await.json_of(201);
    }
    let log = server.end().await;
    assert!(log.contains("some connections were cut"), "{log}");
    silent.read_at(Pace::Quick);
    until("the stream ends", || silent.error().is_some()).await;
}
