//! Accounts, and what a being is called.

use protocol::{Being, BeingId, BeingKind, Seq};
use server::domain::{
    command::{ChangeBeing, CreateAccount},
    refusal::Refusal,
};

use super::{Model, StoredBeing, details::may_add};

impl Model {
    pub(super) fn create_account(&mut self, new: &CreateAccount) -> Result<Being, Refusal> {
        let is_first = self.beings.is_empty();
        let invited_to = match &new.invite {
            Some(token) => Some(self.open_invite(token)?),
            None if is_first => None,
            None => return Err(Refusal::InviteRequired),
        };
        if self.beings.contains_key(&new.id) {
            return Err(Refusal::HandleTaken(new.id.to_string()));
        }
        if let Some(space) = &invited_to {
            may_add(&self.spaces[space])?;
        }
        let stored = StoredBeing {
            name: new.name.as_str().to_owned(),
            kind: BeingKind::Person,
            made_by: None,
            is_admin: is_first,
            answers_every_message: false,
        };
        self.beings.insert(new.id.clone(), stored);
        if let Some(space) = invited_to {
            self.place(&space, &new.id);
        }
        Ok(self.being_in(&new.id, Seq(0)))
    }

    pub(super) fn change_being(&mut self, change: &ChangeBeing) -> Result<Being, Refusal> {
        let ChangeBeing { by, being: id, name, hue: None, settings: None } = change else {
            unreachable!("{change:?} is not simulated");
        };
        let stored = self.beings.get(id).ok_or(Refusal::UnknownBeing)?;
        if by != id {
            let in_common = self.spaces.values().any(|space| space.has(by) && space.has(id));
            if !in_common {
                return Err(Refusal::UnknownBeing);
            }
            let made_by = stored.made_by.as_ref();
            if !(self.is_admin(by) && made_by.is_some() || made_by == Some(by)) {
                return Err(Refusal::NotAllowed(""));
            }
        }
        if let Some(name) = name.as_ref().filter(|name| name.as_str() != stored.name) {
            self.rename(id, name.as_str());
        }
        Ok(self.being_in(id, Seq(0)))
    }

    fn rename(&mut self, id: &BeingId, name: &str) {
        self.beings.get_mut(id).expect("it is known").name = name.to_owned();
        let spaces = self.spaces.iter().filter(|(_, space)| space.has(id));
        let spaces: Vec<_> = spaces.map(|(space, _)| space.clone()).collect();
        for space in spaces {
            self.place(&space, id);
        }
    }
}
