//! Operations written on this device and not yet acknowledged: new messages, changes to messages, and
//! reactions. They are sent in the order they were written, one at a time, and retried until
//! answered. A message's id makes sending it exactly-once; repeating a change changes nothing.
//!
//! The stored outbox is authoritative, because the other tabs of the browser share it. Only an
//! entry that could not be stored exists nowhere but here, and an entry that was settled here may
//! still be on disk.

mod entry;
mod stored_entry;

use std::collections::VecDeque;

pub use entry::{DeliveryState, Entry, Op};
pub use stored_entry::StoredEntry;

use crate::backoff::backoff_millis;
use crate::change::Change;
use protocol::{Epoch, ErrorBody, IntentionId, MessageId};

#[derive(Debug, Clone, Default)]
pub struct Outbox {
    entries: VecDeque<Entry>,
    in_flight: Option<IntentionId>,
    /// Settled here, and perhaps not yet removed from the disk: [`reload`](Self::reload) must not
    /// bring them back.
    settled: Vec<IntentionId>,
    /// Those of them that are still to be removed from the disk, by the tab that leads unless that
    /// tab has had them refused.
    deferred: Vec<Entry>,
    /// Attempts since the last response.
    failures: u32,
}

impl Outbox {
    /// Adds an operation, which is stored before it is sent. `now` is in milliseconds.
    pub fn push(&mut self, op: Op, now: u64) {
        let last = self.entries.back().map_or(0, |entry| entry.written_at);
        // A stored entry's `written_at` may be corrupt, even `u64::MAX`.
        let written_at = now.max(last.saturating_add(1));
        let state = DeliveryState::Storing;
        self.entries.push_back(Entry { op, written_at, state, is_stored: false });
    }

    /// The entry is on disk; if it could not be written, or not in time, it is sent all the same.
    /// Returns whether the entry is still in the outbox.
    pub fn handle_stored(&mut self, id: IntentionId, is_stored: bool) -> bool {
        let Some(entry) = self.find(id) else { return false };
        entry.is_stored |= is_stored;
        if entry.state == DeliveryState::Storing {
            entry.state = DeliveryState::Waiting;
        }
        true
    }

    /// Replaces the outbox by the stored one, in the order written: entries of another tab are
    /// added, and entries that another tab saw acknowledged are removed.
    pub fn reload(&mut self, stored: Vec<Entry>) {
        let in_flight = self.in_flight;
        let is_on_disk = |id: IntentionId| stored.iter().any(|entry| entry.id() == id);
        self.settled.retain(|id| is_on_disk(*id));
        self.deferred.retain(|entry| is_on_disk(entry.id()));
        self.entries.retain(|entry| {
            let id = entry.id();
            !entry.is_stored || Some(id) == in_flight || is_on_disk(id)
        });
        for entry in stored {
            if self.settled.contains(&entry.id()) {
                // It is not removed yet, or another tab that did not know has stored it again.
                self.deferred.retain(|held| held.id() != entry.id());
                self.deferred.push(entry);
                continue;
            }
            match self.find(entry.id()) {
                // Another tab may send it without what it replied to.
                Some(held) if held.is_stored => (held.state, held.op) = (entry.state, entry.op),
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

    /// The last unacknowledged change to a message.
    pub fn pending_change(&self, message: MessageId) -> Option<&Op> {
        let mut waiting = self.entries.iter().rev().filter(|entry| !entry.is_refused());
        let is_it = |entry: &&Entry| entry.op.changes() == Some(message) && !entry.op.is_reaction();
        waiting.find(is_it).map(|entry| &entry.op)
    }

    /// What of the messages looks otherwise, because of the operations that are not acknowledged.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        let waiting = self.entries.iter().filter(|entry| !entry.is_refused());
        waiting.filter_map(|entry| {
            let message = entry.op.changes()?;
            Some(if entry.op.is_reaction() {
                Change::ReactionsChanged(message)
            } else {
                Change::MessageChanged(message)
            })
        })
    }

    /// The unacknowledged reactions to a message of this history, oldest first, and whether each is there.
    pub fn reactions(&self, to: MessageId, of: &Epoch) -> impl Iterator<Item = (&str, bool)> {
        self.entries.iter().filter_map(move |entry| match &entry.op {
            Op::React { epoch, message_id, emoji, is_there, .. }
                if *message_id == to && epoch == of =>
            {
                Some((&**emoji, *is_there))
            }
            _ => None,
        })
    }

    /// Takes a reaction out that is not on its way yet, and that this one replaces.
    pub fn take_replaced(&mut self, by: &Op) -> Option<Entry> {
        let Op::React { epoch, message_id, emoji, .. } = by else { return None };
        let is_it = |entry: &&Entry| match &entry.op {
            Op::React { epoch: of, message_id: to, emoji: held, .. } => {
                of == epoch && to == message_id && held == emoji
            }
            Op::Send(_) | Op::Edit { .. } | Op::Delete { .. } => false,
        };
        let id = self.entries.iter().rev().find(is_it)?.id();
        self.discard(id, true)
    }

    /// Nothing is on the disk any more. Returns the entries that have to be stored again, in the order in which they were written.
    pub fn handle_storage_lost(&mut self) -> Vec<IntentionId> {
        self.entries.iter_mut().for_each(|entry| entry.is_stored = false);
        self.entries.iter().map(Entry::id).collect()
    }

    /// The entries that are in the memory of this tab and nowhere else.
    pub fn unstored(&self) -> impl Iterator<Item = IntentionId> {
        let is_only_here =
            |entry: &&Entry| !entry.is_stored && entry.state == DeliveryState::Waiting;
        self.entries.iter().filter(is_only_here).map(Entry::id)
    }

    /// Other entries that the browser did not store, and that are of the same kind as this one: new
    /// messages, or changes to the same message.
    pub fn unstored_like(&self, id: IntentionId) -> impl Iterator<Item = &Entry> {
        let kind = self.get(id).map(|entry| entry.op.changes());
        let is_tried = |entry: &Entry| entry.state != DeliveryState::Storing;
        self.entries.iter().filter(move |entry| {
            let is_like = Some(entry.op.changes()) == kind && entry.id() != id;
            is_like && !entry.is_stored && is_tried(entry)
        })
    }

    /// The next operation to send, unless one is in flight.
    pub fn next_to_send(&mut self) -> Option<Op> {
        if self.in_flight.is_some() {
            return None;
        }
        let next = self.entries.iter().find(|entry| !entry.is_refused())?;
        if next.state == DeliveryState::Storing {
            return None;
        }
        self.in_flight = Some(next.id());
        Some(next.op.clone())
    }

    /// The operation was acknowledged, by its response or by its event, whichever came first.
    /// Returns the entry if it was still in this outbox.
    pub fn handle_accepted(&mut self, id: IntentionId) -> Option<Entry> {
        self.settle(id);
        self.take(id)
    }

    /// The tab that leads will remove this acknowledged entry from the disk.
    pub fn defer_cleanup(&mut self, entry: Entry) {
        self.deferred.push(entry);
    }

    /// Settled entries that were still on disk at the last reload, and that this tab has to remove: all,
    /// if it leads. A tab that does not lead removes those that another tab, which did not know, has
    /// sent again and has had refused: no other tab knows better.
    pub fn take_deferred(&mut self, leads: bool) -> Vec<Entry> {
        let deferred = std::mem::take(&mut self.deferred);
        let (mine, others) = deferred.into_iter().partition(|at| leads || at.is_refused());
        self.deferred = others;
        mine
    }

    pub fn handle_refused(&mut self, id: IntentionId, reason: ErrorBody) {
        if let Some(entry) = self.find(id) {
            entry.state = DeliveryState::Refused(reason);
            entry.is_stored = false;
        }
        self.settle(id);
    }

    /// The operation got no response, or was told to retry later. Returns how long to wait before
    /// the next attempt, in milliseconds.
    pub fn handle_unanswered(&mut self, id: IntentionId, random: f64) -> u64 {
        if self.in_flight == Some(id) {
            self.in_flight = None;
        }
        let wait = backoff_millis(self.failures, random);
        self.failures += 1;
        wait
    }

    /// Removes an entry that was refused; with `is_any`, also one that is not in flight.
    pub fn discard(&mut self, id: IntentionId, is_any: bool) -> Option<Entry> {
        let may_go = is_any && self.in_flight != Some(id);
        self.get(id).filter(|entry| may_go || entry.is_refused())?;
        self.take(id)
    }

    /// Sends a refused entry again, once its new state is stored; without what it replied to, if that is
    /// gone. Returns whether there is one.
    pub fn retry(&mut self, id: IntentionId) -> bool {
        let Some(entry) = self.find(id).filter(|entry| entry.is_refused()) else { return false };
        entry.forget_lost_reply();
        entry.state = DeliveryState::Storing;
        entry.is_stored = false;
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
mod tests;
