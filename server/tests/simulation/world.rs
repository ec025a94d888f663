//! One run: a server on its disk, the clients that follow it, and all the faults that can happen to
//! them. Everything in it follows from one number.

mod audit;
mod fixture;
mod in_doubt;
mod inboxes;
mod listeners;
mod outages;
mod quiescence;
mod searches;
mod talk;
mod writing;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use client::Millis;
use fixture::{PEOPLE, person};
use inboxes::Device;
use protocol::{BeingId, Cursor, SpaceId};
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::domain::{command::Command, token::TokenHash};

use crate::{
    clock::JumpyClock, disk::Disk, listener::Listener, model::Model, pipe::Pipe, process::Process,
    task::Task,
};

const LISTENERS: usize = 6;
/// The steps between two quiet points.
const STEPS: usize = 90;
const QUIET_POINTS: usize = 3;

pub struct World {
    rng: StdRng,
    disk: Arc<Disk>,
    clock: Arc<JumpyClock>,
    /// None while no server runs.
    process: Option<Process>,
    starts: u64,
    now: Millis,
    model: Model,
    listeners: Vec<Listener>,
    devices: Vec<Device>,
    next_number: u64,
    /// The server's tasks for streams and pages, in the order in which they began.
    tasks: BTreeMap<u64, Work>,
    /// Commands on their way to the server.
    queued: VecDeque<Queued>,
    /// Commands in the current transaction.
    in_flight: Vec<Queued>,
    invites: Vec<TokenHash>,
    /// The events so far.
    journal: Journal,
}

/// A task, and the stream that it serves, if any.
struct Work {
    task: Task,
    stream: Option<(SpaceId, BeingId, Pipe)>,
}

/// A command, and the listener that waits for its response, with its cursor.
struct Queued {
    command: Command,
    listener: Option<(u64, Option<Cursor>)>,
}

/// A hash of all events, and their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    hash: u64,
    /// Whether events are printed as they happen.
    is_printed: bool,
    pub counts: BTreeMap<&'static str, u64>,
}

impl Journal {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
        self.note(format_args!("{what}"));
    }

    fn note(&mut self, what: std::fmt::Arguments<'_>) {
        let line = what.to_string();
        if self.is_printed {
            println!("{line}");
        }
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (what, times) in &other.counts {
            *self.counts.entry(what).or_default() += times;
        }
    }
}

impl World {
    /// Runs a seed and returns the journal. Panics if an invariant is violated.
    pub fn run(seed: u64, is_printed: bool) -> Journal {
        let mut world = Self::new(seed);
        world.journal.is_printed = is_printed;
        for _ in 0..QUIET_POINTS {
            for _ in 0..STEPS {
                world.step();
            }
            world.quiesce();
        }
        world.stop();
        let (trace, operations) = world.disk.trace();
        world.journal.note(format_args!("the disk's trace is {trace:x}"));
        world.journal.counts.insert("disk operations", operations);
        std::mem::take(&mut world.journal)
    }

    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let (disk, clock) = (Disk::new(rng.random(), Some(fixture::image())), Arc::default());
        let mut world = Self {
            rng,
            disk,
            clock,
            process: None,
            starts: seed << 16,
            now: Millis(0),
            model: fixture::model(),
            listeners: vec![],
            devices: Device::all(),
            next_number: 0,
            tasks: BTreeMap::new(),
            queued: VecDeque::new(),
            in_flight: vec![],
            invites: vec![],
            journal: Journal::default(),
        };
        world.start();
        // From here on the epochs are known.
        world.audit();
        for _ in 0..LISTENERS {
            world.add_listener();
        }
        world
    }

    fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..38 => self.run_a_task(),
            38..50 => self.run_writer(),
            50..64 => self.issue_command(),
            64..79 => self.let_listener_read(),
            79..84 => self.let_devices_read(),
            84..86 => self.request_page(),
            86..89 => self.deliver_response(),
            89..91 => self.fault_connection(),
            91..95 => self.let_time_pass(),
            95..96 => self.jump_clock(),
            96..97 => self.issue_burst(),
            97..98 => self.change_disk_faults(),
            _ => self.fault_server(),
        }
    }

    fn let_time_pass(&mut self) {
        let millis = self.rng.random_range(1..4_000);
        self.pass_time(millis);
    }

    fn pass_time(&mut self, millis: u64) {
        self.now.0 += millis;
        self.clock.jump(millis as i64);
        if let Some(process) = &self.process {
            process.pass_time(millis);
        }
        self.timers_fire();
    }

    /// Jumps by milliseconds, by days, or by years, forward or back.
    fn jump_clock(&mut self) {
        const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
        let unit = [1, DAY_MILLIS, 365 * DAY_MILLIS][self.rng.random_range(0..3)];
        self.clock.jump(unit * self.rng.random_range(-20..20));
        self.journal.count("jumps of the clock");
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.rng.random_ratio(1, count)
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

impl Drop for World {
    /// Also when a check has failed.
    fn drop(&mut self) {
        let tasks = std::mem::take(&mut self.tasks);
        if let Some(process) = self.process.take() {
            process.end(tasks.into_values().map(|work| work.task));
        }
    }
}
