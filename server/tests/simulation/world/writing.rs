//! The writer's turns, and what the model says to them.

use app::protocol::{Intention, SyncEvent};
use rand::Rng;
use server::{refusal::Refusal, store::Committed};

use super::{Asked, World};
use crate::{
    command::{Answer, Outcome, What},
    model::UNKNOWN,
    process::Wrote,
};

/// So many share one transaction, and no more: what one turn of the writer does is one transaction.
const BATCH_MAX_COMMANDS: usize = 256;
/// A transaction holds the disk for that many operations, more or less.
const OPERATIONS_OF_A_COMMIT: u32 = 30;

impl World {
    pub(super) fn writer_goes_on(&mut self) {
        let stalls = self.one_in(4);
        let stall_in = stalls.then(|| self.dice.random_range(0..OPERATIONS_OF_A_COMMIT));
        self.write(stall_in);
    }

    pub(super) fn write(&mut self, stall_in: Option<u32>) {
        let Some(process) = &mut self.process else { return };
        if !process.is_writing() {
            let count = self.waiting.len().min(BATCH_MAX_COMMANDS);
            self.underway.extend(self.waiting.drain(..count));
            process.submit(self.underway.iter().map(|asked| asked.command.clone()));
        }
        if self.underway.is_empty() {
            return;
        }
        match process.write(stall_in) {
            Wrote::Answered(outcomes, committed) => self.judge(outcomes, committed),
            Wrote::Stalled => self.journal.count("writers held up"),
            Wrote::Ended => self.server_has_ended(),
        }
    }

    /// Holds what the store has done and answered against what the model does and answers.
    fn judge(&mut self, outcomes: Vec<Outcome>, committed: Vec<Committed>) {
        let asked = std::mem::take(&mut self.underway);
        assert_eq!(asked.len(), outcomes.len(), "every command has one answer");
        let is_unavailable = |outcome: &Outcome| matches!(outcome, Err(Refusal::Unavailable));
        if outcomes.iter().any(is_unavailable) {
            assert!(outcomes.iter().all(is_unavailable), "a transaction fails as a whole");
            assert!(committed.is_empty(), "what failed is not told");
            self.journal.count("transactions that failed");
            asked.into_iter().for_each(|asked| self.comes_again(asked));
            return;
        }
        self.journal.count("transactions");
        let now = self.clock.said();
        for (asked, outcome) in asked.iter().zip(&outcomes) {
            self.journal.note(format_args!("{:?} is answered {outcome:?}", asked.command));
            let mut expected = self.model.apply(&asked.command, now);
            assert!(
                is_alike(&mut expected, outcome),
                "{:?}\nis answered {outcome:?}\nnot {expected:?}",
                asked.command
            );
        }
        self.hear_of(committed);
        self.check_who_has_left();
        for (asked, outcome) in asked.into_iter().zip(outcomes) {
            self.deliver(asked, outcome);
        }
    }

    /// The answer is on its way, unless its connection is cut: then it is asked again.
    fn deliver(&mut self, asked: Asked, outcome: Outcome) {
        if self.one_in(12) {
            self.journal.count("answers lost");
            return self.comes_again(asked);
        }
        let (Some((number, cursor)), Ok(answer)) = (asked.by, outcome) else { return };
        // What a being is called, is told without a position.
        let is_rename = matches!(asked.command.what, What::Rename(..));
        let listener = self.listeners.iter_mut().find(|listener| listener.number == number);
        if let Some(listener) = listener.filter(|_| !is_rename) {
            listener.answers.push((cursor, answer));
        }
    }

    /// A command without an answer. Who sends a message asks until there is one; of the rest some do.
    pub(super) fn comes_again(&mut self, asked: Asked) {
        let is_made_once = matches!(asked.command.what, What::Found(_) | What::Bring(..));
        let is_send = matches!(asked.command.what, What::Send(..));
        if is_send || !is_made_once && self.one_in(2) {
            self.journal.count("commands that came again");
            self.waiting.push_back(asked);
        }
    }

    /// What was published is what the model tells, space by space.
    fn hear_of(&mut self, committed: Vec<Committed>) {
        let mut expected = self.model.take_events();
        for ticket in committed {
            for (seq, event) in ticket.changes() {
                let next = expected.iter().position(|(space, ..)| space == ticket.space());
                let next =
                    next.unwrap_or_else(|| panic!("{seq} {event:?} is nothing that happened"));
                let (space, expected_seq, mut expected) = expected.remove(next);
                self.learn(&space, event);
                learn_id(&mut expected, event);
                assert_eq!((&expected_seq, &expected), (seq, event), "in {space}");
            }
            let space = self.model.spaces.get_mut(ticket.space()).expect("a space");
            let epoch = space.epoch.get_or_insert_with(|| ticket.epoch().clone());
            assert_eq!(epoch, ticket.epoch(), "a history keeps its name");
        }
        assert!(expected.is_empty(), "{expected:?} was not told");
    }

    /// The id of an answer is chance's to make.
    fn learn(&mut self, space: &app::protocol::SpaceId, event: &SyncEvent) {
        let SyncEvent::IntentionCreated { message_id, data } = event else { return };
        let space = self.model.spaces.get_mut(space).expect("a space");
        if let Some(said) = space.messages.get_mut(message_id).filter(|s| s.row.id == UNKNOWN) {
            said.row.id = data.id;
        }
    }
}

fn learn_id(expected: &mut SyncEvent, event: &SyncEvent) {
    use SyncEvent::{IntentionCreated, IntentionUpdated};
    if let (
        IntentionCreated { data: expected, .. } | IntentionUpdated { data: expected, .. },
        IntentionCreated { data, .. } | IntentionUpdated { data, .. },
    ) = (expected, event)
    {
        adopt(expected, data);
    }
}

pub(super) fn adopt(expected: &mut Intention, found: &Intention) {
    if expected.id == UNKNOWN {
        expected.id = found.id;
    }
}

fn is_alike(expected: &mut Outcome, found: &Outcome) -> bool {
    match (expected, found) {
        (Ok(Answer::Message(expected)), Ok(Answer::Message(found))) => {
            adopt(expected, found);
            expected == found
        }
        // In what words it is not allowed, is not the model's.
        (Err(Refusal::NotAllowed(_)), Err(Refusal::NotAllowed(_))) => true,
        (expected, found) => expected == found,
    }
}
