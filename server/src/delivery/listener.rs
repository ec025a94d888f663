//! A stream's subscription to a channel, as the stream sees it.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use protocol::{BeingId, Seq};
use tokio::sync::watch;

use super::{
    catch_up_cache::LoadPermit,
    channel::Channel,
    replay_buffer::{Backlog, Frame},
    subscriber::{Handover, Sink, Subscriber},
};
use crate::domain::token::TokenHash;

/// A stream's subscription to a channel. Dropping it unsubscribes.
pub struct Listener {
    channel: Arc<Channel>,
    shard: usize,
    subscriber: Arc<Subscriber>,
    changed: watch::Receiver<u64>,
}

/// The result of a pull.
pub enum Next {
    /// Frames, and the position of the last of them.
    Frames(Vec<Bytes>, Seq),
    /// Nothing yet: wait to be notified, or park.
    Empty,
    /// The buffer does not reach back that far: catch up from the store.
    OutOfRange,
    /// The being is no longer a member of the space.
    Revoked,
    /// The session was signed out; or the server shuts down, and the buffer is read to its end.
    Closed,
}

impl Listener {
    pub(super) fn subscribe(channel: Arc<Channel>, being: BeingId, session: TokenHash) -> Self {
        let subscriber = Arc::new(Subscriber::new(being, session));
        let shard = channel.join(subscriber.clone());
        let changed = channel.notifications();
        Self { channel, shard, subscriber, changed }
    }

    /// The frames that follow a position, everything up to which is sent.
    pub fn next(&mut self, sent_up_to: Seq) -> Next {
        // Marked as seen before looking: whatever is published after this line notifies again.
        self.changed.borrow_and_update();
        if self.subscriber.is_revoked() {
            return Next::Revoked;
        }
        if self.subscriber.is_signed_out() {
            return Next::Closed;
        }
        let is_closed = self.channel.is_closed();
        match self.channel.after(sent_up_to) {
            Backlog::Frames(frames, last) => Next::Frames(frames, last),
            Backlog::Empty | Backlog::OutOfRange if is_closed => Next::Closed,
            Backlog::Empty => Next::Empty,
            Backlog::OutOfRange => Next::OutOfRange,
        }
    }

    pub(super) fn being(&self) -> &BeingId {
        &self.subscriber.being
    }

    /// Waits until there may be something new.
    pub(super) async fn notified(&mut self) {
        // The sender lives in the channel, which this listener keeps alive.
        let _ = self.changed.changed().await;
    }

    /// Switches to push: the shard task writes to the sink whatever follows `sent_up_to`, until
    /// [`poll_woken`](Self::poll_woken) is ready, or until [`unpark`](Self::unpark) switches back.
    /// False if there is something to pull already.
    pub(super) fn park(&self, sent_up_to: Seq, sink: &Arc<dyn Sink>) -> bool {
        self.channel.park(&self.subscriber, self.shard, sent_up_to, sink)
    }

    /// Ready once there is something that only the listener itself can do, or it has to end.
    pub(super) fn poll_woken(&self, context: &Context<'_>) -> Poll<()> {
        let woken = self.subscriber.poll_woken(context);
        if self.channel.is_closed() { Poll::Ready(()) } else { woken }
    }

    /// Ready once the listener has to end.
    pub(super) fn poll_terminated(&self, context: &Context<'_>) -> Poll<()> {
        self.subscriber.poll_terminated(context)
    }

    /// Whether the listener has to end: the being was removed from the space since it subscribed, or
    /// the session was signed out.
    pub(super) fn is_terminated(&self) -> bool {
        self.subscriber.is_terminated()
    }

    pub(super) fn is_signed_out(&self) -> bool {
        self.subscriber.is_signed_out()
    }

    /// Switches back to pull; none if the listener was not parked.
    pub(super) fn unpark(&self) -> Option<Handover> {
        self.subscriber.unpark()
    }

    /// The changes since a position and the head, if the replay buffer alone can give them.
    pub(super) fn buffered_changes(&self, since: Seq) -> Option<(Vec<Bytes>, Seq)> {
        match self.channel.catch_up(since) {
            Backlog::Frames(frames, last) => Some((frames, last)),
            Backlog::Empty => Some((vec![], since)),
            Backlog::OutOfRange => None,
        }
    }

    /// Waits for the permit to read the store. One listener of a channel holds it at a time, so that
    /// the others find the result here.
    pub(super) async fn load_permit(&self) -> LoadPermit {
        self.channel.catch_up_cache.load_permit().await
    }

    /// Caches the head that the store has given.
    pub(super) fn cache_head(&self, head: Seq) {
        self.channel.cache_head(head);
    }

    /// Puts consecutive changes, each to a different row, into the replay buffer.
    pub(super) fn buffer_changes(&self, changes: &[Frame]) {
        self.channel.buffer_changes(changes);
    }

    /// Whether more rows are known to have changed since a position than a catch-up sends.
    pub(super) fn exceeds_limit(&self, since: Seq) -> bool {
        self.channel.catch_up_cache.exceeds_limit(since)
    }

    pub(super) fn cache_limit_exceeded(&self, since: Seq) {
        self.channel.catch_up_cache.cache_limit_exceeded(since);
    }

    /// Caches the whole log, as the store has given it.
    pub(super) fn cache_sync(&self, seq: Seq, sync: Bytes) {
        self.channel.cache_head(seq);
        self.channel.catch_up_cache.cache_sync(seq, sync);
    }

    /// The whole log at the head, if the store has given it to another waiting listener.
    pub(super) fn cached_sync(&self) -> Option<(Seq, Bytes)> {
        self.channel.catch_up_cache.cached_sync(self.channel.head())
    }

    /// The changes since a position up to the head, if the store has given them to another waiting
    /// listener.
    pub(super) fn cached_changes(&self, since: Seq) -> Option<(Vec<Bytes>, Seq)> {
        self.channel.catch_up_cache.cached_changes(since, self.channel.head())
    }

    pub(super) fn cache_changes(&self, since: Seq, head: Seq, frames: &[Bytes]) {
        self.channel.catch_up_cache.cache_changes(since, head, frames);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Nothing more is written to its sink, which is released.
        self.subscriber.unpark();
        self.channel.leave(self.shard, &self.subscriber);
    }
}
