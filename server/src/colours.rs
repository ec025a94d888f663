//! Code in colours.
//!
//! Always true:
//! - What a member gets depends on nothing but the code that the member sent. What is remembered is remembered
//!   for one space, so that nobody learns from the time of an answer what is said elsewhere.
//! - One block is coloured at a time, on a thread that serves no requests, and for a short time only. Who
//!   finds too many waiting is refused.

mod grammar;
mod ranges;
mod scopes;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{Code, Colours, SpaceId};
use quick_cache::{Weighter, sync::Cache};
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, sleep},
};

use self::grammar::Grammars;
use crate::domain::{refusal::Refusal, token::sha256};

/// Code that takes longer is coloured up to there.
const TIME_MAX: Duration = Duration::from_secs(2);
/// Grammars that nobody has used for this long are let go.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// How many may wait for their turn.
const WAITING_MAX: usize = 64;
/// How much is remembered, in bytes of ranges.
const REMEMBERED_MAX_BYTES: u64 = 4 * 1024 * 1024;
/// How many blocks that is, roughly.
const REMEMBERED_BLOCKS: usize = 2048;

pub struct Painter {
    places: Semaphore,
    brush: Semaphore,
    grammars: Arc<Mutex<Grammars>>,
    /// Counts what was coloured.
    used: Arc<AtomicU64>,
    /// A task waits until nobody uses the grammars.
    is_watched: Arc<AtomicBool>,
    /// By a hash of the space and the code.
    remembered: Cache<String, Arc<Colours>, Bytes>,
}

impl Default for Painter {
    fn default() -> Self {
        Self {
            places: Semaphore::new(WAITING_MAX),
            brush: Semaphore::new(1),
            grammars: Arc::default(),
            used: Arc::default(),
            is_watched: Arc::default(),
            remembered: Cache::with_weighter(REMEMBERED_BLOCKS, REMEMBERED_MAX_BYTES, Bytes),
        }
    }
}

impl Painter {
    pub async fn colours(&self, space: &SpaceId, code: Code) -> Result<Arc<Colours>, Refusal> {
        let Some(language) = grammar::language(&code.language) else { return Ok(Arc::default()) };
        let key = sha256(format!("{space}\n{language}\n{}", code.code).as_bytes());
        if let Some(colours) = self.remembered.get(&key) {
            return Ok(colours);
        }
        let _place = self.places.try_acquire().map_err(|_| Refusal::Unavailable)?;
        let _brush = self.brush.acquire().await.map_err(|_| Refusal::Unavailable)?;
        // Whoever was before may have asked for the same.
        if let Some(colours) = self.remembered.get(&key) {
            return Ok(colours);
        }
        let grammars = self.grammars.clone();
        let painted = spawn_blocking(move || {
            let mut grammars = grammars.lock().unwrap_or_else(PoisonError::into_inner);
            let grammar = grammars.with(&language);
            let until = Instant::now() + TIME_MAX;
            ranges::colours(grammar, &code.code, || Instant::now() < until)
        });
        let painted = painted.await.map_err(|error| {
            tracing::error!(%error, "code cannot be coloured");
            Refusal::Unavailable
        })?;
        self.forget_when_idle();
        let colours = Arc::new(painted.colours);
        if painted.is_whole {
            self.remembered.insert(key, colours.clone());
        }
        Ok(colours)
    }

    fn forget_when_idle(&self) {
        self.used.fetch_add(1, Ordering::Relaxed);
        if self.is_watched.swap(true, Ordering::Relaxed) {
            return;
        }
        let (used, is_watched) = (self.used.clone(), self.is_watched.clone());
        let grammars = self.grammars.clone();
        tokio::spawn(async move {
            loop {
                let before = used.load(Ordering::Relaxed);
                sleep(IDLE_MAX).await;
                if used.load(Ordering::Relaxed) == before {
                    break;
                }
            }
            // In this order: whoever colours from here on finds nobody watching.
            is_watched.store(false, Ordering::Relaxed);
            grammars.lock().unwrap_or_else(PoisonError::into_inner).forget();
        });
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<Colours>> for Bytes {
    fn weight(&self, key: &String, colours: &Arc<Colours>) -> u64 {
        let numbers: usize = colours.0.values().map(Vec::len).sum();
        (key.len() + numbers * size_of::<u32>()) as u64
    }
}
