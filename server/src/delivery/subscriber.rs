//! One listener's entry in a channel. It is served in exactly one mode at a time: *pull* (the
//! listener's task reads the replay buffer) or *push* (the shard task writes to its sink).

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::task::AtomicWaker;
use protocol::{BeingId, Seq};
use tokio::time::Instant;

use crate::domain::token::TokenHash;

/// Takes a listener's bytes.
pub trait Sink: Send + Sync + 'static {
    /// Takes as many of these bytes as it can without waiting; [`io::ErrorKind::WouldBlock`] if it can
    /// take none.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
}

pub(super) struct Subscriber {
    pub being: BeingId,
    pub session: TokenHash,
    revoked: AtomicBool,
    signed_out: AtomicBool,
    mode: Mutex<DeliveryMode>,
    waker: AtomicWaker,
}

enum DeliveryMode {
    /// The listener's task reads the buffer.
    Pull,
    /// The shard task writes to the sink, which has everything up to `sent_up_to`.
    Push { sink: Arc<dyn Sink>, sent_up_to: Seq, last_write_at: Option<Instant> },
    /// The shard task has given the listener back, which has yet to take it.
    Woken(Handover),
}

/// How far the shard task got before the listener took over again.
#[derive(Debug)]
pub(super) struct Handover {
    pub sent_up_to: Seq,
    /// The rest of the last batch, which the sink did not take.
    pub unwritten: Bytes,
    /// None if nothing was written.
    pub last_write_at: Option<Instant>,
}

/// Consecutive frames of a channel, concatenated once for all subscribers.
pub(super) struct Batch {
    pub after: Seq,
    pub last: Seq,
    pub bytes: Bytes,
}

impl Subscriber {
    pub fn new(being: BeingId, session: TokenHash) -> Self {
        Self {
            being,
            session,
            revoked: AtomicBool::new(false),
            signed_out: AtomicBool::new(false),
            mode: Mutex::new(DeliveryMode::Pull),
            waker: AtomicWaker::new(),
        }
    }

    pub fn revoke(&self) {
        self.terminate(&self.revoked);
    }

    pub fn sign_out(&self) {
        self.terminate(&self.signed_out);
    }

    /// A write that is under way is finished when this returns, and none follows.
    fn terminate(&self, reason: &AtomicBool) {
        let mode = self.lock();
        reason.store(true, Ordering::Release);
        drop(mode);
        self.waker.wake();
    }

    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    pub fn is_signed_out(&self) -> bool {
        self.signed_out.load(Ordering::Acquire)
    }

    pub fn is_terminated(&self) -> bool {
        self.is_revoked() || self.is_signed_out()
    }

    /// Makes the listener check again whether it has to end.
    pub fn wake(&self) {
        self.waker.wake();
    }

    pub fn park(&self, sent_up_to: Seq, sink: Arc<dyn Sink>) {
        *self.lock() = DeliveryMode::Push { sink, sent_up_to, last_write_at: None };
    }

    /// Ready once there is something that only the listener itself can do.
    pub fn poll_woken(&self, context: &Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        let is_parked = matches!(*self.lock(), DeliveryMode::Push { .. });
        if is_parked && !self.is_terminated() { Poll::Pending } else { Poll::Ready(()) }
    }

    pub fn poll_terminated(&self, context: &Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.is_terminated() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Takes the listener back from the shard task; none if it was not parked.
    pub fn unpark(&self) -> Option<Handover> {
        match std::mem::replace(&mut *self.lock(), DeliveryMode::Pull) {
            DeliveryMode::Pull => None,
            DeliveryMode::Push { sent_up_to, last_write_at, .. } => {
                Some(Handover { sent_up_to, unwritten: Bytes::new(), last_write_at })
            }
            DeliveryMode::Woken(handover) => Some(handover),
        }
    }

    /// Writes a batch to a parked subscriber. One that the batch does not reach, or whose sink does not
    /// take all of it, is woken and catches up by itself.
    pub fn push(&self, batch: &Batch, now: Instant) {
        let mut mode = self.lock();
        let DeliveryMode::Push { sink, sent_up_to, last_write_at } = &mut *mode else { return };
        if *sent_up_to >= batch.last || self.is_terminated() {
            return;
        }
        let mut handover = Handover {
            sent_up_to: *sent_up_to,
            unwritten: Bytes::new(),
            last_write_at: *last_write_at,
        };
        if *sent_up_to == batch.after {
            // A broken sink takes nothing; the listener's own write reports the error.
            let taken = sink.try_write(&batch.bytes).unwrap_or(0);
            (*sent_up_to, *last_write_at) = (batch.last, Some(now));
            if taken == batch.bytes.len() {
                return;
            }
            handover = Handover {
                sent_up_to: batch.last,
                unwritten: batch.bytes.slice(taken..),
                last_write_at: Some(now),
            };
        }
        *mode = DeliveryMode::Woken(handover);
        drop(mode);
        self.waker.wake();
    }

    /// Wakes a parked subscriber that is behind the head, because the buffer no longer reaches back to
    /// where its shard is.
    pub fn wake_behind(&self, head: Seq) {
        let mut mode = self.lock();
        let DeliveryMode::Push { sent_up_to, last_write_at, .. } = *mode else { return };
        if sent_up_to < head {
            let unwritten = Bytes::new();
            *mode = DeliveryMode::Woken(Handover { sent_up_to, unwritten, last_write_at });
            drop(mode);
            self.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, DeliveryMode> {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
