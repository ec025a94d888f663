//! What beings ask for: mostly what they may, about what is there.

use app::protocol::{BeingId, Content, IntentionId, IntentionState, MessageId, Seq, SpaceId};
use rand::{Rng, seq::IteratorRandom};
use server::{
    policy::Actor,
    store::{self, Ending, NewIntention},
};
use uuid::Uuid;

use super::{Asked, PEOPLE, World, person};
use crate::command::{Command, What};

/// More than a room's ring holds.
const LONG_BURST: usize = 1_100;

impl World {
    pub(super) fn somebody_asks(&mut self) {
        let by = person(self.dice.random_range(0..PEOPLE.len()));
        let space = self.some_space();
        let what = match self.dice.random_range(0..100) {
            0..34 => self.something_said(&space),
            34..40 => self.same_again(),
            40..48 => self.some_message(&space).map(|message| self.edit_of(&space, message)),
            48..54 => self.some_message(&space).map(|message| What::Delete(space.clone(), message)),
            54..72 => self.answer_grows(&space),
            72..74 => self.some_answer(&space).map(|message| What::Stop(space.clone(), message)),
            74..77 => self.some_answer(&space).map(|message| What::Retry(space.clone(), message)),
            77..82 => {
                let whom = self.some_being(&space);
                // Now and then it is called as before.
                Some(What::Rename(whom, format!("Name {}", self.dice.random_range(0..20))))
            }
            82..85 => {
                let name = format!("Bot {}", self.number());
                Some(What::Bring(space.clone(), name, self.one_in(2)))
            }
            85..89 => Some(What::Remove(space.clone(), self.some_being(&space))),
            89..92 => {
                let token = format!("token {}", self.number());
                self.invites.push(token.clone());
                Some(What::Invite(space.clone(), token))
            }
            92..99 => self.invites.iter().choose(&mut self.dice).cloned().map(What::Accept),
            _ => Some(What::Found(format!("Space {}", self.number()))),
        };
        if let Some(what) = what {
            let by = self.who_would(by, &space, &what);
            self.ask(Command { by, what });
        }
    }

    /// Of the version that is there, of an earlier one, as when it comes late, or of any.
    fn edit_of(&mut self, space: &SpaceId, message: MessageId) -> What {
        let text = format!("Edited to {}.", self.dice.random_range(0..1000));
        let present = self.model.spaces[space].messages[&message].row.seq;
        let seq = match self.dice.random_range(0..4) {
            0 => None,
            1 => Some(Seq(present.0.saturating_sub(1))),
            _ => Some(present),
        };
        What::Edit(space.clone(), message, text, seq)
    }

    /// Many things are said at once: more than a catch-up tells, or more than a ring holds.
    pub(super) fn burst_happens(&mut self) {
        let (space, by) = (self.some_space(), person(self.dice.random_range(0..PEOPLE.len())));
        let count = if self.one_in(12) { LONG_BURST } else { self.dice.random_range(2..130) };
        for _ in 0..count {
            if let Some(what) = self.something_said(&space) {
                self.ask(Command { by: by.clone(), what });
            }
        }
        self.journal.count("bursts");
    }

    pub(super) fn ask(&mut self, command: Command) {
        let space = command.space().cloned();
        let listener = self.listeners.iter().find(|listener| {
            listener.being == command.by.id && Some(&listener.space) == space.as_ref()
        });
        let by = listener.map(|listener| (listener.number, listener.replica.cursor().cloned()));
        self.waiting.push_back(Asked { command, by });
        self.journal.count("commands");
    }

    fn something_said(&mut self, space: &SpaceId) -> Option<What> {
        let id = IntentionId(Uuid::from_u128(self.dice.random()));
        let length = if self.one_in(12) { self.dice.random_range(200..6_000) } else { 0 };
        let text = format!("Said as {id}. {}", "é".repeat(length));
        let content = Content::parse(text).expect("content");
        let reply_to = if self.one_in(4) { self.some_message(space) } else { None };
        Some(What::Send(space.clone(), NewIntention { id, content, reply_to }))
    }

    /// A message is sent with an id that was sent with already.
    fn same_again(&mut self) -> Option<What> {
        let space = self.some_space();
        let said = self.model.spaces[&space].messages.values().choose(&mut self.dice)?;
        let (id, reply_to) = (said.row.id, said.row.reply_to);
        let text = if self.dice.random_ratio(7, 8) { &said.first } else { "Something else." };
        let content = Content::parse(text.to_owned()).ok()?;
        // An answer's id is no sender's.
        let is_sent = said.begun.is_none();
        is_sent.then_some(What::Send(space, NewIntention { id, content, reply_to }))
    }

    fn answer_grows(&mut self, space: &SpaceId) -> Option<What> {
        let space_now = &self.model.spaces[space];
        let answers = space_now.messages.values().filter(|said| said.begun.is_some());
        let grows = |said: &&crate::model::Said| said.row.state == IntentionState::Active;
        let growing = answers.clone().filter(grows).choose(&mut self.dice);
        let said = growing.or_else(|| answers.choose(&mut self.dice))?;
        let answer = store::Answer {
            space: space.clone(),
            message: said.row.message_id,
            begun: said.begun?,
        };
        let offset = said.row.content.len() as u64;
        let text = format!("… é{} ", self.dice.random_range(0..1000));
        Some(match self.dice.random_range(0..8) {
            0 => What::Finish(answer, text, Ending::Complete),
            1 => What::Finish(answer, text, Ending::Cancelled),
            _ => What::Append(answer, offset, text),
        })
    }

    fn some_space(&mut self) -> SpaceId {
        self.model.spaces.keys().choose(&mut self.dice).expect("the garden").clone()
    }

    /// One that is there, or was.
    fn some_message(&mut self, space: &SpaceId) -> Option<MessageId> {
        let messages = &self.model.spaces[space].messages;
        messages.keys().rev().take(60).choose(&mut self.dice).copied()
    }

    fn some_answer(&mut self, space: &SpaceId) -> Option<MessageId> {
        let messages = &self.model.spaces[space].messages;
        let answers = messages.iter().filter(|(_, said)| said.begun.is_some());
        answers.map(|(message, _)| *message).choose(&mut self.dice)
    }

    fn some_being(&mut self, space: &SpaceId) -> BeingId {
        self.model.spaces[space].members.keys().choose(&mut self.dice).expect("itself").clone()
    }

    /// Mostly who may.
    fn who_would(&mut self, anybody: Actor, space: &SpaceId, what: &What) -> Actor {
        let said = |message| self.model.spaces[space].messages.get(message);
        let owner = match what {
            What::Edit(_, message, ..) | What::Delete(_, message) => {
                said(message).map(|said| said.row.owner_id.clone())
            }
            What::Send(space, new) => {
                let messages = &self.model.spaces[space].messages;
                let same = messages.values().find(|said| said.row.id == new.id);
                same.map(|said| said.row.owner_id.clone())
            }
            What::Rename(id, _) => Some(id.clone()),
            What::Remove(..) => Some(self.model.spaces[space].founder.clone()),
            _ => None,
        };
        let owner =
            owner.and_then(|id| (0..PEOPLE.len()).map(person).find(|person| person.id == id));
        if self.one_in(5) { anybody } else { owner.unwrap_or(anybody) }
    }
}
