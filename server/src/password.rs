//! Passwords: argon2id (RFC 9106) with the library's defaults, which are OWASP's: 19 MiB, two passes.

use std::sync::Arc;

use app::protocol::Password;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use tokio::sync::Semaphore;

use crate::{chance::Chance, refusal::Refusal};

/// Each hash takes a core and 19 MiB for a while; more at a time only wait for each other.
const HASHES_AT_ONCE_MAX: usize = 2;
/// More than these do not wait; they are told to come back.
const HASHES_WAITING_MAX: usize = 64;
const RETRY_AFTER_SECONDS: u64 = 5;

pub struct Passwords {
    chance: Arc<Chance>,
    turns: Arc<Semaphore>,
    /// A place for each that is hashed or waits for its turn.
    places: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(chance: Arc<Chance>) -> Self {
        let turns = Arc::new(Semaphore::new(HASHES_AT_ONCE_MAX));
        Self { chance, turns, places: Arc::new(Semaphore::new(HASHES_WAITING_MAX)) }
    }

    pub async fn hash(&self, password: Password) -> Result<String, Refusal> {
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        self.in_turn(move || {
            let salt = SaltString::encode_b64(&salt)?;
            Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is not,
    /// so that an answer's time does not tell which handles exist.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, Refusal> {
        self.in_turn(move || {
            let Some(hash) = hash else {
                let salt = SaltString::encode_b64(&[0; 16])?;
                Argon2::default().hash_password(password.as_bytes(), &salt)?;
                return Ok(false);
            };
            let hash = PasswordHash::new(&hash)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.places.clone().try_acquire_owned();
        let place =
            place.map_err(|_| Refusal::SlowDown { retry_after_seconds: RETRY_AFTER_SECONDS })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Refusal::Unavailable)?;
        // The turn goes with the work: who hangs up does not end it.
        let in_turn = move || {
            let _held = (place, turn);
            work()
        };
        match tokio::task::spawn_blocking(in_turn).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                tracing::error!(%error, "a password could not be hashed");
                Err(Refusal::Unavailable)
            }
            Err(error) => {
                tracing::error!(%error, "hashing a password did not end");
                Err(Refusal::Unavailable)
            }
        }
    }
}
