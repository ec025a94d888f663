//! Text that people enter: parsed once at the edge, and trusted from then on.

use super::{
    limits::{
        CONTENT_MAX_CHARACTERS, NAME_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS,
        PASSWORD_MIN_CHARACTERS, TOPIC_MAX_CHARACTERS,
    },
    visibility::has_visible_character,
};

/// A value out of its bounds, and the field that contained it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct OutOfBounds {
    pub field: &'static str,
    pub problem: String,
}

impl OutOfBounds {
    pub fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

/// The content of a message: 1 to [`CONTENT_MAX_CHARACTERS`] characters, not all of them blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(String);

/// The name of a being: 1 to [`NAME_MAX_CHARACTERS`] characters on one line, trimmed, of which at least
/// one is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// The topic of a space: at most [`TOPIC_MAX_CHARACTERS`] on one line, trimmed. It may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic(String);

/// A password that is about to be hashed. It has no `Debug`, so that no log can contain it.
pub struct Password(String);

impl Content {
    pub fn parse(text: String) -> Result<Self, OutOfBounds> {
        if text.trim().is_empty() {
            return Err(OutOfBounds::new("content", "is empty"));
        }
        if text.contains('\0') {
            // PostgreSQL's TEXT cannot store it.
            return Err(OutOfBounds::new("content", "contains a NUL character"));
        }
        at_most("content", &text, CONTENT_MAX_CHARACTERS)?;
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl Name {
    pub fn parse(text: &str) -> Result<Self, OutOfBounds> {
        let text = text.trim();
        if text.is_empty() {
            return Err(OutOfBounds::new("name", "is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(OutOfBounds::new("name", "contains a control character"));
        }
        if !has_visible_character(text) {
            return Err(OutOfBounds::new("name", "contains nothing visible"));
        }
        at_most("name", text, NAME_MAX_CHARACTERS)?;
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl Topic {
    pub fn parse(text: &str) -> Result<Self, OutOfBounds> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(OutOfBounds::new("topic", "contains a control character"));
        }
        at_most("topic", text, TOPIC_MAX_CHARACTERS)?;
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Password {
    pub fn parse(text: String) -> Result<Self, OutOfBounds> {
        if text.chars().count() < PASSWORD_MIN_CHARACTERS {
            let problem = format!("has fewer than {PASSWORD_MIN_CHARACTERS} characters");
            return Err(OutOfBounds::new("password", problem));
        }
        at_most("password", &text, PASSWORD_MAX_CHARACTERS)?;
        Ok(Self(text))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn at_most(field: &'static str, text: &str, characters: usize) -> Result<(), OutOfBounds> {
    // A character has at least one byte, so most texts need not be counted.
    if text.len() > characters && text.chars().count() > characters {
        return Err(OutOfBounds::new(field, format!("has more than {characters} characters")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_count_characters_not_bytes() {
        assert!(Content::parse("é".repeat(CONTENT_MAX_CHARACTERS)).is_ok());
        assert!(Content::parse("é".repeat(CONTENT_MAX_CHARACTERS + 1)).is_err());
        assert!(Name::parse(&"🌱".repeat(NAME_MAX_CHARACTERS)).is_ok());
        assert!(Name::parse(&"🌱".repeat(NAME_MAX_CHARACTERS + 1)).is_err());
        assert!(Topic::parse(&"🌱".repeat(TOPIC_MAX_CHARACTERS)).is_ok());
        assert!(Topic::parse(&"🌱".repeat(TOPIC_MAX_CHARACTERS + 1)).is_err());
    }

    #[test]
    fn a_refusal_names_its_field() {
        let refused = |result: Result<(), OutOfBounds>| result.map_err(|e| e.to_string());
        let cases = [
            (Content::parse(" \n".into()).map(drop), "content is empty"),
            (Content::parse("a\0b".into()).map(drop), "content contains a NUL character"),
            (Name::parse("\t").map(drop), "name is empty"),
            (Name::parse("a\nb").map(drop), "name contains a control character"),
            (Name::parse("\u{3164}").map(drop), "name contains nothing visible"),
            (Topic::parse("a\tb").map(drop), "topic contains a control character"),
            (Password::parse("1234567".into()).map(drop), "password has fewer than 8 characters"),
        ];
        for (result, message) in cases {
            assert_eq!(refused(result), Err(message.to_owned()));
        }
    }

    #[test]
    fn content_is_kept_verbatim_and_a_name_is_trimmed() {
        assert_eq!(Content::parse(" a \n".into()).map(Content::into_string), Ok(" a \n".into()));
        assert_eq!(Topic::parse("  "), Ok(Topic(String::new())));
        assert_eq!(Name::parse(" Ada ").map(Name::into_string), Ok("Ada".into()));
    }
}
