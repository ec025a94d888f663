//! What is remembered of each space between queries: its epoch, its head, and its beings. The one
//! writer keeps it true; readers take what they find, or load it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::protocol::{AnswersWhen, Being, BeingId, Epoch, Seq, SpaceId};

use crate::policy::Standing;

/// So many spaces are remembered; past it, all are forgotten and the busy ones loaded again.
const SPACES_REMEMBERED_MAX: usize = 4096;

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
    /// Counts the times that all was forgotten.
    generation: u64,
}

/// From before a reader's query: what it read may be remembered only if nothing was forgotten since.
#[derive(Clone, Copy)]
pub(super) struct Generation(u64);

impl Ledger {
    pub fn get(&self, space: &SpaceId) -> Option<SpaceLog> {
        self.lock().logs.get(space).cloned()
    }

    pub fn generation(&self) -> Generation {
        Generation(self.lock().generation)
    }

    /// What the writer has committed.
    pub fn put(&self, space: &SpaceId, log: SpaceLog) {
        let mut remembered = self.lock();
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
        // Each change is one insert, so a panic elsewhere leaves no half of one.
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
