use protocol::{Epoch, SendIntention};
use uuid::Uuid;

use super::*;

fn id(n: u128) -> IntentionId {
    IntentionId(Uuid::from_u128(n))
}

fn written(n: u128) -> Op {
    Op::Send(SendIntention { id: id(n), content: n.to_string(), reply_to: None })
}

fn outbox_of(count: u128) -> Outbox {
    let mut outbox = Outbox::default();
    for n in 1..=count {
        outbox.push(written(n), 1000);
        assert!(outbox.handle_stored(id(n), true));
    }
    outbox
}

fn order(outbox: &Outbox) -> Vec<&str> {
    outbox.iter().filter_map(|entry| entry.op.content()).collect()
}

fn no() -> ErrorBody {
    ErrorBody { code: protocol::ErrorCode::Malformed, message: "No.".into(), field: None }
}

#[test]
fn an_operation_is_sent_only_once_it_is_stored_and_in_order() {
    let mut outbox = outbox_of(0);
    outbox.push(written(1), 1000);
    outbox.push(written(2), 900);
    outbox.handle_stored(id(2), true);
    assert_eq!(outbox.next_to_send(), None);
    outbox.handle_stored(id(1), true);
    assert_eq!(outbox.next_to_send(), Some(written(1)));
    assert!(!outbox.handle_stored(id(3), true));
}

#[test]
fn stored_entries_are_loaded_once_and_in_order() {
    let stored: Vec<_> = outbox_of(3).iter().cloned().collect();
    let mut outbox = Outbox::default();
    outbox.push(written(4), 2000);
    outbox.reload(stored.clone());
    outbox.reload(stored);
    assert_eq!(order(&outbox), ["1", "2", "3", "4"]);
}

#[test]
fn a_stored_entry_with_a_corrupt_time_does_not_prevent_writing() {
    let mut stored: Vec<_> = outbox_of(1).iter().cloned().collect();
    stored[0].written_at = u64::MAX;
    let mut outbox = Outbox::default();
    outbox.reload(stored);
    outbox.push(written(2), 1000);
    assert_eq!(order(&outbox), ["1", "2"]);
}

#[test]
fn entries_of_another_tab_are_added_and_those_it_saw_acknowledged_are_removed() {
    let mut stored: Vec<_> = outbox_of(3).iter().cloned().collect();
    let mut outbox = outbox_of(2);
    outbox.push(written(4), 2000);
    stored.remove(0);
    outbox.reload(stored);
    assert_eq!(order(&outbox), ["2", "3", "4"], "an entry that is not stored yet stays");
}

#[test]
fn an_entry_in_flight_stays_until_it_is_answered() {
    let mut outbox = outbox_of(1);
    outbox.next_to_send();
    outbox.reload(vec![]);
    assert_eq!(order(&outbox), ["1"]);
    assert_eq!(outbox.next_to_send(), None);
    assert!(outbox.handle_accepted(id(1)).is_some());
}

#[test]
fn entries_are_sent_one_at_a_time_in_the_order_written() {
    let mut outbox = outbox_of(3);
    for n in 1..=3 {
        assert_eq!(outbox.next_to_send(), Some(written(n)));
        assert_eq!(outbox.next_to_send(), None);
        assert!(outbox.handle_accepted(id(n)).is_some());
    }
    assert_eq!(outbox.iter().count(), 0);
}

#[test]
fn an_unanswered_message_is_sent_again_before_any_later_one() {
    let mut outbox = outbox_of(2);
    let first = outbox.next_to_send().expect("a message");
    assert_eq!(outbox.handle_unanswered(first.id(), 1.0), 1000);
    assert_eq!(outbox.next_to_send(), Some(written(1)));
    assert_eq!(outbox.handle_unanswered(first.id(), 1.0), 2000);
}

#[test]
fn the_event_may_come_before_the_response() {
    let mut outbox = outbox_of(2);
    outbox.next_to_send();
    assert!(outbox.handle_accepted(id(1)).is_some());
    assert!(outbox.handle_accepted(id(1)).is_none());
    assert_eq!(outbox.next_to_send(), Some(written(2)));
}

#[test]
fn a_refused_message_stays_with_its_reason_and_does_not_block_others() {
    let mut outbox = outbox_of(2);
    outbox.next_to_send();
    outbox.handle_refused(id(1), no());
    assert_eq!(outbox.next_to_send(), Some(written(2)));
    let first = outbox.iter().next().expect("an entry");
    assert_eq!(first.state, DeliveryState::Refused(no()));
    let discarded = outbox.discard(id(1), false).map(|entry| entry.op);
    assert_eq!(discarded, Some(written(1)));
    assert_eq!(outbox.discard(id(2), false), None);
}

#[test]
fn a_refusal_is_not_undone_by_a_copy_stored_before_it() {
    let stored: Vec<_> = outbox_of(1).iter().cloned().collect();
    let mut outbox = outbox_of(1);
    outbox.next_to_send();
    outbox.handle_refused(id(1), no());
    outbox.reload(stored);
    assert_eq!(outbox.next_to_send(), None);
}

#[test]
fn a_refused_entry_is_sent_again_once_its_new_state_is_stored() {
    let mut outbox = outbox_of(1);
    outbox.next_to_send();
    assert!(!outbox.retry(id(1)), "it is in flight");
    outbox.handle_refused(id(1), no());
    assert!(outbox.retry(id(1)));
    assert_eq!(outbox.next_to_send(), None);
    outbox.handle_stored(id(1), true);
    assert_eq!(outbox.next_to_send(), Some(written(1)));
}

#[test]
fn entries_whose_storage_was_thrown_away_stay_and_are_stored_again() {
    let mut outbox = outbox_of(2);
    assert_eq!(outbox.handle_storage_lost(), [id(1), id(2)]);
    outbox.reload(vec![]);
    assert_eq!(order(&outbox), ["1", "2"]);
    assert!(outbox.handle_stored(id(1), true));
    outbox.reload(vec![]);
    assert_eq!(order(&outbox), ["2"], "another tab has delivered the first");
}

#[test]
fn an_entry_that_cannot_be_stored_is_sent_all_the_same_and_stays_until_then() {
    let mut outbox = Outbox::default();
    outbox.push(written(1), 1000);
    assert!(outbox.handle_stored(id(1), false));
    outbox.reload(vec![]);
    assert_eq!(outbox.next_to_send(), Some(written(1)));
}

#[test]
fn a_settled_entry_does_not_come_back_from_a_disk_that_still_has_it() {
    let stored: Vec<_> = outbox_of(2).iter().cloned().collect();
    let mut outbox = outbox_of(2);
    outbox.next_to_send();
    outbox.handle_accepted(id(1));
    outbox.reload(stored.clone());
    assert_eq!(order(&outbox), ["2"]);
    outbox.reload(stored[1..].to_vec());
    outbox.reload(stored);
    assert_eq!(
        order(&outbox),
        ["1", "2"],
        "once removed from disk, the entry may be another tab's"
    );
}

#[test]
fn entries_deferred_to_a_leader_that_died_are_removed_by_the_next() {
    let stored: Vec<_> = outbox_of(2).iter().cloned().collect();
    let mut outbox = outbox_of(2);
    for n in 1..=2 {
        let entry = outbox.handle_accepted(id(n)).expect("it was written here");
        outbox.defer_cleanup(entry);
    }
    outbox.reload(stored[1..].to_vec());
    assert_eq!(outbox.take_deferred(false), [], "that is for the tab that leads");
    assert_eq!(outbox.take_deferred(true), stored[1..], "the first is no longer on disk");
    assert_eq!(outbox.take_deferred(true), []);
}

#[test]
fn a_settled_entry_that_another_tab_stores_again_is_removed_again() {
    let stored: Vec<_> = outbox_of(1).iter().cloned().collect();
    let mut outbox = outbox_of(1);
    assert!(outbox.handle_accepted(id(1)).is_some());
    outbox.reload(stored.clone());
    assert_eq!(outbox.take_deferred(true), stored);
}

#[test]
fn a_settled_entry_that_another_tab_has_had_refused_is_removed_by_the_tab_that_knows_better() {
    let mut stored: Vec<_> = outbox_of(1).iter().cloned().collect();
    let mut outbox = outbox_of(1);
    let entry = outbox.handle_accepted(id(1)).expect("it was written here");
    outbox.defer_cleanup(entry);
    stored[0].state = DeliveryState::Refused(no());
    outbox.reload(stored.clone());
    assert_eq!(order(&outbox), [""; 0]);
    assert_eq!(outbox.take_deferred(false), stored);
}

#[test]
fn what_the_browser_did_not_store_is_stored_with_the_next_of_its_kind() {
    let mut outbox = outbox_of(1);
    for n in 2..=4 {
        outbox.push(written(n), 1000);
    }
    assert!(outbox.handle_stored(id(2), false));
    let like = |outbox: &Outbox| outbox.unstored_like(id(3)).map(Entry::id).collect::<Vec<_>>();
    assert_eq!(like(&outbox), [id(2)], "the fourth is still being stored");
    assert!(outbox.handle_stored(id(2), true));
    assert_eq!(like(&outbox), []);
}

#[test]
fn the_last_change_that_is_not_refused_is_the_pending_one() {
    let mut outbox = outbox_of(1);
    let (message_id, other) = (MessageId(7), MessageId(8));
    let epoch: Epoch = "k3f9".parse().expect("an epoch");
    let content = "anew".into();
    let edit = Op::Edit { id: id(2), epoch: epoch.clone(), message_id, content };
    let delete = Op::Delete { id: id(3), epoch, message_id };
    outbox.push(edit.clone(), 1000);
    outbox.push(delete.clone(), 1000);
    assert_eq!(outbox.pending_change(message_id), Some(&delete));
    outbox.handle_refused(id(3), no());
    assert_eq!(outbox.pending_change(message_id), Some(&edit));
    assert_eq!(outbox.pending_change(other), None);
    assert_eq!(outbox.changes().collect::<Vec<_>>(), [Change::MessageChanged(message_id)]);
}

#[test]
fn a_reaction_replaces_the_one_before_unless_that_is_on_its_way() {
    let (epoch, message_id): (Epoch, _) = ("k3f9".parse().expect("an epoch"), MessageId(7));
    let react = |n, epoch: &Epoch, message_id, emoji: &str, is_there| {
        let (epoch, emoji) = (epoch.clone(), emoji.to_owned());
        Op::React { id: id(n), epoch, message_id, emoji, is_there }
    };
    let mut outbox = Outbox::default();
    outbox.push(react(1, &epoch, message_id, "🌱", true), 1);
    outbox.handle_stored(id(1), true);
    let taken = |outbox: &mut Outbox, op| outbox.take_replaced(&op).map(|entry| entry.id());
    let other = "z8x1".parse().expect("an epoch");
    for another in [
        react(2, &epoch, message_id, "❤️", false),
        react(2, &epoch, MessageId(8), "🌱", false),
        react(2, &other, message_id, "🌱", false),
        written(2),
    ] {
        assert_eq!(taken(&mut outbox, another), None);
    }
    let op = outbox.next_to_send().expect("it leaves");
    assert_eq!(taken(&mut outbox, react(2, &epoch, message_id, "🌱", false)), None);
    outbox.handle_unanswered(op.id(), 0.5);
    assert_eq!(taken(&mut outbox, react(2, &epoch, message_id, "🌱", false)), Some(id(1)));
    assert_eq!(outbox.changes().count(), 0);
}
