//! The members of a space, and the space itself.

use crate::change::Change;
use protocol::{Being, BeingId, Seq, SpaceDetails};

#[derive(Debug, Clone, Default)]
pub struct Roster {
    space: Option<Being>,
    details: SpaceDetails,
    /// Sorted by id.
    beings: Vec<Being>,
}

impl Roster {
    pub(super) fn new(space: Being, details: SpaceDetails, beings: Vec<Being>) -> Self {
        let mut this =
            Self { space: Some(space), details, beings: Vec::with_capacity(beings.len()) };
        for being in beings {
            if let Err(at) = this.find(&being.id) {
                this.beings.insert(at, being);
            }
        }
        this
    }

    /// The space as a being; `None` before the first sync.
    pub fn space(&self) -> Option<&Being> {
        self.space.as_ref()
    }

    /// What the space has besides its being.
    pub fn details(&self) -> &SpaceDetails {
        &self.details
    }

    pub fn get(&self, id: &BeingId) -> Option<&Being> {
        let found = || self.find(id).ok().and_then(|at| self.beings.get(at));
        self.space.as_ref().filter(|space| space.id == *id).or_else(found)
    }

    /// The members, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Being> {
        self.beings.iter()
    }

    pub(super) fn put(&mut self, being: Being) -> Option<Change> {
        if let Some(space) = self.space.as_mut().filter(|space| space.id == being.id) {
            return (space.seq < being.seq).then(|| {
                *space = being;
                Change::SpaceChanged
            });
        }
        let id = being.id.clone();
        match self.find(&id) {
            Ok(at) if self.beings[at].seq >= being.seq => None,
            Ok(at) => {
                self.beings[at] = being;
                Some(Change::BeingChanged(id))
            }
            Err(at) => {
                self.beings.insert(at, being);
                Some(Change::BeingAdded(id))
            }
        }
    }

    pub(super) fn put_details(&mut self, details: SpaceDetails) -> Option<Change> {
        self.details = details;
        Some(Change::SpaceChanged)
    }

    pub(super) fn remove(&mut self, id: &BeingId, seq: Seq) -> Option<Change> {
        let at = self.find(id).ok()?;
        (self.beings[at].seq < seq).then(|| Change::BeingRemoved(self.beings.remove(at).id))
    }

    fn find(&self, id: &BeingId) -> Result<usize, usize> {
        self.beings.binary_search_by(|being| being.id.cmp(id))
    }
}
