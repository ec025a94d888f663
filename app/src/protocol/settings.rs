//! How an AI being answers, and what it answers with. None of it is ever in an event: these are the
//! bodies and answers of commands.

use serde::{Deserialize, Serialize};

use super::limits::{CONTEXT_DEFAULT_CHARACTERS, CONTEXT_DEFAULT_MESSAGES};

/// The `settings` of `POST /api/spaces/{space}/beings` and `PATCH /api/beings/{id}`, and the answer
/// to `GET /api/beings/{id}/settings`, which only who may change the being may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeingSettings {
    /// The name of a configured provider, or `guide`, which is built in.
    pub provider: String,
    /// As the provider calls it. The guide has none.
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub instructions: String,
    #[serde(default)]
    pub answers_when: AnswersWhen,
    /// How much of the conversation it is given, the message that it answers included.
    #[serde(default = "default_messages")]
    pub context_messages: usize,
    /// The same in Unicode scalar values; whichever is reached first ends it.
    #[serde(default = "default_characters")]
    pub context_characters: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswersWhen {
    /// A message names it by its id, as in `@sage`.
    #[default]
    Mentioned,
    /// Somebody else says something.
    EveryMessage,
}

/// `PUT /api/providers/{name}`, by who administers: an endpoint that speaks OpenAI's
/// chat-completions.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutProvider {
    /// What `/chat/completions` is appended to, e.g. `http://127.0.0.1:11434/v1`.
    pub base_url: String,
    /// Absent: the one that is kept stays, unless the base URL is another. Empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// One line of the answer to `GET /api/providers`. The key itself is never told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderListing {
    pub name: String,
    /// For who administers; the guide has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// For who administers: whether there is a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_key: Option<bool>,
}

impl BeingSettings {
    /// Of a being that answers with this provider when it is mentioned.
    pub fn with_provider(provider: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            model: String::new(),
            instructions: String::new(),
            answers_when: AnswersWhen::default(),
            context_messages: CONTEXT_DEFAULT_MESSAGES,
            context_characters: CONTEXT_DEFAULT_CHARACTERS,
        }
    }
}

fn default_messages() -> usize {
    CONTEXT_DEFAULT_MESSAGES
}

fn default_characters() -> usize {
    CONTEXT_DEFAULT_CHARACTERS
}

impl AnswersWhen {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mentioned => "mentioned",
            Self::EveryMessage => "every-message",
        }
    }
}
