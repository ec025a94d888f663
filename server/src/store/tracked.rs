//! Rows that take a position whenever they change.

use protocol::{
    BeingId, BeingLeft, BeingUpdated, IntentionCreated, IntentionDeleted, MessageId, ReactionAdded,
    ReactionRemoved, Seq, SpaceDetails, SyncEvent,
};

use super::tx::{MessageRow, updated};
use protocol::Being;

/// A kind of row with a `seq`: the position of its last change. A catch-up tells each row that has
/// changed once, in its present state, whatever its kind is.
pub trait Tracked {
    fn seq(&self) -> Seq;

    /// The one event that brings the row to a client whose cursor is `since`.
    fn into_event(self, since: Seq) -> SyncEvent;
}

/// A being of a space, or one that has left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Its `seq` is that of this membership.
    pub being: Being,
    pub has_left: bool,
}

/// A reaction of a being to a message, or one that it has taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionRow {
    pub message: MessageId,
    pub emoji: String,
    pub by: BeingId,
    pub seq: Seq,
    pub is_removed: bool,
}

/// What a space has besides its being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsRow {
    pub details: SpaceDetails,
    pub seq: Seq,
}

impl Tracked for MessageRow {
    fn seq(&self) -> Seq {
        self.intention.seq
    }

    fn into_event(self, since: Seq) -> SyncEvent {
        let data = self.intention;
        let message_id = data.message_id;
        if self.is_deleted {
            SyncEvent::IntentionDeleted(IntentionDeleted { message_id })
        } else if message_id.created_at() > since {
            SyncEvent::IntentionCreated(IntentionCreated { message_id, data })
        } else {
            updated(data)
        }
    }
}

impl Tracked for MemberRow {
    fn seq(&self) -> Seq {
        self.being.seq
    }

    fn into_event(self, _: Seq) -> SyncEvent {
        if self.has_left {
            SyncEvent::BeingLeft(BeingLeft { being_id: self.being.id })
        } else {
            SyncEvent::BeingUpdated(BeingUpdated { data: self.being })
        }
    }
}

impl Tracked for ReactionRow {
    fn seq(&self) -> Seq {
        self.seq
    }

    fn into_event(self, _: Seq) -> SyncEvent {
        let Self { message: message_id, emoji, by: being_id, seq: _, is_removed } = self;
        if is_removed {
            SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id })
        } else {
            SyncEvent::ReactionAdded(ReactionAdded { message_id, emoji, being_id })
        }
    }
}

impl Tracked for DetailsRow {
    fn seq(&self) -> Seq {
        self.seq
    }

    fn into_event(self, _: Seq) -> SyncEvent {
        SyncEvent::SpaceChanged(self.details)
    }
}
