//! The members of a space. Nothing here tells whether somebody is online, and nothing ever will.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use super::{
    id::{BeingId, Seq},
    is_default,
    json::{FromJson, ToJson, Value, json_string},
    text::OutOfBounds,
};

/// An account, an AI or a space: elsewhere called a user, a bot and a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Being {
    pub id: BeingId,
    pub name: String,
    pub kind: BeingKind,
    /// The colour of its avatar; the initials come from its name.
    pub hue: Hue,
    /// The position of its last change in the space that the event or the answer is about; 0 (and left
    /// out) in answers that are not about one space.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seq: Seq,
}

crate::json_object!(Being {
    id: "id" required,
    name: "name" required,
    kind: "kind" required,
    hue: "hue" required,
    seq: "seq" or_default,
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum BeingKind {
    Person,
    Ai,
    Space,
}

json_string!(BeingKind, |kind| kind.as_str(), |text| text.parse().ok());

/// An angle on the colour wheel, in degrees: 0 to 359. A command's is [parsed](Self::parse); any other
/// number of degrees is [turned](Self::from) back to the colour that it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u16")]
pub struct Hue(u16);

/// The first angle that has gone round the wheel.
const FULL_TURN_DEGREES: u16 = 360;

impl BeingKind {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Hue {
    pub fn parse(degrees: u16) -> Result<Self, OutOfBounds> {
        if degrees < FULL_TURN_DEGREES {
            Ok(Self(degrees))
        } else {
            Err(OutOfBounds::new("hue", "is not an angle from 0 to 359"))
        }
    }

    pub fn degrees(self) -> u16 {
        self.0
    }

    /// A colour of its own for every id: the golden angle keeps neighbours apart.
    pub fn of(id: &BeingId) -> Self {
        let sum = id
            .as_str()
            .bytes()
            .fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Self(((sum % 360) * 137 % 360) as u16)
    }
}

/// Never fails, so that a client keeps up with a server that has other bounds.
impl From<u16> for Hue {
    fn from(degrees: u16) -> Self {
        Self(degrees % FULL_TURN_DEGREES)
    }
}

impl ToJson for Hue {
    fn write_json(&self, json: &mut String) {
        u64::from(self.0).write_json(json);
    }
}

impl FromJson for Hue {
    fn from_value(value: Value) -> Option<Self> {
        u16::try_from(value.number()?).ok().map(Self::from)
    }
}

impl Being {
    /// One or two letters for the avatar: of the first and the last word of the name.
    pub fn initials(&self) -> String {
        let first = |word: &str| word.chars().find(|c| c.is_alphanumeric());
        let mut words = self.name.split_whitespace().filter_map(first);
        let initials = words.next().into_iter().chain(words.next_back());
        initials.flat_map(char::to_uppercase).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hue_is_an_angle_within_one_turn() {
        for degrees in [0, 359] {
            assert_eq!(Hue::parse(degrees).map(Hue::degrees), Ok(degrees));
        }
        for degrees in [360, u16::MAX] {
            let refused = Hue::parse(degrees).map_err(|refused| refused.to_string());
            assert_eq!(refused, Err("hue is not an angle from 0 to 359".into()));
        }
        let read = |json| serde_json::from_str::<Hue>(json).ok().map(Hue::degrees);
        let cases = [("359", Some(359)), ("360", Some(0)), ("65535", Some(15)), ("65536", None)];
        for (json, degrees) in cases {
            assert_eq!(read(json), degrees, "{json}");
        }
    }

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        for (name, initials) in [
            ("Ada", "A"),
            ("Ada Lovelace", "AL"),
            ("a b c", "AC"),
            ("(Dr) Émile", "DÉ"),
            ("🌱", ""),
        ] {
            let id: BeingId = "@x".parse().expect("an id");
            let being = Being {
                hue: Hue::of(&id),
                id,
                name: name.into(),
                kind: BeingKind::Person,
                seq: Seq(0),
            };
            assert_eq!(being.initials(), initials, "{name}");
        }
    }
}
