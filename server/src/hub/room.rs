//! One space that is being listened to.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use app::protocol::{BeingId, Cursor, Seq, SyncEvent};
use bytes::Bytes;
use tokio::sync::watch;

use super::{
    encode,
    ring::{Behind, Ring},
};
use crate::{chance::TokenHash, store::Committed};

/// What a listener takes at a time: so much is in flight for it, whatever it has yet to read.
const TAKE_MAX_BYTES: usize = 64 * 1024;

pub(super) struct Room {
    inside: Mutex<Inside>,
    /// Counts the reasons to look again: a change, a dismissal.
    bell: watch::Sender<u64>,
    is_closed: AtomicBool,
}

#[derive(Default)]
struct Inside {
    ring: Ring,
    listeners: HashMap<u64, Present>,
    next_ticket: u64,
}

struct Present {
    being: BeingId,
    session: TokenHash,
    standing: Arc<Dismissal>,
}

/// Why a listener has to go, once it has to.
#[derive(Default)]
struct Dismissal {
    revoked: AtomicBool,
    signed_out: AtomicBool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            inside: Mutex::default(),
            bell: watch::Sender::new(0),
            is_closed: AtomicBool::new(false),
        }
    }
}

impl Room {
    pub fn publish(&self, committed: &Committed) {
        let mut inside = self.lock();
        for (seq, event) in committed.changes() {
            let cursor = Cursor { epoch: committed.epoch().clone(), seq: *seq };
            inside.ring.push(*seq, event, encode(&cursor, event));
            if let SyncEvent::BeingLeft { being_id } = event {
                for present in inside.listeners.values().filter(|p| p.being == *being_id) {
                    present.standing.revoked.store(true, Ordering::Release);
                }
            }
        }
        drop(inside);
        self.ring_the_bell();
    }

    /// Dismisses who entered with a session; nobody else hears of it.
    pub fn sign_out(&self, session: &TokenHash) {
        let inside = self.lock();
        let mut dismissed = 0;
        for present in inside.listeners.values().filter(|p| p.session == *session) {
            present.standing.signed_out.store(true, Ordering::Release);
            dismissed += 1;
        }
        drop(inside);
        if dismissed > 0 {
            self.ring_the_bell();
        }
    }

    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.ring_the_bell();
    }

    pub fn listeners(&self) -> usize {
        self.lock().listeners.len()
    }

    fn ring_the_bell(&self) {
        self.bell.send_modify(|times| *times += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's place in a room; leaving is dropping it.
pub struct Listener {
    room: Arc<Room>,
    being: BeingId,
    ticket: u64,
    standing: Arc<Dismissal>,
    bell: watch::Receiver<u64>,
}

/// What there is for a listener.
pub enum Next {
    /// Frames, and the position after the last of them.
    Frames(Vec<Bytes>, Seq),
    /// Nothing yet: wait for [`Listener::rung`].
    Nothing,
    /// The ring does not reach back that far: catch up from the store.
    Behind,
    /// The being belongs here no more.
    Revoked,
    /// The server shuts down, or the session was signed out; all that was published is taken.
    Closed,
}

impl Listener {
    pub(super) fn enter(room: Arc<Room>, being: BeingId, session: TokenHash) -> Self {
        let standing = Arc::<Dismissal>::default();
        let mut inside = room.lock();
        let ticket = inside.next_ticket;
        inside.next_ticket += 1;
        let present = Present { being: being.clone(), session, standing: standing.clone() };
        inside.listeners.insert(ticket, present);
        drop(inside);
        let bell = room.bell.subscribe();
        Self { room, being, ticket, standing, bell }
    }

    pub fn being(&self) -> &BeingId {
        &self.being
    }

    /// What follows a position up to which all is told.
    pub fn next(&mut self, after: Seq) -> Next {
        // Seen before looking: what is published after this line rings again.
        self.bell.borrow_and_update();
        if self.standing.revoked.load(Ordering::Acquire) {
            return Next::Revoked;
        }
        if self.standing.signed_out.load(Ordering::Acquire) {
            return Next::Closed;
        }
        let is_closed = self.room.is_closed.load(Ordering::Acquire);
        match self.room.lock().ring.after(after, TAKE_MAX_BYTES) {
            Behind::Frames(frames, last) => Next::Frames(frames, last),
            Behind::Nothing | Behind::Unknown if is_closed => Next::Closed,
            Behind::Nothing => Next::Nothing,
            Behind::Unknown => Next::Behind,
        }
    }

    /// Waits until there may be something new.
    pub async fn rung(&mut self) {
        // The sender lives in the room, which this listener keeps alive.
        let _ = self.bell.changed().await;
    }

    /// What was missed since a position, where the ring alone can tell it.
    pub fn missed_since(&self, seq: Seq) -> Option<(Vec<Bytes>, Seq)> {
        match self.room.lock().ring.catch_up(seq) {
            Behind::Frames(frames, last) => Some((frames, last)),
            Behind::Nothing => Some((vec![], seq)),
            Behind::Unknown => None,
        }
    }

    /// The store has told where the log stands.
    pub fn learn_head(&self, head: Seq) {
        self.room.lock().ring.learn_head(head);
    }

    /// Whether the being's right to the space was taken back since it entered.
    pub fn is_revoked(&self) -> bool {
        self.standing.revoked.load(Ordering::Acquire)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.room.lock().listeners.remove(&self.ticket);
    }
}
