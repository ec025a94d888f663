//! Everybody comes, hears everything once and in order, and leaves; and comes again.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream::iter};
use tokio::time::{Instant, sleep};

use super::{
    Measure, PATIENCE,
    house::{Client, message},
    listener::{Door, Listener, Pace},
    process::{self, Server},
};

/// So many connect, or found a space, at the same time.
const AT_ONCE: usize = 64;
const SAID_IN_THE_HALL: usize = 20;
const SAID_CHARACTERS: usize = 600;
const CYCLES: usize = 5;
/// In so many of them something is said; in the others there is only coming and going.
const LOUD_CYCLES: usize = 2;
/// Files that the server opens as it needs them, and keeps: readers of its database.
const READERS_MAX: usize = 24;
/// What each coming and going may leave behind for each stream. What is said meanwhile is stored and
/// cached, so that is shown by those in which nothing is said.
const LEFT_BEHIND_MAX_BYTES: usize = 64;
/// What the allocator keeps in hand for who may come back, for each stream.
const IN_HAND_MAX_BYTES: usize = 4 * 1024;
/// Beside that: the database's pages, and whatever else comes and goes.
const UNSTEADY_MAX_KIB: usize = 4 * 1024;

/// The streams that are open, by space.
pub struct Crowd(pub BTreeMap<String, Vec<Listener>>);

impl Crowd {
    /// So many enter each space. Who reads is caught up before the next one enters in its place: what a
    /// crowd takes at once is another question than what it takes as it listens.
    pub async fn gather(door: &Door, wish: &[(String, usize)], pace: Pace) -> Self {
        let each = wish.iter().flat_map(|(space, count)| (0..*count).map(move |at| (space, at)));
        let entering = each.map(async |(space, at)| {
            let entered = Listener::enter(door, space, pace, at % 2 == 0).await;
            let entered = entered.unwrap_or_else(|error| panic!("nobody enters: {error}"));
            if pace == Pace::Quick {
                until("it is caught up", || entered.heard().2).await;
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

    /// Waits until everybody in a space has heard the event at this position.
    pub async fn have_heard(&self, space: &str, position: u64) {
        let listeners = &self.0[space];
        let what = format!("everybody in {space} hears {position}");
        until(&what, || listeners.iter().all(|one| one.heard().0 >= position)).await;
    }

    /// Nobody has got anything twice, too early or not at all.
    pub fn is_well(&self) {
        let troubles: Vec<_> = self.all().filter_map(Listener::trouble).collect();
        assert!(troubles.is_empty(), "{} streams: {}", troubles.len(), troubles[0]);
    }
}

pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never happens that {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Founds the hall and the rooms.
pub async fn spaces(ada: &Client, measure: Measure) -> Vec<(String, usize)> {
    let mut wish = vec![(ada.found("Hall").await, measure.in_the_hall)];
    let found = async |number| ada.found(&format!("Room {number}")).await;
    let founding = (0..measure.rooms).map(found);
    let rooms: Vec<String> = iter(founding).buffer_unordered(AT_ONCE).collect().await;
    wish.extend(rooms.into_iter().map(|room| (room, measure.in_each_room)));
    wish
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_everything_once_and_in_order_and_leaves_nothing_behind() {
    let measure = Measure::asked_for();
    process::may_open_many_files();
    let server = Server::start().await;
    let ada = server.visitor().signed_up("ada", None).await;
    let wish = spaces(&ada, measure).await;
    // Who comes is given the newest 50 messages: from the first cycle on as many as in the last.
    for _ in 0..50 {
        ada.say(&wish[0].0, &"x".repeat(SAID_CHARACTERS)).await;
    }

    report("nobody has come", 0, server.memory_kib(), 0);
    // What is made once, however many come: caches, and the pages of the program that are used.
    drop(
        Crowd::gather(&server.door(&ada, 2), &wish[..measure.rooms.min(20) + 1], Pace::Quick).await,
    );
    let descriptors = server.descriptors();
    let before = server.memory_kib();
    report("nobody listens", 0, before, before);

    let mut left_at: Vec<usize> = Vec::new();
    for cycle in 0..CYCLES {
        let door = server.door(&ada, 10 + cycle as u8);
        let hall = Crowd::gather(&door, &wish[..1], Pace::Quick).await;
        report("the hall is full", measure.in_the_hall, server.memory_kib(), before);
        let rooms = Crowd::gather(&door, &wish[1..], Pace::Quick).await;
        report("so are the rooms", measure.streams(), server.memory_kib(), before);

        if cycle < LOUD_CYCLES {
            talk(&ada, &wish, &hall, &rooms).await;
            report("all have heard all", measure.streams(), server.memory_kib(), before);
        }
        hall.is_well();
        rooms.is_well();

        drop((hall, rooms));
        until("they are let go", || server.descriptors() <= descriptors + READERS_MAX).await;
        left_at.push(server.memory_kib());
        report("all have left", 0, server.memory_kib(), before);
    }
    let allowed = |bytes| measure.streams() * bytes / 1024 + UNSTEADY_MAX_KIB;
    let last = left_at[CYCLES - 1];
    let grown = last.saturating_sub(left_at[LOUD_CYCLES]);
    println!("coming and going in silence leaves {grown} KiB, and {last} KiB resident of {before}");
    let each = LEFT_BEHIND_MAX_BYTES * (CYCLES - 1 - LOUD_CYCLES);
    assert!(grown <= allowed(each), "it grows: {left_at:?}");
    assert!(last <= before + allowed(IN_HAND_MAX_BYTES), "{before} KiB before, then {left_at:?}");
    assert_eq!(server.end().await, "", "nothing to complain of");
}

/// Something is said everywhere, and heard by everybody who is there: exactly that.
async fn talk(ada: &Client, wish: &[(String, usize)], hall: &Crowd, rooms: &Crowd) {
    let heard_before = hall.0[&wish[0].0].iter().map(|one| one.heard().1).sum::<u64>();
    let said = iter(
        (0..SAID_IN_THE_HALL)
            .map(async |_| ada.say(&wish[0].0, &"x".repeat(SAID_CHARACTERS)).await),
    );
    let in_the_rooms = iter(wish[1..].iter().map(async |(room, _)| {
        let path = format!("/api/spaces/{room}/intentions");
        let answer = ada.post(&path, message("Is anybody here?")).await.json_of(201);
        (room.clone(), answer["seq"].as_u64().expect("a position"))
    }));
    let (said, in_the_rooms): (Vec<_>, Vec<_>) = tokio::join!(
        said.buffer_unordered(4).collect(),
        in_the_rooms.buffer_unordered(AT_ONCE).collect()
    );
    let last = said.iter().map(|intention| intention.seq.0).max().expect("something was said");
    hall.have_heard(&wish[0].0, last).await;
    for (room, position) in in_the_rooms {
        rooms.have_heard(&room, position).await;
    }
    let heard = hall.0[&wish[0].0].iter().map(|one| one.heard().1).sum::<u64>() - heard_before;
    assert_eq!(heard, (SAID_IN_THE_HALL * wish[0].1) as u64, "each of them hears each event once");
    assert!(rooms.all().all(|one| one.heard().1 == 1), "each room hears its own");
}

fn report(what: &str, streams: usize, kib: usize, before: usize) {
    let each = kib.saturating_sub(before) * 1024 / streams.max(1);
    let each = if streams == 0 { String::new() } else { format!(", {each} bytes a stream") };
    println!("{what:>20}: {streams:>6} streams, {kib:>7} KiB resident{each}");
}
