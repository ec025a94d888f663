//! Fields that may be left out, be cleared, or hold a value; and values that are kept as their JSON, since
//! a browser has no code for fractions.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};
use serde_json::{Map, Number, Value};

use super::json::ToJson;

/// A field that was left out stays as it is (`None`), and `null` clears it (`Some(None)`).
pub type Given<T> = Option<Option<T>>;

/// For `deserialize_with`: serde reads `null` as left out.
pub(super) fn given<'de, D, T>(from: D) -> Result<Given<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from).map(Some)
}

/// A number, as its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(String);

/// An object, as its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonObject(String);

impl Decimal {
    /// None for what is no number.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl JsonObject {
    /// None for what is no object.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! as_json {
    ($type:ty, $value:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let value: $value = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
                value.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <$value>::deserialize(deserializer)?;
                serde_json::to_string(&value).map(Self).map_err(serde::de::Error::custom)
            }
        }

        impl ToJson for $type {
            fn write_json(&self, json: &mut String) {
                json.push_str(&self.0);
            }
        }
    };
}

as_json!(Decimal, Number);
as_json!(JsonObject, Map<String, Value>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_as_its_json() {
        for (text, kept) in [
            ("0.7", Some("0.7")),
            (" 1 ", Some("1")),
            ("-2.50", Some("-2.5")),
            ("1e400", None),
            ("NaN", None),
            ("\"1\"", None),
            ("", None),
        ] {
            assert_eq!(Decimal::parse(text).as_ref().map(Decimal::as_str), kept, "{text}");
        }
        for (text, kept) in [
            ("{ \"b\": [1, null], \"a\": {} }", Some(r#"{"a":{},"b":[1,null]}"#)),
            ("{}", Some("{}")),
            ("[]", None),
            ("{", None),
        ] {
            assert_eq!(JsonObject::parse(text).as_ref().map(JsonObject::as_str), kept, "{text}");
        }
    }
}
