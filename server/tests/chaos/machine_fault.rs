//! The faults of the machine, injected while the writers write.

use std::time::Duration;

use harness::SPACE;
use jiff::{SignedDuration, Timestamp};
use protocol::HistoryPage;
use rand::Rng;
use tokio::time::sleep;

use crate::{SPEED, scenario::Scenario};

/// Shorter than every timeout.
const SHORT_STOP: Duration = Duration::from_millis(300);
/// Longer than a client with a fast clock trusts a silent socket, which is a little more than 35 s.
const LONG_STOP: Duration = Duration::from_millis(45_000 / SPEED);
const DOWN_MAX_MILLIS: u64 = 300;
/// This many commands are refused before space is freed.
const REFUSED_MIN: u64 = 8;
/// The server reads a new time within this many writes.
const SHIFT_SEEN_AFTER_WRITES: usize = 100;
const CLOCK_MAY_DIFFER: SignedDuration = SignedDuration::from_secs(30);
const TEN_YEARS_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;
/// Less than the 180 days after which the sessions of the run expire.
const AHEAD_MAX_SECONDS: i64 = 170 * 24 * 60 * 60;

#[derive(Debug, Clone, Copy)]
pub enum MachineFault {
    Kill,
    /// Twice, the second time soon after the restart.
    KillTwice,
    ShortStop,
    LongStop,
    FullDisk,
    KillOnFullDisk,
    ClockShift,
    /// Every connection is cut at once, a few times.
    DropConnections,
}

impl MachineFault {
    pub const ALL: [Self; 8] = [
        Self::Kill,
        Self::KillTwice,
        Self::ShortStop,
        Self::LongStop,
        Self::FullDisk,
        Self::KillOnFullDisk,
        Self::ClockShift,
        Self::DropConnections,
    ];

    pub async fn inject(self, scenario: &mut Scenario) {
        let opened = *scenario.opened.borrow();
        match self {
            Self::Kill => scenario.kill_and_restart().await,
            Self::KillTwice => {
                scenario.kill_and_restart().await;
                scenario.tally.acknowledged.grow(scenario.rng.random_range(1..10)).await;
                scenario.kill_and_restart().await;
            }
            Self::ShortStop => scenario.stop_for(SHORT_STOP).await,
            Self::LongStop => {
                let given_up = scenario.tally.given_up.get();
                scenario.stop_for(LONG_STOP).await;
                assert!(scenario.tally.given_up.get() > given_up, "a dead socket was trusted");
            }
            Self::FullDisk => {
                scenario.fill_disk().await;
                scenario.machine.free_disk();
            }
            Self::KillOnFullDisk => {
                scenario.fill_disk().await;
                scenario.kill_and_restart().await;
                scenario.check_full_disk().await;
                scenario.machine.free_disk();
            }
            Self::ClockShift => scenario.shift_clock().await,
            Self::DropConnections => {
                for _ in 0..scenario.rng.random_range(2..6) {
                    scenario.machine.faulty_proxy.drop_connections();
                    scenario.tally.acknowledged.grow(scenario.rng.random_range(1..10)).await;
                }
            }
        }
        if !matches!(self, Self::Kill | Self::KillTwice | Self::KillOnFullDisk) {
            assert_eq!(*scenario.opened.borrow(), opened, "a working connection was given up");
        }
    }
}

impl Scenario {
    async fn kill_and_restart(&mut self) {
        self.machine.kill().await;
        sleep(Duration::from_millis(self.rng.random_range(0..DOWN_MAX_MILLIS))).await;
        self.machine.start().await;
    }

    async fn stop_for(&mut self, pause: Duration) {
        self.machine.stop().await;
        sleep(pause).await;
        self.machine.resume().await;
    }

    async fn fill_disk(&mut self) {
        self.machine.fill_disk();
        self.check_full_disk().await;
    }

    /// The space that the database has reserved is used up before commands are refused. Everything
    /// else keeps working.
    async fn check_full_disk(&self) {
        self.tally.refused.grow(REFUSED_MIN).await;
        let directly = self.machine.directly(&self.ada);
        let mut listener = directly.follow("@garden", None).await;
        listener.until_caught_up().await;
        for path in ["/api/spaces", "/api/session", "/api/spaces/@garden/intentions?limit=100"] {
            directly.get(path).await.json_of(200);
        }
    }

    /// Timestamps follow the clock, and nothing else changes.
    async fn shift_clock(&mut self) {
        for _ in 0..3 {
            let ahead = match self.rng.random_range(0..3) {
                0 => self.rng.random_range(-10..10),
                1 => self.rng.random_range(-TEN_YEARS_SECONDS..0),
                _ => self.rng.random_range(0..AHEAD_MAX_SECONDS),
            };
            self.machine.set_clock(ahead);
            self.check_clock().await;
        }
    }

    async fn check_clock(&self) {
        for _ in 0..SHIFT_SEEN_AFTER_WRITES {
            self.tally.acknowledged.grow(1).await;
            let newest =
                self.machine.directly(&self.ada).get(&format!("{SPACE}/intentions?limit=1"));
            let newest: HistoryPage = newest.await.of(200);
            let created_at = newest.intentions.last().map(|row| row.created_at.as_str().parse());
            let created_at: Timestamp = created_at.expect("a message").expect("a time");
            if created_at.duration_since(self.machine.clock.now()).abs() < CLOCK_MAY_DIFFER {
                return;
            }
        }
        panic!("the server does not take over the time {}", self.machine.clock.now());
    }
}
