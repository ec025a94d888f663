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
    pub standing: Standing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    /// For good. It stays, with the reason, until its writer edits or discards it.
    Refused(ErrorBody),
}

impl Outbox {
    pub fn push(&mut self, intention: SendIntention) {
        self.entries.push_back(Entry { intention, standing: Standing::Waiting });
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Nobody waits for the answer to what is on its way any more: it is sent again.
    pub fn forget_in_flight(&mut self) {
        self.in_flight = None;
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The next one to send, unless one is on its way.
    pub fn next_to_send(&mut self) -> Option<SendIntention> {
        if self.in_flight.is_some() {
            return None;
        }
        let next = self.entries.iter().find(|entry| entry.standing == Standing::Waiting)?;
        self.in_flight = Some(next.intention.id);
        Some(next.intention.clone())
    }

    /// It is in the space: the command was answered, or its event came first. Tells whether it was
    /// one of ours.
    pub fn handle_accepted(&mut self, id: IntentionId) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.intention.id != id);
        self.settle(id);
        self.entries.len() < before
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

    /// Takes an entry back that was refused: its text, to be written anew.
    pub fn discard(&mut self, id: IntentionId) -> Option<SendIntention> {
        let at = self.entries.iter().position(|entry| {
            entry.intention.id == id && matches!(entry.standing, Standing::Refused(_))
        })?;
        self.entries.remove(at).map(|entry| entry.intention)
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
        (1..=count).for_each(|n| outbox.push(written(n)));
        outbox
    }

    #[test]
    fn messages_leave_one_at_a_time_in_the_order_they_were_written() {
        let mut outbox = outbox_of(3);
        for n in 1..=3 {
            assert_eq!(outbox.next_to_send(), Some(written(n)));
            assert_eq!(outbox.next_to_send(), None);
            assert!(outbox.handle_accepted(written(n).id));
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
        assert!(outbox.handle_accepted(written(1).id));
        assert!(!outbox.handle_accepted(written(1).id));
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
        assert_eq!(outbox.discard(written(1).id), Some(written(1)));
        assert_eq!(outbox.discard(written(2).id), None);
    }
}
