//! The inbox of a being: where it belongs, what it has read there, and what is new. Only the being
//! itself reads it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::value::RawValue;
use strum::{EnumString, IntoStaticStr};

use super::{
    being::Being,
    cursor::Epoch,
    id::{MessageId, Seq, SpaceId},
    is_default,
    json::{FromJson, ObjectWriter, Value, json_string},
};

/// One change of an inbox, or one signal about its stream. The SSE `id:` beside it is the cursor after
/// it, in the being's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum InboxEvent {
    InboxSync(InboxSync),
    SpaceJoined(SpaceJoined),
    SpaceLeft(SpaceLeft),
    ReadMoved(ReadMoved),
    LevelChanged(LevelChanged),
    SpaceHeads(SpaceHeads),
    CaughtUp(InboxPosition),
    Heartbeat(InboxPosition),
    /// The session was signed out. The client must not reconnect.
    AccessRevoked,
    /// A newer server's event. It takes its position, and changes nothing that this build knows.
    Unknown,
}

/// The state of an inbox at one position. It replaces everything that the client has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxSync {
    /// Sorted by the ids of the spaces.
    pub spaces: Vec<SpaceEntry>,
    pub last_position: Seq,
}

/// A space in an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceEntry {
    pub space: Being,
    /// The newest message that is there, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_id: Option<MessageId>,
    /// The last position that is read; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_up_to: Option<MessageId>,
    /// The messages of others that are there and not read, counted up to
    /// [`COUNT_MAX_MESSAGES`](super::limits::COUNT_MAX_MESSAGES).
    pub unread: u64,
    /// Those of them that mention the being, counted likewise.
    pub mentions: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub level: Level,
    /// Whether it is a direct space: all that is unread there is meant for the being.
    #[serde(default, skip_serializing_if = "is_default")]
    pub direct: bool,
}

/// Of what a being wants to hear from a space.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Level {
    Everything,
    #[default]
    Mentions,
    Nothing,
}

/// The being has joined the space, with another device or by this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceJoined {
    pub data: SpaceEntry,
}

/// The being is no longer a member of the space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceLeft {
    pub space_id: SpaceId,
}

/// The being has read the space up to this position, or says that it has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadMoved {
    pub space_id: SpaceId,
    pub up_to: MessageId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelChanged {
    pub space_id: SpaceId,
    pub level: Level,
}

/// What is new in spaces, as it was when the frame was made. It is state and no change: losing one loses
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceHeads {
    pub spaces: Vec<SpaceHead>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceHead {
    pub space_id: SpaceId,
    /// After a `caught-up`, and where its name or its look has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<Being>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_id: Option<MessageId>,
    pub unread: u64,
    pub mentions: u64,
}

/// Where the being's own log stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxPosition {
    pub last_position: Seq,
}

/// The body that says what is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutReadBody {
    /// The last position that is read, which may be any up to the head; `msg_0` for nothing.
    pub up_to: MessageId,
    /// The history that it belongs to; left out, the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// What follows `up_to` is unread from here on. Without it, the larger of both positions holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unread: bool,
}

/// The body that sets a [`Level`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutLevelBody {
    pub level: String,
}

json_string!(Level, |level| level.as_str(), |text| text.parse().ok());
crate::json_object!(InboxSync {
    spaces: "spaces" required,
    last_position: "lastPosition" required,
});
crate::json_object!(SpaceEntry {
    space: "space" required,
    last_message_id: "lastMessageId" optional,
    read_up_to: "readUpTo" optional,
    unread: "unread" required,
    mentions: "mentions" required,
    level: "level" or_default,
    direct: "direct" or_default,
});
crate::json_object!(SpaceJoined { data: "data" required });
crate::json_object!(SpaceLeft { space_id: "spaceId" required });
crate::json_object!(ReadMoved { space_id: "spaceId" required, up_to: "upTo" required });
crate::json_object!(LevelChanged { space_id: "spaceId" required, level: "level" required });
crate::json_object!(SpaceHeads { spaces: "spaces" required });
crate::json_object!(SpaceHead {
    space_id: "spaceId" required,
    space: "space" optional,
    last_message_id: "lastMessageId" optional,
    unread: "unread" required,
    mentions: "mentions" required,
});
crate::json_object!(InboxPosition { last_position: "lastPosition" required });
crate::json_object!(write PutReadBody {
    up_to: "upTo" required,
    epoch: "epoch" optional,
    unread: "unread" or_default,
});
crate::json_object!(write PutLevelBody { level: "level" required });

impl Level {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl InboxEvent {
    /// Whether the event moves the client's cursor; only then does it have an SSE `id:`.
    pub fn moves_the_cursor(&self) -> bool {
        let is_signal =
            matches!(self, Self::CaughtUp(_) | Self::Heartbeat(_) | Self::AccessRevoked);
        !is_signal && !matches!(self, Self::SpaceHeads(_))
    }
}

impl InboxSync {
    /// The JSON of this as an event, which a client sends to another tab.
    pub fn to_event_json(&self) -> String {
        let mut json = String::new();
        let mut object = ObjectWriter::begin(&mut json);
        object.required("type", "inbox-sync");
        self.write_fields(&mut object);
        object.end();
        json
    }
}

impl FromJson for InboxEvent {
    fn from_value(value: Value) -> Option<Self> {
        let object = value.object()?;
        Some(match &*object.string("type")? {
            "inbox-sync" => Self::InboxSync(InboxSync::read_fields(&object)?),
            "space-joined" => Self::SpaceJoined(SpaceJoined::read_fields(&object)?),
            "space-left" => Self::SpaceLeft(SpaceLeft::read_fields(&object)?),
            "read-moved" => Self::ReadMoved(ReadMoved::read_fields(&object)?),
            "level-changed" => Self::LevelChanged(LevelChanged::read_fields(&object)?),
            "space-heads" => Self::SpaceHeads(SpaceHeads::read_fields(&object)?),
            "caught-up" => Self::CaughtUp(InboxPosition::read_fields(&object)?),
            "heartbeat" => Self::Heartbeat(InboxPosition::read_fields(&object)?),
            "access-revoked" => Self::AccessRevoked,
            _ => Self::Unknown,
        })
    }
}

/// Reads JSON only, and reads it twice, as [`SyncEvent`](super::SyncEvent) does.
impl<'de> Deserialize<'de> for InboxEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        read(json).map_err(D::Error::custom)
    }
}

fn read(json: &str) -> serde_json::Result<InboxEvent> {
    let Tagged { kind } = serde_json::from_str(json)?;
    Ok(match &*kind {
        "inbox-sync" => InboxEvent::InboxSync(serde_json::from_str(json)?),
        "space-joined" => InboxEvent::SpaceJoined(serde_json::from_str(json)?),
        "space-left" => InboxEvent::SpaceLeft(serde_json::from_str(json)?),
        "read-moved" => InboxEvent::ReadMoved(serde_json::from_str(json)?),
        "level-changed" => InboxEvent::LevelChanged(serde_json::from_str(json)?),
        "space-heads" => InboxEvent::SpaceHeads(serde_json::from_str(json)?),
        "caught-up" => InboxEvent::CaughtUp(serde_json::from_str(json)?),
        "heartbeat" => InboxEvent::Heartbeat(serde_json::from_str(json)?),
        "access-revoked" => InboxEvent::AccessRevoked,
        _ => InboxEvent::Unknown,
    })
}

#[derive(Deserialize)]
struct Tagged<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}
