//! The writer's turns, compared with the model.

use protocol::{Intention, IntentionCreated, IntentionUpdated, SpaceId, SyncEvent};
use rand::Rng;
use server::{
    domain::{
        command::{Command, Outcome},
        refusal::Refusal,
    },
    store::Committed,
};

use super::{Queued, World};
use crate::{
    model::{Response, UNKNOWN},
    process::{Process, Wrote},
};

/// The commands of one transaction, at most: one turn of the writer is one transaction.
const BATCH_MAX_COMMANDS: usize = 256;
/// The approximate number of disk operations of a transaction.
const OPERATIONS_OF_A_COMMIT: u32 = 30;

impl World {
    pub(super) fn run_writer(&mut self) {
        let stalls = self.one_in(4);
        let stall_in = stalls.then(|| self.rng.random_range(0..OPERATIONS_OF_A_COMMIT));
        self.write(stall_in);
    }

    pub(super) fn write(&mut self, stall_in: Option<u32>) {
        let Some(process) = &mut self.process else { return };
        if !process.is_writing() {
            let count = self.queued.len().min(BATCH_MAX_COMMANDS);
            self.in_flight.extend(self.queued.drain(..count));
            process.submit(self.in_flight.iter().map(|asked| asked.command.clone()));
            // The index follows, mostly not at once.
            if self.rng.random_ratio(1, 4) {
                process.index();
            }
        }
        if !process.is_writing() {
            return;
        }
        match process.write(stall_in) {
            Wrote::Responded(responses, committed) => self.check_responses(responses, committed),
            Wrote::Stalled => self.journal.count("writers held up"),
            Wrote::Ended => self.end_server(),
        }
    }

    pub(super) fn is_writing(&self) -> bool {
        self.process.as_ref().is_some_and(Process::is_writing)
    }

    /// Compares the effects and responses of the store with those of the model.
    fn check_responses(&mut self, responses: Vec<Response>, committed: Vec<Committed>) {
        let asked = std::mem::take(&mut self.in_flight);
        assert_eq!(asked.len(), responses.len(), "every command has one response");
        let is_unavailable = |response: &Response| matches!(response, Err(Refusal::Unavailable));
        if responses.iter().any(is_unavailable) {
            assert!(responses.iter().all(is_unavailable), "a transaction fails as a whole");
            assert!(committed.is_empty(), "a failed transaction publishes nothing");
            self.journal.count("transactions that failed");
            asked.into_iter().for_each(|asked| self.retry(asked));
            return;
        }
        self.journal.count("transactions");
        let now = self.clock.last_read();
        for (asked, response) in asked.iter().zip(&responses) {
            self.journal.note(format_args!("{:?} gets {response:?}", asked.command));
            if let Command::SetReaction(_) = &asked.command {
                let has_room = !matches!(response, Err(Refusal::OutOfBounds(_)));
                self.journal.count(if has_room { "reactions" } else { "reactions too many" });
            }
            let mut expected = self.model.apply(&asked.command, now);
            assert!(
                is_equivalent(&mut expected, response),
                "{:?}\ngets {response:?}\nnot {expected:?}",
                asked.command
            );
        }
        self.check_published(committed);
        self.check_removed_members();
        for (asked, response) in asked.into_iter().zip(responses) {
            self.deliver(asked, response);
        }
    }

    /// Delivers the response, unless its connection is cut: then the command is repeated.
    fn deliver(&mut self, asked: Queued, response: Response) {
        if self.one_in(12) {
            self.journal.count("responses lost");
            return self.retry(asked);
        }
        let (Some((number, cursor)), Ok(outcome)) = (asked.listener, response) else { return };
        // The response to a rename has no position.
        let is_rename = matches!(asked.command, Command::ChangeBeing(_));
        let listener = self.listeners.iter_mut().find(|listener| listener.number == number);
        if let Some(listener) = listener.filter(|_| !is_rename) {
            listener.responses.push((cursor, outcome));
        }
    }

    /// Repeats a command that got no response: a send always, others sometimes.
    pub(super) fn retry(&mut self, asked: Queued) {
        let is_made_once = matches!(asked.command, Command::CreateSpace(_) | Command::AddBeing(_));
        let is_send = matches!(asked.command, Command::SendMessage(_));
        if is_send || !is_made_once && self.one_in(2) {
            self.journal.count("commands that were repeated");
            self.queued.push_back(asked);
        }
    }

    /// Compares the published events with those of the model, space by space.
    fn check_published(&mut self, committed: Vec<Committed>) {
        let mut expected = self.model.take_events();
        for committed in committed {
            for (seq, event) in committed.changes() {
                let next = expected.iter().position(|(space, ..)| space == committed.space());
                let next =
                    next.unwrap_or_else(|| panic!("{seq} {event:?} did not happen in the model"));
                let (space, expected_seq, mut expected) = expected.remove(next);
                self.learn(&space, event);
                learn_id(&mut expected, event);
                assert_eq!((&expected_seq, &expected), (seq, event), "in {space}");
            }
            let space = self.model.spaces.get_mut(committed.space()).expect("a space");
            let epoch = space.epoch.get_or_insert_with(|| committed.epoch().clone());
            assert_eq!(epoch, committed.epoch(), "an epoch stays the same");
        }
        assert!(expected.is_empty(), "{expected:?} was not published");
    }

    /// The server generates the ids of answers.
    fn learn(&mut self, space: &SpaceId, event: &SyncEvent) {
        let SyncEvent::IntentionCreated(IntentionCreated { message_id, data }) = event else {
            return;
        };
        let space = self.model.spaces.get_mut(space).expect("a space");
        let stored = space.messages.get_mut(message_id);
        if let Some(stored) = stored.filter(|stored| stored.row.id == UNKNOWN) {
            stored.row.id = data.id;
        }
    }
}

fn learn_id(expected: &mut SyncEvent, event: &SyncEvent) {
    use SyncEvent::{IntentionCreated as Created, IntentionUpdated as Updated};
    if let (
        Created(IntentionCreated { data: expected, .. })
        | Updated(IntentionUpdated { data: expected, .. }),
        Created(IntentionCreated { data, .. }) | Updated(IntentionUpdated { data, .. }),
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

fn is_equivalent(expected: &mut Response, found: &Response) -> bool {
    match (expected, found) {
        (Ok(Outcome::Message(expected)), Ok(Outcome::Message(found))) => {
            adopt(expected, found);
            expected == found
        }
        // The model does not know the sentence of a refusal.
        (Err(Refusal::NotAllowed(_)), Err(Refusal::NotAllowed(_))) => true,
        (Err(Refusal::OutOfBounds(expected)), Err(Refusal::OutOfBounds(found))) => {
            expected.field == found.field
        }
        (expected, found) => expected == found,
    }
}
