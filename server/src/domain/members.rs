//! Who belongs to a space, and where its log stands: what every rule about a space looks at.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{AnswersWhen, Being, BeingId, Epoch, Seq, SpaceDetails, SpaceId};

use super::policy::Membership;

/// One space at one position. Cheap to clone: the members are shared until one of them changes.
#[derive(Debug, Clone)]
pub struct SpaceState {
    pub epoch: Epoch,
    pub head: Seq,
    /// Counts the changes of `members`; two states with one revision have equal members and details.
    pub revision: u64,
    pub members: Arc<Members>,
}

/// The beings of a space, and what it has besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The space is a being too, and a member of itself.
    pub space: Being,
    pub details: SpaceDetails,
    pub founder: Option<BeingId>,
    pub present: BTreeMap<BeingId, Being>,
    /// The members that answer, and when.
    pub answering: BTreeMap<BeingId, AnswersWhen>,
    /// The beings that once belonged, with the position at which they left.
    pub former: BTreeMap<BeingId, Seq>,
}

impl SpaceState {
    /// A space that is being created: nothing has happened in it yet.
    pub fn created(space: Being, founder: BeingId, epoch: Epoch) -> Self {
        let members = Members {
            space,
            details: SpaceDetails::default(),
            founder: Some(founder),
            present: BTreeMap::new(),
            answering: BTreeMap::new(),
            former: BTreeMap::new(),
        };
        Self { epoch, head: Seq(0), revision: 0, members: Arc::new(members) }
    }
}

impl Members {
    pub fn membership(&self, id: &BeingId) -> Membership {
        if self.present.contains_key(id) || *id == self.space.id {
            Membership::Member
        } else if self.former.contains_key(id) {
            Membership::Left
        } else {
            Membership::Stranger
        }
    }

    pub fn space_id(&self) -> SpaceId {
        SpaceId::from(self.space.id.clone())
    }

    /// Replaces a being, or lets it join.
    pub fn put(&mut self, being: Being) {
        if being.id == self.space.id {
            self.space = being;
        } else {
            self.former.remove(&being.id);
            self.present.insert(being.id.clone(), being);
        }
    }

    pub fn remove(&mut self, id: &BeingId, seq: Seq) {
        self.present.remove(id);
        self.answering.remove(id);
        self.former.insert(id.clone(), seq);
    }
}
