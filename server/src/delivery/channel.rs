//! The fan-out channel of one log, of a space or of an inbox: its replay buffer, and its subscribers in shards.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use protocol::{BeingLeft, Cursor, Seq, SyncEvent};
use tokio::sync::watch;

use super::{
    catch_up_cache::CatchUpCache,
    frame::encode,
    hub::Spawn,
    replay_buffer::{Backlog, Frame, ReplayBuffer},
    shard::{self, Round, Shard},
    subscriber::{Batch, Sink, Subscriber},
};
use crate::{
    domain::token::TokenHash,
    store::{Committed, CommittedInbox},
};

/// A listener or a shard takes this much at a time, which bounds what is in flight however much is
/// left to read.
const TAKE_MAX_BYTES: usize = 64 * 1024;

pub(super) struct Channel {
    state: Mutex<State>,
    /// Counts the reasons to look again: changes and terminations.
    changed: watch::Sender<u64>,
    is_closed: AtomicBool,
    pub catch_up_cache: Arc<CatchUpCache>,
    spawn: Spawn,
}

#[derive(Default)]
struct State {
    buffer: ReplayBuffer,
    shards: Vec<Shard>,
}

impl Channel {
    pub fn new(spawn: Spawn) -> Self {
        Self {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            is_closed: AtomicBool::new(false),
            catch_up_cache: Arc::default(),
            spawn,
        }
    }

    pub fn publish(&self, committed: &Committed) {
        let mut state = self.lock();
        for (seq, event) in committed.changes() {
            let cursor = Cursor { epoch: committed.epoch().clone(), seq: *seq };
            state.buffer.push(*seq, event, encode(&cursor, event));
            if let SyncEvent::BeingLeft(BeingLeft { being_id }) = event {
                state
                    .subscribers()
                    .filter(|subscriber| subscriber.being == *being_id)
                    .for_each(|subscriber| subscriber.revoke());
            }
        }
        drop(state);
        self.notify();
    }

    pub fn publish_inbox(&self, committed: &CommittedInbox) {
        let (cursor, event) = (committed.cursor(), committed.event());
        self.lock().buffer.push(cursor.seq, event, encode(cursor, event));
        self.notify();
    }

    /// The space was deleted.
    pub fn revoke_all(&self) {
        self.lock().subscribers().for_each(|subscriber| subscriber.revoke());
        self.notify();
    }

    /// Terminates the subscribers that came with a session; the others are not woken for it.
    pub fn sign_out(&self, session: &TokenHash) {
        let state = self.lock();
        let mut terminated = 0;
        for subscriber in state.subscribers().filter(|one| one.session == *session) {
            subscriber.sign_out();
            terminated += 1;
        }
        drop(state);
        if terminated > 0 {
            self.notify();
        }
    }

    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.lock().subscribers().for_each(|subscriber| subscriber.wake());
        self.notify();
    }

    pub fn subscriber_count(&self) -> usize {
        self.lock().subscribers().count()
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Notified of every reason to look again.
    pub fn notifications(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The frames that follow a live position, everything up to which is sent.
    pub fn after(&self, sent_up_to: Seq) -> Backlog {
        self.lock().buffer.after(sent_up_to, TAKE_MAX_BYTES)
    }

    /// The frames that follow a position, by the rules of catch-up.
    pub fn catch_up(&self, since: Seq) -> Backlog {
        self.lock().buffer.catch_up(since)
    }

    /// The position of the last change, as far as it is known here.
    pub fn head(&self) -> Option<Seq> {
        self.lock().buffer.head()
    }

    pub fn cache_head(&self, head: Seq) {
        self.lock().buffer.cache_head(head);
    }

    /// Puts consecutive changes, each to a different row, into the buffer.
    pub fn buffer_changes(&self, changes: &[Frame]) {
        self.lock().buffer.fill(changes);
    }

    /// Returns the index of the shard that took the subscriber.
    pub fn join(&self, subscriber: Arc<Subscriber>) -> usize {
        let mut state = self.lock();
        let index = state.shards.iter().position(Shard::has_room).unwrap_or(state.shards.len());
        if index == state.shards.len() {
            state.shards.push(Shard::default());
        }
        state.shards[index].join(subscriber);
        index
    }

    pub fn leave(&self, shard: usize, subscriber: &Arc<Subscriber>) {
        self.lock().shards[shard].leave(subscriber);
    }

    /// Switches a subscriber to push, unless there is something to pull already.
    pub fn park(
        self: &Arc<Self>,
        subscriber: &Subscriber,
        shard: usize,
        sent_up_to: Seq,
        sink: &Arc<dyn Sink>,
    ) -> bool {
        let mut state = self.lock();
        let Backlog::Empty = state.buffer.after(sent_up_to, 0) else { return false };
        // The channel is locked, so whatever is published from here on finds the subscriber parked.
        subscriber.park(sent_up_to, sink.clone());
        if !state.shards[shard].is_served {
            state.shards[shard].is_served = true;
            // A listener may be ahead of the buffer; its neighbours are not.
            let head = state.buffer.head().unwrap_or(sent_up_to);
            let channel = Arc::downgrade(self);
            let next_round =
                move |sent_up_to| channel.upgrade().map(|one| one.next_round(shard, sent_up_to));
            (self.spawn)(Box::pin(shard::serve(next_round, head, self.notifications())));
        }
        true
    }

    /// The work of a shard whose subscribers have everything up to a position.
    fn next_round(&self, shard: usize, sent_up_to: Seq) -> Round {
        let state = self.lock();
        let subscribers = state.shards[shard].subscribers.clone();
        match state.buffer.after(sent_up_to, TAKE_MAX_BYTES) {
            Backlog::Frames(frames, last) => {
                let batch = Batch { after: sent_up_to, last, bytes: concatenated(frames) };
                Round::Push(subscribers, batch)
            }
            Backlog::Empty => Round::Wait,
            Backlog::OutOfRange => {
                Round::OutOfRange(subscribers, state.buffer.head().unwrap_or(sent_up_to))
            }
        }
    }

    fn notify(&self) {
        self.changed.send_modify(|times| *times += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn subscribers(&self) -> impl Iterator<Item = &Arc<Subscriber>> {
        self.shards.iter().flat_map(|shard| shard.subscribers.iter())
    }
}

/// A single frame is not copied.
fn concatenated(mut frames: Vec<Bytes>) -> Bytes {
    match frames.len() {
        1 => frames.swap_remove(0),
        _ => frames.concat().into(),
    }
}
