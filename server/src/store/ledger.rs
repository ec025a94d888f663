//! What is remembered between queries: of each space its epoch, its head and its beings, and who is
//! signed in. The one writer keeps it true; readers take what they find, or load it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::protocol::{AnswersWhen, Being, BeingId, Epoch, Seq, SpaceId};

use crate::{
    chance::TokenHash,
    clock::Moment,
    policy::{Actor, Standing},
};

/// So many spaces are remembered; past it, all are forgotten and the busy ones loaded again.
const SPACES_REMEMBERED_MAX: usize = 4096;
/// The same of sessions.
pub(super) const SESSIONS_REMEMBERED_MAX: usize = 16_384;

/// One space at one position. Cheap to clone: the beings are shared until one changes.
#[derive(Debug, Clone)]
pub(super) struct SpaceLog {
    pub epoch: Epoch,
    pub head: Seq,
    pub beings: Arc<Beings>,
}

#[derive(Debug, Clone)]
pub(super) struct Beings {
    pub space: Being,
    pub founder: Option<BeingId>,
    pub members: BTreeMap<BeingId, Being>,
    /// The members that answer, and when.
    pub answering: BTreeMap<BeingId, AnswersWhen>,
    /// Who once belonged.
    pub departed: BTreeMap<BeingId, Seq>,
}

impl Beings {
    pub fn standing(&self, id: &BeingId) -> Standing {
        if self.members.contains_key(id) {
            Standing::Member
        } else if self.departed.contains_key(id) {
            Standing::Left
        } else {
            Standing::Stranger
        }
    }
}

#[derive(Default)]
pub(super) struct Ledger(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    logs: HashMap<SpaceId, SpaceLog>,
    /// Counts the times that something was forgotten.
    generation: u64,
    /// The spaces whose changes are on their way to the disk: what is remembered of them may be
    /// behind what a reader sees there.
    committing: HashSet<SpaceId>,
    sessions: HashMap<TokenHash, Session>,
}

/// Who is signed in, and until when.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub actor: Actor,
    pub until: Moment,
}

/// From before a reader's query: what it read may be remembered only if nothing was forgotten since.
#[derive(Clone, Copy)]
pub(super) struct Generation(u64);

impl Ledger {
    pub fn remembering(sessions: HashMap<TokenHash, Session>) -> Self {
        Self(Mutex::new(Remembered { sessions, ..Remembered::default() }))
    }

    pub fn get(&self, space: &SpaceId) -> Option<SpaceLog> {
        self.lock().logs.get(space).cloned()
    }

    /// The space as everybody who reads from here on finds it on the disk, or later; none while that
    /// is not sure.
    pub fn settled(&self, space: &SpaceId) -> Option<SpaceLog> {
        let remembered = self.lock();
        let is_settled = !remembered.committing.contains(space);
        remembered.logs.get(space).filter(|_| is_settled).cloned()
    }

    pub fn generation(&self) -> Generation {
        Generation(self.lock().generation)
    }

    /// The writer is about to commit changes of these.
    pub fn begin_commit<'a>(&self, spaces: impl Iterator<Item = &'a SpaceId>) {
        self.lock().committing.extend(spaces.cloned());
    }

    /// It could not, or cannot say: nothing is remembered of what it was about to change.
    pub fn abandon_commit(&self) {
        let mut remembered = self.lock();
        let abandoned = std::mem::take(&mut remembered.committing);
        if !abandoned.is_empty() {
            remembered.logs.retain(|space, _| !abandoned.contains(space));
            remembered.generation += 1;
        }
    }

    pub fn session(&self, token: &TokenHash, now: Moment) -> Option<Actor> {
        let remembered = self.lock();
        let session = remembered.sessions.get(token)?;
        (session.until > now).then(|| session.actor.clone())
    }

    /// What a reader has loaded, unless something was forgotten since.
    pub fn put_session(&self, generation: Generation, token: &TokenHash, session: Session) {
        let mut remembered = self.lock();
        if remembered.generation != generation.0 {
            return;
        }
        let is_full = remembered.sessions.len() >= SESSIONS_REMEMBERED_MAX;
        if is_full && !remembered.sessions.contains_key(token) {
            // Any one: to forget more would have all who come back at once asked for again.
            if let Some(one) = remembered.sessions.keys().next().cloned() {
                remembered.sessions.remove(&one);
            }
        }
        remembered.sessions.insert(token.clone(), session);
    }

    /// It was ended, and that is on the disk.
    pub fn forget_session(&self, token: &TokenHash) {
        let mut remembered = self.lock();
        remembered.sessions.remove(token);
        remembered.generation += 1;
    }

    /// What the writer has committed.
    pub fn put(&self, space: &SpaceId, log: SpaceLog) {
        let mut remembered = self.lock();
        remembered.committing.remove(space);
        remembered.make_room_for(space);
        remembered.logs.insert(space.clone(), log);
    }

    /// What a reader has loaded. The writer may have overtaken it since, and then it is passed over.
    pub fn put_loaded(&self, generation: Generation, space: &SpaceId, log: &SpaceLog) {
        let mut remembered = self.lock();
        let is_held = remembered.logs.contains_key(space);
        if !is_held && remembered.generation == generation.0 {
            remembered.make_room_for(space);
            remembered.logs.insert(space.clone(), log.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        // Nothing in here panics between two changes that belong together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn make_room_for(&mut self, space: &SpaceId) {
        if self.logs.len() >= SPACES_REMEMBERED_MAX && !self.logs.contains_key(space) {
            self.logs.clear();
            self.generation += 1;
        }
    }
}
