//! What a device keeps: the schema of its database, and the operations on it. The database is an
//! IndexedDB; the service worker's page script reads it by the same schema.
//!
//! Always true:
//! - A key begins with the id of the being that wrote the value, so that another person who signs in
//!   on this device neither sees nor sends it.
//! - A database with a newer schema is left alone: its values may mean something else.

use std::str::FromStr;

/// A part of a database: values by key, sorted by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// Operations that the server has not acknowledged.
    Outbox,
    /// Unfinished texts: of the composer, and of edits under keys that earlier builds do not read.
    Drafts,
    /// The last snapshot of each space, and of the inbox.
    Snapshots,
}

impl Store {
    pub const ALL: [Self; 3] = [Self::Outbox, Self::Drafts, Self::Snapshots];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Drafts => "drafts",
            Self::Snapshots => "visits",
        }
    }
}

/// The name of the database.
pub const DATABASE: &str = "rhizome";

/// What each version of the schema adds to the one before it; the first entry makes version 1. A
/// database of version 1 may hold no store at all: the page script of early builds made it by looking
/// into it.
pub const MIGRATIONS: &[&[Migration]] = &[
    &[Migration::Create(Store::Outbox), Migration::Create(Store::Drafts)],
    &[
        Migration::Create(Store::Outbox),
        Migration::Create(Store::Drafts),
        Migration::Create(Store::Snapshots),
    ],
];

/// The version of the schema that this build reads and writes.
pub const VERSION: u32 = MIGRATIONS.len() as u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migration {
    /// Unless it is there.
    Create(Store),
}

/// What leads from a database of version `from` to the present one; 0 is no database at all.
pub fn migrations_from(from: u32) -> impl Iterator<Item = Migration> {
    MIGRATIONS.iter().skip(from as usize).flat_map(|step| step.iter().copied())
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }
}

/// A change of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Put {
        store: Store,
        key: String,
        value: Value,
    },
    Remove {
        store: Store,
        key: String,
    },
    /// Removes the value if it is one of these texts: another tab may have stored another one since.
    RemoveText {
        store: Store,
        key: String,
        texts: Vec<String>,
    },
}

impl Write {
    pub fn store(&self) -> Store {
        match self {
            Self::Put { store, .. }
            | Self::Remove { store, .. }
            | Self::RemoveText { store, .. } => *store,
        }
    }

    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. } | Self::Remove { key, .. } | Self::RemoveText { key, .. } => key,
        }
    }

    /// Whether it needs room on the disk.
    pub fn is_put(&self) -> bool {
        matches!(self, Self::Put { .. })
    }

    /// The removal of the written value.
    pub fn reversed(self) -> Self {
        match self {
            Self::Put { store, key, .. } => Self::Remove { store, key },
            removal => removal,
        }
    }
}

/// The id with which a key ends: of an operation, or of an edited message.
pub fn id_in<T: FromStr>(key: &str) -> Option<T> {
    key.rsplit(' ').next()?.parse().ok()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// In one transaction: all of it is on disk, or nothing.
    Write(Vec<Write>),
    /// The values whose keys have this prefix, in the order of their keys.
    Read { store: Store, prefix: String },
    /// The keys with this prefix, in order, without their values.
    Keys { store: Store, prefix: String },
}

/// What an operation found: nothing for a write; each key with its value, which is empty for
/// [`Operation::Keys`].
pub type Found = Vec<(String, Value)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The browser stores nothing, as in some private windows, or the device is full.
    #[error("the browser stores nothing")]
    Unavailable,
    /// A newer build has changed the schema.
    #[error("the database has a newer schema")]
    Newer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_leads_to_the_present_stores() {
        for from in 0..VERSION {
            let before = MIGRATIONS[..from as usize].iter().flat_map(|step| step.iter().copied());
            let mut stores: Vec<_> =
                before.chain(migrations_from(from)).map(|Migration::Create(store)| store).collect();
            stores.sort_unstable();
            stores.dedup();
            assert_eq!(stores, Store::ALL, "from version {from}");
        }
        assert_eq!(migrations_from(VERSION).count(), 0);
    }

    /// Devices hold data under these names: a change needs a migration.
    #[test]
    fn the_schema_of_version_2_stays_as_it_is_on_devices() {
        assert_eq!(migrations_from(1).count(), Store::ALL.len(), "version 1 may be empty");
        let names: Vec<_> = MIGRATIONS[..2]
            .iter()
            .map(|step| {
                step.iter().map(|Migration::Create(store)| store.name()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(names, [vec!["outbox", "drafts"], vec!["outbox", "drafts", "visits"]]);
    }
}
