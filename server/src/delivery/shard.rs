//! Some of a channel's subscribers, and the task that writes to the parked ones: one after the other,
//! without waking them, so that an event costs each little more than the write. A large channel has
//! several shards, for several processors.

use std::sync::Arc;

use protocol::Seq;
use tokio::{sync::watch, time::Instant};

use super::subscriber::{Batch, Subscriber};

const SHARD_MAX_SUBSCRIBERS: usize = 512;
/// The task yields to others after this many writes.
const WRITES_PER_TURN: usize = 64;

#[derive(Default)]
pub(super) struct Shard {
    /// Shared with the task while it goes through them; joining or leaving then makes a copy.
    pub subscribers: Subscribers,
    pub is_served: bool,
}

impl Shard {
    pub fn has_room(&self) -> bool {
        self.subscribers.len() < SHARD_MAX_SUBSCRIBERS
    }

    pub fn join(&mut self, subscriber: Arc<Subscriber>) {
        Arc::make_mut(&mut self.subscribers).push(subscriber);
    }

    pub fn leave(&mut self, subscriber: &Arc<Subscriber>) {
        if let Some(at) = self.subscribers.iter().position(|one| Arc::ptr_eq(one, subscriber)) {
            Arc::make_mut(&mut self.subscribers).swap_remove(at);
        }
    }
}

pub(super) type Subscribers = Arc<Vec<Arc<Subscriber>>>;

/// The next work of a shard's task, and for which subscribers.
pub(super) enum Round {
    Push(Subscribers, Batch),
    /// The buffer does not reach back to where the shard is; the head is given.
    OutOfRange(Subscribers, Seq),
    Wait,
}

/// Pushes to a shard whatever follows `sent_up_to`, until the channel is gone.
pub(super) async fn serve(
    next_round: impl Fn(Seq) -> Option<Round>,
    mut sent_up_to: Seq,
    mut changed: watch::Receiver<u64>,
) {
    loop {
        // Marked as seen before looking: whatever is published after this line notifies again.
        changed.borrow_and_update();
        match next_round(sent_up_to) {
            Some(Round::Push(subscribers, batch)) => {
                let now = Instant::now();
                for (at, subscriber) in subscribers.iter().enumerate() {
                    if at > 0 && at % WRITES_PER_TURN == 0 {
                        tokio::task::yield_now().await;
                    }
                    subscriber.push(&batch, now);
                }
                sent_up_to = batch.last;
            }
            Some(Round::OutOfRange(subscribers, head)) => {
                subscribers.iter().for_each(|subscriber| subscriber.wake_behind(head));
                sent_up_to = head;
            }
            Some(Round::Wait) if changed.changed().await.is_ok() => {}
            // The channel is gone, and its sender with it.
            Some(Round::Wait) | None => return,
        }
    }
}
