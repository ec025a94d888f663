//! The server, the devices, and everything that is under way between them, in one queue by time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use client::{Call, Input, Lifecycle};
use protocol::{BeingId, Cursor, SpaceId};

use crate::{
    dice::Dice,
    disk::Disk,
    drafts::Drafts,
    journal::Journal,
    locks::Locks,
    record::Record,
    server::Server,
    tab::{About, Tab},
};

pub struct Device {
    pub disk: Disk,
    pub locks: Locks,
    pub has_locks: bool,
    pub has_channels: bool,
    /// The person who is signed in.
    pub session: Option<BeingId>,
    pub line: Line,
    pub is_offline: bool,
    /// The clock, which may be set back, is this far behind.
    pub clock_lag: u64,
}

/// The state of a device's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Good,
    /// Requests are lost before or after the server acts, streams are cut or fall silent.
    Bad,
    Unreachable,
    /// The server is there and wants to be left alone.
    Busy,
    /// Something in front of the server wants a sign-in of its own.
    Gate,
}

/// A stream as the server and the network see it.
pub struct Stream {
    pub tab: usize,
    /// `None` for that of an inbox.
    pub space: Option<SpaceId>,
    pub since: Option<Cursor>,
    pub is_open: bool,
    /// Nothing arrives any more, and nobody says so.
    pub is_silent: bool,
    /// When the last frame arrives.
    pub last_at: u64,
    pub last_id: String,
}

pub enum Task {
    Act,
    Hear {
        tab: usize,
        about: About,
        input: Box<Input>,
    },
    /// A request arrives at the server. Its tab may have given it up.
    Request {
        tab: usize,
        call: Box<Call>,
        is_given_up: bool,
    },
    Connect(u64),
    Heartbeat(u64),
    Commit {
        device: usize,
        number: u64,
    },
    Unlock {
        device: usize,
        number: u64,
    },
}

impl Task {
    pub fn hear(tab: usize, about: About, input: Input) -> Self {
        Self::Hear { tab, about, input: Box::new(input) }
    }
}

pub struct World {
    pub dice: Dice,
    pub now: u64,
    queue: BTreeMap<(u64, u64), Task>,
    numbers: u64,
    pub server: Server,
    pub devices: Vec<Device>,
    pub tabs: Vec<Tab>,
    pub streams: BTreeMap<u64, Stream>,
    /// When the last text from one tab to another arrives.
    pub posted: BTreeMap<(usize, usize), u64>,
    pub record: Record,
    pub drafts: Drafts,
    /// The texts of edits whose messages are gone.
    pub returned: BTreeSet<String>,
    pub journal: Journal,
    /// No new faults.
    pub is_quiet: bool,
    pub acts_left: usize,
}

const START_MILLIS: u64 = 1_764_000_000_000;

impl World {
    pub fn new(seed: u64, is_loud: bool) -> Self {
        let mut dice = Dice::new(seed);
        let beings: Vec<BeingId> =
            ["@ada", "@bo", "@sage"].iter().map(|id| id.parse().expect("an id")).collect();
        let spaces = 1 + dice.below(6);
        let device = |dice: &mut Dice| Device {
            disk: Disk::new(dice.below(3) as u32),
            locks: Locks::default(),
            has_locks: dice.percent(85),
            has_channels: dice.percent(92),
            session: Some(beings[dice.below(2)].clone()),
            line: Line::Good,
            is_offline: false,
            clock_lag: 0,
        };
        let devices = (0..1 + dice.below(3)).map(|_| device(&mut dice)).collect();
        Self {
            server: Server::new(spaces, &beings),
            devices,
            now: 0,
            queue: BTreeMap::new(),
            numbers: 0,
            tabs: Vec::new(),
            streams: BTreeMap::new(),
            posted: BTreeMap::new(),
            record: Record::new(),
            drafts: Drafts::new(),
            returned: BTreeSet::new(),
            journal: Journal { is_loud, ..Journal::default() },
            is_quiet: false,
            acts_left: 40 + dice.below(120),
            dice,
        }
    }

    pub fn run(seed: u64, is_loud: bool) -> Journal {
        let mut world = Self::new(seed, is_loud);
        world.play();
        world.journal
    }

    pub fn play(&mut self) {
        self.schedule(0, Task::Act);
        while self.acts_left > 0 {
            self.step();
        }
        self.come_to_rest();
    }

    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub fn schedule(&mut self, at: u64, task: Task) {
        let order = self.number();
        self.queue.insert((at.max(self.now), order), task);
    }

    pub fn run_until(&mut self, end: u64) {
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= end) {
            self.step();
        }
        self.now = end;
    }

    fn step(&mut self) {
        let Some(((at, _), task)) = self.queue.pop_first() else { return };
        self.now = at;
        match task {
            Task::Act => self.act(),
            Task::Hear { tab, about, input } => self.hear(tab, about, *input),
            Task::Request { tab, call, is_given_up } => self.answer(tab, *call, is_given_up),
            Task::Connect(number) => self.connect(number),
            Task::Heartbeat(number) => self.beat(number),
            Task::Commit { device, number } => self.commit(device, number),
            Task::Unlock { device, number } => {
                let signals = self.devices[device].locks.release(number);
                self.signal_locks(signals);
            }
        }
    }

    /// A random delay; most are short.
    pub fn delay(&mut self) -> u64 {
        match self.dice.below(if self.is_quiet { 16 } else { 20 }) {
            0..=13 => self.dice.between(0, 20),
            14..=17 => self.dice.between(5, 200),
            _ => self.dice.between(200, 3_000),
        }
    }

    pub fn clock(&self, device: usize) -> u64 {
        START_MILLIS + self.now - self.devices[device].clock_lag.min(self.now + START_MILLIS)
    }

    pub fn hear(&mut self, tab: usize, about: About, input: Input) {
        let held = &mut self.tabs[tab];
        if !held.is_alive || !held.hears(about) {
            return;
        }
        if held.is_frozen {
            return held.held.push((about, input));
        }
        self.give(tab, input);
    }

    /// The tab takes an input, and what follows from it at once.
    pub fn give(&mut self, tab: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let clock = client::Millis(self.clock(self.tabs[tab].device));
            self.journal.say(|| format!("{} tab {tab} < {}", self.now, short(&input)));
            self.note_pause(tab, &input);
            if let Input::Command(command) = &input {
                self.note_typed(tab, command);
            }
            let is_leaving = matches!(input, Input::Lifecycle(Lifecycle::Hidden | Lifecycle::Gone));
            let dice = &mut self.dice;
            let effects = self.tabs[tab].client.handle(input, clock, &mut || dice.bits());
            for effect in effects {
                self.execute(tab, effect, &mut inputs);
            }
            self.check_draft(tab, is_leaving);
        }
        self.check_streams(self.tabs[tab].device);
    }

    /// A browser's tabs that run hold at most four streams, of which one is the inbox's; without Web Locks, only what is visible.
    fn check_streams(&self, device: usize) {
        let with_stream = self.tabs.iter().filter(|tab| tab.device == device && tab.is_running());
        let with_stream = with_stream.filter(|tab| tab.stream.is_some());
        let is_alone = !self.devices[device].has_locks || !self.devices[device].has_channels;
        if is_alone {
            for tab in with_stream {
                assert!(tab.is_visible, "a hidden tab without Web Locks holds a stream");
            }
            for tab in self.tabs.iter().filter(|tab| tab.device == device && tab.is_running()) {
                let may = tab.is_visible || tab.inbox_stream.is_none();
                assert!(may, "a hidden tab without Web Locks follows the inbox");
            }
            return;
        }
        // One that was robbed of its place hears of it in a moment.
        let holds_place = |tab: &&Tab| {
            let mut places =
                tab.locks.iter().filter(|(lock, _)| matches!(lock, client::Lock::Stream(_)));
            places.any(|(_, number)| self.devices[device].locks.holds(*number))
        };
        let streams = self.tabs.iter().filter(|tab| tab.device == device && tab.is_running());
        let robbed = streams.filter(|tab| tab.stream.is_some() && !holds_place(tab)).count();
        let all = with_stream.count();
        assert!(all - robbed <= 3, "{all} streams of spaces in one browser");
        let holds_inbox = |tab: &&Tab| {
            let number = tab.locks.get(&client::Lock::Inbox);
            number.is_some_and(|number| self.devices[device].locks.holds(*number))
        };
        // Each being has one; a page of somebody who has signed out may still be open.
        let mut beings: Vec<_> = self
            .tabs
            .iter()
            .filter(|tab| tab.device == device && tab.is_running() && tab.inbox_stream.is_some())
            .filter(holds_inbox)
            .map(|tab| tab.client.me().id.clone())
            .collect();
        let all = beings.len();
        beings.sort_unstable();
        beings.dedup();
        assert_eq!(all, beings.len(), "two streams of one inbox in one browser");
    }
}

pub fn short(what: &impl std::fmt::Debug) -> String {
    let text = format!("{what:?}");
    text.chars().take(260).collect()
}
