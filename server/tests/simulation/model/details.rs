//! What spaces have besides their beings, and joining open ones.

use protocol::{Being, Seq, SpaceDetails, SpaceId, SyncEvent};
use server::domain::{
    command::{ChangeSpace, JoinSpace},
    refusal::Refusal,
};

use super::{Model, Space};

/// And the position of their last change.
#[derive(Debug, Clone, Default)]
pub struct Details {
    pub of: SpaceDetails,
    pub seq: Seq,
}

impl Model {
    pub(super) fn change_space(&mut self, change: &ChangeSpace) -> Result<SpaceDetails, Refusal> {
        let ChangeSpace { by, space: id, topic, archived, open } = change;
        let is_admin = self.is_admin(by);
        let space = self.space_for(by, id)?;
        if !(is_admin || space.founder == *by) {
            return Err(Refusal::NotAllowed(""));
        }
        let mut after = space.details.of.clone();
        if let Some(topic) = topic {
            topic.as_str().clone_into(&mut after.topic);
        }
        after.archived = archived.unwrap_or(after.archived);
        after.open = open.unwrap_or(after.open);
        if after != space.details.of {
            let seq = space.next();
            space.details = Details { of: after.clone(), seq };
            self.publish(id, seq, SyncEvent::SpaceChanged(after.clone()));
        }
        Ok(after)
    }

    pub(super) fn join_space(&mut self, join: &JoinSpace) -> Result<Being, Refusal> {
        let JoinSpace { by, space: id } = join;
        let space = self.spaces.get(id).ok_or(Refusal::UnknownSpace)?;
        if !space.has(by) {
            let former = space.members.contains_key(by);
            match space.details.of.open {
                true => may_add(space)?,
                false if former => return Err(Refusal::NotMember),
                false => return Err(Refusal::UnknownSpace),
            }
            self.place(id, by);
        }
        Ok(self.itself(id))
    }

    /// The space as its own member.
    pub(super) fn itself(&self, id: &SpaceId) -> Being {
        self.being_in(id.as_being(), self.spaces[id].members[id.as_being()].seq)
    }
}

/// Nothing is added to a space that is archived.
pub fn may_add(space: &Space) -> Result<(), Refusal> {
    if space.details.of.archived { Err(Refusal::NotAllowed("")) } else { Ok(()) }
}
