//! A device's IndexedDB: transactions that happen whole or not at all, in the order of their
//! creation where they share a store; a quota; a schema with a version.

use std::collections::BTreeMap;

use client::{
    StorageCall,
    storage::{
        Found, MIGRATIONS, Migration, Operation, StorageError, Store, VERSION, Value, Write,
        migrations_from,
    },
};

type Stores = BTreeMap<Store, BTreeMap<String, Value>>;

pub struct Transaction {
    pub tab: usize,
    pub call: StorageCall,
    /// Its tab died first.
    pub is_doomed: bool,
    /// The browser threw the database away first, and says so.
    pub is_aborted: bool,
}

pub struct Disk {
    stores: Stores,
    version: u32,
    pub is_full: bool,
    pub pending: BTreeMap<u64, Transaction>,
    /// When the last transaction on each store ends.
    busy_until: BTreeMap<Store, u64>,
    /// The content at the time when a newer build changed the schema: this build must not touch it.
    sealed: Option<Stores>,
}

impl Disk {
    pub fn new(version: u32) -> Self {
        let mut disk = Self {
            stores: Stores::new(),
            version: 0,
            is_full: false,
            pending: BTreeMap::new(),
            busy_until: BTreeMap::new(),
            sealed: None,
        };
        for Migration::Create(store) in MIGRATIONS[..version as usize].iter().copied().flatten() {
            disk.stores.insert(*store, BTreeMap::new());
        }
        disk.version = version;
        disk
    }

    /// The time at which a transaction that takes until `ready` can end.
    pub fn place(&mut self, operation: &Operation, ready: u64) -> u64 {
        let stores: Vec<Store> = match operation {
            Operation::Write(writes) => writes.iter().map(Write::store).collect(),
            Operation::Read { store, .. } | Operation::Keys { store, .. } => vec![*store],
        };
        let busy = stores.iter().filter_map(|store| self.busy_until.get(store)).max();
        let at = ready.max(busy.copied().unwrap_or(0));
        stores.into_iter().for_each(|store| {
            self.busy_until.insert(store, at);
        });
        at
    }

    pub fn run(&mut self, operation: &Operation) -> Result<Found, StorageError> {
        if self.version > VERSION {
            return Err(StorageError::Newer);
        }
        let steps: Vec<_> = migrations_from(self.version).collect();
        for Migration::Create(store) in steps {
            self.stores.entry(store).or_default();
        }
        self.version = VERSION;
        match operation {
            Operation::Write(writes) => {
                if self.is_full && writes.iter().any(|write| matches!(write, Write::Put { .. })) {
                    return Err(StorageError::Unavailable);
                }
                for write in writes.iter().cloned() {
                    match write {
                        Write::Put { store, key, value } => {
                            drop(self.stores.entry(store).or_default().insert(key, value));
                        }
                        Write::Remove { store, key } => {
                            drop(self.stores.entry(store).or_default().remove(&key));
                        }
                        Write::RemoveText { store, key, texts } => {
                            let rows = self.stores.entry(store).or_default();
                            rows.retain(|of, value| *of != key || !is_one_of(value, &texts));
                        }
                    }
                }
                Ok(Found::new())
            }
            Operation::Read { store, prefix } => Ok(self.found(*store, prefix)),
            Operation::Keys { store, prefix } => {
                let keys = self.found(*store, prefix).into_iter().map(|(key, _)| key);
                Ok(keys.map(|key| (key, Value::Text(String::new()))).collect())
            }
        }
    }

    /// The values under the keys with this prefix, whatever the version.
    pub fn found(&self, store: Store, prefix: &str) -> Found {
        let rows = self.stores.get(&store).into_iter().flatten();
        let rows = rows.filter(|(key, _)| key.starts_with(prefix));
        rows.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    pub fn drafts_removed_by(&self, operation: &Operation) -> Vec<String> {
        let Operation::Write(writes) = operation else { return vec![] };
        let removed = writes.iter().flat_map(|write| match write {
            Write::RemoveText { store: Store::Drafts, key, texts } => {
                let mut found = self.found(Store::Drafts, key);
                found.retain(|(of, value)| of == key && is_one_of(value, texts));
                found
            }
            _ => vec![],
        });
        removed.filter_map(|(_, value)| value.into_text()).collect()
    }

    pub fn evict(&mut self) {
        self.stores.clear();
        self.version = 0;
        self.sealed = None;
        self.pending.values_mut().for_each(|at| at.is_aborted = true);
    }

    pub fn upgrade(&mut self) {
        self.version = VERSION + 1;
        self.sealed = Some(self.stores.clone());
    }

    pub fn is_newer(&self) -> bool {
        self.version > VERSION
    }

    pub fn is_untouched(&self) -> bool {
        self.sealed.as_ref().is_none_or(|sealed| *sealed == self.stores)
    }

    /// Deletes the rows that `device.js` deletes at a sign-out.
    pub fn forget(&mut self, author: &str) {
        for stores in [Some(&mut self.stores), self.sealed.as_mut()].into_iter().flatten() {
            let prefix = format!("{author} ");
            for (store, rows) in stores {
                rows.retain(|key, _| *store != Store::Snapshots && !key.starts_with(&prefix));
            }
        }
    }

    /// Deletes all snapshots, as `device.js` does on the sign-in page.
    pub fn forget_visits(&mut self) {
        for stores in [Some(&mut self.stores), self.sealed.as_mut()].into_iter().flatten() {
            stores.entry(Store::Snapshots).and_modify(BTreeMap::clear);
        }
    }
}

fn is_one_of(value: &Value, texts: &[String]) -> bool {
    texts.iter().any(|text| *value == Value::Text(text.clone()))
}
