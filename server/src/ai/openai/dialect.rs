//! What a model's endpoint takes of the API, learnt from what it refuses.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use reqwest::StatusCode;

/// How a request to one model is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dialect {
    /// The instructions are no message of their own.
    pub is_without_system: bool,
    /// The most tokens are those of the thoughts, too, and have another name.
    pub counts_thoughts: bool,
}

impl Dialect {
    /// How to ask again after a refusal; None where it is about something else.
    pub fn after(self, status: StatusCode, words: &str) -> Option<Self> {
        // Some report what a chat template refuses as an error of their own.
        let may_be_of_the_request =
            status.is_client_error() || status == StatusCode::INTERNAL_SERVER_ERROR;
        let words = words.to_lowercase();
        let says = |word| words.contains(word);
        let refuses_system = says("system")
            && ["role", "message", "instruction", "prompt"].into_iter().any(says)
            || says("developer instruction");
        let refuses_max_tokens = says("max_completion_tokens");
        let other = Self {
            is_without_system: self.is_without_system || refuses_system,
            counts_thoughts: self.counts_thoughts || refuses_max_tokens,
        };
        (may_be_of_the_request && other != self).then_some(other)
    }
}

/// The dialects that were found to work, by endpoint and model, while the process runs.
#[derive(Clone, Default)]
pub struct Dialects(Arc<Mutex<HashMap<(String, String), Dialect>>>);

impl Dialects {
    pub fn of(&self, endpoint: &str, model: &str) -> Dialect {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(endpoint.to_owned(), model.to_owned())).copied().unwrap_or_default()
    }

    pub fn learn(&self, endpoint: &str, model: &str, dialect: Dialect) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((endpoint.to_owned(), model.to_owned()), dialect);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_said_in_another_way_is_known_by_its_words() {
        for (status, words, refuses) in [
            (400, "System role not supported", true),
            (422, "messages[0].role: Input should be 'user' or 'assistant', got 'system'", true),
            (
                400,
                "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                true,
            ),
            (400, "Developer instruction is not enabled for models/gemma-3-27b-it", true),
            (500, "Jinja Exception: System role not supported", true),
            (
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                 'max_completion_tokens' instead.",
                true,
            ),
            (400, "The model `m` does not exist", false),
            (401, "No key", false),
            (429, "The system is busy", false),
            (503, "The role system is not supported", false),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let after = Dialect::default().after(status, words);
            assert_eq!(after.is_some(), refuses, "{status} {words}");
            assert_eq!(after.and_then(|dialect| dialect.after(status, words)), None);
        }
    }
}
