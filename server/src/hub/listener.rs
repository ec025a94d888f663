//! One stream's place in a room, as the stream sees it.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use app::protocol::{BeingId, Seq, SyncEvent};
use bytes::Bytes;
use tokio::sync::watch;

use super::{
    inquiry::Turn,
    ring::Behind,
    room::Room,
    seat::{Outlet, Risen, Seat},
};
use crate::chance::TokenHash;

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
    /// Nothing yet: wait for [`Listener::rung`], or [`rest`](Listener::rest).
    Nothing,
    /// The ring does not reach back that far: catch up from the store.
    Behind,
    /// The being belongs here no more.
    Revoked,
    /// The session was signed out; or the server shuts down, and all that the ring has is taken.
    Closed,
}

impl Listener {
    pub(super) fn enter(room: Arc<Room>, being: BeingId, session: TokenHash) -> Self {
        let seat = Arc::new(Seat::new(being, session));
        let row = room.seat(seat.clone());
        let bell = room.bell();
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
        let is_closed = self.room.is_closed();
        match self.room.after(after) {
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
        if self.room.is_closed() { Poll::Ready(()) } else { roused }
    }

    /// Ready once it has to go.
    pub fn poll_dismissed(&self, context: &Context<'_>) -> Poll<()> {
        self.seat.poll_dismissed(context)
    }

    /// None where it did not rest.
    pub fn rise(&self) -> Option<Risen> {
        self.seat.rise()
    }

    /// What was missed since a position, where the ring alone can tell it.
    pub fn missed_since(&self, seq: Seq) -> Option<(Vec<Bytes>, Seq)> {
        match self.room.missed_since(seq) {
            Behind::Frames(frames, last) => Some((frames, last)),
            Behind::Nothing => Some((vec![], seq)),
            Behind::Unknown => None,
        }
    }

    /// Waits for the turn to ask the store: one listener of a room at a time, so that the others find
    /// here what it was told.
    pub async fn turn_to_ask(&self) -> Turn {
        self.room.inquiry.turn().await
    }

    /// The store has told where the log stands.
    pub fn learn_head(&self, head: Seq) {
        self.room.learn_head(head);
    }

    /// The store has told changes that follow each other, each to something else.
    pub fn learn(&self, changes: &[(Seq, SyncEvent, Bytes)]) {
        self.room.learn(changes);
    }

    /// Whether more has changed since than a catch-up tells, for all that is known.
    pub fn is_too_much(&self, since: Seq) -> bool {
        self.room.inquiry.is_too_much(since)
    }

    pub fn learn_too_much(&self, since: Seq) {
        self.room.inquiry.learn_too_much(since);
    }

    /// The store has told the whole space.
    pub fn learn_sync(&self, seq: Seq, sync: Bytes) {
        self.room.learn_head(seq);
        self.room.inquiry.learn_sync(seq, sync);
    }

    /// The whole space as it is now, where the store has told it to another of those who wait.
    pub fn present_sync(&self) -> Option<(Seq, Bytes)> {
        self.room.inquiry.sync_at(self.room.head())
    }

    /// What another who waits had missed since the same position, up to now.
    pub fn missed_by_another(&self, since: Seq) -> Option<(Vec<Bytes>, Seq)> {
        self.room.inquiry.missed(since, self.room.head())
    }

    pub fn learn_missed(&self, since: Seq, head: Seq, frames: &[Bytes]) {
        self.room.inquiry.learn_missed(since, head, frames);
    }

    /// Whether it has to go: the being's right to the space was taken back since it entered, or the
    /// session was signed out.
    pub fn is_dismissed(&self) -> bool {
        self.seat.is_dismissed()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Its outlet is written to no more, and let go.
        self.seat.rise();
        self.room.leave(self.row, &self.seat);
    }
}
