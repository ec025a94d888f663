//! One space that is being listened to.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use app::protocol::{Cursor, Seq, SyncEvent};
use bytes::Bytes;
use tokio::sync::watch;

use super::{
    Spawn, encode,
    inquiry::Inquiry,
    ring::{Behind, Ring},
    row::{self, Round, Row},
    seat::{Batch, Outlet, Seat},
};
use crate::{chance::TokenHash, store::Committed};

/// What a listener, or a row of them, takes at a time: so much is in flight, whatever is yet to be read.
const TAKE_MAX_BYTES: usize = 64 * 1024;

pub(super) struct Room {
    inside: Mutex<Inside>,
    /// Counts the reasons to look again: a change, a dismissal.
    bell: watch::Sender<u64>,
    is_closed: AtomicBool,
    pub inquiry: Arc<Inquiry>,
    spawn: Spawn,
}

#[derive(Default)]
struct Inside {
    ring: Ring,
    rows: Vec<Row>,
}

impl Room {
    pub fn new(spawn: Spawn) -> Self {
        Self {
            inside: Mutex::default(),
            bell: watch::Sender::new(0),
            is_closed: AtomicBool::new(false),
            inquiry: Arc::default(),
            spawn,
        }
    }

    pub fn publish(&self, committed: &Committed) {
        let mut inside = self.lock();
        for (seq, event) in committed.changes() {
            let cursor = Cursor { epoch: committed.epoch().clone(), seq: *seq };
            inside.ring.push(*seq, event, encode(&cursor, event));
            if let SyncEvent::BeingLeft { being_id } = event {
                inside
                    .seats()
                    .filter(|seat| seat.being == *being_id)
                    .for_each(|seat| seat.revoke());
            }
        }
        drop(inside);
        self.ring_the_bell();
    }

    /// Dismisses who entered with a session; nobody else hears of it.
    pub fn sign_out(&self, session: &TokenHash) {
        let inside = self.lock();
        let mut dismissed = 0;
        for seat in inside.seats().filter(|seat| seat.session == *session) {
            seat.sign_out();
            dismissed += 1;
        }
        drop(inside);
        if dismissed > 0 {
            self.ring_the_bell();
        }
    }

    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.lock().seats().for_each(|seat| seat.wake());
        self.ring_the_bell();
    }

    pub fn listeners(&self) -> usize {
        self.lock().seats().count()
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Rings for every reason to look again.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// What follows a position up to which all is told.
    pub fn after(&self, told: Seq) -> Behind {
        self.lock().ring.after(told, TAKE_MAX_BYTES)
    }

    /// The same for one that is to be caught up.
    pub fn missed_since(&self, seq: Seq) -> Behind {
        self.lock().ring.catch_up(seq)
    }

    /// The position of the last change, for all that is known here.
    pub fn head(&self) -> Option<Seq> {
        self.lock().ring.head()
    }

    pub fn learn_head(&self, head: Seq) {
        self.lock().ring.learn_head(head);
    }

    /// Changes that follow each other, each to something else.
    pub fn learn(&self, changes: &[(Seq, SyncEvent, Bytes)]) {
        self.lock().ring.fill(changes);
    }

    /// Which row it was given.
    pub fn seat(&self, seat: Arc<Seat>) -> usize {
        let mut inside = self.lock();
        let at = inside.rows.iter().position(Row::has_room).unwrap_or(inside.rows.len());
        if at == inside.rows.len() {
            inside.rows.push(Row::default());
        }
        inside.rows[at].take(seat);
        at
    }

    pub fn leave(&self, row: usize, seat: &Arc<Seat>) {
        self.lock().rows[row].leave(seat);
    }

    /// Takes a listener's telling over, unless there is something for it already.
    pub fn rest(
        self: &Arc<Self>,
        seat: &Seat,
        row: usize,
        told: Seq,
        outlet: &Arc<dyn Outlet>,
    ) -> bool {
        let mut inside = self.lock();
        let Behind::Nothing = inside.ring.after(told, 0) else { return false };
        // With the room locked: what is published from here on finds it resting.
        seat.rest(told, outlet.clone());
        if !inside.rows[row].is_served {
            inside.rows[row].is_served = true;
            // A listener may be ahead of the ring, its neighbours are not.
            let head = inside.ring.head().unwrap_or(told);
            let room = Arc::downgrade(self);
            let look = move |told| room.upgrade().map(|room| room.round(row, told));
            (self.spawn)(Box::pin(row::serve(look, head, self.bell())));
        }
        true
    }

    /// What there is to do for a row that was told so far, and for whom.
    fn round(&self, row: usize, told: Seq) -> Round {
        let inside = self.lock();
        let seats = inside.rows[row].seats.clone();
        match inside.ring.after(told, TAKE_MAX_BYTES) {
            Behind::Frames(frames, last) => {
                Round::Tell(seats, Batch { after: told, last, bytes: joined(frames) })
            }
            Behind::Nothing => Round::Wait,
            Behind::Unknown => Round::Lost(seats, inside.ring.head().unwrap_or(told)),
        }
    }

    fn ring_the_bell(&self) {
        self.bell.send_modify(|times| *times += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn seats(&self) -> impl Iterator<Item = &Arc<Seat>> {
        self.rows.iter().flat_map(|row| row.seats.iter())
    }
}

/// One piece of many; one alone is not copied.
fn joined(mut frames: Vec<Bytes>) -> Bytes {
    match frames.len() {
        1 => frames.swap_remove(0),
        _ => frames.concat().into(),
    }
}
