//! An entry of the outbox: an operation, and how far its delivery is.

use protocol::{Epoch, ErrorBody, ErrorCode, IntentionId, MessageId, SendIntention};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub op: Op,
    /// In milliseconds, and greater than the previous entry's, because stored entries are sorted by
    /// it.
    pub written_at: u64,
    pub state: DeliveryState,
    /// Whether the entry in its present state is known to be on disk.
    pub is_stored: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    Send(SendIntention),
    /// `id` identifies this change. The message's own id is unique only within its epoch.
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
    /// A reaction of the author is there, or not.
    React {
        id: IntentionId,
        epoch: Epoch,
        message_id: MessageId,
        emoji: String,
        is_there: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryState {
    /// Being written to disk. Neither this entry nor a later one is sent before that is over.
    Storing,
    Waiting,
    /// Permanent. The entry stays, with the reason, until its author edits, retries or discards it.
    Refused(ErrorBody),
}

impl Op {
    pub fn id(&self) -> IntentionId {
        match self {
            Self::Send(intention) => intention.id,
            Self::Edit { id, .. } | Self::Delete { id, .. } | Self::React { id, .. } => *id,
        }
    }

    /// The message that this changes or reacts to; `None` for a new one.
    pub fn changes(&self) -> Option<MessageId> {
        match self {
            Self::Send(_) => None,
            Self::Edit { message_id, .. }
            | Self::Delete { message_id, .. }
            | Self::React { message_id, .. } => Some(*message_id),
        }
    }

    pub fn is_reaction(&self) -> bool {
        matches!(self, Self::React { .. })
    }

    /// The message that a new one replies to.
    pub fn reply_to(&self) -> Option<MessageId> {
        match self {
            Self::Send(sent) => sent.reply_to,
            Self::Edit { .. } | Self::Delete { .. } | Self::React { .. } => None,
        }
    }

    /// The text; `None` for a deletion and a reaction.
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Send(SendIntention { content, .. }) | Self::Edit { content, .. } => Some(content),
            Self::Delete { .. } | Self::React { .. } => None,
        }
    }
}

impl Entry {
    pub fn id(&self) -> IntentionId {
        self.op.id()
    }

    pub fn is_refused(&self) -> bool {
        matches!(self.state, DeliveryState::Refused(_))
    }

    /// Whether it was refused because the message that it replies to is gone.
    pub fn has_lost_reply(&self) -> bool {
        matches!(&self.op, Op::Send(SendIntention { reply_to: Some(_), .. }))
            && matches!(&self.state, DeliveryState::Refused(error) if error.code == ErrorCode::UnknownMessage)
    }

    pub fn forget_lost_reply(&mut self) {
        let is_lost = self.has_lost_reply();
        if let Op::Send(sent) = &mut self.op {
            sent.reply_to = sent.reply_to.filter(|_| !is_lost);
        }
    }
}
