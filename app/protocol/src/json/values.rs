//! The values that fields have: strings, numbers, lists and pairs.

use std::borrow::Cow;

use super::{FromJson, ToJson, Value, string};

impl ToJson for str {
    fn write_json(&self, json: &mut String) {
        string::write(self, json);
    }
}

impl ToJson for &str {
    fn write_json(&self, json: &mut String) {
        string::write(self, json);
    }
}

impl ToJson for String {
    fn write_json(&self, json: &mut String) {
        string::write(self, json);
    }
}

impl FromJson for String {
    fn from_value(value: Value) -> Option<Self> {
        value.string().map(Cow::into_owned)
    }
}

impl ToJson for u64 {
    fn write_json(&self, json: &mut String) {
        *json += &self.to_string();
    }
}

impl ToJson for u16 {
    fn write_json(&self, json: &mut String) {
        u64::from(*self).write_json(json);
    }
}

impl ToJson for usize {
    fn write_json(&self, json: &mut String) {
        (*self as u64).write_json(json);
    }
}

impl FromJson for u64 {
    fn from_value(value: Value) -> Option<Self> {
        value.number()
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write_json(&self, json: &mut String) {
        match self {
            Some(value) => value.write_json(json),
            None => json.push_str("null"),
        }
    }
}

impl ToJson for bool {
    fn write_json(&self, json: &mut String) {
        *json += if *self { "true" } else { "false" };
    }
}

impl FromJson for bool {
    fn from_value(value: Value) -> Option<Self> {
        match value.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

impl ToJson for () {
    fn write_json(&self, json: &mut String) {
        *json += "null";
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write_json(&self, json: &mut String) {
        json.push('[');
        for (at, item) in self.iter().enumerate() {
            if at > 0 {
                json.push(',');
            }
            item.write_json(json);
        }
        json.push(']');
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_value(value: Value) -> Option<Self> {
        value.items()?.into_iter().map(T::from_value).collect()
    }
}

impl<A: ToJson, B: ToJson> ToJson for (A, B) {
    fn write_json(&self, json: &mut String) {
        json.push('[');
        self.0.write_json(json);
        json.push(',');
        self.1.write_json(json);
        json.push(']');
    }
}

impl<A: FromJson, B: FromJson> FromJson for (A, B) {
    fn from_value(value: Value) -> Option<Self> {
        match *value.items()? {
            [first, second] => Some((A::from_value(first)?, B::from_value(second)?)),
            _ => None,
        }
    }
}
