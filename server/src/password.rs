//! Passwords: argon2id (RFC 9106) with the library's defaults, which are OWASP's: 19 MiB, two passes.

use std::sync::{Arc, Mutex, PoisonError};

use app::protocol::Password;
use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::{self, Output, ParamsString, Salt, SaltString},
};
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
    desks: Arc<Desks>,
}

/// The memory to hash in, kept for the next: an allocator that is given such blocks back keeps them
/// in pieces, and takes new ones.
#[derive(Default)]
struct Desks(Mutex<Vec<Vec<Block>>>);

impl Passwords {
    pub fn new(chance: Arc<Chance>) -> Self {
        let turns = Arc::new(Semaphore::new(HASHES_AT_ONCE_MAX));
        let places = Arc::new(Semaphore::new(HASHES_WAITING_MAX));
        Self { chance, turns, places, desks: Arc::default() }
    }

    pub async fn hash(&self, password: Password) -> Result<String, Refusal> {
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        self.in_turn(move |desks| {
            let (argon2, salt) = (Argon2::default(), SaltString::encode_b64(&salt)?);
            let hash = PasswordHash {
                algorithm: Algorithm::default().ident(),
                version: Some(Version::default().into()),
                params: ParamsString::try_from(argon2.params())?,
                salt: Some(salt.as_salt()),
                hash: Some(desks.hash(&argon2, &password, salt.as_salt())?),
            };
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is not,
    /// so that an answer's time does not tell which handles exist.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, Refusal> {
        self.in_turn(move |desks| {
            let Some(hash) = hash else {
                let salt = SaltString::encode_b64(&[0; 16])?;
                desks.hash(&Argon2::default(), &password, salt.as_salt())?;
                return Ok(false);
            };
            let hash = PasswordHash::new(&hash)?;
            let salt = hash.salt.ok_or(password_hash::Error::PhcStringField)?;
            let version = hash.version.map_or(Ok(Version::default()), Version::try_from)?;
            let algorithm = Algorithm::try_from(hash.algorithm)?;
            let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash)?);
            // Compares in a time that does not tell how much of it is right.
            Ok(hash.hash == Some(desks.hash(&argon2, &password, salt)?))
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desks) -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.places.clone().try_acquire_owned();
        let place =
            place.map_err(|_| Refusal::SlowDown { retry_after_seconds: RETRY_AFTER_SECONDS })?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Refusal::Unavailable)?;
        let desks = self.desks.clone();
        // The turn goes with the work: who hangs up does not end it.
        let in_turn = move || {
            let _held = (place, turn);
            work(&desks)
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

impl Desks {
    fn hash(
        &self,
        argon2: &Argon2<'_>,
        password: &Password,
        salt: Salt<'_>,
    ) -> password_hash::Result<Output> {
        let mut salt_bytes = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut salt_bytes)?;
        let mut memory = self.lock().pop().unwrap_or_default();
        memory.resize(argon2.params().block_count(), Block::default());
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        let hashed = argon2.hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            &mut output,
            &mut memory[..],
        );
        self.lock().push(memory);
        hashed?;
        Output::new(&output)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text.to_owned()).expect("a password")
    }

    fn passwords() -> Passwords {
        Passwords::new(Arc::new(Chance::from_seed(1)))
    }

    #[tokio::test]
    async fn a_password_is_the_one_that_was_hashed_and_no_other() {
        let passwords = passwords();
        let hash = passwords.hash(password("correct horse")).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let is_it = async |text: &str, hash: Option<&str>| {
            passwords.verify(password(text), hash.map(str::to_owned)).await.expect("an answer")
        };
        assert!(is_it("correct horse", Some(&hash)).await);
        assert!(!is_it("correct horsf", Some(&hash)).await);
        assert!(!is_it("correct horse", None).await);
        let other = passwords.hash(password("correct horse")).await.expect("a hash");
        assert_ne!(hash, other, "each has a salt of its own");
    }

    #[tokio::test]
    async fn it_takes_no_more_memory_for_many_than_for_two_at_once() {
        let passwords = passwords();
        let tries = (0..12).map(|_| passwords.verify(password("a wrong one"), None));
        for answer in futures::future::join_all(tries).await {
            assert_eq!(answer, Ok(false));
        }
        assert!(passwords.desks.lock().len() <= HASHES_AT_ONCE_MAX);
    }
}
