//! A disk in memory, on which the real SQLite reads and writes. Its faults, and its power, are in a
//! test's hands, and follow from a seed.
//!
//! Always true:
//! - What was synced survives a power cut. Of what was written since, any part may.
//! - A sync that fails leaves it open what of the unsynced is on the disk, and forgets it: a later
//!   sync that succeeds does not bring it there, as with a kernel that takes such pages for clean.
//! - After an end of the power or of the process, what was opened before does nothing any more.

mod files;
mod locks;
mod memory;
mod sqlite;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::task::AtomicWaker;
use rand::{Rng, SeedableRng, rngs::StdRng};

use files::Files;

const ROOT: &str = "/simulated/";

/// How often what fails, in operations of a million.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    pub reads: u32,
    pub writes: u32,
    pub syncs: u32,
    /// Nothing grows any more.
    pub is_full: bool,
}

/// How a server comes to its end without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The process: what was written stays.
    Kill,
    /// The machine: what was not synced may be gone.
    PowerCut,
}

pub struct Disk {
    number: u64,
    inside: Mutex<Inside>,
    changed: Condvar,
    /// Woken when a thread stalls, and when the power fails.
    pub watcher: AtomicWaker,
}

struct Inside {
    files: Files,
    dice: StdRng,
    faults: Faults,
    /// Counts the ends: what was opened before the last one is dead.
    boot: u64,
    /// Operations until the server ends in the middle of one.
    fuse: Option<u32>,
    is_down: bool,
    /// Operations until a thread is held up.
    stall_in: Option<u32>,
    stalled: BTreeSet<u64>,
    newly_stalled: Option<u64>,
    next_stall: u64,
    handles: usize,
    trace: u64,
    operations: u64,
}

/// What a thread of SQLite is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    /// Gives the right to write back: what was committed is seen from here on.
    Unlock,
}

/// Every disk there is, for SQLite to find by a file's name.
static DISKS: Mutex<Vec<Weak<Disk>>> = Mutex::new(Vec::new());
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

impl Disk {
    /// A disk on which there is a database already, or none.
    pub fn new(seed: u64, database: Option<&[u8]>) -> Arc<Self> {
        sqlite::register();
        let inside = Inside {
            files: Files::with_database(database),
            dice: StdRng::seed_from_u64(seed),
            faults: Faults::default(),
            boot: 0,
            fuse: None,
            is_down: false,
            stall_in: None,
            stalled: BTreeSet::new(),
            newly_stalled: None,
            next_stall: 0,
            handles: 0,
            trace: 0xcbf2_9ce4_8422_2325,
            operations: 0,
        };
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let (inside, changed) = (Mutex::new(inside), Condvar::new());
        let disk = Arc::new(Self { number, inside, changed, watcher: AtomicWaker::new() });
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.retain(|disk| disk.strong_count() > 0);
        disks.push(Arc::downgrade(&disk));
        disk
    }

    pub fn database(&self) -> PathBuf {
        PathBuf::from(format!("{ROOT}{}/{}", self.number, files::DATABASE))
    }

    /// The database's bytes, once nobody has it open.
    pub fn image(&self) -> Vec<u8> {
        self.lock().files.image()
    }

    pub fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// The server ends in the middle of one of its next operations, if it comes so far.
    pub fn light_fuse(&self, operations: u32) {
        self.lock().fuse = Some(operations);
    }

    /// Holds up the thread that comes to one of the next operations, if any does.
    pub fn stall_in(&self, operations: Option<u32>) {
        self.lock().stall_in = operations;
    }

    /// The thread that was held up since this was last asked.
    pub fn take_stalled(&self) -> Option<u64> {
        self.lock().newly_stalled.take()
    }

    pub fn release(&self, stalled: u64) {
        self.lock().stalled.remove(&stalled);
        self.changed.notify_all();
    }

    /// What a server does first of all, with the log that another has left: it writes it in its place
    /// once more.
    pub fn write_log_anew(&self) {
        let boot = self.lock().boot;
        for operation in [Operation::Write, Operation::Sync] {
            let Some(log) = self.lock().files.find(files::LOG) else { return };
            let Some(mut inside) = self.begin(boot, operation, log << 40) else { return };
            match operation {
                Operation::Write => inside.files.get(log).write_anew(),
                _ if inside.is_down => {}
                _ => inside.files.sync(log),
            }
        }
    }

    pub fn is_down(&self) -> bool {
        self.lock().is_down
    }

    /// From here on nothing that is open does anything.
    pub fn end(&self) {
        let mut inside = self.lock();
        inside.go_down();
        drop(inside);
        self.changed.notify_all();
    }

    /// Waits until whatever was open is closed, and is a disk again: as it was left, or as a power
    /// cut leaves it.
    pub fn come_back(&self, end: End) {
        let mut inside = self.lock();
        while inside.handles > 0 {
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        let inside = &mut *inside;
        match end {
            End::Kill => inside.files.forget_who_had_them_open(),
            End::PowerCut => inside.files.lose_power(&mut inside.dice),
        }
        (inside.fuse, inside.is_down) = (None, false);
        inside.faults = Faults::default();
    }

    /// A hash of all that was done, and how much that was.
    pub fn trace(&self) -> (u64, u64) {
        let inside = self.lock();
        (inside.trace, inside.operations)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an operation of what was opened at `boot`. None where it is dead.
    fn begin(&self, boot: u64, operation: Operation, place: u64) -> Option<MutexGuard<'_, Inside>> {
        let mut inside = self.lock();
        if !inside.is_alive(boot) {
            return None;
        }
        inside.note(operation, place);
        if let Some(left) = inside.stall_in {
            inside.stall_in = left.checked_sub(1);
            if left == 0 {
                inside = self.stall(inside);
            }
        }
        if !inside.is_alive(boot) {
            return None;
        }
        let changes_something = !matches!(operation, Operation::Read | Operation::Unlock);
        if let Some(left) = inside.fuse.filter(|_| changes_something) {
            inside.fuse = left.checked_sub(1);
            if left == 0 {
                inside.go_down();
                self.watcher.wake();
            }
        }
        Some(inside)
    }

    fn stall<'a>(&'a self, mut inside: MutexGuard<'a, Inside>) -> MutexGuard<'a, Inside> {
        let ticket = inside.next_stall;
        inside.next_stall += 1;
        inside.stalled.insert(ticket);
        inside.newly_stalled = Some(ticket);
        self.watcher.wake();
        while inside.stalled.contains(&ticket) {
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        inside
    }
}

impl Inside {
    fn is_alive(&self, boot: u64) -> bool {
        boot == self.boot && !self.is_down
    }

    fn go_down(&mut self) {
        self.is_down = true;
        self.boot += 1;
        self.stalled.clear();
        self.newly_stalled = None;
        self.stall_in = None;
    }

    fn fails(&mut self, in_a_million: u32) -> bool {
        in_a_million > 0 && self.dice.random_range(0..1_000_000) < in_a_million
    }

    fn note(&mut self, operation: Operation, place: u64) {
        self.operations += 1;
        for word in [operation as u64, place] {
            self.trace = (self.trace ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

fn find(number: u64) -> Option<Arc<Disk>> {
    let disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    disks.iter().filter_map(Weak::upgrade).find(|disk| disk.number == number)
}
