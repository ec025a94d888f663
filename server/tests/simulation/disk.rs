//! A disk in memory, on which the real SQLite reads and writes. Its faults and power cuts are
//! controlled by a test, and follow from a seed.
//!
//! Always true:
//! - What was synced survives a power cut. Of later writes, any part may survive.
//! - A failed sync may have written any part of the unsynced changes, and forgets them: a later
//!   sync that succeeds does not write them, as with a kernel that marks such pages clean.
//! - After the process or the power ends, a file that was opened before does nothing any more.

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

/// The frequency of each fault, in a million operations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    pub reads: u32,
    pub writes: u32,
    pub syncs: u32,
    /// No file can grow.
    pub is_full: bool,
}

/// How a server ends without being asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The process ends: written data stays.
    Kill,
    /// The machine loses power: unsynced data may be lost.
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
    rng: StdRng,
    faults: Faults,
    /// Counts the ends. A file that was opened before the last one is dead.
    boot: u64,
    /// Operations until the server ends in the middle of one.
    end_in: Option<u32>,
    is_down: bool,
    /// Operations until a thread is stalled.
    stall_in: Option<u32>,
    stalled: BTreeSet<u64>,
    newly_stalled: Option<u64>,
    next_stall: u64,
    handles: usize,
    trace: u64,
    operations: u64,
}

/// The operation that a SQLite thread is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    /// Releases the write lock: a commit is visible from here on.
    Unlock,
}

/// All disks, which SQLite finds by a file's name.
static DISKS: Mutex<Vec<Weak<Disk>>> = Mutex::new(Vec::new());
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

impl Disk {
    /// Makes a disk with this database, or an empty one.
    pub fn new(seed: u64, database: Option<&[u8]>) -> Arc<Self> {
        sqlite::register();
        let inside = Inside {
            files: Files::with_database(database),
            rng: StdRng::seed_from_u64(seed),
            faults: Faults::default(),
            boot: 0,
            end_in: None,
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

    /// The database's bytes, once it is closed.
    pub fn image(&self) -> Vec<u8> {
        self.lock().files.image()
    }

    pub fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// Ends the server in the middle of an operation, after this many more.
    pub fn end_after(&self, operations: u32) {
        self.lock().end_in = Some(operations);
    }

    /// Stalls the thread that does an operation, after this many more.
    pub fn stall_in(&self, operations: Option<u32>) {
        self.lock().stall_in = operations;
    }

    /// The thread that was stalled since the last call.
    pub fn take_stalled(&self) -> Option<u64> {
        self.lock().newly_stalled.take()
    }

    pub fn release(&self, stalled: u64) {
        self.lock().stalled.remove(&stalled);
        self.changed.notify_all();
    }

    /// What a starting server does first with the log of another: it writes it again, in its place.
    pub fn rewrite_log(&self) {
        let boot = self.lock().boot;
        for operation in [Operation::Write, Operation::Sync] {
            let Some(log) = self.lock().files.find(files::LOG) else { return };
            let Some(mut inside) = self.begin(boot, operation, log << 40) else { return };
            match operation {
                Operation::Write => inside.files.get(log).rewrite(),
                _ if inside.is_down => {}
                _ => inside.files.sync(log),
            }
        }
    }

    pub fn is_down(&self) -> bool {
        self.lock().is_down
    }

    /// From here on, no open file does anything.
    pub fn end(&self) {
        let mut inside = self.lock();
        inside.go_down();
        drop(inside);
        self.changed.notify_all();
    }

    /// Waits until every file is closed, then makes the disk usable again: as it was left, or as a
    /// power cut leaves it.
    pub fn restore(&self, end: End) {
        let mut inside = self.lock();
        while inside.handles > 0 {
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        let inside = &mut *inside;
        match end {
            End::Kill => inside.files.close_all(),
            End::PowerCut => inside.files.lose_power(&mut inside.rng),
        }
        (inside.end_in, inside.is_down) = (None, false);
        inside.faults = Faults::default();
    }

    /// A hash of all operations, and their number.
    pub fn trace(&self) -> (u64, u64) {
        let inside = self.lock();
        (inside.trace, inside.operations)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an operation on a file that was opened at `boot`; none if that file is dead.
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
        if let Some(left) = inside.end_in.filter(|_| changes_something) {
            inside.end_in = left.checked_sub(1);
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
        in_a_million > 0 && self.rng.random_range(0..1_000_000) < in_a_million
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
