//! What the suite asks of a store: that it opens.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use server::{
    domain::{
        clock::{Clock, Moment},
        rng::Rng,
    },
    store::{Committed, Publish, Store, WriteConnection},
};

/// A kind of store, and how one is opened.
pub trait Contract {
    /// Where the rows of one test lie; dropped, they are gone.
    type Place;
    type Store: Store;
    type Tx: WriteConnection;

    fn place() -> Self::Place;
    async fn open(place: &Self::Place, clock: Arc<SetClock>, heard: Heard) -> Self::Store;
    /// Indexes a portion of what was said; whether there may be more.
    async fn index(store: &Self::Store) -> bool;
    /// The store, and the connection that its writer would write with.
    async fn open_without_writer(
        place: &Self::Place,
        clock: Arc<SetClock>,
    ) -> (Self::Store, Self::Tx);
}

/// The same random numbers for every store.
pub fn rng() -> Arc<Rng> {
    Arc::new(Rng::from_seed(1))
}

/// A clock that stands still until it is set.
pub struct SetClock(AtomicI64);

impl Default for SetClock {
    fn default() -> Self {
        // 2026-11-23T04:25:20.123Z
        Self(AtomicI64::new(1_795_407_920_123))
    }
}

impl SetClock {
    pub fn forward(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Relaxed))
    }
}

/// Remembers what a store publishes.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<Committed>>>);

impl Heard {
    pub fn all(&self) -> Vec<Committed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was published since this was last asked.
    pub fn take(&self) -> Vec<Committed> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Publish for Heard {
    fn publish(&self, committed: &Committed) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(committed.clone());
    }
}
