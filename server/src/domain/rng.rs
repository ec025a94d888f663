//! Randomness comes in from here, and from nowhere else.

use std::sync::{Mutex, PoisonError};

use protocol::{Epoch, IntentionId};
use rand::{Rng as _, SeedableRng, distr::Alphanumeric, rngs::StdRng};

use super::{clock::Moment, token::Token};

/// A source of random numbers: the operating system's for a server, a seed for a test.
pub struct Rng(Mutex<StdRng>);

impl Rng {
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness comes in")]
    pub fn from_system() -> Self {
        Self(Mutex::new(StdRng::from_os_rng()))
    }

    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    pub fn token(&self) -> Token {
        let mut bits = [0u8; 32];
        self.fill(&mut bits);
        Token::of(bits)
    }

    /// Three letters or digits: it stands in every frame, and has to differ from the one epoch
    /// before it, which [`epoch_after`](Self::epoch_after) sees to.
    pub fn epoch(&self) -> Epoch {
        let mut dice = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text: String = (0..3).map(|_| char::from(dice.sample(Alphanumeric))).collect();
        text.parse().expect("letters and digits are an epoch")
    }

    pub fn epoch_after(&self, before: &str) -> Epoch {
        loop {
            let epoch = self.epoch();
            if epoch.as_str() != before {
                return epoch;
            }
        }
    }

    pub fn below(&self, bound: u32) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..bound)
    }

    /// The id of a message, as every sender of one makes it.
    pub fn intention_id(&self, now: Moment) -> IntentionId {
        let mut random = [0; 10];
        self.fill(&mut random);
        IntentionId::new_v7(u64::try_from(now.0).unwrap_or(0), &random)
    }

    /// Bytes for the salt of a password's hash.
    pub fn fill(&self, bytes: &mut [u8]) {
        // A panic in another thread leaves a generator as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}
