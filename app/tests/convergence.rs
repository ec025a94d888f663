//! The protocol's invariants 2 and 3, shown of [`Replica`](app::replica::Replica) in a small world:
//! a model server, two clients, and a network that delays, repeats, loses and breaks.
//!
//! A world in which something does not hold is made smaller before it is told: what a failure
//! prints is a short sequence of steps that leads to it. Below the properties stand the sequences
//! that are worth a sentence of their own.

mod model;

use std::ops::Range;

use app::{
    protocol::{BeingId, Cursor, IntentionState::*, MessageId, Seq, SyncEvent},
    replica::{Missed, Replica},
};
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

const CLIENTS: usize = 2;
const STEPS_MAX: usize = 160;
/// How many messages a sync brings, and how many rows a catch-up.
const BOUNDS: (Range<usize>, Range<usize>) = (1..4, 0..12);

fn commands() -> impl Strategy<Value = Command> {
    // Mostly one of the oldest: what happens to one row soon after something else is what is hard.
    let pick = || prop_oneof![2 => 0..3usize, 1 => 0..60usize];
    let endings = select(vec![Complete, Cancelled, Failed]);
    prop_oneof![
        3 => select(vec![Complete, Active]).prop_map(Create),
        3 => pick().prop_map(Edit),
        4 => pick().prop_map(Append),
        1 => (pick(), endings).prop_map(|(pick, state)| Finish(pick, state)),
        1 => pick().prop_map(Retry),
        2 => pick().prop_map(Delete),
        2 => pick().prop_map(Join),
        1 => pick().prop_map(Rename),
        2 => pick().prop_map(Leave),
        1 => Just(RenameSpace),
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
        8 => pick().prop_map(|(at, pick)| DeliverAnswer(at, pick)),
        10 => client().prop_map(BeginPage),
        10 => (client(), 1..4usize).prop_map(|(at, limit)| ReadPage(at, limit)),
        10 => pick().prop_map(|(at, pick)| DeliverPage(at, pick)),
        2 => pick().prop_map(|(at, pick)| LosePage(at, pick)),
        1 => Just(BackUp),
        1 => Just(Restore),
    ]
}

/// Six messages, half of them still growing, and everyone on the line.
fn lively_world(sync_messages: usize, catch_up_rows: usize) -> World {
    let mut world = World::new(CLIENTS, sync_messages, catch_up_rows);
    world.take_all([Complete, Active].repeat(3).into_iter().map(|state| Send(0, Create(state))));
    world.take_all((0..CLIENTS).map(Reconnect));
    world
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        // What once failed is kept as a sentence, not as a file of seeds.
        failure_persistence: None,
        max_shrink_iters: 20_000,
        // The default generator would take four fifths of the time of a debug build.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    })]

    /// At caught-up, and again whenever the log is quiet, every client's state equals a fresh
    /// space-sync plus history, however it got there.
    #[test]
    fn invariant_2_every_replica_equals_a_fresh_sync_plus_history(
        (messages, rows) in BOUNDS,
        steps in vec(steps(), 1..STEPS_MAX),
    ) {
        let mut world = lively_world(messages, rows);
        for step in steps {
            world.take(step);
            for client in &world.clients {
                if client.replica.cursor() == Some(&world.server.cursor()) {
                    equals_what_the_server_holds(&client.replica, &world.server)?;
                }
            }
        }
        world.settle();
        for client in &mut world.clients {
            prop_assert_eq!(client.replica.cursor(), Some(&world.server.cursor()));
            equals_what_the_server_holds(&client.replica, &world.server)?;
            while let Some(before) = client.replica.begin_page() {
                client.replica.handle_page(world.server.history(before, 3));
            }
            prop_assert!(!client.replica.timeline().has_earlier());
            equals_what_the_server_holds(&client.replica, &world.server)?;
        }
    }

    /// A client never applies a change twice, never out of order, never after one it skipped.
    #[test]
    fn invariant_3_no_change_is_applied_twice_out_of_order_or_after_a_skipped_one(
        (messages, rows) in BOUNDS,
        steps in vec(steps(), 1..STEPS_MAX),
    ) {
        let mut world = lively_world(messages, rows);
        world.take_all(steps);
        world.settle();
        for delivery in world.clients.iter().flat_map(|client| &client.journal) {
            if is_change(&delivery.frame) {
                the_cursor_went_on_by_the_book(delivery)?;
            }
            if delivery.repeated {
                a_repetition_changed_nothing(delivery)?;
            } else {
                // An alarm whenever something was lost, and no false one.
                let missed = delivery.outcome.is_err();
                prop_assert_eq!(missed, delivery.after_a_loss, "{:?}", delivery);
                prop_assert!(!missed || delivery.after == delivery.before, "{:?}", delivery);
            }
        }
    }
}

/// Down to the oldest message that the replica has loaded.
fn equals_what_the_server_holds(replica: &Replica, server: &Server) -> TestCaseResult {
    prop_assert_eq!(replica.roster().space(), Some(server.space()));
    let beings: Vec<_> = replica.roster().iter().collect();
    prop_assert_eq!(beings, server.beings().collect::<Vec<_>>());
    let rows: Vec<_> = replica.timeline().iter().collect();
    let floor = match rows.first() {
        Some(oldest) if replica.timeline().has_earlier() => oldest.message_id,
        None if replica.timeline().has_earlier() => return Ok(()),
        _ => MessageId(0),
    };
    let present: Vec<_> = server.messages().filter(|row| row.message_id >= floor).collect();
    prop_assert_eq!(rows, present);
    Ok(())
}

fn the_cursor_went_on_by_the_book(delivery: &Delivery) -> TestCaseResult {
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

/// One client, a sync of one message, and everything that `steps` did.
fn world_after<const N: usize>(steps: [Step; N]) -> World {
    let mut world = World::new(1, 1, 9);
    world.take_all(steps);
    world
}

/// What the last event to come in was met with.
fn last_outcome(world: &World) -> Result<(), Missed> {
    let delivery = world.clients[0].journal.last().expect("an event came in");
    delivery.outcome.as_ref().map(drop).map_err(|missed| *missed)
}

fn messages(world: &World) -> Vec<u64> {
    world.clients[0].replica.timeline().iter().map(|row| row.message_id.0).collect()
}

fn content(world: &World, id: u64) -> Option<&str> {
    world.clients[0].replica.timeline().get(MessageId(id)).map(|row| row.content.as_str())
}

fn name_of_ada(world: &World) -> Option<&str> {
    let ada: BeingId = "@ada".parse().expect("an id");
    world.clients[0].replica.roster().get(&ada).map(|being| being.name.as_str())
}

#[test]
fn a_page_read_before_a_deletion_does_not_bring_the_message_back() {
    let world = world_after([
        Send(0, Create(Complete)),
        Send(0, Create(Complete)),
        Reconnect(0),
        Deliver(0, 9),
        BeginPage(0),
        ReadPage(0, 9),
        Send(0, Delete(0)),
        Deliver(0, 9),
        DeliverPage(0, 0),
    ]);
    assert_eq!(messages(&world), [2]);
}

#[test]
fn a_page_read_before_an_edit_and_a_few_words_has_both() {
    let world = world_after([
        Send(0, Create(Active)),
        Send(0, Create(Complete)),
        Reconnect(0),
        Deliver(0, 9),
        BeginPage(0),
        ReadPage(0, 9),
        Send(0, Edit(0)),
        Send(0, Append(0)),
        Deliver(0, 9),
        DeliverPage(0, 0),
    ]);
    assert_eq!(content(&world, 1), Some("edited at 3 … é4"));
}

#[test]
fn a_late_answer_does_not_resurrect_a_deleted_message() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Complete)),
        Send(0, Delete(0)),
        Deliver(0, 9),
        DeliverAnswer(0, 0),
    ]);
    assert!(messages(&world).is_empty());
}

#[test]
fn a_late_answer_does_not_bring_back_who_has_left() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Join(0)),
        Send(0, Leave(0)),
        Deliver(0, 9),
        DeliverAnswer(0, 0),
    ]);
    assert_eq!(name_of_ada(&world), None);
}

#[test]
fn an_early_answer_is_not_undone_by_the_events_it_overtook() {
    let mut world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Active)),
        Send(0, Append(0)),
        Send(0, Edit(0)),
        Send(0, Join(0)),
        Send(0, Leave(0)),
        Send(0, Join(0)),
        DeliverAnswer(0, 1),
        DeliverAnswer(0, 2),
    ]);
    for _ in 0..6 {
        world.take(Deliver(0, 1));
        assert_eq!(content(&world, 1), Some("edited at 3"));
        assert_eq!(name_of_ada(&world), Some("@ada as of 6"));
    }
}

#[test]
fn an_answer_of_a_lost_history_is_passed_over() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Complete)),
        Restore,
        Reconnect(0),
        Deliver(0, 9),
        DeliverAnswer(0, 0),
    ]);
    assert!(messages(&world).is_empty());
}

#[test]
fn a_skipped_event_is_noticed_at_the_next_event_or_heartbeat() {
    for (next, missed) in [(Send(0, Create(Complete)), Missed::Gap), (Heartbeat(0), Missed::Behind)]
    {
        let mut world = world_after([
            Reconnect(0),
            Deliver(0, 9),
            Send(0, Create(Complete)),
            Skip(0),
            next,
            Deliver(0, 1),
        ]);
        assert_eq!(last_outcome(&world), Err(missed));
        world.take(Deliver(0, 9));
        assert_eq!(messages(&world)[0], 1);
    }
}

#[test]
fn what_cannot_follow_is_not_applied() {
    let in_epoch = |epoch: &str, seq| Cursor { epoch: epoch.parse().expect("an epoch"), seq };
    let appended = |offset| {
        let (message_id, text) = (MessageId(1), "!".into());
        SyncEvent::IntentionAppended { message_id, offset, text }
    };
    let length = "written at e0.1".len() as u64;
    for (id, event, outcome) in [
        (None, appended(length), Err(Missed::Unplaced)),
        (Some(in_epoch("other", Seq(2))), appended(length), Err(Missed::Gap)),
        (Some(in_epoch("e0", Seq(3))), appended(length), Err(Missed::Gap)),
        (Some(in_epoch("e0", Seq(2))), appended(length + 1), Err(Missed::Offset)),
        (Some(in_epoch("e0", Seq(1))), appended(length), Ok(())),
    ] {
        let mut world = world_after([Send(0, Create(Active)), Reconnect(0), Deliver(0, 9)]);
        let replica = &mut world.clients[0].replica;
        assert_eq!(replica.handle_event(id, event.clone()).map(drop), outcome, "{event:?}");
        assert_eq!(replica.cursor(), Some(&in_epoch("e0", Seq(1))));
        assert_eq!(content(&world, 1), Some("written at e0.1"));
        let before_any_sync = Replica::default().handle_event(Some(in_epoch("e0", Seq(1))), event);
        assert_eq!(before_any_sync, Err(Missed::Unplaced));
    }
}

#[test]
fn who_has_reached_the_beginning_knows_it() {
    let has_earlier = |world: &World| world.clients[0].replica.timeline().has_earlier();
    let mut world = world_after([Send(0, Create(Complete)), Reconnect(0), Deliver(0, 9)]);
    assert!(!has_earlier(&world));
    world = world_after([
        Send(0, Create(Complete)),
        Send(0, Create(Complete)),
        Send(0, Create(Complete)),
        Reconnect(0),
        Deliver(0, 9),
    ]);
    for loaded in [3, 2] {
        assert!(has_earlier(&world), "from {loaded}");
        world.take_all([BeginPage(0), ReadPage(0, 1), DeliverPage(0, 0)]);
    }
    assert!(!has_earlier(&world));
}

#[test]
fn a_message_that_came_and_went_while_away_leaves_nothing_behind() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Complete)),
        Send(0, Delete(0)),
        DeliverAnswer(0, 0),
        Break(0),
        Reconnect(0),
        Deliver(0, 9),
    ]);
    assert!(messages(&world).is_empty());
}

#[test]
fn a_page_asked_for_before_a_sync_is_of_no_use_after_it() {
    let world = world_after([
        Send(0, Create(Complete)),
        Send(0, Create(Complete)),
        Send(0, Create(Complete)),
        BackUp,
        Reconnect(0),
        Deliver(0, 9),
        BeginPage(0),
        ReadPage(0, 9),
        Restore,
        Send(0, Delete(0)),
        Reconnect(0),
        Deliver(0, 9),
        BeginPage(0), // before the same message, in another history
        DeliverPage(0, 0),
    ]);
    assert_eq!(messages(&world), [3]);
}

#[test]
fn a_page_ahead_of_the_stream_raises_no_alarm() {
    let world = world_after([
        Send(0, Create(Active)),
        Send(0, Create(Complete)),
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Append(0)),
        Send(0, Delete(0)),
        BeginPage(0),
        ReadPage(0, 9),
        DeliverPage(0, 0),
        Deliver(0, 1), // text for a message that the page knew to be deleted
    ]);
    assert_eq!(last_outcome(&world), Ok(()));
}

#[test]
fn an_event_of_a_newer_server_takes_its_position_and_changes_nothing() {
    let server = Server::new(3, 3);
    let mut replica = Replica::default();
    for (id, event) in server.open(None) {
        replica.handle_event(id, event).expect("a first visit misses nothing");
    }
    let cursor = server.cursor();
    let unknown = serde_json::from_str(r#"{"type":"of-a-later-build","data":[1]}"#).expect("JSON");
    let next = Cursor { seq: cursor.seq.next(), ..cursor };
    assert_eq!(replica.handle_event(Some(next.clone()), unknown), Ok(None));
    assert_eq!(replica.cursor(), Some(&next));
}
