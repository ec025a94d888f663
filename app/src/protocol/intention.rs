//! What a being says.

use serde::{Deserialize, Serialize};

use super::{
    id::{BeingId, IntentionId, MessageId, Seq},
    is_default,
};

/// A moment, as RFC 3339 in UTC with milliseconds: `2026-11-23T04:25:20.123Z`. Made by the server's
/// clock; never used to order anything, that is what [`Seq`] is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub Box<str>);

/// One message, in the state it had at position `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intention {
    /// Chosen by the sender.
    pub id: IntentionId,
    /// Given by the space.
    pub message_id: MessageId,
    pub owner_id: BeingId,
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: IntentionState,
    /// Markdown.
    pub content: String,
    pub created_at: Timestamp,
    /// When it was last edited, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The position of its last change.
    pub seq: Seq,
}

/// Where a message is in its life. Only an AI being's answer is ever anything but `complete`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntentionState {
    /// Its text is still growing.
    Active,
    #[default]
    Complete,
    /// Somebody stopped it.
    Cancelled,
    Failed,
}

impl IntentionState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

impl Timestamp {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
