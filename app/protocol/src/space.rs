//! What a space has besides its being: its topic, and who finds it.

use serde::{Deserialize, Serialize};

use super::{being::Being, id::SpaceId, is_default};

/// A `space-changed`, and a part of a `space-sync`: always all of it, each field left out at its default.
/// It does not travel in [`Being`], which has a budget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceDetails {
    /// Of at most [`TOPIC_MAX_CHARACTERS`](super::limits::TOPIC_MAX_CHARACTERS); empty where there is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub topic: String,
    /// Nothing is said in it any more, and nobody joins.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// Everybody who has an account finds it in the directory, and may join.
    #[serde(default, skip_serializing_if = "is_default")]
    pub open: bool,
    /// It is the one space of exactly its persons. That never changes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub direct: bool,
}

/// A change to the details of a space: a field that is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangeSpace {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
}

/// Whom a direct space is with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BeginDirect {
    /// The ids of the other persons.
    pub beings: Vec<String>,
}

/// Some of the open spaces, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryPage {
    pub spaces: Vec<DirectoryEntry>,
    /// Where the next page begins: its `after`. A page may have no spaces, and yet a next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SpaceId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    pub space: Being,
    #[serde(default, skip_serializing_if = "is_default")]
    pub topic: String,
    /// Whether the caller belongs to it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub joined: bool,
}

crate::json_object!(SpaceDetails {
    topic: "topic" or_default,
    archived: "archived" or_default,
    open: "open" or_default,
    direct: "direct" or_default,
});
