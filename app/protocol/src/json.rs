//! JSON as a browser reads and writes it. The code that serde derives for the same types is a tenth of
//! all that a browser downloads, so each type that a browser needs has its fields here a second time, in
//! a table ([`json_object`](crate::json_object)). `tests/json.rs` and the client's fuzz tests hold that
//! serde, which the server uses, reads and writes the same.
//!
//! Reading looks at a text once for each level that it is nested, and copies only the strings that it
//! returns. A text that is not JSON, or lacks a field, reads as `None`: no caller needs to know more.

mod scanner;
mod string;
mod values;

use std::borrow::Cow;

use scanner::Scanner;

/// A type that is read from JSON.
pub trait FromJson: Sized {
    fn from_value(value: Value) -> Option<Self>;
}

/// A type that is written as JSON.
pub trait ToJson {
    fn write_json(&self, json: &mut String);
}

/// Reads a text that is one JSON value and nothing else.
pub fn from_json<T: FromJson>(text: &str) -> Option<T> {
    T::from_value(Value::read(text)?)
}

pub fn to_json<T: ToJson>(value: &T) -> String {
    let mut json = String::new();
    value.write_json(&mut json);
    json
}

/// A valid value, as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a>(&'a str);

/// The fields of an object, in their order.
pub struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Value<'a> {
    pub fn read(text: &'a str) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        let value = scanner.value(0)?;
        scanner.peek().is_none().then_some(Self(value))
    }

    pub fn string(self) -> Option<Cow<'a, str>> {
        string::read(self.0.strip_prefix('"')?.strip_suffix('"')?)
    }

    /// A whole number that is not negative, written without a fraction or an exponent.
    pub fn number(self) -> Option<u64> {
        // `parse` would take a sign, which begins no such value of JSON but the minus.
        self.0.parse().ok()
    }

    pub fn items(self) -> Option<Vec<Self>> {
        let items = self.children(b'[')?.into_iter();
        Some(items.map(|(_, item)| item).collect())
    }

    pub fn object(self) -> Option<Object<'a>> {
        self.children(b'{').map(Object)
    }

    fn children(self, opening: u8) -> Option<Vec<(Cow<'a, str>, Value<'a>)>> {
        // Most have a few fields.
        let mut children = Vec::with_capacity(8);
        let mut scanner = Scanner::new(self.0);
        if scanner.peek() != Some(opening) {
            return None;
        }
        scanner.container(0, &mut |key, value| {
            children.push((string::read(key)?, Value(value)));
            Some(())
        })?;
        Some(children)
    }
}

impl Object<'_> {
    /// The outer `None`: an object has a field once or not at all.
    fn find(&self, name: &str) -> Option<Option<Value<'_>>> {
        let mut named = self.0.iter().filter(|(key, _)| key == name);
        let found = named.next().map(|(_, value)| *value);
        named.next().is_none().then_some(found)
    }

    pub fn string(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find(name)??.string()
    }

    pub fn required<T: FromJson>(&self, name: &str) -> Option<T> {
        T::from_value(self.find(name)??)
    }

    pub fn or_default<T: FromJson + Default>(&self, name: &str) -> Option<T> {
        self.find(name)?.map_or_else(|| Some(T::default()), T::from_value)
    }

    pub fn optional<T: FromJson>(&self, name: &str) -> Option<Option<T>> {
        match self.find(name)?.filter(|value| value.0 != "null") {
            Some(value) => T::from_value(value).map(Some),
            None => Some(None),
        }
    }
}

/// Writes the fields of an object.
pub struct ObjectWriter<'a> {
    json: &'a mut String,
    separator: char,
}

impl<'a> ObjectWriter<'a> {
    pub fn begin(json: &'a mut String) -> Self {
        Self { json, separator: '{' }
    }

    pub fn end(self) {
        if self.separator == '{' {
            self.json.push('{');
        }
        self.json.push('}');
    }

    pub fn required<T: ToJson + ?Sized>(&mut self, name: &str, value: &T) {
        self.name(name);
        value.write_json(self.json);
    }

    pub fn or_default<T: ToJson + Default + PartialEq>(&mut self, name: &str, value: &T) {
        if *value != T::default() {
            self.required(name, value);
        }
    }

    pub fn optional<T: ToJson>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.required(name, value);
        }
    }

    fn name(&mut self, name: &str) {
        self.json.push(self.separator);
        self.separator = ',';
        string::write(name, self.json);
        self.json.push(':');
    }
}

/// The fields of a type, each with its name on the wire, and whether it is `required`, left out where it
/// is the default (`or_default`), or an `Option` that is left out where it is `None` (`optional`). With
/// `write` in front, the type is only written.
#[macro_export]
macro_rules! json_object {
    (write $type:ty { $($field:ident: $name:literal $how:ident),* $(,)? }) => {
        impl $type {
            pub(crate) fn write_fields(&self, object: &mut $crate::json::ObjectWriter) {
                $(object.$how($name, &self.$field);)*
            }
        }

        impl $crate::json::ToJson for $type {
            fn write_json(&self, json: &mut String) {
                let mut object = $crate::json::ObjectWriter::begin(json);
                self.write_fields(&mut object);
                object.end();
            }
        }
    };
    ($type:ty { $($field:ident: $name:literal $how:ident),* $(,)? }) => {
        $crate::json_object!(write $type { $($field: $name $how),* });

        impl $type {
            pub(crate) fn read_fields(object: &$crate::json::Object) -> Option<Self> {
                Some(Self { $($field: object.$how($name)?),* })
            }
        }

        impl $crate::json::FromJson for $type {
            fn from_value(value: $crate::json::Value) -> Option<Self> {
                Self::read_fields(&value.object()?)
            }
        }
    };
}

/// A type that is a string: how it is written, and how it is read.
macro_rules! json_string {
    ($type:ty, $write:expr, $read:expr) => {
        impl $crate::json::ToJson for $type {
            fn write_json(&self, json: &mut String) {
                let write: fn(&$type) -> _ = $write;
                $crate::json::ToJson::write_json(&write(self), json);
            }
        }

        impl $crate::json::FromJson for $type {
            fn from_value(value: $crate::json::Value) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(&value.string()?)
            }
        }
    };
}
pub(crate) use json_string;
