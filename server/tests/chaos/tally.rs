//! Counts of what a run survived. Progress is waited for by these counts, never by time.

use std::{fmt, time::Duration};

use tokio::{sync::watch, time::timeout};

/// A count that does not move for this long means a failure.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Count {
    what: &'static str,
    count: watch::Sender<u64>,
}

impl Count {
    pub fn add(&self) {
        self.count.send_modify(|count| *count += 1);
    }

    pub fn get(&self) -> u64 {
        *self.count.borrow()
    }

    /// Waits until it has grown by this much.
    pub async fn grow(&self, by: u64) {
        let (mut count, goal) = (self.count.subscribe(), self.get() + by);
        let reached = timeout(PATIENCE, count.wait_for(|count| *count >= goal)).await;
        assert!(reached.is_ok(), "{} {}, expected {goal}", self.get(), self.what);
    }
}

macro_rules! tally {
    ($($name:ident: $words:literal,)*) => {
        pub struct Tally { $(pub $name: Count,)* }

        impl Default for Tally {
            fn default() -> Self {
                Self { $($name: Count { what: $words, count: watch::Sender::new(0) },)* }
            }
        }

        impl fmt::Display for Tally {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(writeln!(f, "{:>9} {}", self.$name.get(), self.$name.what)?;)*
                Ok(())
            }
        }
    };
}

tally! {
    acknowledged: "writes acknowledged",
    unanswered: "attempts without a response, which were repeated",
    refused: "attempts told to retry later",
    kills: "kills",
    stops: "times stopped and continued",
    full_disks: "full disks",
    clock_shifts: "clock shifts",
    cuts: "connections cut",
    half_closed: "connections half closed",
    delayed: "connections stalled, silenced or slowed down",
    mid_frame: "streams that ended in the middle of a frame",
    streams: "streams opened",
    given_up: "streams given up after silence, or before they opened",
    pages: "pages of history loaded",
    answers: "answers of an AI being",
    interrupted: "of them interrupted",
    comparisons: "comparisons of a replica with the ground truth",
}
