//! What a store is to hold, as plain as it can be: told the same commands in the same order, it says
//! what each is answered and what is to be told of it. No SQL, no disk, no concurrency.

mod answers;
mod commands;
mod space;

use std::collections::BTreeMap;

use app::protocol::{Being, BeingId, BeingKind, Hue, Seq, SpaceId, SyncEvent, limits::INVITE_DAYS};
use server::{clock::Moment, policy::Actor, refusal::Refusal};

use crate::command::{Command, Outcome, What};
pub use answers::UNKNOWN;
pub use space::{Said, Space};

/// So long an invite opens a space.

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub spaces: BTreeMap<SpaceId, Space>,
    pub beings: BTreeMap<BeingId, Known>,
    invites: BTreeMap<String, (SpaceId, Moment)>,
    /// What listeners are to be told of the last command.
    events: Vec<(SpaceId, Seq, SyncEvent)>,
    now: i64,
}

#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    pub kind: BeingKind,
    pub made_by: Option<BeingId>,
    /// Whether it answers whatever is said.
    pub answers: bool,
}

impl Model {
    /// Somebody who has an account already.
    pub fn know(&mut self, id: &str, name: &str) {
        let (name, kind) = (name.to_owned(), BeingKind::Person);
        let known = Known { name, kind, made_by: None, answers: false };
        self.beings.insert(id.parse().expect("an id"), known);
    }

    /// Carries out one command, and says what it is answered.
    pub fn apply(&mut self, command: &Command, now: Moment) -> Outcome {
        self.now = now.0;
        let by = &command.by;
        match &command.what {
            What::Send(space, new) => self.send(by, space, new),
            What::Edit(space, message, text, seq) => self.edit(by, space, *message, text, *seq),
            What::Delete(space, message) => self.delete(by, space, *message),
            What::Stop(space, message) => self.stop(by, space, *message),
            What::Retry(space, message) => self.retry(by, space, *message),
            What::Append(answer, offset, text) => self.append(answer, *offset, text),
            What::Finish(answer, text, ending) => self.finish(answer, text, *ending),
            What::Rename(id, name) => self.rename(by, id, name),
            What::Bring(space, name, answers) => self.bring(by, space, name, *answers),
            What::Remove(space, id) => self.remove(by, space, id),
            What::Found(name) => Ok(self.found(by, name)),
            What::Invite(space, token) => self.invite(by, space, token),
            What::Accept(token) => self.accept(by, token),
        }
    }

    /// What listeners were to be told since this was last asked.
    pub fn take_events(&mut self) -> Vec<(SpaceId, Seq, SyncEvent)> {
        std::mem::take(&mut self.events)
    }

    /// A server starts: it ends the answers that were growing, and drops what has expired.
    pub fn restart(&mut self, now: Moment) {
        self.invites.retain(|_, (_, expires)| *expires > now);
        self.interrupt_answers();
        // Nobody listens yet.
        self.events.clear();
    }

    /// A being as it is in a space.
    pub fn being_in(&self, id: &BeingId, seq: Seq) -> Being {
        let known = self.beings.get(id).expect("a being that was made");
        Being { id: id.clone(), name: known.name.clone(), kind: known.kind, hue: Hue::of(id), seq }
    }

    fn takes_part(&mut self, by: &Actor, space: &SpaceId) -> Result<&mut Space, Refusal> {
        let found = self.spaces.get_mut(space).ok_or(Refusal::UnknownSpace)?;
        match found.members.get(&by.id) {
            Some(member) if !member.has_left => Ok(found),
            Some(_) => Err(Refusal::NotMember),
            None => Err(Refusal::UnknownSpace),
        }
    }

    fn tell(&mut self, space: &SpaceId, seq: Seq, event: SyncEvent) {
        self.events.push((space.clone(), seq, event));
    }
}
