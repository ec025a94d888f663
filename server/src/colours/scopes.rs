//! The scopes that a grammar gives a piece of code (`keyword.control.rust`), as one of the few classes that
//! have a colour.

use std::sync::LazyLock;

use protocol::CodeClass as Class;
use syntect::parsing::{Scope, ScopeStack};

/// Prefixes of scopes, the more special ones first. `None` is code that has no colour of its own.
const CLASSES: &[(&str, Option<Class>)] = &[
    ("comment", Some(Class::Comment)),
    ("constant", Some(Class::Constant)),
    ("entity.name.function", Some(Class::Function)),
    ("entity.name.macro", Some(Class::Function)),
    ("entity.name.label", Some(Class::Constant)),
    ("entity.name.tag", Some(Class::Keyword)),
    ("entity.name.section", Some(Class::Type)),
    ("entity.other.attribute-name", Some(Class::Property)),
    ("entity.other.inherited-class", Some(Class::Type)),
    ("entity.name", Some(Class::Type)),
    ("keyword", Some(Class::Keyword)),
    ("markup.deleted", Some(Class::Deleted)),
    ("markup.heading", Some(Class::Keyword)),
    ("markup.inserted", Some(Class::Inserted)),
    ("markup.raw", Some(Class::String)),
    ("markup.underline.link", Some(Class::String)),
    ("meta.diff.header", Some(Class::Comment)),
    ("meta.diff.range", Some(Class::Type)),
    ("meta.interpolation", None),
    ("meta.mapping.key", Some(Class::Property)),
    ("meta.property-name", Some(Class::Property)),
    ("source", None),
    ("storage", Some(Class::Keyword)),
    ("string", Some(Class::String)),
    ("support.function", Some(Class::Function)),
    ("support.macro", Some(Class::Function)),
    ("support.type.property-name", Some(Class::Property)),
    ("support.type", Some(Class::Type)),
    ("support.class", Some(Class::Type)),
    ("text", None),
    ("variable.annotation", Some(Class::Property)),
    ("variable.function", Some(Class::Function)),
    ("variable.language", Some(Class::Keyword)),
    ("variable.other.member", None),
];

/// A key in quotes is a key before it is a string.
const KEYS: [&str; 2] = ["meta.mapping.key", "meta.structure.dictionary.key"];

struct Table {
    classes: Vec<(Scope, Option<Class>)>,
    keys: [Scope; 2],
    operator: Scope,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let scope = |text: &str| Scope::new(text).expect("a scope");
    let classes = CLASSES.iter().map(|(prefix, class)| (scope(prefix), *class)).collect();
    Table { classes, keys: KEYS.map(scope), operator: scope("keyword.operator") }
});

/// The class of a text that has these scopes: that of the innermost scope that the table knows.
pub fn class(stack: &ScopeStack, text: &str) -> Option<Class> {
    let table = &*TABLE;
    let class_of = |scope: &Scope| {
        table.classes.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|found| found.1)
    };
    let class = stack.scopes.iter().rev().find_map(class_of).flatten()?;
    let is_key = |scope: &Scope| table.keys.iter().any(|key| key.is_prefix_of(*scope));
    // An operator is one if it is a word: `as`, `and`.
    let is_sign = |scope: &Scope| table.operator.is_prefix_of(*scope);
    if class == Class::Keyword && stack.scopes.last().is_some_and(is_sign) {
        return text.trim().bytes().all(|byte| byte.is_ascii_alphabetic()).then_some(class);
    }
    if class == Class::String && stack.scopes.iter().any(is_key) {
        return Some(Class::Property);
    }
    Some(class)
}
