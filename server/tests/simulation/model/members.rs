//! Spaces, and the ways in and out.

use std::collections::BTreeMap;

use protocol::{
    AnswersWhen, Being, BeingId, BeingKind, BeingLeft, BeingUpdated, Level, Seq, SpaceId,
    SyncEvent, limits::INVITE_DAYS,
};
use server::domain::{
    clock::Moment,
    command::{AcceptInvite, AddBeing, CreateInvite, CreateSpace, RemoveBeing},
    refusal::Refusal,
    token::TokenHash,
};

use super::{
    Model, StoredBeing,
    details::{Details, may_add},
    inbox::What,
    space::{Member, Space},
};

impl Model {
    pub(super) fn create_space(&mut self, new: &CreateSpace) -> Being {
        let being = BeingId::from_name(new.name.as_str(), "space", 0);
        let stored = StoredBeing {
            name: new.name.as_str().to_owned(),
            kind: BeingKind::Space,
            made_by: Some(new.by.clone()),
            is_admin: false,
            answers_every_message: false,
        };
        self.beings.insert(being.clone(), stored);
        let id = SpaceId::from(being.clone());
        let space = Space {
            head: Seq(0),
            epoch: None,
            founder: new.by.clone(),
            details: Details::default(),
            members: BTreeMap::new(),
            messages: BTreeMap::new(),
        };
        self.spaces.insert(id.clone(), space);
        let seq = self.place(&id, &being);
        self.place(&id, &new.by);
        self.being_in(&being, seq)
    }

    pub(super) fn create_invite(&mut self, new: &CreateInvite) -> Result<(), Refusal> {
        may_add(self.space_for(&new.by, &new.space)?)?;
        let expires = Moment(self.now).plus_days(INVITE_DAYS);
        self.invites.insert(new.token.clone(), (new.space.clone(), expires));
        Ok(())
    }

    /// The space that an invite opens, unless it has expired.
    pub fn invited_to(&self, token: &TokenHash, now: Moment) -> Option<SpaceId> {
        let invite = self.invites.get(token).filter(|(_, expires)| *expires > now);
        invite.map(|(id, _)| id.clone())
    }

    pub(super) fn open_invite(&self, token: &TokenHash) -> Result<SpaceId, Refusal> {
        self.invited_to(token, Moment(self.now)).ok_or(Refusal::UnknownInvite)
    }

    pub(super) fn accept_invite(&mut self, accept: &AcceptInvite) -> Result<Being, Refusal> {
        let id = self.open_invite(&accept.token)?;
        if !self.spaces[&id].has(&accept.by) {
            may_add(&self.spaces[&id])?;
            self.place(&id, &accept.by);
        }
        Ok(self.itself(&id))
    }

    /// AI beings that are simulated answer every message, or none.
    pub(super) fn add_being(&mut self, new: &AddBeing) -> Result<Being, Refusal> {
        let AddBeing { by, space, name, hue: None, settings } = new else {
            unreachable!("{new:?} is not simulated");
        };
        may_add(self.space_for(by, space)?)?;
        let being = BeingId::from_name(name.as_str(), "being", 0);
        let answers_when = settings.as_ref().map(|settings| settings.as_wire().answers_when);
        let stored = StoredBeing {
            name: name.as_str().to_owned(),
            kind: BeingKind::Ai,
            made_by: Some(by.clone()),
            is_admin: false,
            answers_every_message: answers_when == Some(AnswersWhen::EveryMessage),
        };
        self.beings.insert(being.clone(), stored);
        let seq = self.place(space, &being);
        Ok(self.being_in(&being, seq))
    }

    pub(super) fn remove_being(&mut self, remove: &RemoveBeing) -> Result<(), Refusal> {
        let RemoveBeing { by, space: id, being } = remove;
        let space = self.space_for(by, id)?;
        if being == id.as_being() || !space.has(being) {
            return Err(Refusal::UnknownBeing);
        }
        let is_founder = space.founder == *by;
        let stored = &self.beings[being];
        let added_it = stored.kind == BeingKind::Ai && stored.made_by.as_ref() == Some(by);
        if !(by == being || is_founder || self.is_admin(by) || added_it) {
            return Err(Refusal::NotAllowed(""));
        }
        if stored.kind == BeingKind::Person && by != being {
            self.invites.retain(|_, (space, _)| space != id);
        }
        self.cancel_answers_of(id, being);
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let seq = space.next();
        let member = space.members.get_mut(being).expect("a member");
        (member.seq, member.has_left) = (seq, true);
        self.note(being, id, What::Space);
        self.publish(id, seq, SyncEvent::BeingLeft(BeingLeft { being_id: being.clone() }));
        Ok(())
    }

    /// Gives a being that joins or changes its new position in a space.
    pub(super) fn place(&mut self, id: &SpaceId, being: &BeingId) -> Seq {
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let seq = space.next();
        let joins = !space.has(being);
        if joins {
            let (read_up_to, level) = (seq.as_message(), Level::Mentions);
            let member = Member { seq, has_left: false, read_up_to, level };
            space.members.insert(being.clone(), member);
            self.note(being, id, What::Space);
        } else {
            space.members.get_mut(being).expect("a member").seq = seq;
        }
        let data = self.being_in(being, seq);
        self.publish(id, seq, SyncEvent::BeingUpdated(BeingUpdated { data }));
        seq
    }
}
