//! Who reads a byte a second, and who reads nothing at all, harms nobody.

use super::{
    Measure,
    crowd::{Crowd, until},
    house::message,
    listener::{Listener, Pace},
    process::{self, Server},
};

const QUICK: usize = 50;
/// What is said while they do not read is far more than a socket holds.
const SAID: usize = 400;
const SAID_CHARACTERS: usize = 6_000;
/// What the server may hold for each: what it was given last, and the head of what is next. Were it
/// to hold what was said, it would be 2.4 MB.
const HELD_FOR_EACH_MAX_KIB: usize = 64;
/// What is said is also stored, cached and kept for who comes back: that much for all together.
const HELD_FOR_ALL_MAX_KIB: usize = 16 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_slowly_or_nothing_harms_nobody_and_costs_a_bounded_amount() {
    let slow = Measure::asked_for().slow;
    process::may_open_many_files();
    let server = Server::start().await;
    let ada = server.visitor().signed_up("ada", None).await;
    let space = ada.found("Hall").await;
    let door = server.door(&ada, 3);
    let quick = Crowd::gather(&door, &[(space.clone(), QUICK)], Pace::Quick).await;
    let wish = [(space.clone(), slow)];
    let crawling = Crowd::gather(&door, &wish, Pace::ByteASecond).await;
    let silent = Crowd::gather(&door, &wish, Pace::Nothing).await;
    let before = server.memory_kib();

    let path = format!("/api/spaces/{space}/intentions");
    let mut last = 0;
    for _ in 0..SAID {
        let said = ada.post(&path, message(&"x".repeat(SAID_CHARACTERS))).await.json_of(201);
        last = said["seq"].as_u64().expect("a position");
    }
    quick.have_heard(&space, last).await;
    quick.is_well();
    assert!(quick.all().all(|one| one.heard().1 == SAID as u64), "each event comes once");
    let others_behind = crawling.all().chain(silent.all()).filter(|one| one.heard().0 < last);
    assert_eq!(others_behind.count(), 2 * slow, "they are slow");

    let held = server.memory_kib().saturating_sub(before);
    let allowed = 2 * slow * HELD_FOR_EACH_MAX_KIB + HELD_FOR_ALL_MAX_KIB;
    println!("{} slow readers: {held} KiB are held, of {allowed} KiB that may be", 2 * slow);
    assert!(held <= allowed, "{held} KiB are held for who does not read");

    // Once they read they get what they missed, in whatever way is shorter, and then what is new.
    crawling.all().chain(silent.all()).for_each(|one| one.read_at(Pace::Quick));
    let new = ada.post(&path, message("And now?")).await.json_of(201)["seq"].as_u64();
    let new = new.expect("a position");
    for crowd in [&crawling, &silent, &quick] {
        crowd.have_heard(&space, new).await;
        crowd.is_well();
    }
    drop((quick, crawling, silent));
    assert_eq!(server.end().await, "", "nothing to complain of");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_does_not_keep_the_server_from_ending() {
    let server = Server::start().await;
    let ada = server.visitor().signed_up("ada", None).await;
    let space = ada.found("Hall").await;
    let silent = Listener::enter(&server.door(&ada, 4), &space, Pace::Nothing, false)
        .await
        .expect("it enters");
    let path = format!("/api/spaces/{space}/intentions");
    for _ in 0..SAID / 4 {
        ada.post(&path, message(&"x".repeat(SAID_CHARACTERS))).await.json_of(201);
    }
    let log = server.end().await;
    assert!(log.contains("some connections were cut"), "{log}");
    silent.read_at(Pace::Quick);
    until("its stream ends", || silent.trouble().is_some()).await;
}
