//! What AI beings answer.

use app::protocol::{
    BeingId, BeingKind, FailureReason, Intention, IntentionId, IntentionState, MessageId, SpaceId,
    SyncEvent,
    limits::{ANSWERS_TO_ONE_MESSAGE_MAX, CONSECUTIVE_AI_TURNS_MAX},
};
use server::{
    clock::Moment,
    policy::Actor,
    refusal::Refusal,
    store::{self, Ending},
};
use uuid::Uuid;

use super::{Model, Said};
use crate::command::{Answer, Outcome};

/// Chance's to make: learned when it is first seen.
pub const UNKNOWN: IntentionId = IntentionId(Uuid::nil());

impl Model {
    pub(super) fn begin_answers(&mut self, id: &SpaceId, said: &Intention, turns: usize) {
        let called: Vec<BeingId> = self.answering(id).filter(|id| *id != said.owner_id).collect();
        for owner_id in called.into_iter().take(turns.min(ANSWERS_TO_ONE_MESSAGE_MAX)) {
            let seq = self.spaces.get_mut(id).expect("a space that was looked at").next();
            let row = Intention {
                id: UNKNOWN,
                message_id: seq.as_message(),
                owner_id,
                state: IntentionState::Active,
                reason: None,
                content: String::new(),
                created_at: Moment(self.now).to_timestamp(),
                modified_at: None,
                reply_to: Some(said.message_id),
                seq,
            };
            self.put_new(id, row, Some(seq));
        }
    }

    pub(super) fn append(&mut self, answer: &store::Answer, offset: u64, text: &str) -> Outcome {
        let space = self.spaces.get_mut(&answer.space).ok_or(Refusal::UnknownSpace)?;
        let seq = space.head.next();
        let said = growing(space.messages.get_mut(&answer.message), answer)?;
        if said.row.content.len() as u64 != offset {
            return Err(Refusal::AnswerEnded);
        }
        said.row.content.push_str(text);
        said.row.seq = seq;
        space.next();
        let (message_id, text) = (answer.message, text.to_owned());
        self.tell(&answer.space, seq, SyncEvent::IntentionAppended { message_id, offset, text });
        Ok(Answer::Nothing)
    }

    pub(super) fn finish(&mut self, answer: &store::Answer, text: &str, ending: Ending) -> Outcome {
        let space = self.spaces.get_mut(&answer.space).ok_or(Refusal::AnswerEnded)?;
        let said = growing(space.messages.get_mut(&answer.message), answer)?;
        said.row.content.push_str(text);
        let ended = self.end(&answer.space, answer.message, ending);
        if ending == Ending::Complete && answer.begun == answer.message.created_at() {
            let turns = self.turns_left(&answer.space);
            self.begin_answers(&answer.space, &ended, turns);
        }
        Ok(Answer::Nothing)
    }

    pub(super) fn stop(&mut self, by: &Actor, id: &SpaceId, message: MessageId) -> Outcome {
        let space = self.takes_part(by, id)?;
        let said = space.messages.get(&message).filter(|said| !said.is_deleted);
        if said.ok_or(Refusal::UnknownMessage)?.row.state == IntentionState::Active {
            self.end(id, message, Ending::Cancelled);
        }
        Ok(Answer::Nothing)
    }

    pub(super) fn retry(&mut self, by: &Actor, id: &SpaceId, message: MessageId) -> Outcome {
        let space = self.takes_part(by, id)?;
        let said = space.messages.get(&message).filter(|said| !said.is_deleted);
        let said = said.ok_or(Refusal::UnknownMessage)?;
        if said.begun.is_none() {
            return Err(Refusal::NotAnAnswer);
        }
        if said.row.state == IntentionState::Active {
            return Ok(Answer::Message(said.row.clone()));
        }
        if !space.has(&said.row.owner_id) {
            return Err(Refusal::UnknownBeing);
        }
        let question = said.row.reply_to.and_then(|question| space.messages.get(&question));
        if question.is_none_or(|question| question.is_deleted) {
            return Err(Refusal::UnknownMessage);
        }
        let seq = space.next();
        let said = space.messages.get_mut(&message).expect("it was just found");
        said.begun = Some(seq);
        said.row = Intention {
            state: IntentionState::Active,
            reason: None,
            content: String::new(),
            seq,
            ..said.row.clone()
        };
        let row = said.row.clone();
        let event = SyncEvent::IntentionUpdated { message_id: message, data: row.clone() };
        self.tell(id, seq, event);
        Ok(Answer::Message(row))
    }

    pub(super) fn end_answers_of(&mut self, id: &SpaceId, owner: &BeingId) {
        for (message, said) in self.growing_in(id) {
            if said.owner_id == *owner {
                self.end(id, message, Ending::Cancelled);
            }
        }
    }

    pub(super) fn interrupt_answers(&mut self) {
        let spaces: Vec<_> = self.spaces.keys().cloned().collect();
        for space in spaces {
            for (message, _) in self.growing_in(&space) {
                self.end(&space, message, Ending::Failed(FailureReason::Interrupted));
            }
        }
    }

    fn end(&mut self, id: &SpaceId, message: MessageId, ending: Ending) -> Intention {
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let seq = space.next();
        let row = &mut space.messages.get_mut(&message).expect("an answer that grows").row;
        (row.state, row.reason) = match ending {
            Ending::Complete => (IntentionState::Complete, None),
            Ending::Cancelled => (IntentionState::Cancelled, None),
            Ending::Failed(reason) => (IntentionState::Failed, Some(reason)),
        };
        row.seq = seq;
        let row = row.clone();
        let event = SyncEvent::IntentionUpdated { message_id: message, data: row.clone() };
        self.tell(id, seq, event);
        row
    }

    /// The answers that grow, oldest first.
    pub fn growing_in(&self, id: &SpaceId) -> Vec<(MessageId, Intention)> {
        let said = self.spaces[id].messages.iter();
        let growing = said.filter(|(_, said)| said.row.state == IntentionState::Active);
        growing.map(|(message, said)| (*message, said.row.clone())).collect()
    }

    fn answering<'a>(&'a self, id: &'a SpaceId) -> impl Iterator<Item = BeingId> + 'a {
        self.spaces[id].present(id).filter(|id| self.beings[*id].answers).cloned()
    }

    fn turns_left(&self, id: &SpaceId) -> usize {
        if self.answering(id).count() < 2 {
            return 0;
        }
        let newest = self.spaces[id].messages.values().rev().take(CONSECUTIVE_AI_TURNS_MAX);
        let is_ai = |said: &&Said| self.beings[&said.row.owner_id].kind == BeingKind::Ai;
        CONSECUTIVE_AI_TURNS_MAX - newest.take_while(is_ai).count()
    }
}

fn growing<'a>(
    said: Option<&'a mut Said>,
    answer: &store::Answer,
) -> Result<&'a mut Said, Refusal> {
    let is_growing = |said: &&mut Said| {
        said.begun == Some(answer.begun) && said.row.state == IntentionState::Active
    };
    said.filter(is_growing).ok_or(Refusal::AnswerEnded)
}
