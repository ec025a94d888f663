//! A message.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use super::{
    id::{BeingId, IntentionId, MessageId, Seq},
    is_default,
    json::json_string,
    reaction::Reaction,
    timestamp::Timestamp,
    version::VersionCount,
};

/// One message (elsewhere also a post), in the state that it had at position `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intention {
    /// Chosen by the sender.
    pub id: IntentionId,
    /// Assigned by the space.
    pub message_id: MessageId,
    pub owner_id: BeingId,
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: IntentionState,
    /// Why it failed, where `state` is `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    /// Markdown.
    pub content: String,
    /// What a model thought before it answered. It is no part of the content.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reasoning: String,
    /// How long it thought, from its first thought to the first text of the answer, or to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_millis: Option<u64>,
    pub created_at: Timestamp,
    /// The time of the last edit, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub versions: VersionCount,
    /// In the order of their first; only in a `space-sync` and in a page of history.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reactions: Vec<Reaction>,
    /// The position of the last change of its reactions, also where none is left; 0 where there never
    /// was one, and wherever it has no `reactions`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reactions_seq: Seq,
    /// The position of its last change. A reaction is none.
    pub seq: Seq,
}

crate::json_object!(Intention {
    id: "id" required,
    message_id: "messageId" required,
    owner_id: "ownerId" required,
    state: "state" or_default,
    reason: "reason" optional,
    content: "content" required,
    reasoning: "reasoning" or_default,
    reasoning_millis: "reasoningMillis" optional,
    created_at: "createdAt" required,
    modified_at: "modifiedAt" optional,
    reply_to: "replyTo" optional,
    versions: "versions" or_default,
    reactions: "reactions" or_default,
    reactions_seq: "reactionsSeq" or_default,
    seq: "seq" required,
});

/// The state of a message. Only an AI being's answer is ever anything but `complete`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum IntentionState {
    /// Its text is still being written.
    Active,
    #[default]
    Complete,
    /// Somebody stopped it.
    Cancelled,
    Failed,
}

json_string!(IntentionState, |state| state.as_str(), |text| text.parse().ok());

impl IntentionState {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why an answer failed. [`FailureDetail`](super::FailureDetail) has the provider's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FailureReason {
    /// The being has no provider, or one that is no longer configured.
    NoProvider,
    /// The provider cannot be reached.
    Unreachable,
    /// The provider does not accept the key.
    Unauthorized,
    /// The provider asks us to wait for longer than we do.
    Busy,
    /// The provider does not accept the request: the model or the address may be wrong.
    Misconfigured,
    /// The provider had an error of its own.
    ProviderError,
    /// The answer was cut: the connection ended in the middle of it, or the provider gave it up.
    CutOff,
    /// The response breaks the provider's own interface.
    Malformed,
    /// The provider sent nothing for too long.
    Silent,
    /// The answer did not end.
    TooLong,
    /// The answer ended without any text.
    Empty,
    /// The provider withheld the answer.
    Withheld,
    /// The server stopped in the middle of the answer.
    Interrupted,
    /// A newer server's reason.
    #[serde(other)]
    Unknown,
}

json_string!(FailureReason, |reason| reason.as_str(), |text| {
    Some(text.parse().unwrap_or(Self::Unknown))
});

impl FailureReason {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// For people: what happened, and what they can do about it.
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
            Self::CutOff => "The answer was cut off. Try again.",
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
