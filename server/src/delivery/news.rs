//! Who has to look at a space again, because something may be new there: the streams of inboxes.
//!
//! Always true:
//! - A watch that follows a space is told of the next change, and then of none until it follows the space
//!   again. So a change costs nothing for those that have been told and have not looked yet, however many they
//!   are and however much is said.
//! - A watch follows before it looks: what is committed after the look is told.
//! - The watches are told by a task: who commits does not wait for those that listen elsewhere. Only so many
//!   look at once, so that other reads find the store.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::poll_fn,
    mem::take,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use futures::task::AtomicWaker;
use protocol::{BeingId, BeingUpdated, InboxEvent, SpaceId, SyncEvent};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::yield_now,
};

use super::hub::Spawn;
use crate::store::{Committed, CommittedInbox};

/// How many watches look at the store at once. The pool of readers has more.
const LOOKS_MAX: usize = 2;
/// How many watches are told before the task lets others run.
const TOLD_AT_ONCE: usize = 100;

pub(super) struct News {
    state: Mutex<State>,
    looks: Arc<Semaphore>,
    spawn: Spawn,
}

#[derive(Default)]
struct State {
    following: HashMap<SpaceId, Watchers>,
    of_beings: HashMap<BeingId, Watchers>,
    /// Counts the watches there were.
    watches: u64,
    /// Counts the changes.
    changes: u64,
}

/// By the numbers of their watches: in the same order in every run.
type Watchers = BTreeMap<u64, Arc<Watcher>>;

/// One stream's interest in the spaces of its being. Dropping it ends that.
pub(super) struct Watch {
    news: Arc<News>,
    being: BeingId,
    number: u64,
    watcher: Arc<Watcher>,
    spaces: BTreeSet<SpaceId>,
}

#[derive(Default)]
struct Watcher {
    told: Mutex<Told>,
    waker: AtomicWaker,
    /// How many spaces the being has left.
    left: AtomicU64,
}

/// The spaces to look at. True where the being itself has changed something: what was counted is counted again.
pub(super) type Told = BTreeMap<SpaceId, bool>;

impl News {
    pub fn new(spawn: Spawn) -> Self {
        Self { state: Mutex::default(), looks: Arc::new(Semaphore::new(LOOKS_MAX)), spawn }
    }

    pub fn watch(self: &Arc<Self>, being: BeingId) -> Watch {
        let watcher = Arc::<Watcher>::default();
        let mut state = self.lock();
        state.watches += 1;
        let number = state.watches;
        state.of_beings.entry(being.clone()).or_default().insert(number, watcher.clone());
        drop(state);
        Watch { news: self.clone(), being, number, watcher, spaces: BTreeSet::new() }
    }

    pub fn publish(&self, committed: &Committed) {
        let space = committed.space();
        let is_news = |event: &SyncEvent| match event {
            SyncEvent::IntentionCreated(_)
            | SyncEvent::IntentionUpdated(_)
            | SyncEvent::IntentionDeleted(_) => true,
            SyncEvent::BeingUpdated(BeingUpdated { data }) => data.id == *space.as_being(),
            _ => false,
        };
        if !committed.changes().iter().any(|(_, event)| is_news(event)) {
            return;
        }
        let mut state = self.lock();
        state.changes += 1;
        let watchers = state.following.remove(space).unwrap_or_default();
        drop(state);
        if !watchers.is_empty() {
            (self.spawn)(Box::pin(tell_all(watchers, space.clone())));
        }
    }

    /// Before the change is published: what was read of a space that the being has left is not sent.
    pub fn count_leave(&self, committed: &CommittedInbox) {
        if matches!(committed.event(), InboxEvent::SpaceLeft(_)) {
            let watchers = self.of(committed.being());
            watchers.values().for_each(|watcher| {
                watcher.left.fetch_add(1, Ordering::Release);
            });
        }
    }

    pub fn publish_inbox(&self, committed: &CommittedInbox) {
        if matches!(committed.event(), InboxEvent::LevelChanged(_)) {
            return;
        }
        let watchers = self.of(committed.being());
        watchers.values().for_each(|watcher| watcher.tell(committed.space(), true));
    }

    fn of(&self, being: &BeingId) -> Watchers {
        self.lock().of_beings.get(being).cloned().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn tell_all(watchers: Watchers, space: SpaceId) {
    for (told, watcher) in watchers.into_values().enumerate() {
        if told % TOLD_AT_ONCE == TOLD_AT_ONCE - 1 {
            yield_now().await;
        }
        watcher.tell(&space, false);
    }
}

impl Watcher {
    fn tell(&self, space: &SpaceId, is_own: bool) {
        *self.lock().entry(space.clone()).or_default() |= is_own;
        self.waker.wake();
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    pub fn being(&self) -> &BeingId {
        &self.being
    }

    /// How many spaces the being has left since the watch began.
    pub fn left(&self) -> u64 {
        self.watcher.left.load(Ordering::Acquire)
    }

    pub fn has_news(&self) -> bool {
        !self.watcher.lock().is_empty()
    }

    /// Until there is news.
    pub async fn news(&self) {
        poll_fn(|context| {
            self.watcher.waker.register(context.waker());
            if self.has_news() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// How many changes there were, for [`follow_since`](Self::follow_since).
    pub fn changes(&self) -> u64 {
        self.news.lock().changes
    }

    /// For as long as the watch looks at the store.
    pub async fn look_permit(&self) -> OwnedSemaphorePermit {
        self.news.looks.clone().acquire_owned().await.expect("is never closed")
    }

    /// Takes what is told, and follows these spaces again.
    pub fn take(&mut self) -> Told {
        let told = take(&mut *self.watcher.lock());
        let mut state = self.news.lock();
        for space in told.keys() {
            let watchers = state.following.entry(space.clone()).or_default();
            watchers.insert(self.number, self.watcher.clone());
        }
        drop(state);
        self.spaces.extend(told.keys().cloned());
        told
    }

    /// Gives back what was [taken](Self::take), so that it is looked at later.
    pub fn put_back(&self, told: Told) {
        told.iter().for_each(|(space, is_own)| self.watcher.tell(space, *is_own));
    }

    /// Follows spaces that were looked at already, when there had been so many changes. Where there were others
    /// since, one that is followed from here on is looked at again.
    pub fn follow_since<'a>(&mut self, changes: u64, spaces: impl Iterator<Item = &'a SpaceId>) {
        let mut missed = vec![];
        let mut state = self.news.lock();
        let has_changed = state.changes != changes;
        for space in spaces {
            if self.spaces.insert(space.clone()) {
                let watchers = state.following.entry(space.clone()).or_default();
                watchers.insert(self.number, self.watcher.clone());
                missed.extend(has_changed.then(|| space.clone()));
            }
        }
        drop(state);
        missed.iter().for_each(|space| self.watcher.tell(space, false));
    }

    pub fn unfollow(&mut self, space: &SpaceId) {
        if self.spaces.remove(space) {
            self.news.lock().remove(space, self.number);
        }
    }
}

impl State {
    fn remove(&mut self, space: &SpaceId, number: u64) {
        if let Some(watchers) = self.following.get_mut(space) {
            watchers.remove(&number);
            if watchers.is_empty() {
                self.following.remove(space);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.news.lock();
        for space in &self.spaces {
            state.remove(space, self.number);
        }
        if let Some(watchers) = state.of_beings.get_mut(&self.being) {
            watchers.remove(&self.number);
            if watchers.is_empty() {
                state.of_beings.remove(&self.being);
            }
        }
    }
}
