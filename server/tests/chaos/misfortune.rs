//! What happens to the machine while everybody talks.

use std::time::Duration;

use app::protocol::HistoryPage;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use tokio::time::sleep;

use crate::{SPEED, house::GARDEN, town::Town};

/// Short enough for everybody to wait it out.
const SHORT_STOP: Duration = Duration::from_millis(300);
/// Longer than those of quick time trust a silent socket: 35 s, and some.
const LONG_STOP: Duration = Duration::from_millis(45_000 / SPEED);
const DEAD_MAX_MILLIS: u64 = 300;
/// So many commands are refused before there is room again.
const REFUSED_MIN: u64 = 8;
/// A clock that was set is noticed by then.
const SHIFT_SEEN_AFTER_WRITES: usize = 100;
const CLOCK_MAY_DIFFER: SignedDuration = SignedDuration::from_secs(30);
const TEN_YEARS_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;
/// Before the sessions end that began with the town: 180 days.
const AHEAD_MAX_SECONDS: i64 = 170 * 24 * 60 * 60;

#[derive(Debug, Clone, Copy)]
pub enum Misfortune {
    Kill,
    /// Again as soon as it is back.
    KillTwice,
    ShortStop,
    LongStop,
    FullDisk,
    KillOnFullDisk,
    ClockShift,
    /// Every connection is cut at once, a few times.
    Severed,
}

impl Misfortune {
    pub const ALL: [Self; 8] = [
        Self::Kill,
        Self::KillTwice,
        Self::ShortStop,
        Self::LongStop,
        Self::FullDisk,
        Self::KillOnFullDisk,
        Self::ClockShift,
        Self::Severed,
    ];

    pub async fn befall(self, town: &mut Town) {
        let opened = *town.opened.borrow();
        match self {
            Self::Kill => town.dies_and_comes_back().await,
            Self::KillTwice => {
                town.dies_and_comes_back().await;
                town.tally.acknowledged.grow(town.dice.random_range(1..10)).await;
                town.dies_and_comes_back().await;
            }
            Self::ShortStop => town.stands_still(SHORT_STOP).await,
            Self::LongStop => {
                let given_up = town.tally.given_up.get();
                town.stands_still(LONG_STOP).await;
                assert!(town.tally.given_up.get() > given_up, "a dead socket is trusted");
            }
            Self::FullDisk => {
                town.runs_out_of_room().await;
                town.machine.make_room();
            }
            Self::KillOnFullDisk => {
                town.runs_out_of_room().await;
                town.dies_and_comes_back().await;
                town.goes_on_without_room().await;
                town.machine.make_room();
            }
            Self::ClockShift => town.loses_track_of_time().await,
            Self::Severed => {
                for _ in 0..town.dice.random_range(2..6) {
                    town.machine.bad_line.sever();
                    town.tally.acknowledged.grow(town.dice.random_range(1..10)).await;
                }
            }
        }
        if !matches!(self, Self::Kill | Self::KillTwice | Self::KillOnFullDisk) {
            assert_eq!(*town.opened.borrow(), opened, "a good line was given up");
        }
    }
}

impl Town {
    async fn dies_and_comes_back(&mut self) {
        self.machine.kill().await;
        sleep(Duration::from_millis(self.dice.random_range(0..DEAD_MAX_MILLIS))).await;
        self.machine.start().await;
    }

    async fn stands_still(&mut self, how_long: Duration) {
        self.machine.stop().await;
        sleep(how_long).await;
        self.machine.go_on().await;
    }

    async fn runs_out_of_room(&mut self) {
        self.machine.fill_disk();
        self.goes_on_without_room().await;
    }

    /// What the database has set aside is used up before commands are refused. Everything else goes
    /// on.
    async fn goes_on_without_room(&self) {
        self.tally.refused.grow(REFUSED_MIN).await;
        let beside = self.machine.beside(&self.ada);
        let mut listener = beside.follow("@garden", None).await;
        listener.until_caught_up().await;
        for path in ["/api/spaces", "/api/session", "/api/spaces/@garden/intentions?limit=100"] {
            beside.get(path).await.json_of(200);
        }
    }

    /// What it says of time is what its clock says; all else is as it was.
    async fn loses_track_of_time(&mut self) {
        for _ in 0..3 {
            let ahead = match self.dice.random_range(0..3) {
                0 => self.dice.random_range(-10..10),
                1 => self.dice.random_range(-TEN_YEARS_SECONDS..0),
                _ => self.dice.random_range(0..AHEAD_MAX_SECONDS),
            };
            self.machine.set_clock(ahead);
            self.says_what_time_it_is().await;
        }
    }

    async fn says_what_time_it_is(&self) {
        for _ in 0..SHIFT_SEEN_AFTER_WRITES {
            self.tally.acknowledged.grow(1).await;
            let newest =
                self.machine.beside(&self.ada).get(&format!("{GARDEN}/intentions?limit=1"));
            let newest: HistoryPage = newest.await.of(200);
            let said_at = newest.intentions.last().map(|row| row.created_at.as_str().parse());
            let said_at: Timestamp = said_at.expect("something was said").expect("a time");
            if said_at.duration_since(self.machine.clock.now()).abs() < CLOCK_MAY_DIFFER {
                return;
            }
        }
        panic!("the server does not know that the time is {}", self.machine.clock.now());
    }
}
