//! How an AI being answers, once its bounds are checked.

use app::protocol::{
    BeingSettings, OutOfBounds,
    limits::{
        CONTEXT_MAX_CHARACTERS, CONTEXT_MAX_MESSAGES, INSTRUCTIONS_MAX_CHARACTERS,
        MODEL_MAX_CHARACTERS,
    },
};

/// [`BeingSettings`] within their bounds. Whether the provider is configured is the store's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings(BeingSettings);

impl Settings {
    pub fn parse(wish: BeingSettings) -> Result<Self, OutOfBounds> {
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
        let model = text("model", &wish.model, MODEL_MAX_CHARACTERS)?;
        if model.chars().any(char::is_control) {
            return Err(OutOfBounds::new("model", "contains a control character"));
        }
        // Forms send line ends as they were in the days of teleprinters.
        let instructions = wish.instructions.replace("\r\n", "\n");
        Ok(Self(BeingSettings {
            model,
            instructions: text("instructions", &instructions, INSTRUCTIONS_MAX_CHARACTERS)?,
            context_messages: number(
                "contextMessages",
                wish.context_messages,
                CONTEXT_MAX_MESSAGES,
            )?,
            context_characters: number(
                "contextCharacters",
                wish.context_characters,
                CONTEXT_MAX_CHARACTERS,
            )?,
            ..wish
        }))
    }

    pub fn as_wire(&self) -> &BeingSettings {
        &self.0
    }
}
