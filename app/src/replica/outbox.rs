//! What was written here and has not been answered yet: messages, and changes to messages. Sent in
//! the order it was written, one at a time, again and again until answered. Sending is exactly-once
//! by a message's id; a change that is made twice changes nothing the second time.
//!
//! What is kept on disk is the truth: it is what the other tabs of the browser see, too. Only what
//! could not be kept is nowhere but here, and what was settled here may still stand there.

use std::collections::VecDeque;

use super::connection::backoff_millis;
use crate::protocol::{Epoch, ErrorBody, IntentionId, MessageId, SendIntention};

#[derive(Debug, Clone, Default)]
pub struct Outbox {
    entries: VecDeque<Entry>,
    in_flight: Option<IntentionId>,
    /// Settled here, and perhaps not gone from the disk yet: they do not come back.
    settled: Vec<IntentionId>,
    /// Of these, what another tab was to take from the disk.
    left: Vec<Entry>,
    /// Attempts since the last answer.
    failures: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub act: Act,
    /// In milliseconds, and later than that of the entry before: it orders what is kept.
    pub written_at: u64,
    pub standing: Standing,
    /// Whether it was seen to be on disk, as it stands.
    pub is_kept: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Send(SendIntention),
    /// `id` is of this change, not of the message, whose id means something in one epoch only.
    Edit {
        id: IntentionId,
        epoch: Epoch,
        message_id: MessageId,
        content: String,
    },
    Delete {
        id: IntentionId,
        epoch: Epoch,
        message_id: MessageId,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Being kept. Neither it nor what was written after it is sent before that is over.
    Unkept,
    Waiting,
    /// For good. It stays, with the reason, until its writer changes, retries or discards it.
    Refused(ErrorBody),
}

impl Act {
    pub fn id(&self) -> IntentionId {
        match self {
            Self::Send(intention) => intention.id,
            Self::Edit { id, .. } | Self::Delete { id, .. } => *id,
        }
    }

    /// The message that it changes; none when it is a new one.
    pub fn changes(&self) -> Option<MessageId> {
        match self {
            Self::Send(_) => None,
            Self::Edit { message_id, .. } | Self::Delete { message_id, .. } => Some(*message_id),
        }
    }

    /// The history that it speaks of; none when it is a new message, which fits into any.
    pub fn epoch(&self) -> Option<&Epoch> {
        match self {
            Self::Send(_) => None,
            Self::Edit { epoch, .. } | Self::Delete { epoch, .. } => Some(epoch),
        }
    }

    /// What it says; a deletion says nothing.
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Send(SendIntention { content, .. }) | Self::Edit { content, .. } => Some(content),
            Self::Delete { .. } => None,
        }
    }
}

impl Entry {
    pub fn id(&self) -> IntentionId {
        self.act.id()
    }

    pub fn is_refused(&self) -> bool {
        matches!(self.standing, Standing::Refused(_))
    }
}

impl Outbox {
    /// Takes what was just written, to be kept first. `now` is in milliseconds.
    pub fn push(&mut self, act: Act, now: u64) {
        let last = self.entries.back().map_or(0, |entry| entry.written_at);
        // What was kept may say that it was written at the end of time.
        let written_at = now.max(last.saturating_add(1));
        let standing = Standing::Unkept;
        self.entries.push_back(Entry { act, written_at, standing, is_kept: false });
    }

    /// It is on disk; or it cannot be, or not in time, and is sent all the same. Tells whether it is
    /// here still.
    pub fn handle_kept(&mut self, id: IntentionId, is_kept: bool) -> bool {
        let Some(entry) = self.find(id) else { return false };
        entry.is_kept |= is_kept;
        if entry.standing == Standing::Unkept {
            entry.standing = Standing::Waiting;
        }
        true
    }

    /// Takes over what is kept, in the order in which it was written: what another tab wrote comes,
    /// what another tab saw arrive goes.
    pub fn handle_shelf(&mut self, kept: Vec<Entry>) {
        let in_flight = self.in_flight;
        let stands_there = |id: IntentionId| kept.iter().any(|entry| entry.id() == id);
        self.settled.retain(|id| stands_there(*id));
        self.left.retain(|entry| stands_there(entry.id()));
        self.entries.retain(|entry| {
            let id = entry.id();
            !entry.is_kept || Some(id) == in_flight || stands_there(id)
        });
        for entry in kept {
            if self.settled.contains(&entry.id()) {
                continue;
            }
            match self.find(entry.id()) {
                Some(held) if held.is_kept => held.standing = entry.standing,
                Some(_) => {}
                None => {
                    let is_before = |held: &Entry| held.written_at <= entry.written_at;
                    let at = self.entries.partition_point(is_before);
                    self.entries.insert(at, entry);
                }
            }
        }
    }

    pub fn get(&self, id: IntentionId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id() == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The last change to a message that is still on its way.
    pub fn change_of(&self, message: MessageId) -> Option<&Act> {
        let mut waiting = self.entries.iter().rev().filter(|entry| !entry.is_refused());
        waiting.find(|entry| entry.act.changes() == Some(message)).map(|entry| &entry.act)
    }

    /// The messages with a change that is still on its way.
    pub fn changed(&self) -> impl Iterator<Item = MessageId> {
        self.entries.iter().filter(|entry| !entry.is_refused()).filter_map(|e| e.act.changes())
    }

    /// The next one to send, unless one is on its way.
    pub fn next_to_send(&mut self) -> Option<Act> {
        if self.in_flight.is_some() {
            return None;
        }
        let next = self.entries.iter().find(|entry| !entry.is_refused())?;
        if next.standing == Standing::Unkept {
            return None;
        }
        self.in_flight = Some(next.id());
        Some(next.act.clone())
    }

    /// It is in the space: the command was answered, or its event came first. The entry comes out,
    /// if it was one of ours and still here.
    pub fn handle_accepted(&mut self, id: IntentionId) -> Option<Entry> {
        self.settle(id);
        self.take(id)
    }

    /// Leaves it to the tab that leads to take from the disk what has arrived.
    pub fn leave(&mut self, entry: Entry) {
        self.left.push(entry);
    }

    /// What was left to a tab that led, and that it did not live to take from the disk: at the last
    /// look, it stood there.
    pub fn take_left(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.left)
    }

    pub fn handle_refused(&mut self, id: IntentionId, reason: ErrorBody) {
        if let Some(entry) = self.find(id) {
            entry.standing = Standing::Refused(reason);
            entry.is_kept = false;
        }
        self.settle(id);
    }

    /// No answer, or one that says "later": how long to wait before trying again, in milliseconds.
    pub fn handle_unanswered(&mut self, id: IntentionId, dice: f64) -> u64 {
        if self.in_flight == Some(id) {
            self.in_flight = None;
        }
        let wait = backoff_millis(self.failures, dice);
        self.failures += 1;
        wait
    }

    /// Takes an entry back that was refused.
    pub fn discard(&mut self, id: IntentionId) -> Option<Entry> {
        self.get(id).filter(|entry| entry.is_refused())?;
        self.take(id)
    }

    /// Has an entry that was refused sent anew, once it is kept so. Tells whether there is one.
    pub fn retry(&mut self, id: IntentionId) -> bool {
        let Some(entry) = self.find(id).filter(|entry| entry.is_refused()) else { return false };
        entry.standing = Standing::Unkept;
        entry.is_kept = false;
        true
    }

    fn find(&mut self, id: IntentionId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id() == id)
    }

    fn take(&mut self, id: IntentionId) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.id() == id)?;
        self.settled.push(id);
        self.entries.remove(at)
    }

    fn settle(&mut self, id: IntentionId) {
        if self.in_flight == Some(id) {
            self.in_flight = None;
            self.failures = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> IntentionId {
        IntentionId(Uuid::from_u128(n))
    }

    fn written(n: u128) -> Act {
        Act::Send(SendIntention { id: id(n), content: n.to_string(), reply_to: None })
    }

    fn outbox_of(count: u128) -> Outbox {
        let mut outbox = Outbox::default();
        for n in 1..=count {
            outbox.push(written(n), 1000);
            assert!(outbox.handle_kept(id(n), true));
        }
        outbox
    }

    fn order(outbox: &Outbox) -> Vec<&str> {
        outbox.iter().filter_map(|entry| entry.act.content()).collect()
    }

    fn no() -> ErrorBody {
        ErrorBody { code: "x".into(), message: "No.".into(), field: None }
    }

    #[test]
    fn nothing_leaves_before_it_is_kept_and_nothing_overtakes() {
        let mut outbox = outbox_of(0);
        outbox.push(written(1), 1000);
        outbox.push(written(2), 900);
        outbox.handle_kept(id(2), true);
        assert_eq!(outbox.next_to_send(), None);
        outbox.handle_kept(id(1), true);
        assert_eq!(outbox.next_to_send(), Some(written(1)));
        assert!(!outbox.handle_kept(id(3), true));
    }

    #[test]
    fn what_was_kept_is_taken_up_once_and_in_its_order() {
        let kept: Vec<_> = outbox_of(3).iter().cloned().collect();
        let mut outbox = Outbox::default();
        outbox.push(written(4), 2000);
        outbox.handle_shelf(kept.clone());
        outbox.handle_shelf(kept);
        assert_eq!(order(&outbox), ["1", "2", "3", "4"]);
    }

    #[test]
    fn what_was_kept_with_a_mad_time_keeps_nobody_from_writing() {
        let mut kept: Vec<_> = outbox_of(1).iter().cloned().collect();
        kept[0].written_at = u64::MAX;
        let mut outbox = Outbox::default();
        outbox.handle_shelf(kept);
        outbox.push(written(2), 1000);
        assert_eq!(order(&outbox), ["1", "2"]);
    }

    #[test]
    fn what_another_tab_wrote_comes_and_what_it_saw_arrive_goes() {
        let mut kept: Vec<_> = outbox_of(3).iter().cloned().collect();
        let mut outbox = outbox_of(2);
        outbox.push(written(4), 2000);
        kept.remove(0);
        outbox.handle_shelf(kept);
        assert_eq!(order(&outbox), ["2", "3", "4"], "what is not kept yet stays");
    }

    #[test]
    fn what_is_on_its_way_stays_until_it_is_answered() {
        let mut outbox = outbox_of(1);
        outbox.next_to_send();
        outbox.handle_shelf(vec![]);
        assert_eq!(order(&outbox), ["1"]);
        assert_eq!(outbox.next_to_send(), None);
        assert!(outbox.handle_accepted(id(1)).is_some());
    }

    #[test]
    fn entries_leave_one_at_a_time_in_the_order_they_were_written() {
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
    fn the_event_may_come_before_the_answer() {
        let mut outbox = outbox_of(2);
        outbox.next_to_send();
        assert!(outbox.handle_accepted(id(1)).is_some());
        assert!(outbox.handle_accepted(id(1)).is_none());
        assert_eq!(outbox.next_to_send(), Some(written(2)));
    }

    #[test]
    fn a_refused_message_stays_with_its_reason_and_holds_nothing_up() {
        let mut outbox = outbox_of(2);
        outbox.next_to_send();
        outbox.handle_refused(id(1), no());
        assert_eq!(outbox.next_to_send(), Some(written(2)));
        let first = outbox.iter().next().expect("an entry");
        assert_eq!(first.standing, Standing::Refused(no()));
        let discarded = outbox.discard(id(1)).map(|entry| entry.act);
        assert_eq!(discarded, Some(written(1)));
        assert_eq!(outbox.discard(id(2)), None);
    }

    #[test]
    fn a_refusal_is_not_undone_by_what_was_kept_before_it() {
        let kept: Vec<_> = outbox_of(1).iter().cloned().collect();
        let mut outbox = outbox_of(1);
        outbox.next_to_send();
        outbox.handle_refused(id(1), no());
        outbox.handle_shelf(kept);
        assert_eq!(outbox.next_to_send(), None);
    }

    #[test]
    fn what_was_refused_is_sent_anew_once_that_is_kept() {
        let mut outbox = outbox_of(1);
        outbox.next_to_send();
        assert!(!outbox.retry(id(1)), "it is on its way");
        outbox.handle_refused(id(1), no());
        assert!(outbox.retry(id(1)));
        assert_eq!(outbox.next_to_send(), None);
        outbox.handle_kept(id(1), true);
        assert_eq!(outbox.next_to_send(), Some(written(1)));
    }

    #[test]
    fn what_cannot_be_kept_is_sent_all_the_same_and_stays_until_then() {
        let mut outbox = Outbox::default();
        outbox.push(written(1), 1000);
        assert!(outbox.handle_kept(id(1), false));
        outbox.handle_shelf(vec![]);
        assert_eq!(outbox.next_to_send(), Some(written(1)));
    }

    #[test]
    fn what_was_settled_does_not_come_back_from_a_disk_that_still_has_it() {
        let kept: Vec<_> = outbox_of(2).iter().cloned().collect();
        let mut outbox = outbox_of(2);
        outbox.next_to_send();
        outbox.handle_accepted(id(1));
        outbox.handle_shelf(kept.clone());
        assert_eq!(order(&outbox), ["2"]);
        outbox.handle_shelf(kept[1..].to_vec());
        outbox.handle_shelf(kept);
        assert_eq!(order(&outbox), ["1", "2"], "once it was gone from there it may be another's");
    }

    #[test]
    fn what_was_left_to_a_tab_that_died_is_taken_from_the_disk_by_the_next() {
        let kept: Vec<_> = outbox_of(2).iter().cloned().collect();
        let mut outbox = outbox_of(2);
        for n in 1..=2 {
            let entry = outbox.handle_accepted(id(n)).expect("it was written here");
            outbox.leave(entry);
        }
        outbox.handle_shelf(kept[1..].to_vec());
        assert_eq!(outbox.take_left(), kept[1..], "the first is gone from there");
        assert_eq!(outbox.take_left(), []);
    }

    #[test]
    fn the_last_change_that_is_not_refused_is_what_a_message_will_be() {
        let mut outbox = outbox_of(1);
        let (message_id, other) = (MessageId(7), MessageId(8));
        let epoch: Epoch = "k3f9".parse().expect("an epoch");
        let content = "anew".into();
        let edit = Act::Edit { id: id(2), epoch: epoch.clone(), message_id, content };
        let delete = Act::Delete { id: id(3), epoch, message_id };
        outbox.push(edit.clone(), 1000);
        outbox.push(delete.clone(), 1000);
        assert_eq!(outbox.change_of(message_id), Some(&delete));
        outbox.handle_refused(id(3), no());
        assert_eq!(outbox.change_of(message_id), Some(&edit));
        assert_eq!(outbox.change_of(other), None);
        assert_eq!(outbox.changed().collect::<Vec<_>>(), [message_id]);
    }
}
