//! The position of a client in a space's log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    id::{MalformedId, MessageId, Seq, parse_decimal},
    json::json_string,
};

/// The name of one history of a space, or of an inbox: 1 to 12 letters and digits. The store generates it at random when
/// it is created, and generates another when a backup is restored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Epoch(Box<str>);

/// The last change that a client has applied, in one epoch. Reads `k3f9.130`; it is the SSE `id:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub epoch: Epoch,
    pub seq: Seq,
}

/// The position that a client names when it connects: `k3f9.130`, or `msg_130`, or `130`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    Cursor(Cursor),
    /// A position in the current epoch, whichever that is.
    Present(Seq),
}

impl Epoch {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Since {
    /// The position, if it belongs to `epoch` and is not ahead of `head`.
    pub fn position(&self, epoch: &Epoch, head: Seq) -> Option<Seq> {
        let seq = match self {
            Self::Cursor(cursor) if cursor.epoch == *epoch => cursor.seq,
            Self::Cursor(_) => return None,
            Self::Present(seq) => *seq,
        };
        (seq <= head).then_some(seq)
    }
}

impl FromStr for Epoch {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let fits =
            (1..=12).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric());
        fits.then(|| Self(text.into()))
            .ok_or_else(|| MalformedId::new(text, "an epoch: 1 to 12 letters and digits"))
    }
}

impl FromStr for Cursor {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let malformed = || MalformedId::new(text, "a cursor like k3f9.130");
        let (epoch, seq) = text.split_once('.').ok_or_else(malformed)?;
        let epoch = epoch.parse().map_err(|_| malformed())?;
        let seq = parse_decimal(seq).map(Seq).ok_or_else(malformed)?;
        Ok(Self { epoch, seq })
    }
}

impl FromStr for Since {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let malformed = || MalformedId::new(text, "a cursor like k3f9.130, msg_130 or 130");
        if let Ok(message) = text.parse::<MessageId>() {
            Ok(Self::Present(message.created_at()))
        } else if let Some(seq) = parse_decimal(text) {
            Ok(Self::Present(Seq(seq)))
        } else {
            text.parse().map(Self::Cursor).map_err(|_| malformed())
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

json_string!(Cursor, |cursor| cursor.to_string(), |text| text.parse().ok());
json_string!(Epoch, |epoch| epoch.to_string(), |text| text.parse().ok());

macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

as_text!(Cursor);
as_text!(Epoch);

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(text: &str) -> Epoch {
        text.parse().expect("an epoch")
    }

    #[test]
    fn since_has_three_spellings() {
        let cursor = Cursor { epoch: epoch("k3f9"), seq: Seq(130) };
        assert_eq!("k3f9.130".parse(), Ok(Since::Cursor(cursor)));
        assert_eq!("msg_130".parse(), Ok(Since::Present(Seq(130))));
        assert_eq!("130".parse(), Ok(Since::Present(Seq(130))));
        for bad in ["", "k3f9", "k3f9.", ".130", "k3f9.-1", "k3f9.1.2", "k-9.1", "msg_k3f9.1", "+1"]
        {
            assert!(bad.parse::<Since>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_foreign_epoch_or_a_cursor_ahead_of_the_head_is_no_position() {
        let cases = [
            ("k3f9.130", Some(130)),
            ("k3f9.140", Some(140)),
            ("k3f9.141", None),
            ("zzzz.130", None),
            ("msg_130", Some(130)),
            ("141", None),
        ];
        for (text, expected) in cases {
            let since: Since = text.parse().expect("a since");
            let position = since.position(&epoch("k3f9"), Seq(140));
            assert_eq!(position, expected.map(Seq), "{text}");
        }
    }
}
