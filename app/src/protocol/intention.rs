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
    /// Why, where it is `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
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

/// Why an answer failed. Details are in the server's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureReason {
    /// The being has no provider, or one that is not configured any more.
    NoProvider,
    /// The provider cannot be reached.
    Unreachable,
    /// The provider does not accept the key.
    Unauthorized,
    /// The provider wants us to come back later than we would wait.
    Busy,
    /// The provider does not take what it was asked: the model or the address may be wrong.
    Misconfigured,
    /// The provider had an error of its own.
    ProviderError,
    /// The connection ended in the middle.
    CutOff,
    /// What came was not what the provider's interface promises.
    Malformed,
    /// Nothing came for too long.
    Silent,
    /// It did not end.
    TooLong,
    /// It ended without a word.
    Empty,
    /// The provider withheld it.
    Withheld,
    /// The server stopped in the middle.
    Interrupted,
    /// One that a newer server knows.
    #[serde(other)]
    Unknown,
}

impl FailureReason {
    /// What happened and what can be done about it, as a sentence for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NoProvider => "It has no provider. Choose one in its settings.",
            Self::Unreachable => "Its provider cannot be reached. Try again in a moment.",
            Self::Unauthorized => {
                "Its provider does not accept the key. An administrator can set another."
            }
            Self::Busy => "Its provider is busy. Try again in a few minutes.",
            Self::Misconfigured => {
                "Its provider does not take the request. Check the model in its settings."
            }
            Self::ProviderError => "Its provider had an error. Try again in a moment.",
            Self::CutOff => "The connection to its provider broke.",
            Self::Malformed => {
                "Its provider sent something that cannot be read. Check its address."
            }
            Self::Silent => "Its provider fell silent. Try again.",
            Self::TooLong => "The answer did not come to an end.",
            Self::Empty => "Its provider answered without a word. Try again.",
            Self::Withheld => "Its provider withheld the answer. Ask in another way.",
            Self::Interrupted => "Interrupted: the server could not go on. Try again.",
            Self::Unknown => "The answer failed. Try again.",
        }
    }
}

impl Timestamp {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
