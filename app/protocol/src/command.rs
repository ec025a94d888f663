//! The bodies of commands and of their answers: plain JSON, as it stands on the wire. Nothing here has
//! been checked; the server parses each field once, at the edge. [`endpoint`](super::endpoint) says
//! where each goes.

use serde::{Deserialize, Serialize};

use super::{
    being::Being,
    id::{IntentionId, MessageId, Seq},
    intention::Intention,
    is_default,
    settings::BeingSettings,
};

/// A new account.
#[derive(Clone, Serialize, Deserialize)]
pub struct CreateAccount {
    pub handle: String,
    pub name: String,
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// The credentials of an account.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    pub handle: String,
    pub password: String,
}

/// One line of the list of spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceListing {
    pub space: Being,
    pub last_message_id: MessageId,
}

crate::json_object!(SpaceListing {
    space: "space" required,
    last_message_id: "lastMessageId" required,
});

/// A new space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateSpace {
    pub name: String,
}

/// A link that lets somebody into a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    pub token: String,
    pub url: String,
}

crate::json_object!(Invite { token: "token" required, url: "url" required });

/// One page of messages, oldest first: at most [`PAGE_MAX_MESSAGES`](super::limits::PAGE_MAX_MESSAGES).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    pub intentions: Vec<Intention>,
    /// Whether there are messages before the page; before its place, where it is empty.
    pub has_earlier: bool,
    /// Whether there are messages after the page, in the same way. A server of an earlier build does not
    /// say it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub has_later: bool,
}

crate::json_object!(HistoryPage {
    intentions: "intentions" required,
    has_earlier: "hasEarlier" required,
    has_later: "hasLater" or_default,
});

/// A new message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendIntention {
    pub id: IntentionId,
    pub content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

crate::json_object!(SendIntention {
    id: "id" required,
    content: "content" required,
    reply_to: "replyTo" optional,
});

/// A new content for a message.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EditIntention {
    pub content: String,
    /// The version to change, by the position of the message's last change. A message that has changed
    /// since stays as it is, unless its content is `content` already: a copy of an edit that arrives
    /// late reverts nothing. Left out, any version is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
}

crate::json_object!(EditIntention { content: "content" required, seq: "seq" optional });

/// Why an answer failed, in its provider's own words. Only those who may change the being may read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureDetail {
    /// At most [`FAILURE_DETAIL_MAX_CHARACTERS`](super::limits::FAILURE_DETAIL_MAX_CHARACTERS), without
    /// keys.
    pub detail: String,
}

/// A change to a being: a field that is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangeBeing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hue: Option<u16>,
    /// Of an AI being; replaced as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<BeingSettings>,
}

crate::json_object!(write ChangeBeing {
    name: "name" optional,
    hue: "hue" optional,
    settings: "settings" optional,
});

/// A new being of kind `ai`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddBeing {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hue: Option<u16>,
    /// Without settings the being is a member of the space that never answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<BeingSettings>,
}
