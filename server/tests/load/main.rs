//! Load: one space with thousands of listeners, and a thousand spaces of five. The program runs as
//! a process of its own, with the default limits of a machine; a listener is a socket and a few
//! counters.
//!
//! `make load` opens 5,000 and 1,000 times 5 streams against an optimised build; without it some
//! hundreds are opened. Resident memory is printed, and bounded.

mod crowd;
mod leaving;
mod listener;
mod process;
mod slowness;
mod tally;

use std::time::Duration;

/// An event that has not come by then never comes.
const PATIENCE: Duration = Duration::from_secs(180);

/// The variable that names the optimised program; it selects the full load.
const PROGRAM: &str = "RHIZOME_LOAD";

/// The numbers of listeners.
#[derive(Debug, Clone, Copy)]
struct Measure {
    in_large_space: usize,
    small_spaces: usize,
    in_each_small_space: usize,
    slow: usize,
}

impl Measure {
    fn asked_for() -> Self {
        if std::env::var_os(PROGRAM).is_some() {
            Self { in_large_space: 5_000, small_spaces: 1_000, in_each_small_space: 5, slow: 200 }
        } else {
            // More than the 1,024 descriptors of the default limit.
            Self { in_large_space: 800, small_spaces: 60, in_each_small_space: 5, slow: 40 }
        }
    }

    fn streams(self) -> usize {
        self.in_large_space + self.small_spaces * self.in_each_small_space
    }
}
