//! One space that is being listened to.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use app::protocol::{BeingId, Cursor, Seq, SyncEvent};
use bytes::Bytes;
use tokio::sync::watch;

use super::{
    encode,
    ring::{Behind, Ring},
    row::{self, Round, Row},
    seat::{Batch, Outlet, Risen, Seat},
};
use crate::{chance::TokenHash, store::Committed};

/// What a listener takes at a time: so much is in flight for it, whatever it has yet to read.
const TAKE_MAX_BYTES: usize = 64 * 1024;

pub(super) struct Room {
    inside: Mutex<Inside>,
    /// Counts the reasons to look again: a change, a dismissal.
    bell: watch::Sender<u64>,
    is_closed: AtomicBool,
    /// Whose turn it is to ask the store.
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Inside {
    ring: Ring,
    rows: Vec<Row>,
    /// How many wait for their turn to ask the store, or have it.
    asking: usize,
    /// The `space-sync` of a position, while somebody waits who may want the same.
    sync: Option<(Seq, Bytes)>,
    /// Up to here more rows have changed since than a catch-up tells; and they only grow more.
    too_much: Option<Seq>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            inside: Mutex::default(),
            bell: watch::Sender::new(0),
            is_closed: AtomicBool::new(false),
            asking: Arc::default(),
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

    /// What there is to do for a row that was told so far, and for whom.
    pub fn round(&self, row: usize, told: Seq) -> (Round, Arc<Vec<Arc<Seat>>>) {
        let inside = self.lock();
        let round = match inside.ring.after(told, TAKE_MAX_BYTES) {
            Behind::Frames(frames, last) => {
                Round::Tell(Batch { after: told, last, bytes: joined(frames) })
            }
            Behind::Nothing => Round::Wait,
            Behind::Unknown => Round::Lost(inside.ring.head().unwrap_or(told)),
        };
        (round, inside.rows[row].seats.clone())
    }

    /// Takes a listener's telling over, unless there is something for it already.
    fn rest(
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
            tokio::spawn(row::serve(Arc::downgrade(self), row, head, self.bell.subscribe()));
        }
        true
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

    /// Which row it was given.
    fn seat(&mut self, seat: Arc<Seat>) -> usize {
        let at = self.rows.iter().position(Row::has_room).unwrap_or(self.rows.len());
        if at == self.rows.len() {
            self.rows.push(Row::default());
        }
        self.rows[at].take(seat);
        at
    }
}

/// One piece of many; one alone is not copied.
fn joined(mut frames: Vec<Bytes>) -> Bytes {
    match frames.len() {
        1 => frames.swap_remove(0),
        _ => frames.concat().into(),
    }
}

/// One stream's place in a room; leaving is dropping it.
pub struct Listener {
    room: Arc<Room>,
    row: usize,
    seat: Arc<Seat>,
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
        let seat = Arc::new(Seat::new(being, session));
        let row = room.lock().seat(seat.clone());
        let bell = room.bell.subscribe();
        Self { room, row, seat, bell }
    }

    pub fn being(&self) -> &BeingId {
        &self.seat.being
    }

    /// What follows a position up to which all is told.
    pub fn next(&mut self, after: Seq) -> Next {
        // Seen before looking: what is published after this line rings again.
        self.bell.borrow_and_update();
        if self.seat.is_revoked() {
            return Next::Revoked;
        }
        if self.seat.is_signed_out() {
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

    /// Lets the room write to an outlet what follows `told`, where all is told up to there: until
    /// [`roused`](Self::poll_roused), or until it is taken back by [`rise`](Self::rise).
    pub fn rest(&self, told: Seq, outlet: &Arc<dyn Outlet>) -> bool {
        self.room.rest(&self.seat, self.row, told, outlet)
    }

    /// Ready once there is something that only the listener itself can do, or it has to go.
    pub fn poll_roused(&self, context: &Context<'_>) -> Poll<()> {
        let roused = self.seat.poll_roused(context);
        if self.room.is_closed.load(Ordering::Acquire) { Poll::Ready(()) } else { roused }
    }

    /// Ready once the being's right to the space was taken back.
    pub fn poll_revoked(&self, context: &Context<'_>) -> Poll<()> {
        self.seat.poll_revoked(context)
    }

    /// None where it did not rest.
    pub fn rise(&self) -> Option<Risen> {
        self.seat.rise()
    }

    /// What was missed since a position, where the ring alone can tell it.
    pub fn missed_since(&self, seq: Seq) -> Option<(Vec<Bytes>, Seq)> {
        match self.room.lock().ring.catch_up(seq) {
            Behind::Frames(frames, last) => Some((frames, last)),
            Behind::Nothing => Some((vec![], seq)),
            Behind::Unknown => None,
        }
    }

    /// Waits for the turn to ask the store: one listener of a room at a time, so that the others find
    /// here what it was told.
    pub async fn turn_to_ask(&self) -> Turn {
        self.room.lock().asking += 1;
        let asking = Asking(self.room.clone());
        let guard = self.room.asking.clone().lock_owned().await;
        Turn { _guard: guard, _asking: asking }
    }

    /// The store has told where the log stands.
    pub fn learn_head(&self, head: Seq) {
        self.room.lock().ring.learn_head(head);
    }

    /// The store has told changes that follow each other, each the only one of its row.
    pub fn learn(&self, changes: &[(Seq, SyncEvent, Bytes)]) {
        self.room.lock().ring.fill(changes);
    }

    /// Whether more has changed since than a catch-up tells, for all that is known.
    pub fn is_too_much(&self, since: Seq) -> bool {
        self.room.lock().too_much.is_some_and(|too_much| since <= too_much)
    }

    pub fn learn_too_much(&self, since: Seq) {
        let mut inside = self.room.lock();
        inside.too_much = inside.too_much.max(Some(since));
    }

    /// The store has told the whole space.
    pub fn learn_sync(&self, seq: Seq, sync: Bytes) {
        let mut inside = self.room.lock();
        inside.ring.learn_head(seq);
        if inside.asking > 1 {
            inside.sync = Some((seq, sync));
        }
    }

    /// The whole space as it is now, where the store has told it to another of those who wait.
    pub fn present_sync(&self) -> Option<(Seq, Bytes)> {
        let inside = self.room.lock();
        inside.sync.clone().filter(|(seq, _)| inside.ring.head() == Some(*seq))
    }

    /// Whether the being's right to the space was taken back since it entered.
    pub fn is_revoked(&self) -> bool {
        self.seat.is_revoked()
    }
}

/// A listener's turn to ask the store.
pub struct Turn {
    _guard: tokio::sync::OwnedMutexGuard<()>,
    _asking: Asking,
}

/// One of those who wait for their turn, or have it.
struct Asking(Arc<Room>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut inside = self.0.lock();
        inside.asking -= 1;
        if inside.asking == 0 {
            inside.sync = None;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Its outlet is written to no more, and let go.
        self.seat.rise();
        self.room.lock().rows[self.row].leave(&self.seat);
    }
}
