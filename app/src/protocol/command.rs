//! What clients ask for, and what they are answered: plain JSON over HTTP, as it stands on the wire.
//! Nothing here has been checked; the server parses each field once, at the edge.

use serde::{Deserialize, Serialize};

use super::{
    being::{Being, Hue},
    id::{IntentionId, MessageId, Seq},
    intention::Intention,
    settings::BeingSettings,
};

/// `POST /api/accounts`
#[derive(Clone, Serialize, Deserialize)]
pub struct CreateAccount {
    pub handle: String,
    pub name: String,
    pub password: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// `POST /api/session`
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    pub handle: String,
    pub password: String,
}

/// One line of the answer to `GET /api/spaces`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpaceListing {
    pub space: Being,
    pub last_message_id: MessageId,
}

/// `POST /api/spaces`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateSpace {
    pub name: String,
}

/// The answer to `POST /api/spaces/{space}/invites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    pub token: String,
    pub url: String,
}

/// The answer to `GET /api/spaces/{space}/intentions`: oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    pub intentions: Vec<Intention>,
    pub has_earlier: bool,
}

/// `POST /api/spaces/{space}/intentions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendIntention {
    pub id: IntentionId,
    pub content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

/// `PATCH /api/spaces/{space}/intentions/{messageId}`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditIntention {
    pub content: String,
    /// The version that it changes, by the position of the message's last change. A message that
    /// has changed since stays as it is, unless it says `content` already: a copy of an edit that
    /// comes late sets nothing back. Left out, any version is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
}

/// `PATCH /api/beings/{id}`: what is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangeBeing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hue: Option<Hue>,
    /// Of an AI being; taken whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<BeingSettings>,
}

/// `POST /api/spaces/{space}/beings`: a new being of kind `ai`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddBeing {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hue: Option<Hue>,
    /// Without them it belongs to the space, and never answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<BeingSettings>,
}
