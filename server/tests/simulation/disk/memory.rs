//! The memory that the connections to one database share: the index of its log, and the locks on
//! it.

use std::{
    cell::UnsafeCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const SLOTS: usize = 8;

/// Bytes that SQLite reads and writes as it likes, on any thread.
pub struct Region(Box<[UnsafeCell<u8>]>);

#[derive(Default)]
pub struct SharedMemory {
    regions: Vec<Arc<Region>>,
    users: BTreeSet<u64>,
    slots: [Slot; SLOTS],
}

#[derive(Default)]
struct Slot {
    shared: BTreeMap<u64, u32>,
    exclusive: Option<u64>,
}

#[expect(unsafe_code, reason = "SQLite keeps order in this memory by its own locks and barriers")]
unsafe impl Sync for Region {}

impl Region {
    pub fn start(&self) -> *mut u8 {
        self.0.as_ptr().cast_mut().cast()
    }
}

impl SharedMemory {
    /// A region, which is made if `extends` and absent.
    pub fn map(&mut self, by: u64, at: usize, bytes: usize, extends: bool) -> Option<Arc<Region>> {
        self.users.insert(by);
        while extends && self.regions.len() <= at {
            let region = std::iter::repeat_with(|| UnsafeCell::new(0)).take(bytes).collect();
            self.regions.push(Arc::new(Region(region)));
        }
        self.regions.get(at).cloned()
    }

    /// The last connection to leave frees the memory: the next begins with none.
    pub fn unmap(&mut self, by: u64) {
        for slot in &mut self.slots {
            slot.shared.remove(&by);
            slot.exclusive = slot.exclusive.filter(|holder| *holder != by);
        }
        self.users.remove(&by);
        if self.users.is_empty() {
            *self = Self::default();
        }
    }

    /// Returns whether all of the slots were granted.
    pub fn lock(&mut self, by: u64, slots: std::ops::Range<usize>, exclusively: bool) -> bool {
        let slots = &mut self.slots[slots];
        let is_free = |slot: &Slot| {
            let shared_by_others = slot.shared.keys().any(|holder| *holder != by);
            slot.exclusive.is_none_or(|holder| holder == by) && !(exclusively && shared_by_others)
        };
        if !slots.iter().all(is_free) {
            return false;
        }
        for slot in slots {
            if exclusively {
                slot.exclusive = Some(by);
            } else {
                *slot.shared.entry(by).or_default() += 1;
            }
        }
        true
    }

    pub fn unlock(&mut self, by: u64, slots: std::ops::Range<usize>, exclusively: bool) {
        for slot in &mut self.slots[slots] {
            if exclusively {
                slot.exclusive = slot.exclusive.filter(|holder| *holder != by);
            } else {
                slot.shared.remove(&by);
            }
        }
    }
}
