//! One run: a server on its disk, those who follow it, and all that can happen to them. Everything
//! in it follows from one number.

mod audit;
mod doubt;
mod garden;
mod listeners;
mod outages;
mod quiet;
mod talk;
mod writing;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use app::{
    protocol::{BeingId, Cursor, SpaceId},
    replica::Millis,
};
use garden::{PEOPLE, person};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    clock::JumpyClock, command::Command, disk::Disk, listener::Listener, model::Model, pipe::Pipe,
    process::Process, task::Task,
};

const LISTENERS: usize = 6;
/// From one quiet point to the next.
const STEPS: usize = 90;
const QUIET_POINTS: usize = 3;

pub struct World {
    dice: StdRng,
    disk: Arc<Disk>,
    clock: Arc<JumpyClock>,
    /// None while there is no server.
    process: Option<Process>,
    starts: u64,
    now: Millis,
    model: Model,
    listeners: Vec<Listener>,
    next_number: u64,
    /// What the server does for streams and pages, by the order in which it began.
    tasks: BTreeMap<u64, Work>,
    /// On the way to the server.
    waiting: VecDeque<Asked>,
    /// In the writer's hands.
    underway: Vec<Asked>,
    invites: Vec<String>,
    /// What happened so far, in short.
    journal: Journal,
}

/// A task, and the stream that it serves, if it serves one.
struct Work {
    task: Task,
    stream: Option<(SpaceId, BeingId, Pipe)>,
}

/// A command, and who waits for its answer: a listener, and where that was in the log.
struct Asked {
    command: Command,
    by: Option<(u64, Option<Cursor>)>,
}

/// A hash of all that was seen, and how often what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    hash: u64,
    /// Whether it is printed as it grows.
    is_told: bool,
    pub counts: BTreeMap<&'static str, u64>,
}

impl Journal {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
        self.note(format_args!("{what}"));
    }

    fn note(&mut self, what: std::fmt::Arguments<'_>) {
        let line = what.to_string();
        if self.is_told {
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
    /// Runs a seed, and says what there was to see. Panics where something is not as it should be.
    pub fn run(seed: u64, is_told: bool) -> Journal {
        let mut world = Self::new(seed);
        world.journal.is_told = is_told;
        for _ in 0..QUIET_POINTS {
            for _ in 0..STEPS {
                world.step();
            }
            world.come_to_rest();
        }
        world.stop();
        let (trace, operations) = world.disk.trace();
        world.journal.note(format_args!("the disk's trace is {trace:x}"));
        world.journal.counts.insert("disk operations", operations);
        std::mem::take(&mut world.journal)
    }

    fn new(seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let (disk, clock) = (Disk::new(dice.random(), Some(garden::image())), Arc::default());
        let mut world = Self {
            dice,
            disk,
            clock,
            process: None,
            starts: seed << 16,
            now: Millis(0),
            model: garden::model(),
            listeners: vec![],
            next_number: 0,
            tasks: BTreeMap::new(),
            waiting: VecDeque::new(),
            underway: vec![],
            invites: vec![],
            journal: Journal::default(),
        };
        world.start();
        // From here on the names of the histories are known.
        world.audit();
        for _ in 0..LISTENERS {
            world.listener_comes();
        }
        world
    }

    fn step(&mut self) {
        match self.dice.random_range(0..100) {
            0..38 => self.task_goes_on(),
            38..50 => self.writer_goes_on(),
            50..64 => self.somebody_asks(),
            64..84 => self.listener_reads(),
            84..86 => self.page_is_asked_for(),
            86..89 => self.answer_arrives(),
            89..91 => self.connection_suffers(),
            91..95 => self.time_passes(),
            95..96 => self.clock_jumps(),
            96..97 => self.burst_happens(),
            97..98 => self.disk_suffers(),
            _ => self.server_suffers(),
        }
    }

    fn time_passes(&mut self) {
        let millis = self.dice.random_range(1..4_000);
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

    /// By milliseconds, by days, or by years, and back again or not.
    fn clock_jumps(&mut self) {
        const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
        let unit = [1, DAY_MILLIS, 365 * DAY_MILLIS][self.dice.random_range(0..3)];
        self.clock.jump(unit * self.dice.random_range(-20..20));
        self.journal.count("jumps of the clock");
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.dice.random_ratio(1, count)
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

impl Drop for World {
    /// Also in the middle of a failure.
    fn drop(&mut self) {
        let tasks = std::mem::take(&mut self.tasks);
        if let Some(process) = self.process.take() {
            process.end(tasks.into_values().map(|work| work.task));
        }
    }
}
