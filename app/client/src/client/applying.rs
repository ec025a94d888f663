//! Applies what the server says to the replica, and settles what the outbox was waiting for.

use protocol::{Cursor, Intention, MessageId, SyncEvent, json::from_json};

use super::{
    originals::Originals,
    state::{State, Step},
    windows::Jump,
};
use crate::{change::Change, event_log::EventLog, leader_election::is_level, position::OutOfSync};

/// The kind of an event, as far as the stream is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    WentLive,
    Revoked,
    Other,
}

impl State {
    /// Applies an event as it was received, from the stream or from the leader.
    pub fn apply(&mut self, id: &str, data: &str) -> Result<Applied, OutOfSync> {
        // A malformed event cannot be applied, and neither can those after it.
        let event = from_json::<SyncEvent>(data).ok_or(OutOfSync::Unplaced)?;
        let id = id.parse::<Cursor>().ok().filter(|_| event.moves_the_cursor());
        let is_sync = matches!(event, SyncEvent::SpaceSync(_));
        let is_late = id.as_ref().is_some_and(|id| is_level(self.replica.cursor(), id));
        if is_sync && is_late && !self.leads() {
            return Ok(Applied::Other); // this sync is for another tab, which was further behind
        }
        let read_at = self.read_at();
        self.update_original(&event);
        let change = self.replica.handle_event(id.clone(), event)?;
        match id {
            Some(id) if is_sync => {
                if self.log.epoch() == &id.epoch {
                    self.jump = self.jump.or(read_at.map(Jump::Back));
                } else {
                    self.jump = None;
                    // The same ids are other messages there.
                    self.deleted_locally.clear();
                    self.reads.forget();
                    self.first_unread = None;
                }
                self.log = EventLog::new(id);
            }
            Some(id) if !is_late => self.log.push(&id, data),
            _ => {}
        }
        let applied = match change {
            Some(Change::WentLive) => Applied::WentLive,
            Some(Change::Revoked) => Applied::Revoked,
            _ => Applied::Other,
        };
        change.into_iter().for_each(|change| self.take_change(change));
        self.forget_reacted();
        Ok(applied)
    }

    pub fn apply_response(&mut self, asked_at: Option<&Cursor>, intention: Intention) {
        let change = self.replica.handle_response(asked_at, intention);
        change.into_iter().for_each(|change| self.take_change(change));
    }

    /// Passes a change of the replica on to the screen, and to the outbox what it concerns.
    pub fn take_change(&mut self, change: Change) {
        match &change {
            Change::Replaced => {
                let ids: Vec<_> =
                    self.replica.timeline().iter().map(|row| row.message_id).collect();
                ids.into_iter().for_each(|id| self.settle_arrived(id));
                let timeline = self.replica.timeline();
                self.deleted_locally.retain(|id| timeline.get(*id).is_some());
                self.originals = Originals::default();
                self.show(Change::ReplyChanged);
                self.read_along();
            }
            Change::MessageAdded(id) => {
                self.settle_arrived(*id);
                self.on_arrival(*id);
            }
            Change::MessageRemoved(id) => {
                self.deleted_locally.retain(|held| held != id);
                self.refresh_open();
            }
            Change::Revoked => self.then(Step::DeleteSnapshot),
            Change::WentLive => self.ask_for_original(),
            Change::EarlierLoaded(_) | Change::LaterLoaded(_) | Change::WindowOpened => {
                if self.first_unread.is_none() {
                    self.set_first_unread(self.find_first_unread());
                }
                self.refresh_open();
            }
            Change::MessageChanged(_)
            | Change::ReactionsChanged(_)
            | Change::AnswerEnded(_)
            | Change::TextAppended(_)
            | Change::BeingAdded(_)
            | Change::BeingChanged(_)
            | Change::BeingRemoved(_)
            | Change::SpaceChanged
            | Change::OutboxChanged
            | Change::StatusChanged
            | Change::LoadingChanged(_)
            | Change::Crowded
            | Change::Trimmed
            | Change::Reached(_)
            | Change::Notice(_)
            | Change::DraftRestored(_)
            | Change::DraftChanged(_)
            | Change::ReplyChanged
            | Change::OriginalChanged(_)
            | Change::EditRestored(_)
            | Change::EditReturned(_)
            | Change::VersionsLoaded(..)
            | Change::InviteMade(_)
            | Change::InboxChanged => {}
        }
        let may_lack_messages = matches!(
            change,
            Change::Replaced
                | Change::WentLive
                | Change::MessageRemoved(_)
                | Change::EarlierLoaded(_)
                | Change::LaterLoaded(_)
                | Change::WindowOpened
        );
        let may_be_many = matches!(
            change,
            Change::MessageAdded(_) | Change::EarlierLoaded(_) | Change::LaterLoaded(_)
        );
        let may_lead_on = matches!(change, Change::Replaced | Change::WentLive);
        self.show(change);
        if may_lead_on {
            self.go_on_jumping();
        }
        if may_be_many && self.replica.timeline().is_crowded() {
            self.show(Change::Crowded);
        }
        if may_lack_messages {
            self.return_edits();
        }
    }

    /// A message has arrived, by event or by response. If it is one of the outbox, it leaves that.
    pub fn settle_arrived(&mut self, id: MessageId) {
        let Some(row) = self.replica.timeline().get(id) else { return };
        if row.owner_id != self.me.id {
            return;
        }
        if let Some(entry) = self.outbox.handle_accepted(row.id) {
            // Only the leader removes entries from the disk.
            if self.leads() {
                self.then(Step::Release(vec![entry]));
            } else {
                self.outbox.defer_cleanup(entry);
            }
            self.show_outbox();
            self.then(Step::SendNext);
        }
    }
}
