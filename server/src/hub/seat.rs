//! One listener's place in a room. It is told in one of two ways, and never in both at once: awake,
//! it reads from the ring itself; resting, the room writes to its outlet.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use app::protocol::{BeingId, Seq};
use bytes::Bytes;
use futures::task::AtomicWaker;
use tokio::time::Instant;

use crate::chance::TokenHash;

/// Where a listener's bytes go.
pub trait Outlet: Send + Sync + 'static {
    /// Takes as many of these bytes as it can without waiting; [`io::ErrorKind::WouldBlock`] where
    /// that is none.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
}

pub(super) struct Seat {
    pub being: BeingId,
    pub session: TokenHash,
    revoked: AtomicBool,
    signed_out: AtomicBool,
    posture: Mutex<Posture>,
    waker: AtomicWaker,
}

enum Posture {
    Awake,
    /// Up to `told` everything is in the outlet; the last of it came at `said`.
    Resting {
        outlet: Arc<dyn Outlet>,
        told: Seq,
        said: Option<Instant>,
    },
    /// It is to go on by itself from here.
    Roused(Risen),
}

/// How far a listener was told while it rested.
#[derive(Debug)]
pub struct Risen {
    pub told: Seq,
    /// What the outlet did not take of it.
    pub owed: Bytes,
    /// When something was last said, if anything was.
    pub said: Option<Instant>,
}

/// Frames of a room that follow each other, as one piece for all.
pub(super) struct Batch {
    pub after: Seq,
    pub last: Seq,
    pub bytes: Bytes,
}

impl Seat {
    pub fn new(being: BeingId, session: TokenHash) -> Self {
        Self {
            being,
            session,
            revoked: AtomicBool::new(false),
            signed_out: AtomicBool::new(false),
            posture: Mutex::new(Posture::Awake),
            waker: AtomicWaker::new(),
        }
    }

    pub fn revoke(&self) {
        self.dismiss(&self.revoked);
    }

    pub fn sign_out(&self) {
        self.dismiss(&self.signed_out);
    }

    /// Whatever is being written to it is written by then, and nothing is after.
    fn dismiss(&self, why: &AtomicBool) {
        let posture = self.lock();
        why.store(true, Ordering::Release);
        drop(posture);
        self.waker.wake();
    }

    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    pub fn is_signed_out(&self) -> bool {
        self.signed_out.load(Ordering::Acquire)
    }

    pub fn is_dismissed(&self) -> bool {
        self.is_revoked() || self.is_signed_out()
    }

    /// The room looks again at why it may have to go.
    pub fn wake(&self) {
        self.waker.wake();
    }

    pub fn rest(&self, told: Seq, outlet: Arc<dyn Outlet>) {
        *self.lock() = Posture::Resting { outlet, told, said: None };
    }

    /// Ready once there is something that only the listener itself can do.
    pub fn poll_roused(&self, context: &Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        let rests = matches!(*self.lock(), Posture::Resting { .. });
        if rests && !self.is_dismissed() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Ready once it has to go.
    pub fn poll_dismissed(&self, context: &Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.is_dismissed() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Takes the listener back from the room; none where it was awake.
    pub fn rise(&self) -> Option<Risen> {
        match std::mem::replace(&mut *self.lock(), Posture::Awake) {
            Posture::Awake => None,
            Posture::Resting { told, said, .. } => Some(Risen { told, owed: Bytes::new(), said }),
            Posture::Roused(risen) => Some(risen),
        }
    }

    /// Writes what follows to who rests. Who cannot be told so is roused, and catches up by itself.
    pub fn tell(&self, batch: &Batch, now: Instant) {
        let mut posture = self.lock();
        let Posture::Resting { outlet, told, said } = &mut *posture else { return };
        if *told >= batch.last || self.is_dismissed() {
            return;
        }
        let mut risen = Risen { told: *told, owed: Bytes::new(), said: *said };
        if *told == batch.after {
            // Where the outlet is broken, who tries it next finds out.
            let taken = outlet.try_write(&batch.bytes).unwrap_or(0);
            (*told, *said) = (batch.last, Some(now));
            if taken == batch.bytes.len() {
                return;
            }
            risen = Risen { told: batch.last, owed: batch.bytes.slice(taken..), said: *said };
        }
        *posture = Posture::Roused(risen);
        drop(posture);
        self.waker.wake();
    }

    /// The room cannot tell what follows: it has come further than its frames reach back.
    pub fn tell_nothing(&self, head: Seq) {
        let mut posture = self.lock();
        let Posture::Resting { told, said, .. } = &*posture else { return };
        if *told < head {
            *posture = Posture::Roused(Risen { told: *told, owed: Bytes::new(), said: *said });
            drop(posture);
            self.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Posture> {
        self.posture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
