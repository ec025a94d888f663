//! Single-flight catch-up. The listeners of a channel mostly want the same from the store when many
//! come at once. So they read it one after the other, and find here, or in the replay buffer, what the
//! one before was given.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use protocol::Seq;
use tokio::sync::OwnedMutexGuard;

#[derive(Default)]
pub(super) struct CatchUpCache {
    loading: Arc<tokio::sync::Mutex<()>>,
    cached: Mutex<Cached>,
}

#[derive(Default)]
struct Cached {
    /// How many hold the permit or wait for it.
    waiting: usize,
    /// The `space-sync` of a position, while another waits that may want the same.
    sync: Option<(Seq, Bytes)>,
    /// The changes since a position up to another, while another waits that may have missed the same.
    changes: Option<(Seq, Seq, Vec<Bytes>)>,
    /// Since this position, and since any position before it, more rows have changed than a catch-up
    /// sends. Their number falls only where what is deleted takes its reactions with it: then a listener gets
    /// the whole where it could have had the changes.
    limit_exceeded: Option<Seq>,
}

/// Permits one listener to read the store.
pub(super) struct LoadPermit {
    _guard: OwnedMutexGuard<()>,
    _waiting: Waiting,
}

/// Counts one listener that holds the permit or waits for it.
struct Waiting(Arc<CatchUpCache>);

impl CatchUpCache {
    pub async fn load_permit(self: &Arc<Self>) -> LoadPermit {
        self.lock().waiting += 1;
        let waiting = Waiting(self.clone());
        LoadPermit { _guard: self.loading.clone().lock_owned().await, _waiting: waiting }
    }

    /// Whether more rows are known to have changed since a position than a catch-up sends.
    pub fn exceeds_limit(&self, since: Seq) -> bool {
        self.lock().limit_exceeded.is_some_and(|exceeded| since <= exceeded)
    }

    pub fn cache_limit_exceeded(&self, since: Seq) {
        let mut cached = self.lock();
        cached.limit_exceeded = cached.limit_exceeded.max(Some(since));
    }

    pub fn cache_changes(&self, since: Seq, head: Seq, frames: &[Bytes]) {
        let mut cached = self.lock();
        if cached.waiting > 1 {
            cached.changes = Some((since, head, frames.to_vec()));
        }
    }

    /// The frames since a position up to the head, and the head.
    pub fn cached_changes(&self, since: Seq, head: Option<Seq>) -> Option<(Vec<Bytes>, Seq)> {
        let cached = self.lock();
        let (from, to, frames) = cached.changes.as_ref()?;
        (*from == since && head == Some(*to)).then(|| (frames.clone(), *to))
    }

    /// Caches the whole space at a position, only if another waits that may want it.
    pub fn cache_sync(&self, seq: Seq, sync: Bytes) {
        let mut cached = self.lock();
        if cached.waiting > 1 {
            cached.sync = Some((seq, sync));
        }
    }

    pub fn cached_sync(&self, head: Option<Seq>) -> Option<(Seq, Bytes)> {
        self.lock().sync.clone().filter(|(seq, _)| head == Some(*seq))
    }

    fn lock(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut cached = self.0.lock();
        cached.waiting -= 1;
        if cached.waiting == 0 {
            (cached.sync, cached.changes) = (None, None);
        }
    }
}
