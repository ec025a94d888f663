//! How an AI being answers, and with which provider. Events never contain any of it: these are the
//! bodies and answers of commands.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use super::{
    given::{Decimal, Given, JsonObject, given},
    json::json_string,
    limits::{CONTEXT_DEFAULT_CHARACTERS, CONTEXT_DEFAULT_MESSAGES},
};

/// How an AI being answers. Only those who may change the being may read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeingSettings {
    /// The name of a configured provider, or `guide`, which is built in.
    pub provider: String,
    /// The provider's name for it. The guide has none.
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub instructions: String,
    #[serde(default)]
    pub answers_when: AnswersWhen,
    /// How many messages of the conversation the provider is given, the one that it answers included.
    #[serde(default = "default_messages")]
    pub context_messages: usize,
    /// The same in Unicode scalar values; whichever bound is reached first ends the context.
    #[serde(default = "default_characters")]
    pub context_characters: usize,
    /// From 0 to 2: how much chance there is in its answers. This and the next three are the provider's
    /// own defaults where they are cleared.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub temperature: Given<Decimal>,
    /// The most that it may write.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub max_tokens: Given<u64>,
    /// How long a model thinks that can: `low`, `medium`, `high`, or what the provider has besides.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Given<String>,
    /// Further fields of the request to the provider, which win over all but `messages`, `model` and
    /// `stream`. Only administrators see and change them.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub request_extra: Given<JsonObject>,
}

crate::json_object!(write BeingSettings {
    provider: "provider" required,
    model: "model" required,
    instructions: "instructions" required,
    answers_when: "answersWhen" required,
    context_messages: "contextMessages" required,
    context_characters: "contextCharacters" required,
    temperature: "temperature" optional,
    max_tokens: "maxTokens" optional,
    reasoning_effort: "reasoningEffort" optional,
    request_extra: "requestExtra" optional,
});

#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum AnswersWhen {
    /// A message mentions the being by its id, as in `@sage`.
    #[default]
    Mentioned,
    /// Anybody else sends a message.
    EveryMessage,
}

json_string!(AnswersWhen, |when| when.as_str(), |text| text.parse().ok());

/// An endpoint that speaks OpenAI's chat completions, as an administrator configures it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderConfig {
    /// What `/chat/completions` is appended to, e.g. `http://127.0.0.1:11434/v1`; before its query, if
    /// it has one.
    pub base_url: String,
    /// Absent: the stored key stays, unless the base URL changes. Empty: no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How long it may send nothing. The default is the server's.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub silence_seconds: Given<u64>,
    /// How long a whole answer may take.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub answer_seconds: Given<u64>,
    /// The header that carries the key.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub key_header: Given<KeyHeader>,
}

/// How a provider takes its key.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum KeyHeader {
    /// `Authorization: Bearer …`
    #[default]
    Authorization,
    /// `api-key: …`, as Azure has it.
    ApiKey,
}

/// A model, as its provider lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    pub id: String,
    /// For people, where it is another than the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How much it can be given at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
}

/// One line of the list of providers. The key itself is never sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderListing {
    pub name: String,
    /// For administrators only; the guide has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// For administrators only: whether there is a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_key: Option<bool>,
    /// For administrators only, as are the next two: what was given of [`ProviderConfig`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_header: Option<KeyHeader>,
}

impl BeingSettings {
    /// The settings of a being that answers with this provider when it is mentioned.
    pub fn with_provider(provider: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            model: String::new(),
            instructions: String::new(),
            answers_when: AnswersWhen::default(),
            context_messages: CONTEXT_DEFAULT_MESSAGES,
            context_characters: CONTEXT_DEFAULT_CHARACTERS,
            temperature: None,
            max_tokens: None,
            reasoning_effort: None,
            request_extra: None,
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
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl KeyHeader {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
