//! The ids of the protocol. Each is a type that is made from text only by parsing, and trusted from then
//! on.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use super::{
    json::{FromJson, ToJson, Value, json_string},
    limits::BEING_ID_MAX_BYTES,
};

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct MalformedId {
    text: String,
    wanted: &'static str,
}

impl MalformedId {
    pub(super) fn new(text: &str, wanted: &'static str) -> Self {
        // A refusal quotes the text that was sent, but not a whole body of it.
        let text = text.chars().take(64).collect();
        Self { text, wanted }
    }
}

/// The id of a being: `@ada`. The server makes it from the handle chosen at sign-up, or from a name; it
/// never changes. `@`, a letter or digit, then letters, digits, `-` or `_`, all lower-case ASCII,
/// at most [`BEING_ID_MAX_BYTES`] long.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BeingId(Box<str>);

/// The id of a space, which is a being too: `@garden`. Same form as [`BeingId`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceId(BeingId);

/// A position in a space's log. The store assigns it, inside the transaction of the change.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// The id of a message within its space: the seq that created it. Prints as `msg_123`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// The id that the sender gives a message: a UUIDv7 (RFC 9562) made before the first attempt to send, so
/// that sending again creates no second message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentionId(pub Uuid);

impl BeingId {
    /// What stands for all persons of a space in a mention. A being may have this id from before it meant
    /// something; it is not mentioned by it.
    pub fn everyone() -> Self {
        Self("@everyone".into())
    }

    pub fn is_everyone(&self) -> bool {
        *self.0 == *"@everyone"
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id for a handle as a person types it: with or without the `@`, in upper or lower case.
    pub fn from_handle(handle: &str) -> Result<Self, MalformedId> {
        let handle = handle.trim().trim_start_matches('@').to_lowercase();
        format!("@{handle}").parse()
    }

    /// An id made from a name, e.g. `@evening-garden`; `attempt` counts the ids that are already taken.
    pub fn from_name(name: &str, fallback: &str, attempt: u32) -> Self {
        let mut slug = String::new();
        for c in name.to_lowercase().chars() {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
                _ => {}
            }
        }
        let suffix = if attempt == 0 { String::new() } else { format!("-{}", attempt + 1) };
        slug.truncate(BEING_ID_MAX_BYTES - 1 - suffix.len());
        let slug = match slug.trim_end_matches('-') {
            "" => fallback,
            slug => slug,
        };
        Self(format!("@{slug}{suffix}").into())
    }
}

impl FromStr for BeingId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let wanted = "an id like @ada: a-z, 0-9, - and _, at most 20 characters with the @";
        let malformed = || MalformedId::new(text, wanted);
        let handle = text.strip_prefix('@').ok_or_else(malformed)?;
        let ordinary = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let first_is_ordinary = handle.bytes().next().is_some_and(ordinary);
        let all_fit = handle.bytes().all(|c| ordinary(c) || c == b'-' || c == b'_');
        if first_is_ordinary && all_fit && text.len() <= BEING_ID_MAX_BYTES {
            Ok(Self(text.into()))
        } else {
            Err(malformed())
        }
    }
}

impl SpaceId {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The id of the space as a being.
    pub fn as_being(&self) -> &BeingId {
        &self.0
    }
}

impl From<BeingId> for SpaceId {
    fn from(id: BeingId) -> Self {
        Self(id)
    }
}

impl FromStr for SpaceId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        text.parse().map(Self)
    }
}

impl Seq {
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The message that this position created, if it created one.
    pub fn as_message(self) -> MessageId {
        MessageId(self.0)
    }
}

impl MessageId {
    /// The position at which the message was created.
    pub fn created_at(self) -> Seq {
        Seq(self.0)
    }
}

impl FromStr for MessageId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        text.strip_prefix("msg_")
            .and_then(parse_decimal)
            .map(Self)
            .ok_or_else(|| MalformedId::new(text, "a message id like msg_123"))
    }
}

/// Digits only, as a number prints: unlike `str::parse`, no sign, and no leading 0. At most 2^63 - 1, the
/// largest integer of a database.
pub(super) fn parse_decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let one_spelling = digits && (text == "0" || !text.starts_with('0'));
    let number = one_spelling.then(|| text.parse().ok()).flatten()?;
    (number <= i64::MAX as u64).then_some(number)
}

/// Accepts every spelling of a UUID, as JSON does: RFC 9562 requires that capitals are read. They are one
/// id, and print in one way.
impl IntentionId {
    /// A UUIDv7 (RFC 9562) of a moment, in milliseconds since 1970.
    pub fn new_v7(millis: u64, random: &[u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid())
    }
}

impl FromStr for IntentionId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        Uuid::try_parse(text).map(Self).map_err(|_| MalformedId::new(text, "a UUID"))
    }
}

macro_rules! as_text {
    ($id:ty, |$this:ident, $f:ident| $write:expr) => {
        impl fmt::Display for $id {
            fn fmt(&self, $f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $this = self;
                $write
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

as_text!(BeingId, |id, f| f.write_str(&id.0));
as_text!(SpaceId, |id, f| fmt::Display::fmt(&id.0, f));
as_text!(MessageId, |id, f| write!(f, "msg_{}", id.0));

json_string!(BeingId, |id| id.to_string(), |text| text.parse().ok());
json_string!(SpaceId, |id| id.to_string(), |text| text.parse().ok());
json_string!(MessageId, |id| id.to_string(), |text| text.parse().ok());
json_string!(IntentionId, |id| id.to_string(), |text| text.parse().ok());

impl ToJson for Seq {
    fn write_json(&self, json: &mut String) {
        self.0.write_json(json);
    }
}

impl FromJson for Seq {
    fn from_value(value: Value) -> Option<Self> {
        value.number().map(Self)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for IntentionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_being_id_has_one_spelling() {
        for good in ["@a", "@ada", "@7of9", "@a-b_c", "@abcdefghijklmnopqrs"] {
            assert_eq!(good.parse::<BeingId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "@", "ada", "@Ada", "@-a", "@_a", "@a b", "@é", "@abcdefghijklmnopqrst"] {
            assert!(bad.parse::<BeingId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_handle_is_taken_as_people_type_it() {
        for typed in ["ada", "@ada", " Ada ", "@ADA"] {
            assert_eq!(BeingId::from_handle(typed).map(|id| id.to_string()), Ok("@ada".into()));
        }
    }

    #[test]
    fn a_name_becomes_an_id_and_always_a_valid_one() {
        let cases = [
            ("Evening Garden", 0, "@evening-garden"),
            ("Evening Garden", 1, "@evening-garden-2"),
            ("  ¡Hola!  ", 0, "@hola"),
            ("庭", 0, "@space"),
            ("庭", 11, "@space-12"),
            ("The long hall of a thousand doors", 0, "@the-long-hall-of-a"),
        ];
        for (name, attempt, id) in cases {
            let made = BeingId::from_name(name, "space", attempt);
            assert_eq!(made.as_str(), id);
            assert_eq!(made.as_str().parse(), Ok(made.clone()));
        }
    }

    #[test]
    fn a_message_id_prints_as_it_is_read() {
        assert_eq!("msg_123".parse(), Ok(MessageId(123)));
        assert_eq!(MessageId(123).to_string(), "msg_123");
        for bad in
            ["123", "msg_", "msg_-1", "msg_+1", "msg_1a", "msg_007", "msg_9223372036854775808"]
        {
            assert!(bad.parse::<MessageId>().is_err(), "{bad}");
        }
    }
}
