//! How often a password may be guessed. A pure machine; the time comes in as an argument.
//!
//! An address that guesses too often waits, and keeps nobody at another address from signing in, until
//! all together have guessed so often that it looks like one guesser with many addresses.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use protocol::BeingId;

use crate::domain::{clock::Moment, refusal::Refusal};

/// After this many wrong passwords for a handle from one address, that waits for its window to pass.
pub const GUESSES_MAX: u32 = 10;
/// The same of all addresses together.
pub const GUESSES_OF_ALL_MAX: u32 = 100;
pub const WINDOW_SECONDS: i64 = 60;
/// How many windows are remembered at a time.
const WINDOWS_MAX: usize = 50_000;

#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Key, Window>>);

/// A handle, and an address, or all of them.
type Key = (BeingId, Option<IpAddr>);

struct Window {
    began: Moment,
    guesses: u32,
    /// Whether there is such a handle: those that nobody has must not push out what is known of others.
    exists: bool,
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
    pub fn guess(
        &self,
        handle: &BeingId,
        address: IpAddr,
        exists: bool,
        now: Moment,
    ) -> Result<(), Refusal> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() + 2 > WINDOWS_MAX {
            windows.retain(|_, window| window.seconds_left(now) > 0);
            if windows.len() + 2 > WINDOWS_MAX {
                windows.retain(|_, window| window.exists);
            }
            if windows.len() + 2 > WINDOWS_MAX {
                windows.clear();
            }
        }
        let keys = [(Some(address), GUESSES_MAX), (None, GUESSES_OF_ALL_MAX)];
        for (of, max) in keys {
            let window = windows.entry((handle.clone(), of));
            let window = window.or_insert(Window { began: now, guesses: 0, exists });
            if window.seconds_left(now) <= 0 {
                *window = Window { began: now, guesses: 0, exists };
            }
            if window.guesses >= max {
                let retry_after_seconds = window.seconds_left(now).max(1) as u64;
                return Err(Refusal::SlowDown { retry_after_seconds });
            }
        }
        for (of, _) in keys {
            windows.entry((handle.clone(), of)).and_modify(|window| window.guesses += 1);
        }
        Ok(())
    }

    /// The guess was right.
    pub fn forget(&self, handle: &BeingId, address: IpAddr) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = windows.remove(&(handle.clone(), Some(address)));
        // What others have guessed stays counted.
        if let (Some(own), Some(all)) = (own, windows.get_mut(&(handle.clone(), None))) {
            all.guesses = all.guesses.saturating_sub(own.guesses);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(handle: &str) -> BeingId {
        handle.parse().expect("an id")
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn after_ten_guesses_a_handle_waits_for_the_rest_of_the_minute() {
        let throttle = Throttle::default();
        let (ada, bob) = (id("@ada"), id("@bob"));
        let guess = |id: &BeingId, seconds: i64| {
            throttle.guess(id, address(1), true, Moment(seconds * 1000))
        };
        for _ in 0..GUESSES_MAX {
            assert_eq!(guess(&ada, 0), Ok(()));
        }
        let refused = Err(Refusal::SlowDown { retry_after_seconds: 20 });
        assert_eq!(guess(&ada, 40), refused);
        assert_eq!(guess(&bob, 40), Ok(()));
        assert_eq!(guess(&ada, 60), Ok(()));
    }

    #[test]
    fn nobody_waits_for_a_clock_that_was_set_back() {
        let throttle = Throttle::default();
        let ada = id("@ada");
        let guess = |now: i64| throttle.guess(&ada, address(1), true, Moment(now));
        for _ in 0..GUESSES_MAX {
            assert_eq!(guess(1_000_000), Ok(()));
        }
        // A moment earlier: another guess, made meanwhile.
        assert!(guess(999_000).is_err());
        assert_eq!(guess(0), Ok(()));
    }

    #[test]
    fn a_right_guess_starts_afresh() {
        let throttle = Throttle::default();
        let ada = id("@ada");
        for _ in 0..2 * GUESSES_OF_ALL_MAX {
            assert_eq!(throttle.guess(&ada, address(1), true, Moment(0)), Ok(()));
            throttle.forget(&ada, address(1));
        }
    }

    #[test]
    fn an_address_has_guesses_of_its_own_until_all_have_made_too_many() {
        let throttle = Throttle::default();
        let ada = id("@ada");
        for from in 0..10 {
            for n in 0..2 * GUESSES_MAX {
                let guess = throttle.guess(&ada, address(from), true, Moment(0));
                assert_eq!(guess.is_ok(), n < GUESSES_MAX, "{from} {n}");
            }
        }
        assert!(throttle.guess(&ada, address(100), true, Moment(0)).is_err());
        assert_eq!(throttle.guess(&ada, address(100), true, Moment(60_000)), Ok(()));
    }

    #[test]
    fn handles_that_nobody_has_make_no_guess_at_another_forgotten() {
        let throttle = Throttle::default();
        let ada = id("@ada");
        for _ in 0..GUESSES_MAX {
            assert_eq!(throttle.guess(&ada, address(1), true, Moment(0)), Ok(()));
        }
        for n in 0..WINDOWS_MAX {
            let nobody = id(&format!("@h{n}"));
            assert_eq!(throttle.guess(&nobody, address(1), false, Moment(0)), Ok(()));
        }
        assert!(throttle.guess(&ada, address(1), true, Moment(0)).is_err());
        assert!(throttle.0.lock().expect("it is whole").len() <= WINDOWS_MAX);
    }
}
