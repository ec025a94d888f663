//! Listeners connect, receive every event once and in order, and leave; several times.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream::iter};
use harness::{Client, message};
use tokio::time::{Instant, sleep};

use super::{
    Measure, PATIENCE,
    listener::{Listener, Pace, Target},
    process::{self, Server},
};

/// How many connect, or create a space, at the same time.
const AT_ONCE: usize = 64;
const MESSAGES_IN_LARGE_SPACE: usize = 20;
const MESSAGE_CHARACTERS: usize = 600;
const CYCLES: usize = 5;
/// In this many cycles messages are sent; in the others streams only open and close.
const LOUD_CYCLES: usize = 2;
/// Descriptors that the server opens on demand and keeps: database readers.
const READERS_MAX: usize = 24;
/// The most that each cycle leaves behind for each stream. Messages are stored and cached, so the cycles
/// without messages show it.
const LEFT_BEHIND_MAX_BYTES: usize = 64;
/// The memory that the allocator keeps in reserve for returning clients, for each stream.
const IN_HAND_MAX_BYTES: usize = 4 * 1024;
/// Beside that: the database's pages, and other memory that fluctuates.
const UNSTEADY_MAX_KIB: usize = 4 * 1024;

/// The streams that are open, by space.
pub struct Crowd(pub BTreeMap<String, Vec<Listener>>);

impl Crowd {
    /// This many listeners enter each space. A fast reader is caught up before the next one enters
    /// in its place: the cost of a burst of connections is another question than the cost of open
    /// streams.
    pub async fn gather(target: &Target, plan: &[(String, usize)], pace: Pace) -> Self {
        let each = plan.iter().flat_map(|(space, count)| (0..*count).map(move |at| (space, at)));
        let entering = each.map(async |(space, at)| {
            let entered = Listener::enter(target, space, pace, at % 2 == 0).await;
            let entered = entered.unwrap_or_else(|error| panic!("no stream: {error}"));
            if pace == Pace::Quick {
                until("it is caught up", || entered.received().2).await;
            }
            (space.clone(), entered)
        });
        let entered: Vec<_> = iter(entering).buffer_unordered(AT_ONCE).collect().await;
        let mut crowd = Self(BTreeMap::new());
        for (space, listener) in entered {
            crowd.0.entry(space).or_default().push(listener);
        }
        crowd
    }

    pub fn all(&self) -> impl Iterator<Item = &Listener> {
        self.0.values().flatten()
    }

    /// Waits until every listener of a space has received the event at this position.
    pub async fn have_received(&self, space: &str, position: u64) {
        let listeners = &self.0[space];
        let what = format!("every listener of {space} receives {position}");
        until(&what, || listeners.iter().all(|one| one.received().0 >= position)).await;
    }

    /// Asserts that no event came twice, too early or not at all.
    pub fn assert_no_errors(&self) {
        let errors: Vec<_> = self.all().filter_map(Listener::error).collect();
        assert!(errors.is_empty(), "{} streams: {}", errors.len(), errors[0]);
    }
}

pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "timeout: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Creates the large space and the small ones.
pub async fn spaces(ada: &Client, measure: Measure) -> Vec<(String, usize)> {
    let mut plan = vec![(ada.create_space("Hall").await, measure.in_large_space)];
    let create = async |number| ada.create_space(&format!("Room {number}")).await;
    let creating = (0..measure.small_spaces).map(create);
    let small: Vec<String> = iter(creating).buffer_unordered(AT_ONCE).collect().await;
    plan.extend(small.into_iter().map(|space| (space, measure.in_each_small_space)));
    plan
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_listener_receives_every_event_once_in_order_and_leaves_no_memory_behind() {
    let measure = Measure::asked_for();
    process::raise_descriptor_limit();
    let server = Server::start().await;
    let ada = server.visitor().signed_up("ada", None).await;
    let plan = spaces(&ada, measure).await;
    // A new listener gets the newest 50 messages: in the first cycle as many as in the last.
    for _ in 0..50 {
        ada.say(&plan[0].0, &"x".repeat(MESSAGE_CHARACTERS)).await;
    }

    report("before the first stream", 0, server.memory_kib(), 0);
    // Allocated once, for any number of streams: caches, and the pages of the program that are
    // used.
    drop(
        Crowd::gather(
            &server.target(&ada, 2),
            &plan[..measure.small_spaces.min(20) + 1],
            Pace::Quick,
        )
        .await,
    );
    let descriptors = server.descriptors();
    let before = server.memory_kib();
    report("no listeners", 0, before, before);

    let mut left_at: Vec<usize> = Vec::new();
    for cycle in 0..CYCLES {
        let target = server.target(&ada, 10 + cycle as u8);
        let large = Crowd::gather(&target, &plan[..1], Pace::Quick).await;
        report("large space filled", measure.in_large_space, server.memory_kib(), before);
        let small = Crowd::gather(&target, &plan[1..], Pace::Quick).await;
        report("small spaces filled", measure.streams(), server.memory_kib(), before);

        if cycle < LOUD_CYCLES {
            talk(&ada, &plan, &large, &small).await;
            report("all events received", measure.streams(), server.memory_kib(), before);
        }
        large.assert_no_errors();
        small.assert_no_errors();

        drop((large, small));
        until("the sockets are closed", || server.descriptors() <= descriptors + READERS_MAX).await;
        left_at.push(server.memory_kib());
        report("all streams closed", 0, server.memory_kib(), before);
    }
    let allowed = |bytes| measure.streams() * bytes / 1024 + UNSTEADY_MAX_KIB;
    let last = left_at[CYCLES - 1];
    let grown = last.saturating_sub(left_at[LOUD_CYCLES]);
    println!("cycles without messages leave {grown} KiB, and {last} KiB resident of {before}");
    let each = LEFT_BEHIND_MAX_BYTES * (CYCLES - 1 - LOUD_CYCLES);
    assert!(grown <= allowed(each), "memory grows: {left_at:?}");
    assert!(last <= before + allowed(IN_HAND_MAX_BYTES), "{before} KiB before, then {left_at:?}");
    assert_eq!(server.end().await, "", "the log is empty");
}

/// Sends messages in every space; asserts that every listener receives exactly those.
async fn talk(ada: &Client, plan: &[(String, usize)], large: &Crowd, small: &Crowd) {
    let received_before = large.0[&plan[0].0].iter().map(|one| one.received().1).sum::<u64>();
    let sent = iter(
        (0..MESSAGES_IN_LARGE_SPACE)
            .map(async |_| ada.say(&plan[0].0, &"x".repeat(MESSAGE_CHARACTERS)).await),
    );
    let in_small_spaces = iter(plan[1..].iter().map(async |(space, _)| {
        let path = format!("/api/spaces/{space}/intentions");
        let answer = ada.post(&path, message("Is anybody here?")).await.json_of(201);
        (space.clone(), answer["seq"].as_u64().expect("a position"))
    }));
    let (sent, in_small_spaces): (Vec<_>, Vec<_>) = tokio::join!(
        sent.buffer_unordered(4).collect(),
        in_small_spaces.buffer_unordered(AT_ONCE).collect()
    );
    let last = sent.iter().map(|intention| intention.seq.0).max().expect("a message");
    large.have_received(&plan[0].0, last).await;
    for (space, position) in in_small_spaces {
        small.have_received(&space, position).await;
    }
    let received =
        large.0[&plan[0].0].iter().map(|one| one.received().1).sum::<u64>() - received_before;
    assert_eq!(
        received,
        (MESSAGES_IN_LARGE_SPACE * plan[0].1) as u64,
        "each listener receives each event once"
    );
    assert!(
        small.all().all(|one| one.received().1 == 1),
        "each small space receives its own event"
    );
}

fn report(what: &str, streams: usize, kib: usize, before: usize) {
    let each = kib.saturating_sub(before) * 1024 / streams.max(1);
    let each = if streams == 0 { String::new() } else { format!(", {each} bytes a stream") };
    println!("{what:>20}: {streams:>6} streams, {kib:>7} KiB resident{each}");
}
