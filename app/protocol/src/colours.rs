//! Code in colours: what its pieces are, for the screen of whoever asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use strum::{Display, IntoStaticStr, VariantArray};

use super::{
    limits::{CODE_LANGUAGE_MAX_BYTES, CONTENT_MAX_CHARACTERS},
    text::OutOfBounds,
};

/// A block of code, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What stands behind the fence, such as `rust` or `c++`, in any case.
    pub language: String,
    pub code: String,
}

impl Code {
    /// In its bounds: at most [`CODE_LANGUAGE_MAX_BYTES`] and [`CONTENT_MAX_CHARACTERS`].
    pub fn checked(self) -> Result<Self, OutOfBounds> {
        if self.language.len() > CODE_LANGUAGE_MAX_BYTES {
            let problem = format!("is longer than {CODE_LANGUAGE_MAX_BYTES} bytes");
            return Err(OutOfBounds::new("language", problem));
        }
        if self.code.chars().nth(CONTENT_MAX_CHARACTERS).is_some() {
            let problem = format!("is longer than {CONTENT_MAX_CHARACTERS} characters");
            return Err(OutOfBounds::new("code", problem));
        }
        Ok(self)
    }
}

/// What a piece of code is, in kebab-case on the wire. A client passes over one that it does not know.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum CodeClass {
    Comment,
    String,
    /// A number, `true`, or an escape in a string.
    Constant,
    /// Also the name of a tag.
    Keyword,
    Function,
    Type,
    /// The name of an attribute, or the key of a value.
    Property,
    /// A line that a diff adds.
    Inserted,
    /// A line that a diff takes away.
    Deleted,
}

/// For each class the pieces that have it, in their order: where one starts and how long it is, in UTF-16 code
/// units, as a browser counts. `{"keyword":[0,2,10,3]}` are two keywords. No two pieces overlap; a class
/// without a piece is left out, and code of a language that is not known has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Colours(
    #[serde(deserialize_with = "of_known_classes")] pub BTreeMap<CodeClass, Vec<u32>>,
);

/// A later server may know more classes.
fn of_known_classes<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<CodeClass, Vec<u32>>, D::Error> {
    let classes = BTreeMap::<String, serde_json::Value>::deserialize(from)?;
    let mut known = BTreeMap::new();
    for (name, places) in classes {
        let class = CodeClass::VARIANTS.iter().find(|class| <&str>::from(**class) == name);
        if let Some(class) = class {
            known.insert(*class, serde_json::from_value(places).map_err(D::Error::custom)?);
        }
    }
    Ok(known)
}
