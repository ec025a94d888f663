//! Who belongs to a space, and the space itself.

use std::collections::BTreeMap;

use super::Change;
use crate::protocol::{Being, BeingId, Seq};

#[derive(Debug, Clone, Default)]
pub struct Roster {
    space: Option<Being>,
    beings: BTreeMap<BeingId, Being>,
}

impl Roster {
    pub(super) fn new(space: Being, beings: Vec<Being>) -> Self {
        let beings = beings.into_iter().map(|being| (being.id.clone(), being)).collect();
        Self { space: Some(space), beings }
    }

    /// The space as a being; none before the first sync.
    pub fn space(&self) -> Option<&Being> {
        self.space.as_ref()
    }

    pub fn get(&self, id: &BeingId) -> Option<&Being> {
        self.space.as_ref().filter(|space| space.id == *id).or_else(|| self.beings.get(id))
    }

    /// Who belongs here, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Being> {
        self.beings.values()
    }

    pub(super) fn put(&mut self, being: Being) -> Option<Change> {
        if let Some(space) = self.space.as_mut().filter(|space| space.id == being.id) {
            return (space.seq < being.seq).then(|| {
                *space = being;
                Change::SpaceChanged
            });
        }
        let id = being.id.clone();
        match self.beings.get_mut(&id) {
            Some(held) if held.seq >= being.seq => None,
            Some(held) => {
                *held = being;
                Some(Change::BeingChanged(id))
            }
            None => {
                self.beings.insert(id.clone(), being);
                Some(Change::BeingAdded(id))
            }
        }
    }

    pub(super) fn remove(&mut self, id: &BeingId, seq: Seq) -> Option<Change> {
        let stale = self.beings.get(id).is_some_and(|held| held.seq < seq);
        stale.then(|| self.beings.remove(id)).flatten().map(|gone| Change::BeingRemoved(gone.id))
    }
}
