//! Some of a room's seats, and the task that writes to those who rest: one after the other, without
//! waking them, so that an event costs each little more than the write. A large room has several rows,
//! for as many processors.

use std::sync::Arc;

use app::protocol::Seq;
use tokio::{sync::watch, time::Instant};

use super::seat::{Batch, Seat};

const ROW_MAX_SEATS: usize = 512;
/// After so many writes others have their turn.
const TURN_MAX_SEATS: usize = 64;

#[derive(Default)]
pub(super) struct Row {
    /// Shared with the task while it goes through them; who comes or leaves then makes a copy.
    pub seats: Seats,
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

pub(super) type Seats = Arc<Vec<Arc<Seat>>>;

/// What a row's task has to do, and for whom.
pub(super) enum Round {
    Tell(Seats, Batch),
    /// The ring does not reach back to where the row is.
    Lost(Seats, Seq),
    Wait,
}

/// Tells a row what follows `told`, until there is no room to look into.
pub(super) async fn serve(
    look: impl Fn(Seq) -> Option<Round>,
    mut told: Seq,
    mut bell: watch::Receiver<u64>,
) {
    loop {
        // Seen before looking: what is published after this line rings again.
        bell.borrow_and_update();
        match look(told) {
            Some(Round::Tell(seats, batch)) => {
                let now = Instant::now();
                for (at, seat) in seats.iter().enumerate() {
                    if at > 0 && at % TURN_MAX_SEATS == 0 {
                        tokio::task::yield_now().await;
                    }
                    seat.tell(&batch, now);
                }
                told = batch.last;
            }
            Some(Round::Lost(seats, head)) => {
                seats.iter().for_each(|seat| seat.tell_nothing(head));
                told = head;
            }
            Some(Round::Wait) if bell.changed().await.is_ok() => {}
            // The room is gone, and its bell with it.
            Some(Round::Wait) | None => return,
        }
    }
}
