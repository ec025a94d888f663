//! Who belongs to a space. Nothing here tells who is online, and nothing ever will.

use serde::{Deserialize, Serialize};

use super::{
    id::{BeingId, Seq},
    is_default,
};

/// A person, an AI, or a space itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Being {
    pub id: BeingId,
    pub name: String,
    pub kind: BeingKind,
    /// The colour of its avatar; the initials come from its name.
    pub hue: Hue,
    /// The position of its last change in the space that it is told of in; 0 (and left out) in
    /// answers that are not about one space.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seq: Seq,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BeingKind {
    Person,
    Ai,
    Space,
}

/// An angle on the colour wheel, in degrees: 0 to 359.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hue(pub u16);

impl BeingKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Ai => "ai",
            Self::Space => "space",
        }
    }
}

impl Hue {
    /// A colour of its own for every id: the golden angle keeps neighbours apart.
    pub fn of(id: &BeingId) -> Self {
        let sum = id
            .as_str()
            .bytes()
            .fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Self(((sum % 360) * 137 % 360) as u16)
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
