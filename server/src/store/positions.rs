//! The positions that one transaction takes, and what is to be published once it has committed. The
//! same for every database.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{AnswersWhen, BeingId, Seq, SpaceId, SyncEvent};

use super::committed::Committed;
use crate::domain::members::SpaceState;

/// The position of one change that has yet to be written. It is made by [`Positions::next`], and spent
/// by the row verb that writes the change.
#[derive(Debug)]
#[must_use = "a position is taken by the change that is written at it"]
pub struct Place {
    space: SpaceId,
    seq: Seq,
}

impl Place {
    pub fn space(&self) -> &SpaceId {
        &self.space
    }

    pub fn seq(&self) -> Seq {
        self.seq
    }
}

/// The spaces that a transaction has looked at, in the order of their ids, so that the same commands
/// are always the same writes.
#[derive(Default)]
pub struct Positions(BTreeMap<SpaceId, Touched>);

struct Touched {
    state: SpaceState,
    /// The head before this transaction.
    began_at: Seq,
    /// The revision before this transaction; None for a space that it creates.
    began_with: Option<u64>,
    changes: Vec<(Seq, SyncEvent)>,
    is_deleted: bool,
}

/// A space whose row has to be written before the commit.
pub struct Moved<'a> {
    pub space: &'a SpaceId,
    pub head: Seq,
    pub revision: u64,
    /// The head and the revision that the row has until then.
    pub before: (Seq, u64),
}

impl Positions {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn get(&self, space: &SpaceId) -> Option<&SpaceState> {
        let touched = self.0.get(space).filter(|touched| !touched.is_deleted);
        touched.map(|touched| &touched.state)
    }

    /// The space as the transaction has found it.
    pub fn load(&mut self, space: SpaceId, state: SpaceState) {
        let (began_at, began_with) = (state.head, Some(state.revision));
        let (changes, is_deleted) = (vec![], false);
        self.0.insert(space, Touched { state, began_at, began_with, changes, is_deleted });
    }

    /// A space that this transaction creates.
    pub fn create(&mut self, space: SpaceId, state: SpaceState) {
        let (began_at, began_with, changes, is_deleted) = (Seq(0), None, vec![], false);
        self.0.insert(space, Touched { state, began_at, began_with, changes, is_deleted });
    }

    /// There is no such space from here on.
    pub fn delete(&mut self, space: &SpaceId) {
        if let Some(touched) = self.0.get_mut(space) {
            touched.is_deleted = true;
            touched.state.revision += 1;
        }
    }

    pub fn is_deleted(&self, space: &SpaceId) -> bool {
        self.0.get(space).is_some_and(|touched| touched.is_deleted)
    }

    /// Whether this transaction has written the row at a position.
    pub fn is_written_here(&self, space: &SpaceId, seq: Seq) -> bool {
        self.0.get(space).is_some_and(|touched| seq > touched.began_at)
    }

    /// Whether this transaction has changed anything of a space.
    pub fn has_moved(&self, space: &SpaceId) -> bool {
        self.0.get(space).is_some_and(Touched::has_moved)
    }

    pub fn next(&self, space: &SpaceId) -> Place {
        let state = self.get(space).expect("a space is loaded before it changes");
        Place { space: space.clone(), seq: state.head.next() }
    }

    /// The change at this place is written: the space's head is there from here on.
    pub fn spend(&mut self, place: Place, event: SyncEvent) {
        let Place { space, seq } = place;
        let touched = self.0.get_mut(&space).expect("a place is in a space that is loaded");
        let state = &mut touched.state;
        assert_eq!(seq, state.head.next(), "a place is spent before the next one is taken");
        state.head = seq;
        match &event {
            SyncEvent::BeingUpdated(updated) => {
                Arc::make_mut(&mut state.members).put(updated.data.clone());
                state.revision += 1;
            }
            SyncEvent::BeingLeft(left) => {
                Arc::make_mut(&mut state.members).remove(&left.being_id, seq);
                state.revision += 1;
            }
            SyncEvent::SpaceChanged(details) => {
                Arc::make_mut(&mut state.members).details = details.clone();
                state.revision += 1;
            }
            _ => {}
        }
        touched.changes.push((seq, event));
    }

    /// A space that is being created is a direct one.
    pub fn make_direct(&mut self, space: &SpaceId) {
        if let Some(Touched { state, .. }) = self.0.get_mut(space) {
            Arc::make_mut(&mut state.members).details.direct = true;
        }
    }

    /// A change of the members that takes no position: no client is told of it.
    pub fn set_answering(&mut self, space: &SpaceId, being: &BeingId, when: AnswersWhen) {
        if let Some(Touched { state, .. }) = self.0.get_mut(space) {
            Arc::make_mut(&mut state.members).answering.insert(being.clone(), when);
            state.revision += 1;
        }
    }

    /// The spaces that have changed.
    pub fn moved(&self) -> impl Iterator<Item = Moved<'_>> {
        self.0.iter().filter(|(_, touched)| touched.has_moved()).map(|(space, touched)| Moved {
            space,
            head: touched.state.head,
            revision: touched.state.revision,
            before: (touched.began_at, touched.began_with.unwrap_or_default()),
        })
    }

    /// The transaction has committed: what to publish, and what to remember; nothing of a space that was deleted.
    pub(super) fn committed(&mut self) -> Vec<(SpaceId, Option<SpaceState>, Option<Committed>)> {
        let all = std::mem::take(&mut self.0).into_iter();
        all.filter(|(_, touched)| touched.has_moved())
            .map(|(space, Touched { state, changes, is_deleted, .. })| {
                let committed = (!changes.is_empty())
                    .then(|| Committed::new(space.clone(), state.epoch.clone(), changes));
                (space, (!is_deleted).then_some(state), committed)
            })
            .collect()
    }
}

impl Touched {
    fn has_moved(&self) -> bool {
        !self.changes.is_empty() || self.began_with != Some(self.state.revision)
    }
}
