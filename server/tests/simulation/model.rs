//! A model of the store, as plain as possible: given the same commands in the same order, it
//! returns their outcomes and the events that the store must publish. No SQL, no disk, no
//! concurrency.

mod accounts;
mod answers;
mod details;
mod inbox;
mod members;
mod messages;
mod reactions;
mod space;

use std::collections::{BTreeMap, HashMap};

use protocol::{Being, BeingId, BeingKind, Hue, Seq, SpaceId, SyncEvent};
use server::domain::{
    clock::Moment,
    command::{Command, Outcome},
    refusal::Refusal,
    token::TokenHash,
};

pub use answers::UNKNOWN;
pub use inbox::Inbox;
pub use space::{Space, StoredMessage};

pub type Response = Result<Outcome, Refusal>;

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub spaces: BTreeMap<SpaceId, Space>,
    pub beings: BTreeMap<BeingId, StoredBeing>,
    pub inboxes: BTreeMap<BeingId, Inbox>,
    invites: HashMap<TokenHash, (SpaceId, Moment)>,
    /// The events that listeners must receive.
    events: Vec<(SpaceId, Seq, SyncEvent)>,
    now: i64,
}

#[derive(Debug, Clone)]
pub struct StoredBeing {
    pub name: String,
    pub kind: BeingKind,
    pub made_by: Option<BeingId>,
    pub is_admin: bool,
    pub answers_every_message: bool,
}

impl Model {
    /// Executes one command. Those about passwords, sessions and providers are not simulated.
    pub fn apply(&mut self, command: &Command, now: Moment) -> Response {
        self.now = now.0;
        let done = |()| Outcome::Done;
        match command {
            Command::CreateAccount(new) => self.create_account(new).map(Outcome::Being),
            Command::CreateSpace(new) => Ok(Outcome::Being(self.create_space(new))),
            Command::ChangeSpace(change) => self.change_space(change).map(Outcome::Details),
            Command::JoinSpace(join) => self.join_space(join).map(Outcome::Being),
            Command::CreateInvite(new) => self.create_invite(new).map(done),
            Command::AcceptInvite(accept) => self.accept_invite(accept).map(Outcome::Being),
            Command::SendMessage(send) => self.send(send).map(Outcome::Sent),
            Command::EditMessage(edit) => self.edit(edit).map(Outcome::Message),
            Command::DeleteMessage(delete) => self.delete(delete).map(done),
            Command::SetReaction(set) => self.set_reaction(set).map(Outcome::Reacted),
            Command::StopAnswer(stop) => self.stop(stop).map(done),
            Command::RetryAnswer(retry) => self.retry(retry).map(Outcome::Message),
            Command::AppendToAnswer(append) => self.append(append).map(done),
            Command::EndAnswer(end) => self.end(end).map(done),
            Command::ChangeBeing(change) => self.change_being(change).map(Outcome::Being),
            Command::AddBeing(new) => self.add_being(new).map(Outcome::Being),
            Command::RemoveBeing(remove) => self.remove_being(remove).map(done),
            Command::MarkRead(read) => self.mark_read(read).map(done),
            Command::SetLevel(set) => self.set_level(set).map(done),
            Command::BeginDirect(_)
            | Command::DeleteSpace(_)
            | Command::StartSession(_)
            | Command::ReplacePasswordHash(_)
            | Command::EndSession(_)
            | Command::PutProvider(_)
            | Command::RemoveProvider(_) => unreachable!("{command:?} is not simulated"),
        }
    }

    /// The events since the last call.
    pub fn take_events(&mut self) -> Vec<(SpaceId, Seq, SyncEvent)> {
        std::mem::take(&mut self.events)
    }

    /// A server starts: it ends the answers that were growing, and deletes what has expired.
    pub fn restart(&mut self, now: Moment) {
        self.invites.retain(|_, (_, expires)| *expires > now);
        self.interrupt_answers();
        // There are no listeners yet.
        self.events.clear();
    }

    /// The being as a member of a space.
    pub fn being_in(&self, id: &BeingId, seq: Seq) -> Being {
        let stored = self.beings.get(id).expect("a being that was made");
        Being {
            id: id.clone(),
            name: stored.name.clone(),
            kind: stored.kind,
            hue: Hue::of(id),
            seq,
        }
    }

    fn is_admin(&self, id: &BeingId) -> bool {
        self.beings.get(id).is_some_and(|stored| stored.is_admin)
    }

    /// The space, for a being that is a member.
    fn space_for(&mut self, by: &BeingId, space: &SpaceId) -> Result<&mut Space, Refusal> {
        let found = self.spaces.get_mut(space).ok_or(Refusal::UnknownSpace)?;
        match found.members.get(by) {
            Some(member) if !member.has_left => Ok(found),
            Some(_) => Err(Refusal::NotMember),
            None => Err(Refusal::UnknownSpace),
        }
    }

    fn publish(&mut self, space: &SpaceId, seq: Seq, event: SyncEvent) {
        self.events.push((space.clone(), seq, event));
    }
}
