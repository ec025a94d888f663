//! Some of a room's seats, and the task that writes to those who rest: one after the other, without
//! waking them, so that an event costs each little more than the write. A large room has several rows,
//! for as many processors.

use std::sync::{Arc, Weak};

use app::protocol::Seq;
use tokio::{sync::watch, time::Instant};

use super::{
    room::Room,
    seat::{Batch, Seat},
};

const ROW_MAX_SEATS: usize = 512;
/// After so many writes others have their turn.
const TURN_MAX_SEATS: usize = 64;

#[derive(Default)]
pub(super) struct Row {
    /// Shared with the task while it goes through them; who comes or leaves then makes a copy.
    pub seats: Arc<Vec<Arc<Seat>>>,
    pub is_served: bool,
}

impl Row {
    pub fn has_room(&self) -> bool {
        self.seats.len() < ROW_MAX_SEATS
    }

    pub fn take(&mut self, seat: Arc<Seat>) {
        Arc::make_mut(&mut self.seats).push(seat);
    }

    pub fn leave(&mut self, seat: &Arc<Seat>) {
        if let Some(at) = self.seats.iter().position(|one| Arc::ptr_eq(one, seat)) {
            Arc::make_mut(&mut self.seats).swap_remove(at);
        }
    }
}

/// What a row's task has to do.
pub(super) enum Round {
    Tell(Batch),
    /// The ring does not reach back to where the row is.
    Lost(Seq),
    Wait,
}

/// Tells a row what follows `told`, until the room is gone.
pub(super) async fn serve(
    room: Weak<Room>,
    row: usize,
    mut told: Seq,
    mut bell: watch::Receiver<u64>,
) {
    loop {
        // Seen before looking: what is published after this line rings again.
        bell.borrow_and_update();
        let Some(held) = room.upgrade() else { return };
        let (round, seats) = held.round(row, told);
        drop(held);
        match round {
            Round::Tell(batch) => {
                let now = Instant::now();
                for some in seats.chunks(TURN_MAX_SEATS) {
                    some.iter().for_each(|seat| seat.tell(&batch, now));
                    tokio::task::yield_now().await;
                }
                told = batch.last;
            }
            Round::Lost(head) => {
                seats.iter().for_each(|seat| seat.tell_nothing(head));
                told = head;
            }
            // The room rings no more once it is gone.
            Round::Wait => {
                drop(seats);
                if bell.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}
