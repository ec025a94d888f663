//! The events that a server sends to its clients.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::value::RawValue;

use super::{
    being::Being,
    id::{BeingId, MessageId, Seq},
    intention::Intention,
    is_default,
    json::{FromJson, ObjectWriter, Value},
    space::SpaceDetails,
};

/// One change of a space, or one signal about its stream. The SSE `id:` beside it is the cursor after
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum SyncEvent {
    SpaceSync(SpaceSync),
    IntentionCreated(IntentionCreated),
    IntentionUpdated(IntentionUpdated),
    IntentionAppended(IntentionAppended),
    ReasoningAppended(ReasoningAppended),
    IntentionDeleted(IntentionDeleted),
    ReactionAdded(ReactionAdded),
    ReactionRemoved(ReactionRemoved),
    BeingUpdated(BeingUpdated),
    BeingLeft(BeingLeft),
    SpaceChanged(SpaceDetails),
    CaughtUp(CaughtUp),
    Heartbeat(Heartbeat),
    /// The being is no longer a member of the space. The client must not reconnect.
    AccessRevoked,
    /// A newer server's event. It takes its position, and changes nothing that this build knows.
    Unknown,
}

/// The state of a space at one position. It replaces everything that the client has of the space; every
/// other event changes one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceSync {
    pub space: Being,
    #[serde(default, skip_serializing_if = "is_default")]
    pub details: SpaceDetails,
    /// The members, sorted by id.
    pub beings: Vec<Being>,
    /// The newest messages, oldest first.
    pub intentions: Vec<Intention>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub has_earlier: bool,
    pub last_message_id: MessageId,
}

/// A message that is new to the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntentionCreated {
    pub message_id: MessageId,
    pub data: Intention,
}

/// A message in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntentionUpdated {
    pub message_id: MessageId,
    pub data: Intention,
}

/// `text` goes after the `offset` UTF-8 bytes that are already there: a streamed answer costs O(n).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntentionAppended {
    pub message_id: MessageId,
    pub offset: u64,
    pub text: String,
    /// How long the model thought, with the first text after its thoughts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_millis: Option<u64>,
}

/// The same for the reasoning, whose `offset` counts its own bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasoningAppended {
    pub message_id: MessageId,
    pub offset: u64,
    pub text: String,
}

/// A tombstone: the message is deleted for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntentionDeleted {
    pub message_id: MessageId,
}

/// A member has reacted to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionAdded {
    pub message_id: MessageId,
    /// One emoji, fully qualified.
    pub emoji: String,
    pub being_id: BeingId,
}

/// It has taken that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionRemoved {
    pub message_id: MessageId,
    pub emoji: String,
    pub being_id: BeingId,
}

/// A being changed or joined. The being may be the space itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeingUpdated {
    pub data: Being,
}

/// A being is no longer a member of the space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeingLeft {
    pub being_id: BeingId,
}

/// The missed changes have been sent; the events that follow are live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaughtUp {
    pub last_message_id: MessageId,
}

/// The connection is alive, and this is the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    pub last_message_id: MessageId,
}

crate::json_object!(SpaceSync {
    space: "space" required,
    details: "details" or_default,
    beings: "beings" required,
    intentions: "intentions" required,
    has_earlier: "hasEarlier" or_default,
    last_message_id: "lastMessageId" required,
});
crate::json_object!(IntentionCreated { message_id: "messageId" required, data: "data" required });
crate::json_object!(IntentionUpdated { message_id: "messageId" required, data: "data" required });
crate::json_object!(IntentionAppended {
    message_id: "messageId" required,
    offset: "offset" required,
    text: "text" required,
    reasoning_millis: "reasoningMillis" optional,
});
crate::json_object!(ReasoningAppended {
    message_id: "messageId" required,
    offset: "offset" required,
    text: "text" required,
});
crate::json_object!(IntentionDeleted { message_id: "messageId" required });
crate::json_object!(ReactionAdded {
    message_id: "messageId" required,
    emoji: "emoji" required,
    being_id: "beingId" required,
});
crate::json_object!(ReactionRemoved {
    message_id: "messageId" required,
    emoji: "emoji" required,
    being_id: "beingId" required,
});
crate::json_object!(BeingUpdated { data: "data" required });
crate::json_object!(BeingLeft { being_id: "beingId" required });
crate::json_object!(CaughtUp { last_message_id: "lastMessageId" required });
crate::json_object!(Heartbeat { last_message_id: "lastMessageId" required });

impl FromJson for SyncEvent {
    fn from_value(value: Value) -> Option<Self> {
        let object = value.object()?;
        Some(match &*object.string("type")? {
            "space-sync" => Self::SpaceSync(SpaceSync::read_fields(&object)?),
            "intention-created" => Self::IntentionCreated(IntentionCreated::read_fields(&object)?),
            "intention-updated" => Self::IntentionUpdated(IntentionUpdated::read_fields(&object)?),
            "intention-appended" => {
                Self::IntentionAppended(IntentionAppended::read_fields(&object)?)
            }
            "reasoning-appended" => {
                Self::ReasoningAppended(ReasoningAppended::read_fields(&object)?)
            }
            "intention-deleted" => Self::IntentionDeleted(IntentionDeleted::read_fields(&object)?),
            "reaction-added" => Self::ReactionAdded(ReactionAdded::read_fields(&object)?),
            "reaction-removed" => Self::ReactionRemoved(ReactionRemoved::read_fields(&object)?),
            "being-updated" => Self::BeingUpdated(BeingUpdated::read_fields(&object)?),
            "being-left" => Self::BeingLeft(BeingLeft::read_fields(&object)?),
            "space-changed" => Self::SpaceChanged(SpaceDetails::read_fields(&object)?),
            "caught-up" => Self::CaughtUp(CaughtUp::read_fields(&object)?),
            "heartbeat" => Self::Heartbeat(Heartbeat::read_fields(&object)?),
            "access-revoked" => Self::AccessRevoked,
            _ => Self::Unknown,
        })
    }
}

impl SyncEvent {
    /// Whether the event moves the client's cursor; only then does it have an SSE `id:`.
    pub fn moves_the_cursor(&self) -> bool {
        !matches!(self, Self::CaughtUp(_) | Self::Heartbeat(_) | Self::AccessRevoked)
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

    /// The JSON of this as an event: the one that a client ever sends, to another tab.
    pub fn to_event_json(&self) -> String {
        let mut json = String::new();
        let mut object = ObjectWriter::begin(&mut json);
        object.required("type", "space-sync");
        self.write_fields(&mut object);
        object.end();
        json
    }
}

/// Reads JSON only, and reads it twice: first for its `type`, then for the fields of that event. The code
/// that serde derives for a tagged enum first copies every field into memory, to find the tag.
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
        "intention-created" => SyncEvent::IntentionCreated(serde_json::from_str(json)?),
        "intention-updated" => SyncEvent::IntentionUpdated(serde_json::from_str(json)?),
        "intention-appended" => SyncEvent::IntentionAppended(serde_json::from_str(json)?),
        "reasoning-appended" => SyncEvent::ReasoningAppended(serde_json::from_str(json)?),
        "intention-deleted" => SyncEvent::IntentionDeleted(serde_json::from_str(json)?),
        "reaction-added" => SyncEvent::ReactionAdded(serde_json::from_str(json)?),
        "reaction-removed" => SyncEvent::ReactionRemoved(serde_json::from_str(json)?),
        "being-updated" => SyncEvent::BeingUpdated(serde_json::from_str(json)?),
        "being-left" => SyncEvent::BeingLeft(serde_json::from_str(json)?),
        "space-changed" => SyncEvent::SpaceChanged(serde_json::from_str(json)?),
        "caught-up" => SyncEvent::CaughtUp(serde_json::from_str(json)?),
        "heartbeat" => SyncEvent::Heartbeat(serde_json::from_str(json)?),
        "access-revoked" => SyncEvent::AccessRevoked,
        _ => SyncEvent::Unknown,
    })
}

#[derive(Deserialize)]
struct Tagged<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}
