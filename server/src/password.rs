//! Passwords: argon2id (RFC 9106) with the library's defaults, which are OWASP's: 19 MiB, two passes.
//!
//! Always true:
//! - Addresses take turns, and within an address its handles ([`queue`]).
//! - A handle that exists never waits for one that does not: those have no place in the queue.
//! - Time does not tell which handles exist. A wrong password is answered at the next of the moments that
//!   are [`ANSWER_STEP`] apart, counted from its arrival. For a handle that nobody has, as much is hashed,
//!   where that is not under way for another already; else it takes the time that hashing took lately.

mod memory_pool;
pub mod opaque_string;
mod queue;

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, Version,
    password_hash::{self, ParamsString, SaltString},
};
use protocol::{BeingId, Password};
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinError,
    time::Instant,
};

use self::{memory_pool::MemoryPool, queue::FairQueue};
use crate::domain::{refusal::Refusal, rng::Rng};

/// Each hash takes a core and 19 MiB for a while; more at a time only wait for each other.
const HASHES_AT_ONCE_MAX: usize = 2;
const RETRY_AFTER_SECONDS: u64 = 5;
/// Longer than a hash takes on a machine that has something else to do.
const ANSWER_STEP: Duration = Duration::from_millis(100);
/// How many of the last hashes' durations are remembered.
const DURATIONS_MAX: usize = 32;

pub struct Passwords<B = BlockingThreads> {
    background: B,
    rng: Arc<Rng>,
    turns: Arc<Turns>,
    /// For the handle that nobody has whose password is hashed all the same.
    decoy: Semaphore,
    memory: Arc<MemoryPool>,
    durations: Mutex<VecDeque<Duration>>,
}

/// Where the work is done that takes the processor for long.
pub trait Background: Sync {
    /// Runs work that hashes so many times. It goes on to its end, whoever waits for it.
    fn run<T: Send + 'static>(
        &self,
        hashes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, JoinError>> + Send;
}

/// Threads of their own, beside those that serve.
pub struct BlockingThreads;

impl Background for BlockingThreads {
    async fn run<T: Send + 'static>(
        &self,
        _: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        tokio::task::spawn_blocking(work).await
    }
}

/// Where a password comes from, and whose it is said to be.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub address: IpAddr,
    pub handle: BeingId,
}

/// What a presented password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Hashed by an earlier version, from another form of it than the prepared one.
    RightUnprepared,
}

impl Passwords {
    pub fn new(rng: Arc<Rng>) -> Self {
        Self::hashing_in(BlockingThreads, rng)
    }
}

impl<B: Background> Passwords<B> {
    fn hashing_in(background: B, rng: Arc<Rng>) -> Self {
        Self {
            background,
            rng,
            turns: Arc::default(),
            decoy: Semaphore::new(1),
            memory: Arc::default(),
            durations: Mutex::default(),
        }
    }

    pub async fn hash(&self, attempt: &Attempt, password: Password) -> Result<String, Refusal> {
        let mut salt = [0; 16];
        self.rng.fill(&mut salt);
        let turn = Turns::take(&self.turns, attempt).await?;
        let hash = self.in_background(1, move |memory| {
            let _turn = turn;
            let (argon2, salt) = (Argon2::default(), SaltString::encode_b64(&salt)?);
            let hash = PasswordHash {
                algorithm: Algorithm::default().ident(),
                version: Some(Version::default().into()),
                params: ParamsString::try_from(argon2.params())?,
                salt: Some(salt.as_salt()),
                hash: Some(memory.hash(&argon2, &password, salt.as_salt())?),
            };
            Ok(hash.to_string())
        });
        hash.await
    }

    /// Whether one of the forms is what was hashed. Without a hash it takes as long and is not.
    pub async fn verify(
        &self,
        attempt: &Attempt,
        forms: Vec<Password>,
        hash: Option<String>,
    ) -> Result<Verdict, Refusal> {
        let arrived = Instant::now();
        let verdict = match hash {
            Some(hash) => self.compare(attempt, forms, hash).await?,
            None => {
                self.pretend(forms).await?;
                Verdict::Wrong
            }
        };
        if verdict == Verdict::Wrong {
            let steps = arrived.elapsed().as_micros() / ANSWER_STEP.as_micros() + 1;
            let at = arrived + ANSWER_STEP * u32::try_from(steps).unwrap_or(u32::MAX);
            tokio::time::sleep_until(at).await;
        }
        Ok(verdict)
    }

    async fn compare(
        &self,
        attempt: &Attempt,
        forms: Vec<Password>,
        hash: String,
    ) -> Result<Verdict, Refusal> {
        let turn = Turns::take(&self.turns, attempt).await?;
        let count = forms.len();
        let began = Instant::now();
        let verdict = self.in_background(count, move |memory| {
            let _turn = turn;
            let hash = PasswordHash::new(&hash)?;
            let salt = hash.salt.ok_or(password_hash::Error::PhcStringField)?;
            let version = hash.version.map_or(Ok(Version::default()), Version::try_from)?;
            let algorithm = Algorithm::try_from(hash.algorithm)?;
            let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash)?);
            for (at, form) in forms.iter().enumerate() {
                // Compares in a time that does not tell how much of it is right.
                if hash.hash == Some(memory.hash(&argon2, form, salt)?) {
                    return Ok(if at == 0 { Verdict::Right } else { Verdict::RightUnprepared });
                }
            }
            Ok(Verdict::Wrong)
        });
        let verdict = verdict.await?;
        if verdict == Verdict::Wrong {
            self.remember(began.elapsed(), count);
        }
        Ok(verdict)
    }

    /// What a wrong password takes, for a handle that nobody has.
    async fn pretend(&self, forms: Vec<Password>) -> Result<(), Refusal> {
        let count = forms.len();
        let Some((_decoy, began)) = self.decoy.try_acquire().ok().map(|one| (one, Instant::now()))
        else {
            // As many wait before it as before one that exists.
            let before = self.turns.waiting() / HASHES_AT_ONCE_MAX;
            let each = u32::try_from(before + count).unwrap_or(u32::MAX);
            tokio::time::sleep(self.recent() * each).await;
            return Ok(());
        };
        let hashed = self.in_background(count, move |memory| {
            let salt = SaltString::encode_b64(&[0; 16])?;
            for form in &forms {
                memory.hash(&Argon2::default(), form, salt.as_salt())?;
            }
            Ok(())
        });
        hashed.await?;
        self.remember(began.elapsed(), count);
        Ok(())
    }

    fn remember(&self, took: Duration, forms: usize) {
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        if durations.len() == DURATIONS_MAX {
            durations.pop_front();
        }
        durations.push_back(took / u32::try_from(forms.max(1)).unwrap_or(1));
    }

    /// How long one of the last hashes took, drawn by lot so that it varies as they do.
    fn recent(&self) -> Duration {
        let durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let count = u32::try_from(durations.len()).unwrap_or_default();
        let drawn = (count > 0).then(|| self.rng.below(count) as usize);
        drawn.and_then(|at| durations.get(at).copied()).unwrap_or(ANSWER_STEP / 2)
    }

    /// Work whose asker hangs up goes on to its end, with the turn that it holds.
    async fn in_background<T: Send + 'static>(
        &self,
        hashes: usize,
        work: impl FnOnce(&MemoryPool) -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let memory = self.memory.clone();
        match self.background.run(hashes, move || work(&memory)).await {
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

#[derive(Default)]
struct Turns(Mutex<State>);

#[derive(Default)]
struct State {
    running: usize,
    queue: FairQueue<oneshot::Sender<Turn>>,
}

/// The right to hash. Once it is dropped, the next in the queue has it.
struct Turn(Arc<Turns>);

impl Turns {
    async fn take(turns: &Arc<Self>, attempt: &Attempt) -> Result<Turn, Refusal> {
        let (ticket, turn) = oneshot::channel();
        {
            let mut state = turns.lock();
            if state.running < HASHES_AT_ONCE_MAX {
                state.running += 1;
                return Ok(Turn(turns.clone()));
            }
            drop(state.queue.push(attempt.address, &attempt.handle, ticket));
        }
        // A ticket that did not fit is dropped.
        turn.await.map_err(|_| Refusal::SlowDown { retry_after_seconds: RETRY_AFTER_SECONDS })
    }

    fn waiting(&self) -> usize {
        self.lock().queue.waiting()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        let next = state.queue.pop();
        state.running -= usize::from(next.is_none());
        drop(state);
        if let Some(next) = next {
            // An asker that has gone drops the turn, which goes on to the one behind it.
            let _ = next.send(Self(self.0.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
