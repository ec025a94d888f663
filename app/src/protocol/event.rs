//! The one enum that travels from the server to its clients.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::value::RawValue;

use super::{
    being::Being,
    id::{BeingId, MessageId, Seq},
    intention::Intention,
    is_default,
};

/// One thing that happened to a space. The SSE `id:` beside it is the cursor after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// Reads JSON only, and reads it twice: first for its `type`, then for what such an event holds. What
/// serde derives for a tagged enum copies every field into memory first, to find the tag; that is a
/// twentieth of all that a browser has to download.
impl<'de> Deserialize<'de> for SyncEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        read(json).map_err(D::Error::custom)
    }
}

fn read(json: &str) -> serde_json::Result<SyncEvent> {
    let Tagged { kind } = serde_json::from_str(json)?;
    Ok(match &*kind {
        "space-sync" => SyncEvent::SpaceSync(serde_json::from_str(json)?),
        "intention-created" => {
            let OfMessage { message_id, data } = serde_json::from_str(json)?;
            SyncEvent::IntentionCreated { message_id, data }
        }
        "intention-updated" => {
            let OfMessage { message_id, data } = serde_json::from_str(json)?;
            SyncEvent::IntentionUpdated { message_id, data }
        }
        "intention-appended" => {
            let OfGrowth { message_id, offset, text } = serde_json::from_str(json)?;
            SyncEvent::IntentionAppended { message_id, offset, text }
        }
        "intention-deleted" => {
            let OfDeletion { message_id } = serde_json::from_str(json)?;
            SyncEvent::IntentionDeleted { message_id }
        }
        "being-updated" => {
            let OfBeing { data } = serde_json::from_str(json)?;
            SyncEvent::BeingUpdated { data }
        }
        "being-left" => {
            let OfLeave { being_id } = serde_json::from_str(json)?;
            SyncEvent::BeingLeft { being_id }
        }
        "caught-up" => {
            let OfHead { last_message_id } = serde_json::from_str(json)?;
            SyncEvent::CaughtUp { last_message_id }
        }
        "heartbeat" => {
            let OfHead { last_message_id } = serde_json::from_str(json)?;
            SyncEvent::Heartbeat { last_message_id }
        }
        "access-revoked" => SyncEvent::AccessRevoked,
        _ => SyncEvent::Unknown,
    })
}

#[derive(Deserialize)]
struct Tagged<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfMessage {
    message_id: MessageId,
    data: Intention,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfGrowth {
    message_id: MessageId,
    offset: u64,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfDeletion {
    message_id: MessageId,
}

#[derive(Deserialize)]
struct OfBeing {
    data: Being,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfLeave {
    being_id: BeingId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfHead {
    last_message_id: MessageId,
}
