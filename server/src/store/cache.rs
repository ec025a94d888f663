//! What is remembered between queries: of each space its state, and who is signed in. The one writer
//! keeps it true; readers take what they find, or load it.
//!
//! A state has a revision, and the writer believes it only at the revision that the database has.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, DefaultHasher, Hash},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{BeingId, SpaceId};
use quick_cache::{
    Lifecycle, UnitWeighter,
    unsync::{Cache, DefaultLifecycle},
};

use crate::domain::{clock::Moment, members::SpaceState, token::TokenHash};

/// Spaces that are remembered at a time; the least used one makes room for another.
const SPACES_MAX: usize = 4096;
/// The same of sessions.
pub(super) const SESSIONS_REMEMBERED_MAX: usize = 16_384;

/// Hashes alike in every process, so that a simulated seed decides what is forgotten, too.
type FixedHasher = BuildHasherDefault<DefaultHasher>;
type Remembering<K, V, L> = Cache<K, V, UnitWeighter, FixedHasher, L>;

pub(super) struct SpaceCache(Mutex<Remembered>);

struct Remembered {
    spaces: Remembering<SpaceId, SpaceState, CountsForgotten>,
    sessions: Remembering<TokenHash, Session, DefaultLifecycle<TokenHash, Session>>,
    /// Counts the times that a space was forgotten, or a session ended.
    generation: Arc<AtomicU64>,
    /// The spaces whose changes are on their way to the disk: what is remembered of them may be
    /// behind what a reader sees there.
    committing: HashSet<SpaceId>,
}

/// The being that is signed in, and until when.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub being: BeingId,
    pub until: Moment,
}

/// From before a reader's query: what it read may be remembered only if nothing was forgotten since.
#[derive(Clone, Copy)]
pub(super) struct Generation(u64);

#[derive(Clone)]
struct CountsForgotten(Arc<AtomicU64>);

impl<K, V> Lifecycle<K, V> for CountsForgotten {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: K, _: V) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl SpaceCache {
    pub fn remembering(sessions: HashMap<TokenHash, Session>) -> Self {
        let generation = Arc::<AtomicU64>::default();
        let mut remembered = Remembered {
            spaces: empty(SPACES_MAX, CountsForgotten(generation.clone())),
            sessions: empty(SESSIONS_REMEMBERED_MAX, DefaultLifecycle::default()),
            generation,
            committing: HashSet::new(),
        };
        for (token, session) in sessions {
            remembered.sessions.insert(token, session);
        }
        Self(Mutex::new(remembered))
    }

    pub fn get(&self, space: &SpaceId) -> Option<SpaceState> {
        self.lock().spaces.get(space).cloned()
    }

    /// The space as everybody who reads from here on finds it on the disk, or later; None while that
    /// is not sure.
    pub fn committed(&self, space: &SpaceId) -> Option<SpaceState> {
        let remembered = self.lock();
        let is_committed = !remembered.committing.contains(space);
        remembered.spaces.get(space).filter(|_| is_committed).cloned()
    }

    pub fn generation(&self) -> Generation {
        self.lock().generation()
    }

    /// The writer is about to commit changes of these.
    pub fn begin_commit<'a>(&self, spaces: impl Iterator<Item = &'a SpaceId>) {
        self.lock().committing.extend(spaces.cloned());
    }

    /// It could not, or cannot say: nothing is remembered of what it was about to change.
    pub fn abandon_commit(&self) {
        let mut remembered = self.lock();
        for space in std::mem::take(&mut remembered.committing) {
            remembered.spaces.remove(&space);
            remembered.forgot();
        }
    }

    /// The commit has changed nothing, for certain: the cache stands as it is.
    pub fn withdraw_commit(&self) {
        self.lock().committing.clear();
    }

    /// Takes a change that the writer has committed.
    pub fn put(&self, space: &SpaceId, state: SpaceState) {
        let mut remembered = self.lock();
        remembered.committing.remove(space);
        // In its place: a replaced value would count as one that was forgotten.
        match remembered.spaces.get_mut(space) {
            Some(mut held) => *held = state,
            None => remembered.spaces.insert(space.clone(), state),
        }
    }

    /// The writer has committed that there is no such space any more.
    pub fn remove(&self, space: &SpaceId) {
        let mut remembered = self.lock();
        remembered.committing.remove(space);
        remembered.spaces.remove(space);
        remembered.forgot();
    }

    /// Takes the state that a reader has loaded. It is passed over where the writer may have overtaken it since.
    pub fn put_loaded(&self, since: Generation, space: &SpaceId, state: &SpaceState) {
        let mut remembered = self.lock();
        let is_held = remembered.spaces.peek(space).is_some();
        if !is_held && remembered.generation().0 == since.0 {
            remembered.spaces.insert(space.clone(), state.clone());
        }
    }

    pub fn session(&self, token: &TokenHash, now: Moment) -> Option<BeingId> {
        let remembered = self.lock();
        let session = remembered.sessions.get(token)?;
        (session.until > now).then(|| session.being.clone())
    }

    /// Takes the session that a reader has loaded, unless something was forgotten since.
    pub fn put_session(&self, since: Generation, token: &TokenHash, session: Session) {
        let mut remembered = self.lock();
        if remembered.generation().0 == since.0 {
            remembered.sessions.insert(token.clone(), session);
        }
    }

    /// It was ended, and that is on the disk.
    pub fn forget_session(&self, token: &TokenHash) {
        let mut remembered = self.lock();
        remembered.sessions.remove(token);
        remembered.forgot();
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        // Nothing in here panics between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::Relaxed))
    }

    fn forgot(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }
}

fn empty<K: Eq + Hash, V, L: Lifecycle<K, V>>(max: usize, lifecycle: L) -> Remembering<K, V, L> {
    Cache::with(max, max as u64, UnitWeighter, FixedHasher::default(), lifecycle)
}
