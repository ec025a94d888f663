//! Many at once: a hall with thousands of listeners, and a thousand rooms of five. The program runs
//! as a process of its own, with the limits that a stranger's machine gives it; who listens is a
//! socket and a few counters.
//!
//! `make load` opens 5,000 and 1,000 times 5 streams against an optimised build; without it some
//! hundreds are opened. Resident memory is printed as it is found, and bounded.

#[path = "../house/mod.rs"]
mod house;

mod crowd;
mod leaving;
mod listener;
mod process;
mod slowness;
mod tally;

use std::time::Duration;

/// What has not come by then never comes.
const PATIENCE: Duration = Duration::from_secs(180);

/// Names the optimised program, where the whole load is asked for.
const PROGRAM: &str = "RHIZOME_LOAD";

/// How many listen.
#[derive(Debug, Clone, Copy)]
struct Measure {
    in_the_hall: usize,
    rooms: usize,
    in_each_room: usize,
    slow: usize,
}

impl Measure {
    fn asked_for() -> Self {
        if std::env::var_os(PROGRAM).is_some() {
            Self { in_the_hall: 5_000, rooms: 1_000, in_each_room: 5, slow: 200 }
        } else {
            // More than the 1,024 descriptors that a process may have open unless it asks for more.
            Self { in_the_hall: 800, rooms: 60, in_each_room: 5, slow: 40 }
        }
    }

    fn streams(self) -> usize {
        self.in_the_hall + self.rooms * self.in_each_room
    }
}
