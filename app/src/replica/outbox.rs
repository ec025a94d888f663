//! What was written here and has not been answered yet. Sent in the order it was written, one at a
//! time, again and again until answered; the id makes sending exactly-once.

use std::collections::VecDeque;

use super::connection::backoff_millis;
use crate::protocol::{ErrorBody, IntentionId, SendIntention};

#[derive(Debug, Clone, Default)]
pub struct Outbox {
    entries: VecDeque<Entry>,
    in_flight: Option<IntentionId>,
    /// Attempts since the last answer.
    failures: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub intention: SendIntention,
    /// In milliseconds, and later than that of the entry before: it orders what is kept.
    pub written_at: u64,
    pub standing: Standing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not on disk yet. Neither it nor what was written after it is sent before it is.
    Unkept,
    Waiting,
    /// For good. It stays, with the reason, until its writer edits or discards it.
    Refused(ErrorBody),
}

impl Outbox {
    /// Takes what was just written, to be kept first. `now` is in milliseconds.
    pub fn push(&mut self, intention: SendIntention, now: u64) {
        let last = self.entries.back().map_or(0, |entry| entry.written_at);
        let written_at = now.max(last + 1);
        self.entries.push_back(Entry { intention, written_at, standing: Standing::Unkept });
    }

    /// It is on disk. Tells whether it is here still.
    pub fn handle_kept(&mut self, id: IntentionId) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.intention.id == id) else {
            return false;
        };
        if entry.standing == Standing::Unkept {
            entry.standing = Standing::Waiting;
        }
        true
    }

    /// Takes up what was kept, in the order in which it was written.
    pub fn restore(&mut self, kept: Vec<Entry>) {
        for entry in kept {
            if self.get(entry.intention.id).is_none() {
                let at = self.entries.partition_point(|held| held.written_at <= entry.written_at);
                self.entries.insert(at, entry);
            }
        }
    }

    pub fn get(&self, id: IntentionId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.intention.id == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The next one to send, unless one is on its way.
    pub fn next_to_send(&mut self) -> Option<SendIntention> {
        if self.in_flight.is_some() {
            return None;
        }
        let is_refused = |entry: &&Entry| matches!(entry.standing, Standing::Refused(_));
        let next = self.entries.iter().find(|entry| !is_refused(entry))?;
        if next.standing == Standing::Unkept {
            return None;
        }
        self.in_flight = Some(next.intention.id);
        Some(next.intention.clone())
    }

    /// It is in the space: the command was answered, or its event came first. The entry comes out,
    /// if it was one of ours and still here.
    pub fn handle_accepted(&mut self, id: IntentionId) -> Option<Entry> {
        self.settle(id);
        let at = self.entries.iter().position(|entry| entry.intention.id == id)?;
        self.entries.remove(at)
    }

    pub fn handle_refused(&mut self, id: IntentionId, reason: ErrorBody) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.intention.id == id) {
            entry.standing = Standing::Refused(reason);
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
        let at = self.entries.iter().position(|entry| {
            entry.intention.id == id && matches!(entry.standing, Standing::Refused(_))
        })?;
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

    fn written(n: u128) -> SendIntention {
        let id = IntentionId(Uuid::from_u128(n));
        SendIntention { id, content: n.to_string(), reply_to: None }
    }

    fn outbox_of(count: u128) -> Outbox {
        let mut outbox = Outbox::default();
        for n in 1..=count {
            outbox.push(written(n), 1000);
            assert!(outbox.handle_kept(written(n).id));
        }
        outbox
    }

    #[test]
    fn nothing_leaves_before_it_is_kept_and_nothing_overtakes() {
        let mut outbox = outbox_of(0);
        outbox.push(written(1), 1000);
        outbox.push(written(2), 900);
        outbox.handle_kept(written(2).id);
        assert_eq!(outbox.next_to_send(), None);
        outbox.handle_kept(written(1).id);
        assert_eq!(outbox.next_to_send(), Some(written(1)));
        assert!(!outbox.handle_kept(written(3).id));
    }

    #[test]
    fn what_was_kept_is_taken_up_once_and_in_its_order() {
        let mut kept: Vec<_> = outbox_of(3).iter().cloned().collect();
        let mut outbox = Outbox::default();
        outbox.push(written(4), 2000);
        kept.push(outbox.iter().next().expect("an entry").clone());
        outbox.restore(kept.clone());
        outbox.restore(kept);
        let order: Vec<_> = outbox.iter().map(|entry| entry.intention.content.as_str()).collect();
        assert_eq!(order, ["1", "2", "3", "4"]);
    }

    #[test]
    fn messages_leave_one_at_a_time_in_the_order_they_were_written() {
        let mut outbox = outbox_of(3);
        for n in 1..=3 {
            assert_eq!(outbox.next_to_send(), Some(written(n)));
            assert_eq!(outbox.next_to_send(), None);
            assert!(outbox.handle_accepted(written(n).id).is_some());
        }
        assert_eq!(outbox.iter().count(), 0);
    }

    #[test]
    fn an_unanswered_message_is_sent_again_before_any_later_one() {
        let mut outbox = outbox_of(2);
        let first = outbox.next_to_send().expect("a message");
        assert_eq!(outbox.handle_unanswered(first.id, 1.0), 1000);
        assert_eq!(outbox.next_to_send(), Some(written(1)));
        assert_eq!(outbox.handle_unanswered(first.id, 1.0), 2000);
    }

    #[test]
    fn the_event_may_come_before_the_answer() {
        let mut outbox = outbox_of(2);
        outbox.next_to_send();
        assert!(outbox.handle_accepted(written(1).id).is_some());
        assert!(outbox.handle_accepted(written(1).id).is_none());
        assert_eq!(outbox.next_to_send(), Some(written(2)));
    }

    #[test]
    fn a_refused_message_stays_with_its_reason_and_holds_nothing_up() {
        let mut outbox = outbox_of(2);
        let reason = ErrorBody { code: "x".into(), message: "No.".into(), field: None };
        outbox.next_to_send();
        outbox.handle_refused(written(1).id, reason.clone());
        assert_eq!(outbox.next_to_send(), Some(written(2)));
        let first = outbox.iter().next().expect("an entry");
        assert_eq!(first.standing, Standing::Refused(reason));
        let discarded = outbox.discard(written(1).id).map(|entry| entry.intention);
        assert_eq!(discarded, Some(written(1)));
        assert_eq!(outbox.discard(written(2).id), None);
    }
}
