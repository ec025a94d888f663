//! How an AI being answers, once its bounds are checked.

use protocol::{
    BeingSettings, Decimal, JsonObject, OutOfBounds,
    limits::{
        ANSWER_MAX_TOKENS, CONTEXT_MAX_CHARACTERS, CONTEXT_MAX_MESSAGES,
        INSTRUCTIONS_MAX_CHARACTERS, MODEL_MAX_CHARACTERS, REASONING_EFFORT_MAX_BYTES,
        REQUEST_EXTRA_MAX_BYTES, TEMPERATURE_MAX,
    },
};

use serde_json::{Map, Value};

/// [`BeingSettings`] within their bounds. Whether the provider is configured is the store's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings(BeingSettings);

impl Settings {
    pub fn parse(request: BeingSettings) -> Result<Self, OutOfBounds> {
        let text = |field, text: &str, max: usize| {
            if text.chars().count() > max {
                return Err(OutOfBounds::new(field, format!("is longer than {max} characters")));
            }
            if text.contains('\0') {
                return Err(OutOfBounds::new(field, "contains a NUL character"));
            }
            Ok(text.trim().to_owned())
        };
        let number = |field, number: usize, max: usize| {
            if number == 0 || number > max {
                return Err(OutOfBounds::new(field, format!("is not 1 to {max}")));
            }
            Ok(number)
        };
        let model = text("model", &request.model, MODEL_MAX_CHARACTERS)?;
        if model.chars().any(char::is_control) {
            return Err(OutOfBounds::new("model", "contains a control character"));
        }
        let temperature = request.temperature.as_ref().and_then(Option::as_ref);
        let is_cold_or_hot = |temperature: &Decimal| {
            // What is no number any more is outside, too.
            !temperature.as_str().parse().is_ok_and(|it: f64| (0.0..=TEMPERATURE_MAX).contains(&it))
        };
        if temperature.is_some_and(is_cold_or_hot) {
            return Err(OutOfBounds::new("temperature", format!("is not 0 to {TEMPERATURE_MAX}")));
        }
        if request.max_tokens.flatten().is_some_and(|it| !(1..=ANSWER_MAX_TOKENS).contains(&it)) {
            return Err(OutOfBounds::new("maxTokens", format!("is not 1 to {ANSWER_MAX_TOKENS}")));
        }
        let effort = request.reasoning_effort.as_ref().and_then(Option::as_deref);
        let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
        if effort.is_some_and(|it| {
            it.is_empty() || it.len() > REASONING_EFFORT_MAX_BYTES || !it.bytes().all(fits)
        }) {
            let problem = "is not a word such as low, medium or high";
            return Err(OutOfBounds::new("reasoningEffort", problem));
        }
        if let Some(Some(extra)) = &request.request_extra {
            check_extra(extra)?;
        }
        // Forms send line ends as they were in the days of teleprinters.
        let instructions = request.instructions.replace("\r\n", "\n");
        Ok(Self(BeingSettings {
            model,
            instructions: text("instructions", &instructions, INSTRUCTIONS_MAX_CHARACTERS)?,
            context_messages: number(
                "contextMessages",
                request.context_messages,
                CONTEXT_MAX_MESSAGES,
            )?,
            context_characters: number(
                "contextCharacters",
                request.context_characters,
                CONTEXT_MAX_CHARACTERS,
            )?,
            ..request
        }))
    }

    /// Whether they change what only an administrator may.
    pub fn change_request_extra(&self) -> bool {
        self.0.request_extra.is_some()
    }

    pub fn as_wire(&self) -> &BeingSettings {
        &self.0
    }
}

/// The fields that say whom it asks what are not its to change.
fn check_extra(extra: &JsonObject) -> Result<(), OutOfBounds> {
    let refuse = |problem| Err(OutOfBounds::new("requestExtra", problem));
    if extra.as_str().len() > REQUEST_EXTRA_MAX_BYTES {
        return refuse(format!("is longer than {REQUEST_EXTRA_MAX_BYTES} bytes"));
    }
    let fields: Map<String, Value> = serde_json::from_str(extra.as_str()).unwrap_or_default();
    match ["messages", "model", "stream"].into_iter().find(|name| fields.contains_key(*name)) {
        Some(name) => refuse(format!("names {name}")),
        None => Ok(()),
    }
}
