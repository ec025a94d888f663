//! Changes that are on disk. Only a store makes a [`Committed`] or a [`CommittedInbox`], so whoever takes one
//! cannot send what is not committed.

use std::sync::Arc;

use protocol::{BeingId, Cursor, Epoch, InboxEvent, Seq, SpaceId, SyncEvent};

/// Consecutive changes of one space that are on disk.
#[derive(Debug, Clone)]
pub struct Committed {
    space: SpaceId,
    epoch: Epoch,
    changes: Vec<(Seq, SyncEvent)>,
}

/// A change of an inbox that is on disk.
#[derive(Debug, Clone)]
pub struct CommittedInbox {
    being: BeingId,
    cursor: Cursor,
    /// The space that it is about.
    space: SpaceId,
    event: InboxEvent,
}

/// Hears of what a store has committed: in commit order, never twice of one change. Must not block.
pub trait Publish: Send + Sync + 'static {
    fn publish(&self, committed: &Committed);

    /// The same of a change of an inbox, after the changes of spaces that were committed with it. Most have
    /// nothing to do with inboxes.
    fn publish_inbox(&self, _: &CommittedInbox) {}

    /// A space does not exist any more. After its last changes, and before the inboxes of its members tell of it.
    fn publish_deleted(&self, _: &SpaceId) {}
}

impl Committed {
    pub(super) fn new(space: SpaceId, epoch: Epoch, changes: Vec<(Seq, SyncEvent)>) -> Self {
        Self { space, epoch, changes }
    }

    pub fn space(&self) -> &SpaceId {
        &self.space
    }

    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// In the order of their positions, each one more than the one before.
    pub fn changes(&self) -> &[(Seq, SyncEvent)] {
        &self.changes
    }
}

impl CommittedInbox {
    pub(super) fn new(being: BeingId, cursor: Cursor, space: SpaceId, event: InboxEvent) -> Self {
        Self { being, cursor, space, event }
    }

    /// Whose inbox it is.
    pub fn being(&self) -> &BeingId {
        &self.being
    }

    pub fn space(&self) -> &SpaceId {
        &self.space
    }

    /// The position of the change.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    pub fn event(&self) -> &InboxEvent {
        &self.event
    }
}

impl<P: Publish> Publish for Arc<P> {
    fn publish(&self, committed: &Committed) {
        P::publish(self, committed);
    }

    fn publish_inbox(&self, committed: &CommittedInbox) {
        P::publish_inbox(self, committed);
    }

    fn publish_deleted(&self, space: &SpaceId) {
        P::publish_deleted(self, space);
    }
}
