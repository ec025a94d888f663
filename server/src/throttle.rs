//! How often somebody may guess. A pure machine; the time comes in as an argument.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use app::protocol::BeingId;

use crate::{clock::Moment, refusal::Refusal};

/// So many wrong passwords for one handle, and it has to wait for the window to pass.
pub const GUESSES_MAX: u32 = 10;
pub const WINDOW_SECONDS: i64 = 60;
/// Handles that somebody has guessed for and that are remembered at a time.
const HANDLES_MAX: usize = 10_000;

#[derive(Default)]
pub struct Throttle(Mutex<HashMap<BeingId, Window>>);

struct Window {
    began: Moment,
    guesses: u32,
}

impl Window {
    fn seconds_left(&self, now: Moment) -> i64 {
        let passed = (now.0 - self.began.0) / 1000;
        // Guesses at the same moment may come in any order. But where the clock was set back, nobody
        // waits until it is there again.
        if passed < -WINDOW_SECONDS { 0 } else { WINDOW_SECONDS - passed.max(0) }
    }
}

impl Throttle {
    /// Counts a guess before it is checked, so that many at once are all counted.
    pub fn guess(&self, handle: &BeingId, now: Moment) -> Result<(), Refusal> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= HANDLES_MAX {
            windows.retain(|_, window| window.seconds_left(now) > 0);
            if windows.len() >= HANDLES_MAX {
                windows.clear();
            }
        }
        let window = windows.entry(handle.clone()).or_insert(Window { began: now, guesses: 0 });
        if window.seconds_left(now) <= 0 {
            *window = Window { began: now, guesses: 0 };
        }
        if window.guesses >= GUESSES_MAX {
            let retry_after_seconds = window.seconds_left(now).max(1) as u64;
            return Err(Refusal::SlowDown { retry_after_seconds });
        }
        window.guesses += 1;
        Ok(())
    }

    /// The guess was right.
    pub fn forget(&self, handle: &BeingId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_guesses_a_handle_waits_for_the_rest_of_the_minute() {
        let throttle = Throttle::default();
        let ada: BeingId = "@ada".parse().expect("an id");
        let bob: BeingId = "@bob".parse().expect("an id");
        let at = |seconds: i64| Moment(seconds * 1000);
        for _ in 0..GUESSES_MAX {
            assert_eq!(throttle.guess(&ada, at(0)), Ok(()));
        }
        let refused = Err(Refusal::SlowDown { retry_after_seconds: 20 });
        assert_eq!(throttle.guess(&ada, at(40)), refused);
        assert_eq!(throttle.guess(&bob, at(40)), Ok(()));
        assert_eq!(throttle.guess(&ada, at(60)), Ok(()));
    }

    #[test]
    fn nobody_waits_for_a_clock_that_was_set_back() {
        let throttle = Throttle::default();
        let ada: BeingId = "@ada".parse().expect("an id");
        for _ in 0..GUESSES_MAX {
            assert_eq!(throttle.guess(&ada, Moment(1_000_000)), Ok(()));
        }
        // A moment earlier: another guess, made meanwhile.
        assert!(throttle.guess(&ada, Moment(999_000)).is_err());
        assert_eq!(throttle.guess(&ada, Moment(0)), Ok(()));
    }

    #[test]
    fn who_gets_it_right_starts_afresh() {
        let throttle = Throttle::default();
        let ada: BeingId = "@ada".parse().expect("an id");
        for _ in 0..100 {
            assert_eq!(throttle.guess(&ada, Moment(0)), Ok(()));
            throttle.forget(&ada);
        }
    }
}
