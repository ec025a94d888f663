//! What the listeners of a room ask of the store, which is mostly the same where many come at once: so
//! they ask one after the other, and find here, or in the ring, what the one before was told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::protocol::Seq;
use bytes::Bytes;
use tokio::sync::OwnedMutexGuard;

#[derive(Default)]
pub(super) struct Inquiry {
    turn: Arc<tokio::sync::Mutex<()>>,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    /// How many wait for their turn, or have it.
    asking: usize,
    /// The `space-sync` of a position, while somebody waits who may want the same.
    sync: Option<(Seq, Bytes)>,
    /// What was missed since a position, up to another, while somebody waits who may have missed the
    /// same.
    missed: Option<(Seq, Seq, Vec<Bytes>)>,
    /// Since here, and since any position before, more rows have changed than a catch-up tells: they
    /// never become fewer.
    too_much: Option<Seq>,
}

/// A listener's turn to ask the store.
pub struct Turn {
    _guard: OwnedMutexGuard<()>,
    _asking: Asking,
}

/// One of those who wait for their turn, or have it.
struct Asking(Arc<Inquiry>);

impl Inquiry {
    pub async fn turn(self: &Arc<Self>) -> Turn {
        self.lock().asking += 1;
        let asking = Asking(self.clone());
        Turn { _guard: self.turn.clone().lock_owned().await, _asking: asking }
    }

    /// Whether more has changed since than a catch-up tells, for all that is known.
    pub fn is_too_much(&self, since: Seq) -> bool {
        self.lock().too_much.is_some_and(|too_much| since <= too_much)
    }

    pub fn learn_too_much(&self, since: Seq) {
        let mut found = self.lock();
        found.too_much = found.too_much.max(Some(since));
    }

    pub fn learn_missed(&self, since: Seq, head: Seq, frames: &[Bytes]) {
        let mut found = self.lock();
        if found.asking > 1 {
            found.missed = Some((since, head, frames.to_vec()));
        }
    }

    /// The frames since a position up to the head, and the head.
    pub fn missed(&self, since: Seq, head: Option<Seq>) -> Option<(Vec<Bytes>, Seq)> {
        let found = self.lock();
        let (from, to, frames) = found.missed.as_ref()?;
        (*from == since && head == Some(*to)).then(|| (frames.clone(), *to))
    }

    /// The whole space at a position; forgotten where nobody waits who may want it.
    pub fn learn_sync(&self, seq: Seq, sync: Bytes) {
        let mut found = self.lock();
        if found.asking > 1 {
            found.sync = Some((seq, sync));
        }
    }

    pub fn sync_at(&self, head: Option<Seq>) -> Option<(Seq, Bytes)> {
        self.lock().sync.clone().filter(|(seq, _)| head == Some(*seq))
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut found = self.0.lock();
        found.asking -= 1;
        if found.asking == 0 {
            (found.sync, found.missed) = (None, None);
        }
    }
}
