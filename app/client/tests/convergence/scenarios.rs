//! Sequences of steps that deserve a name of their own.

use client::{Change, OutOfSync, Replica};
use protocol::{
    BeingId, Cursor, IntentionAppended, IntentionState::*, MessageId, Reaction, ReasoningAppended,
    Seq, SyncEvent,
};

use crate::model::{
    Command::*,
    Server,
    world::{
        Step::{self, *},
        World,
    },
};

/// One client and a sync of one message, after these steps.
fn world_after<const N: usize>(steps: [Step; N]) -> World {
    let mut world = World::new(1, 1, 9);
    world.take_all(steps);
    world
}

/// The outcome of the last event that arrived.
fn last_outcome(world: &World) -> Result<(), OutOfSync> {
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
fn a_page_read_before_an_edit_and_an_append_ends_up_with_both() {
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
fn reasoning_grows_beside_the_text_and_is_settled_once() {
    let mut world = world_after([Send(0, Create(Active)), Reconnect(0), Deliver(0, 9)]);
    for (command, reasoning, millis) in [
        (Think(0), " é? 2", None),
        (Think(0), " é? 2 é? 3", None),
        (Append(0), " é? 2 é? 3", Some(4)),
        (Think(0), " é? 2 é? 3 é? 5", Some(4)),
        (Append(0), " é? 2 é? 3 é? 5", Some(4)),
        (Finish(0, Complete), " é? 2 é? 3 é? 5", Some(4)),
        (Retry(0), "", None),
        (Think(0), " é? 9", None),
        (Finish(0, Failed), " é? 9", Some(10)),
    ] {
        world.take_all([Send(0, command), Deliver(0, 9)]);
        let row = world.clients[0].replica.timeline().get(MessageId(1)).expect("the answer");
        assert_eq!((&*row.reasoning, row.reasoning_millis), (reasoning, millis), "{command:?}");
    }
}

#[test]
fn a_late_response_does_not_resurrect_a_deleted_message() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Complete)),
        Send(0, Delete(0)),
        Deliver(0, 9),
        DeliverResponse(0, 0),
    ]);
    assert!(messages(&world).is_empty());
}

#[test]
fn a_late_response_does_not_bring_back_a_being_that_has_left() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Join(0)),
        Send(0, Leave(0)),
        Deliver(0, 9),
        DeliverResponse(0, 0),
    ]);
    assert_eq!(name_of_ada(&world), None);
}

#[test]
fn an_early_response_is_not_undone_by_the_events_it_overtook() {
    let mut world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Active)),
        Send(0, Append(0)),
        Send(0, Edit(0)),
        Send(0, Join(0)),
        Send(0, Leave(0)),
        Send(0, Join(0)),
        DeliverResponse(0, 1),
        DeliverResponse(0, 2),
    ]);
    for _ in 0..6 {
        world.take(Deliver(0, 1));
        assert_eq!(content(&world, 1), Some("edited at 3"));
        assert_eq!(name_of_ada(&world), Some("@ada as of 6"));
    }
}

#[test]
fn a_response_from_a_lost_history_is_ignored() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Complete)),
        Restore,
        Reconnect(0),
        Deliver(0, 9),
        DeliverResponse(0, 0),
    ]);
    assert!(messages(&world).is_empty());
}

#[test]
fn a_skipped_event_is_noticed_at_the_next_event_or_heartbeat() {
    for (next, missed) in
        [(Send(0, Create(Complete)), OutOfSync::Gap), (Heartbeat(0), OutOfSync::Behind)]
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
fn an_event_that_cannot_follow_is_not_applied() {
    let in_epoch = |epoch: &str, seq| Cursor { epoch: epoch.parse().expect("an epoch"), seq };
    let appended = |offset| {
        let (message_id, text, reasoning_millis) = (MessageId(1), "!".into(), None);
        let appended = IntentionAppended { message_id, offset, text, reasoning_millis };
        SyncEvent::IntentionAppended(appended)
    };
    let reasoned = |offset| {
        let (message_id, text) = (MessageId(1), "?".into());
        SyncEvent::ReasoningAppended(ReasoningAppended { message_id, offset, text })
    };
    let length = "written at e0.1".len() as u64;
    for (id, event, outcome) in [
        (None, appended(length), Err(OutOfSync::Unplaced)),
        (Some(in_epoch("other", Seq(2))), appended(length), Err(OutOfSync::Gap)),
        (Some(in_epoch("e0", Seq(3))), appended(length), Err(OutOfSync::Gap)),
        (Some(in_epoch("e0", Seq(2))), appended(length + 1), Err(OutOfSync::Offset)),
        (Some(in_epoch("e0", Seq(1))), appended(length), Ok(())),
        (Some(in_epoch("e0", Seq(2))), reasoned(length), Err(OutOfSync::Offset)),
        (Some(in_epoch("e0", Seq(3))), reasoned(0), Err(OutOfSync::Gap)),
        (Some(in_epoch("e0", Seq(1))), reasoned(0), Ok(())),
    ] {
        let mut world = world_after([Send(0, Create(Active)), Reconnect(0), Deliver(0, 9)]);
        let replica = &mut world.clients[0].replica;
        assert_eq!(replica.handle_event(id, event.clone()).map(drop), outcome, "{event:?}");
        assert_eq!(replica.cursor(), Some(&in_epoch("e0", Seq(1))));
        assert_eq!(content(&world, 1), Some("written at e0.1"));
        let before_any_sync = Replica::default().handle_event(Some(in_epoch("e0", Seq(1))), event);
        assert_eq!(before_any_sync, Err(OutOfSync::Unplaced));
    }
}

#[test]
fn a_client_that_has_loaded_the_first_message_knows_it() {
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
fn a_message_created_and_deleted_while_away_leaves_nothing_behind() {
    let world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Send(0, Create(Complete)),
        Send(0, Delete(0)),
        DeliverResponse(0, 0),
        Break(0),
        Reconnect(0),
        Deliver(0, 9),
    ]);
    assert!(messages(&world).is_empty());
}

#[test]
fn a_page_requested_before_a_sync_is_ignored_after_it() {
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
        Deliver(0, 1), // text for a message that was deleted when the page was read
    ]);
    assert_eq!(last_outcome(&world), Ok(()));
}

#[test]
fn an_event_of_a_newer_server_moves_the_cursor_and_changes_nothing() {
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

/// The reactions that the client has of a message: `🌱 @ada @bo`.
fn reactions(world: &World, id: u64) -> Vec<String> {
    let row = world.clients[0].replica.timeline().get(MessageId(id)).expect("the message");
    let kind =
        |kind: &Reaction| kind.by.iter().fold(kind.emoji.clone(), |all, by| format!("{all} {by}"));
    row.reactions.iter().map(kind).collect()
}

#[test]
fn reactions_that_pass_while_a_page_is_on_its_way_are_applied_after_it() {
    let steps = |reads_at: usize| {
        let mut steps = vec![
            Send(0, Create(Complete)),
            Send(0, Create(Complete)),
            Send(0, React(0, 0)),
            Reconnect(0),
            Deliver(0, 9),
            BeginPage(0),
            Send(0, React(0, 1)),
            Send(0, React(0, 0)),
            Send(0, React(0, 2)),
        ];
        // The page is read before, between or behind them.
        steps.insert(6 + reads_at, ReadPage(0, 9));
        steps.extend([Deliver(0, 9), DeliverPage(0, 0)]);
        steps
    };
    for reads_at in 0..4 {
        let mut world = World::new(1, 1, 9);
        world.take_all(steps(reads_at));
        assert_eq!(reactions(&world, 1), ["🌱 @bo", "❤️ @ada"], "read at {reads_at}");
    }
}

#[test]
fn a_page_ahead_of_the_stream_has_the_reactions_already() {
    let mut world = world_after([
        Send(0, Create(Complete)),
        Send(0, Create(Complete)),
        Reconnect(0),
        Deliver(0, 9),
        Send(0, React(0, 0)),
        Send(0, React(0, 0)),
        Send(0, React(0, 1)),
        BeginPage(0),
        ReadPage(0, 9),
        DeliverPage(0, 0),
    ]);
    for _ in 0..3 {
        assert_eq!(reactions(&world, 1), ["🌱 @bo"]);
        world.take(Deliver(0, 1));
        assert_eq!(world.clients[0].journal.last().map(|it| &it.outcome), Some(&Ok(None)));
    }
}

#[test]
fn a_change_of_a_message_leaves_its_reactions_alone() {
    let mut world =
        world_after([Send(0, Create(Active)), Send(0, React(0, 0)), Reconnect(0), Deliver(0, 9)]);
    for change in [Edit(0), Append(0), Think(0), Finish(0, Complete), Retry(0)] {
        world.take_all([Send(0, change), Deliver(0, 1)]);
        assert_eq!(reactions(&world, 1), ["🌱 @ada"], "{change:?}");
        world.take(DeliverResponse(0, 0));
        assert_eq!(reactions(&world, 1), ["🌱 @ada"], "{change:?}");
    }
    let changed = Ok(Some(Change::ReactionsChanged(MessageId(1))));
    for (which, expected) in [(1, "🌱 @ada @bo"), (0, "🌱 @bo")] {
        world.take_all([Send(0, React(0, which)), Deliver(0, 1)]);
        assert_eq!(reactions(&world, 1), [expected]);
        assert_eq!(world.clients[0].journal.last().map(|it| &it.outcome), Some(&changed));
    }
    world.take_all([Send(0, React(0, 1)), Deliver(0, 1)]);
    assert!(reactions(&world, 1).is_empty());
}

#[test]
fn a_reaction_that_is_told_before_its_message_is_kept() {
    let mut world = world_after([
        Reconnect(0),
        Deliver(0, 9),
        Break(0),
        Send(0, Create(Complete)),
        Send(0, React(0, 0)),
        Send(0, React(0, 1)),
        Send(0, Edit(0)),
        Reconnect(0),
        Deliver(0, 1),
        // A catch-up that breaks off goes on from there.
        Break(0),
        Reconnect(0),
    ]);
    assert!(world.clients[0].replica.snapshot().is_none(), "a snapshot would lack the reaction");
    world.take(Deliver(0, 9));
    assert_eq!(reactions(&world, 1), ["🌱 @ada @bo"]);
    assert!(world.clients[0].replica.snapshot().is_some());
    for step in [Send(0, Delete(0)), Send(0, Create(Complete)), Deliver(0, 9)] {
        world.take(step);
    }
    assert!(reactions(&world, 5 + 1).is_empty());
}
