//! The files of a disk: their content, and the part of it that is durable.

use std::collections::BTreeMap;

use rand::{Rng, rngs::StdRng};

use super::{locks::Locks, memory::SharedMemory};

pub const DATABASE: &str = "rhizome.db";
pub const LOG: &str = "rhizome.db-wal";
/// The unit of a write that is on the disk as a whole, or not.
const SECTOR_BYTES: usize = 512;

#[derive(Default)]
pub struct Files {
    by_name: BTreeMap<String, u64>,
    by_number: BTreeMap<u64, File>,
    /// Deleted without syncing the folder: a power cut may bring them back.
    unsynced_deletions: BTreeMap<String, Vec<u8>>,
    next_number: u64,
}

#[derive(Default)]
pub struct File {
    written: Vec<u8>,
    durable: Vec<u8>,
    /// The changes since the last sync, in order.
    unsynced: Vec<Change>,
    is_durably_named: bool,
    pub locks: Locks,
    pub memory: SharedMemory,
}

enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Files {
    pub fn with_database(bytes: Option<&[u8]>) -> Self {
        let mut files = Self::default();
        if let Some(bytes) = bytes {
            files.put(DATABASE, bytes.to_vec());
        }
        files
    }

    pub fn image(&self) -> Vec<u8> {
        let file = self.find(DATABASE).and_then(|number| self.by_number.get(&number));
        file.map(|file| file.written.clone()).unwrap_or_default()
    }

    pub fn find(&self, name: &str) -> Option<u64> {
        self.by_name.get(name).copied()
    }

    /// Makes an empty file. Its name is durable with its first sync.
    pub fn create(&mut self, name: &str) -> u64 {
        let number = self.put(name, Vec::new());
        self.get(number).is_durably_named = false;
        number
    }

    pub fn get(&mut self, number: u64) -> &mut File {
        self.by_number.get_mut(&number).expect("a file stays while it is open")
    }

    pub fn len(&self, name: &str) -> Option<usize> {
        self.find(name)
            .and_then(|number| self.by_number.get(&number))
            .map(|file| file.written.len())
    }

    pub fn sync(&mut self, number: u64) {
        self.get(number).sync();
        let name = self.by_name.iter().find(|(_, named)| **named == number);
        if let Some((name, _)) = name {
            self.unsynced_deletions.remove(name);
        }
    }

    /// Returns whether the file existed.
    pub fn delete(&mut self, name: &str, syncs_folder: bool) -> bool {
        let Some(number) = self.by_name.remove(name) else { return false };
        let file = self.get(number);
        if !syncs_folder && file.is_durably_named {
            let durable = file.durable.clone();
            self.unsynced_deletions.insert(name.to_owned(), durable);
        } else if syncs_folder {
            self.unsynced_deletions.remove(name);
        }
        true
    }

    pub fn close_all(&mut self) {
        let named: Vec<u64> = self.by_name.values().copied().collect();
        self.by_number.retain(|number, _| named.contains(number));
        for file in self.by_number.values_mut() {
            (file.locks, file.memory) = (Locks::default(), SharedMemory::default());
        }
    }

    /// Keeps what is durable, and any part of the rest.
    pub fn lose_power(&mut self, rng: &mut StdRng) {
        let before = std::mem::take(self);
        self.next_number = before.next_number;
        for (name, number) in &before.by_name {
            let Some(file) = before.by_number.get(number) else { continue };
            if file.is_durably_named || rng.random() {
                self.put(name, file.after_power_cut(rng));
            }
        }
        for (name, bytes) in before.unsynced_deletions {
            if self.find(&name).is_none() && rng.random() {
                self.put(&name, bytes);
            }
        }
    }

    fn put(&mut self, name: &str, bytes: Vec<u8>) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        let file = File {
            durable: bytes.clone(),
            written: bytes,
            is_durably_named: true,
            ..File::default()
        };
        self.by_number.insert(number, file);
        self.by_name.insert(name.to_owned(), number);
        number
    }
}

impl File {
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Returns the number of bytes that were read.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> usize {
        let found = self.written.get(offset..).unwrap_or_default();
        let count = found.len().min(into.len());
        into[..count].copy_from_slice(&found[..count]);
        into[count..].fill(0);
        count
    }

    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        put_bytes(&mut self.written, offset, bytes);
        self.unsynced.push(Change::Write(offset, bytes.to_vec()));
    }

    /// Writes the whole content again, in its place.
    pub fn rewrite(&mut self) {
        self.write(0, &self.written.clone());
    }

    pub fn truncate(&mut self, len: usize) {
        self.written.resize(len, 0);
        self.unsynced.push(Change::Truncate(len));
    }

    /// Makes a random part of the unsynced changes durable, and forgets the rest.
    pub fn fail_sync(&mut self, rng: &mut StdRng) {
        for change in std::mem::take(&mut self.unsynced) {
            if rng.random() {
                change.apply(&mut self.durable);
            }
        }
    }

    fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
        self.is_durably_named = true;
    }

    fn after_power_cut(&self, rng: &mut StdRng) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.unsynced {
            match (rng.random_range(0..3), change) {
                (0, _) => {}
                (1, _) | (_, Change::Truncate(_)) => change.apply(&mut bytes),
                (_, Change::Write(offset, written)) => tear(&mut bytes, *offset, written, rng),
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, written) => put_bytes(bytes, *offset, written),
            Self::Truncate(len) => bytes.resize(*len, 0),
        }
    }
}

/// Writes some of the sectors.
fn tear(bytes: &mut Vec<u8>, offset: usize, written: &[u8], rng: &mut StdRng) {
    let mut at = 0;
    while at < written.len() {
        let to_the_next = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
        let end = written.len().min(at + to_the_next);
        if rng.random() {
            put_bytes(bytes, offset + at, &written[at..end]);
        }
        at = end;
    }
}

fn put_bytes(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    into[offset..end].copy_from_slice(bytes);
}
