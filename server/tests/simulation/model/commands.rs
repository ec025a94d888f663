//! What people ask for.

use std::collections::BTreeMap;

use app::protocol::{
    BeingId, BeingKind, Intention, IntentionState, MessageId, Seq, SpaceId, SyncEvent,
};
use server::{
    clock::Moment,
    policy::Actor,
    refusal::Refusal,
    store::{NewIntention, Sent},
};

use super::{
    INVITE_DAYS, Known, Model,
    space::{Member, Said, Space},
};
use crate::command::{Answer, Outcome};

impl Model {
    pub(super) fn send(&mut self, by: &Actor, id: &SpaceId, new: &NewIntention) -> Outcome {
        let now = Moment(self.now).to_timestamp();
        let space = self.takes_part(by, id)?;
        if let Some(said) = space.messages.values().find(|said| said.row.id == new.id) {
            let repeats = said.row.owner_id == by.id
                && said.row.reply_to == new.reply_to
                && said.first == new.content.as_str();
            if !repeats {
                return Err(Refusal::IdTaken);
            }
            let intention = Intention {
                state: IntentionState::Complete,
                content: said.first.clone(),
                modified_at: None,
                seq: said.row.message_id.created_at(),
                ..said.row.clone()
            };
            return Ok(Answer::Sent(Sent { intention, is_new: false }));
        }
        if new.reply_to.is_some_and(|message| !space.messages.contains_key(&message)) {
            return Err(Refusal::UnknownMessage);
        }
        let seq = space.next();
        let row = Intention {
            id: new.id,
            message_id: seq.as_message(),
            owner_id: by.id.clone(),
            state: IntentionState::Complete,
            reason: None,
            content: new.content.as_str().to_owned(),
            created_at: now,
            modified_at: None,
            reply_to: new.reply_to,
            seq,
        };
        self.put_new(id, row.clone(), None);
        self.begin_answers(id, &row, usize::MAX);
        Ok(Answer::Sent(Sent { intention: row, is_new: true }))
    }

    pub(super) fn put_new(&mut self, id: &SpaceId, row: Intention, begun: Option<Seq>) {
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let (message_id, first) = (row.message_id, row.content.clone());
        let said = Said { row: row.clone(), first, is_deleted: false, begun };
        space.messages.insert(message_id, said);
        self.tell(id, row.seq, SyncEvent::IntentionCreated { message_id, data: row });
    }

    pub(super) fn edit(
        &mut self,
        by: &Actor,
        id: &SpaceId,
        message: MessageId,
        text: &str,
        from: Option<Seq>,
    ) -> Outcome {
        let now = Moment(self.now).to_timestamp();
        let space = self.takes_part(by, id)?;
        let seq = space.head.next();
        let said = own(space, by, message)?;
        if said.row.content == text {
            return Ok(Answer::Message(said.row.clone()));
        }
        if from.is_some_and(|from| from != said.row.seq) {
            return Err(Refusal::ChangedSince);
        }
        said.row.content = text.to_owned();
        (said.row.modified_at, said.row.seq) = (Some(now), seq);
        let row = said.row.clone();
        space.next();
        let event = SyncEvent::IntentionUpdated { message_id: message, data: row.clone() };
        self.tell(id, seq, event);
        Ok(Answer::Message(row))
    }

    pub(super) fn delete(&mut self, by: &Actor, id: &SpaceId, message: MessageId) -> Outcome {
        let space = self.takes_part(by, id)?;
        let seq = space.head.next();
        let said = own(space, by, message)?;
        said.is_deleted = true;
        said.row.content = String::new();
        said.row.seq = seq;
        space.next();
        self.tell(id, seq, SyncEvent::IntentionDeleted { message_id: message });
        Ok(Answer::Nothing)
    }

    pub(super) fn rename(&mut self, by: &Actor, id: &BeingId, name: &str) -> Outcome {
        let known = self.beings.get(id).ok_or(Refusal::UnknownBeing)?;
        let in_common = self.spaces.values().any(|space| space.has(&by.id) && space.has(id));
        if by.id != *id {
            if !in_common {
                return Err(Refusal::UnknownBeing);
            }
            let made = known.made_by.as_ref();
            if !(by.administers && made.is_some() || made == Some(&by.id)) {
                return Err(Refusal::NotAllowed(""));
            }
        }
        if known.name != name {
            self.beings.get_mut(id).expect("it is known").name = name.to_owned();
            let spaces = self.spaces.iter().filter(|(_, space)| space.has(id));
            let spaces: Vec<_> = spaces.map(|(space, _)| space.clone()).collect();
            for space in spaces {
                self.place(&space, id);
            }
        }
        Ok(Answer::Being(self.being_in(id, Seq(0))))
    }

    pub(super) fn bring(&mut self, by: &Actor, id: &SpaceId, name: &str, answers: bool) -> Outcome {
        self.takes_part(by, id)?;
        let being = BeingId::from_name(name, "being", 0);
        let (name, kind) = (name.to_owned(), BeingKind::Ai);
        let known = Known { name, kind, made_by: Some(by.id.clone()), answers };
        self.beings.insert(being.clone(), known);
        let seq = self.place(id, &being);
        Ok(Answer::Being(self.being_in(&being, seq)))
    }

    pub(super) fn remove(&mut self, by: &Actor, id: &SpaceId, whom: &BeingId) -> Outcome {
        let space = self.takes_part(by, id)?;
        if whom == id.as_being() || !space.has(whom) {
            return Err(Refusal::UnknownBeing);
        }
        let keeps_the_space = by.administers || space.founder == by.id;
        let known = &self.beings[whom];
        let brought_it = known.kind == BeingKind::Ai && known.made_by.as_ref() == Some(&by.id);
        if !(by.id == *whom || keeps_the_space || brought_it) {
            return Err(Refusal::NotAllowed(""));
        }
        if known.kind == BeingKind::Person && by.id != *whom {
            self.invites.retain(|_, (space, _)| space != id);
        }
        self.end_answers_of(id, whom);
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let seq = space.next();
        space.members.insert(whom.clone(), Member { seq, has_left: true });
        self.tell(id, seq, SyncEvent::BeingLeft { being_id: whom.clone() });
        Ok(Answer::Nothing)
    }

    pub(super) fn found(&mut self, by: &Actor, name: &str) -> Answer {
        let being = BeingId::from_name(name, "space", 0);
        let (name, kind) = (name.to_owned(), BeingKind::Space);
        let known = Known { name, kind, made_by: Some(by.id.clone()), answers: false };
        self.beings.insert(being.clone(), known);
        let id = SpaceId::from(being.clone());
        let space = Space {
            head: Seq(0),
            epoch: None,
            founder: by.id.clone(),
            members: BTreeMap::new(),
            messages: BTreeMap::new(),
        };
        self.spaces.insert(id.clone(), space);
        let seq = self.place(&id, &being);
        self.place(&id, &by.id);
        Answer::Being(self.being_in(&being, seq))
    }

    pub(super) fn invite(&mut self, by: &Actor, id: &SpaceId, token: &str) -> Outcome {
        self.takes_part(by, id)?;
        let expires = Moment(self.now).plus_days(INVITE_DAYS);
        self.invites.insert(token.to_owned(), (id.clone(), expires));
        Ok(Answer::Nothing)
    }

    /// The space that an invite opens.
    pub fn invited_to(&self, token: &str, now: Moment) -> Option<SpaceId> {
        let invite = self.invites.get(token).filter(|(_, expires)| *expires > now);
        invite.map(|(id, _)| id.clone())
    }

    pub(super) fn accept(&mut self, by: &Actor, token: &str) -> Outcome {
        let id = self.invited_to(token, Moment(self.now)).ok_or(Refusal::UnknownInvite)?;
        if !self.spaces[&id].has(&by.id) {
            self.place(&id, &by.id);
        }
        let seq = self.spaces[&id].members[id.as_being()].seq;
        Ok(Answer::Being(self.being_in(id.as_being(), seq)))
    }

    /// A being joins, or has changed.
    fn place(&mut self, id: &SpaceId, being: &BeingId) -> Seq {
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let seq = space.next();
        space.members.insert(being.clone(), Member { seq, has_left: false });
        let data = self.being_in(being, seq);
        self.tell(id, seq, SyncEvent::BeingUpdated { data });
        seq
    }
}

fn own<'a>(space: &'a mut Space, by: &Actor, message: MessageId) -> Result<&'a mut Said, Refusal> {
    let said = space.messages.get_mut(&message).filter(|said| !said.is_deleted);
    let said = said.ok_or(Refusal::UnknownMessage)?;
    if said.row.owner_id == by.id { Ok(said) } else { Err(Refusal::NotAllowed("")) }
}
