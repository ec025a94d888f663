//! Randomness comes in from here, and from nowhere else.

use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
};

use app::protocol::Epoch;
use rand::{Rng, SeedableRng, distr::Alphanumeric, rngs::StdRng};
use sha2::{Digest, Sha256};

/// A source of random numbers: the operating system's for a server, a seed for a test.
pub struct Chance(Mutex<StdRng>);

/// 256 random bits in hex, handed out once and kept only as a [`TokenHash`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// SHA-256 of a token, in hex. A token has enough entropy to need no slower hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(pub(crate) String);

impl Chance {
    pub fn from_system() -> Self {
        Self(Mutex::new(StdRng::from_os_rng()))
    }

    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    pub fn token(&self) -> Token {
        let mut bits = [0u8; 32];
        self.fill(&mut bits);
        Token(hex(&bits))
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

    /// Bytes for the salt of a password's hash, or for an id.
    pub fn fill(&self, bytes: &mut [u8]) {
        // A panic in another thread leaves a generator as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}

impl Token {
    /// A token as a client shows it; any text will do, it just may open nothing.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(self.0.as_bytes()))
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
