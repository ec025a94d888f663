//! The one enum that travels from the server to its clients.

use serde::{Deserialize, Serialize};

use super::{
    being::Being,
    id::{BeingId, MessageId, Seq},
    intention::Intention,
    is_default,
};

/// One thing that happened to a space. The SSE `id:` beside it is the cursor after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum SyncEvent {
    /// Replaces everything the client holds of the space; every other event changes one thing.
    SpaceSync(SpaceSync),
    IntentionCreated {
        message_id: MessageId,
        data: Intention,
    },
    IntentionUpdated {
        message_id: MessageId,
        data: Intention,
    },
    /// `text` goes behind the `offset` UTF-8 bytes already there: a streamed answer costs O(n).
    IntentionAppended {
        message_id: MessageId,
        offset: u64,
        text: String,
    },
    IntentionDeleted {
        message_id: MessageId,
    },
    /// A being changed or joined; also the space itself, which is a being.
    BeingUpdated {
        data: Being,
    },
    BeingLeft {
        being_id: BeingId,
    },
    /// What was missed has been told; what follows is live.
    CaughtUp {
        last_message_id: MessageId,
    },
    /// The connection lives, and this is the head.
    Heartbeat {
        last_message_id: MessageId,
    },
    /// The being no longer belongs to the space. The client must not come back.
    AccessRevoked,
    /// Something that a newer server tells of. It takes its position, and changes nothing that this
    /// build knows.
    #[serde(other)]
    Unknown,
}

/// The whole of a space as a client first needs it, at one position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceSync {
    pub space: Being,
    /// Who belongs here, by id.
    pub beings: Vec<Being>,
    /// The newest messages, oldest first.
    pub intentions: Vec<Intention>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub has_earlier: bool,
    pub last_message_id: MessageId,
}

impl SyncEvent {
    /// Whether the client's cursor is elsewhere after it; only then is there an SSE `id:`.
    pub fn moves_the_cursor(&self) -> bool {
        !matches!(self, Self::CaughtUp { .. } | Self::Heartbeat { .. } | Self::AccessRevoked)
    }
}

impl From<SpaceSync> for SyncEvent {
    fn from(sync: SpaceSync) -> Self {
        Self::SpaceSync(sync)
    }
}

impl SpaceSync {
    pub fn head(&self) -> Seq {
        self.last_message_id.created_at()
    }
}
