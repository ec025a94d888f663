//! The protocol's invariants 2 and 3, tested on [`Replica`](client::Replica) in a small
//! world: a model server, two clients, and a network that delays, repeats, loses and breaks.
//!
//! A failing world is shrunk before it is reported: the failure prints a short sequence of steps
//! that leads to it. The module `scenarios` holds the sequences that deserve a name of
//! their own.

mod model;
#[path = "../pages/mod.rs"]
mod pages;
#[path = "../reactions/mod.rs"]
#[expect(dead_code, reason = "the server of the simulated devices asks for more")]
mod reactions;
mod scenarios;

use std::ops::Range;

use client::Replica;
use model::{
    Command::{self, *},
    Server,
    world::{
        Delivery,
        Step::{self, *},
        World, is_change,
    },
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{RngAlgorithm, TestCaseResult},
};
use protocol::IntentionState::*;
use reactions::unordered;

const CLIENTS: usize = 2;
const STEPS_MAX: usize = 160;
/// How many messages a sync brings, and how many rows a catch-up.
const BOUNDS: (Range<usize>, Range<usize>) = (1..4, 0..12);

fn commands() -> impl Strategy<Value = Command> {
    // Mostly one of the oldest: the hard cases are changes to one row soon after another.
    let pick = || prop_oneof![2 => 0..3usize, 1 => 0..60usize];
    let endings = select(vec![Complete, Cancelled, Failed]);
    prop_oneof![
        3 => select(vec![Complete, Active]).prop_map(Create),
        3 => pick().prop_map(Edit),
        4 => pick().prop_map(Append),
        3 => pick().prop_map(Think),
        1 => (pick(), endings).prop_map(|(pick, state)| Finish(pick, state)),
        1 => pick().prop_map(Retry),
        2 => pick().prop_map(Delete),
        6 => (pick(), 0..4usize).prop_map(|(pick, which)| React(pick, which)),
        2 => pick().prop_map(Join),
        1 => pick().prop_map(Rename),
        2 => pick().prop_map(Leave),
        1 => Just(RenameSpace),
        1 => Just(SetTopic),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let client = || 0..CLIENTS;
    let pick = || (client(), 0..60usize);
    prop_oneof![
        24 => (client(), commands()).prop_map(|(at, command)| Send(at, command)),
        12 => (client(), select(vec![1, 2, 9])).prop_map(|(at, count)| Deliver(at, count)),
        6 => pick().prop_map(|(at, pick)| Repeat(at, pick)),
        3 => client().prop_map(Skip),
        2 => client().prop_map(Heartbeat),
        2 => client().prop_map(Overrun),
        3 => client().prop_map(Break),
        4 => client().prop_map(Reconnect),
        8 => pick().prop_map(|(at, pick)| DeliverResponse(at, pick)),
        8 => client().prop_map(BeginPage),
        5 => client().prop_map(BeginLater),
        5 => pick().prop_map(|(at, pick)| BeginAround(at, pick)),
        2 => client().prop_map(ShowNewest),
        6 => pick().prop_map(|(at, pick)| KeepAround(at, pick)),
        10 => (client(), 1..4usize).prop_map(|(at, limit)| ReadPage(at, limit)),
        10 => pick().prop_map(|(at, pick)| DeliverPage(at, pick)),
        2 => pick().prop_map(|(at, pick)| LosePage(at, pick)),
        1 => Just(BackUp),
        1 => Just(Restore),
    ]
}

/// Six messages, half of them still streaming, and every client connected.
fn busy_world(sync_messages: usize, catch_up_rows: usize) -> World {
    let mut world = World::new(CLIENTS, sync_messages, catch_up_rows);
    world.take_all([Complete, Active].repeat(3).into_iter().map(|state| Send(0, Create(state))));
    world.take_all((0..CLIENTS).map(Reconnect));
    world
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        // Past failures are kept as named scenarios, not as a file of seeds.
        failure_persistence: None,
        max_shrink_iters: 20_000,
        // The default generator would take four fifths of a debug build's time.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    })]

    /// At caught-up, and whenever a client has read the whole log, its state equals a fresh
    /// space-sync plus history, whatever happened before.
    #[test]
    fn invariant_2_every_replica_equals_a_fresh_sync_plus_history(
        (messages, rows) in BOUNDS,
        steps in vec(steps(), 1..STEPS_MAX),
    ) {
        let mut world = busy_world(messages, rows);
        for step in steps {
            world.take(step);
            for client in &world.clients {
                if client.replica.cursor() == Some(&world.server.cursor()) {
                    equals_the_server(&client.replica, &world.server)?;
                }
            }
        }
        world.settle();
        for client in &mut world.clients {
            prop_assert_eq!(client.replica.cursor(), Some(&world.server.cursor()));
            equals_the_server(&client.replica, &world.server)?;
            // Both ends of what is shown are reached, by pages that touch, and nothing is let go.
            while let Some(request) = client.replica.begin_later() {
                client.replica.handle_page(request, world.server.page(request.window, 3));
                equals_the_server(&client.replica, &world.server)?;
            }
            while let Some(request) = client.replica.begin_earlier() {
                client.replica.handle_page(request, world.server.page(request.window, 3));
                equals_the_server(&client.replica, &world.server)?;
            }
            let timeline = client.replica.timeline();
            prop_assert!(!timeline.has_earlier() && !timeline.has_later());
            prop_assert_eq!(timeline.shown().len(), world.server.messages().count());
        }
    }

    /// A client never applies a change twice, out of order, or after one it skipped.
    #[test]
    fn invariant_3_no_change_is_applied_twice_out_of_order_or_after_a_skipped_one(
        (messages, rows) in BOUNDS,
        steps in vec(steps(), 1..STEPS_MAX),
    ) {
        let mut world = busy_world(messages, rows);
        world.take_all(steps);
        world.settle();
        for delivery in world.clients.iter().flat_map(|client| &client.journal) {
            if is_change(&delivery.frame) {
                the_cursor_moved_correctly(delivery)?;
            }
            if delivery.repeated {
                a_repetition_changed_nothing(delivery)?;
            } else {
                // Every loss raises an alarm, and nothing else does.
                let missed = delivery.outcome.is_err();
                prop_assert_eq!(missed, delivery.after_a_loss, "{:?}", delivery);
                prop_assert!(!missed || delivery.after == delivery.before, "{:?}", delivery);
            }
        }
    }
}

/// Compares what the replica covers.
fn equals_the_server(replica: &Replica, server: &Server) -> TestCaseResult {
    prop_assert_eq!(replica.roster().space(), Some(server.space()));
    let beings: Vec<_> = replica.roster().iter().collect();
    prop_assert_eq!(beings, server.beings().collect::<Vec<_>>());
    let timeline = replica.timeline();
    let rows: Vec<_> = timeline.iter().cloned().map(unordered).collect();
    let present = server.messages().filter(|row| timeline.covers(row.message_id));
    let present: Vec<_> = present.map(unordered).collect();
    prop_assert_eq!(rows, present);
    // The messages shown have no gap: between the first and the last, each message of the space is there.
    let shown: Vec<_> = timeline.shown().map(|row| row.message_id).collect();
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else { return Ok(()) };
    let between = server.messages().map(|row| row.message_id);
    let between: Vec<_> = between.filter(|id| (first..=last).contains(&id)).collect();
    prop_assert_eq!(&shown, &between);
    let is_first = server.messages().next().is_some_and(|row| row.message_id == *first);
    prop_assert!(is_first || timeline.has_earlier(), "what is before {} cannot be read", first);
    let is_last = server.messages().next_back().is_some_and(|row| row.message_id == *last);
    prop_assert!(is_last || timeline.has_later(), "what is after {} cannot be read", last);
    Ok(())
}

fn the_cursor_moved_correctly(delivery: &Delivery) -> TestCaseResult {
    let (Some(before), Some(after)) = (&delivery.before, &delivery.after) else {
        return Err(TestCaseError::fail(format!("a change before any sync: {delivery:?}")));
    };
    prop_assert_eq!(&before.epoch, &after.epoch);
    prop_assert!(before.seq <= after.seq, "{:?}", delivery);
    if delivery.was_live {
        prop_assert!(after.seq <= before.seq.next(), "{:?}", delivery);
    }
    Ok(())
}

fn a_repetition_changed_nothing(delivery: &Delivery) -> TestCaseResult {
    prop_assert_eq!(&delivery.after, &delivery.before);
    if is_change(&delivery.frame) {
        prop_assert_eq!(&delivery.outcome, &Ok(None), "{:?}", delivery);
    } else {
        prop_assert!(delivery.outcome.is_ok(), "{:?}", delivery);
    }
    Ok(())
}
