//! The fan-out: one channel per log with subscribers, of a space or of an inbox. [`delivery`](super) lists what is always true.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures::future::BoxFuture;
use protocol::{BeingId, SpaceId};

use super::{
    channel::Channel,
    listener::Listener,
    news::{News, Watch},
};
use crate::{
    domain::token::TokenHash,
    store::{Committed, CommittedInbox, Publish},
};

pub struct Hub {
    channels: Mutex<Channels>,
    news: Arc<News>,
    spawn: Spawn,
}

/// Runs the shard tasks, which write to parked subscribers, and the tasks that tell what is new.
pub(super) type Spawn = Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

type Open<Id> = HashMap<Id, Weak<Channel>>;

/// A being's subscription to its inbox.
pub struct InboxListener {
    pub(super) listener: Listener,
    pub(super) watch: Watch,
}

#[derive(Default)]
struct Channels {
    by_space: Open<SpaceId>,
    inboxes: Open<BeingId>,
    is_closed: bool,
}

impl Default for Hub {
    /// Spawns on the runtime that serves the listeners.
    fn default() -> Self {
        Self::new(|task| drop(tokio::spawn(task)))
    }
}

impl Hub {
    pub fn new(spawn: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        let spawn: Spawn = Arc::new(spawn);
        Self { channels: Mutex::default(), news: Arc::new(News::new(spawn.clone())), spawn }
    }

    /// Subscribes. The listener catches up only after this: whatever is committed from here on reaches
    /// it through the replay buffer or, where that has moved on, through the next catch-up.
    pub fn listen(&self, space: &SpaceId, being: BeingId, session: TokenHash) -> Listener {
        let mut channels = self.lock();
        let channel = open(&mut channels.by_space, space, &self.spawn);
        if channels.is_closed {
            channel.close();
        }
        drop(channels);
        Listener::subscribe(channel, being, session)
    }

    /// The same, to the being's own inbox.
    pub fn listen_to_inbox(&self, being: BeingId, session: TokenHash) -> InboxListener {
        let mut channels = self.lock();
        let channel = open(&mut channels.inboxes, &being, &self.spawn);
        if channels.is_closed {
            channel.close();
        }
        drop(channels);
        let watch = self.news.watch(being.clone());
        InboxListener { listener: Listener::subscribe(channel, being, session), watch }
    }

    /// Ends the streams that were opened with a session, which has been signed out.
    pub fn sign_out(&self, session: &TokenHash) {
        for channel in self.channels() {
            channel.sign_out(session);
        }
    }

    /// Ends every stream, now and later, after everything published has been flushed.
    pub fn close(&self) {
        self.lock().is_closed = true;
        for channel in self.channels() {
            channel.close();
        }
    }

    /// The number of channels, and the number of subscribers of all of them.
    pub fn stats(&self) -> (usize, usize) {
        let channels = self.channels();
        (channels.len(), channels.iter().map(|channel| channel.subscriber_count()).sum())
    }

    fn channels(&self) -> Vec<Arc<Channel>> {
        let channels = self.lock();
        let all = channels.by_space.values().chain(channels.inboxes.values());
        all.filter_map(Weak::upgrade).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Publish for Hub {
    fn publish(&self, committed: &Committed) {
        let channel = self.lock().by_space.get(committed.space()).and_then(Weak::upgrade);
        if let Some(channel) = channel {
            channel.publish(committed);
        }
        self.news.publish(committed);
    }

    fn publish_deleted(&self, space: &SpaceId) {
        let channel = self.lock().by_space.remove(space).and_then(|channel| channel.upgrade());
        if let Some(channel) = channel {
            channel.revoke_all();
        }
    }

    fn publish_inbox(&self, committed: &CommittedInbox) {
        self.news.count_leave(committed);
        let channel = self.lock().inboxes.get(committed.being()).and_then(Weak::upgrade);
        if let Some(channel) = channel {
            channel.publish_inbox(committed);
        }
        self.news.publish_inbox(committed);
    }
}

fn open<Id: Clone + Eq + Hash>(channels: &mut Open<Id>, id: &Id, spawn: &Spawn) -> Arc<Channel> {
    if let Some(channel) = channels.get(id).and_then(Weak::upgrade) {
        return channel;
    }
    // Channels without subscribers are swept when the number of channels has doubled.
    if channels.len() == channels.capacity() {
        channels.retain(|_, channel| channel.strong_count() > 0);
    }
    let channel = Arc::new(Channel::new(spawn.clone()));
    channels.insert(id.clone(), Arc::downgrade(&channel));
    channel
}
