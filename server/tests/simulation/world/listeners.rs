//! Those who follow, and what the server does for them.

use app::{
    protocol::{Since, SyncEvent},
    replica::{Input, Replica},
};
use rand::{Rng, seq::IteratorRandom};

use super::{PEOPLE, Work, World, person};
use crate::{
    listener::Listener,
    pipe::{Mischief, Pipe},
    task::Task,
};

/// Of a page of history, so that a space has many.
const PAGE_MESSAGES: usize = 20;
/// A query of a stream holds the disk for that many operations, more or less.
const OPERATIONS_OF_A_QUERY: u32 = 8;

impl World {
    pub(super) fn listener_comes(&mut self) {
        let being = person(self.dice.random_range(0..PEOPLE.len())).id;
        let space = self.model.spaces.keys().choose(&mut self.dice).expect("the garden").clone();
        let number = self.number();
        self.listeners.push(Listener::new(number, being, space, Replica::default()));
        self.tell(self.listeners.len() - 1, Input::Start);
    }

    /// Tells a listener's machine what happened, and does what it wants.
    pub(super) fn tell(&mut self, at: usize, input: Input) {
        if !self.listeners[at].handle_input(input, self.now, &mut self.dice) {
            return;
        }
        let Some(process) = &self.process else {
            // Nobody there: the network says so.
            return self.tell(at, Input::Lost);
        };
        let capacity_bytes = [300, 4_000, 1_000_000][self.dice.random_range(0..3)];
        let pipe = Pipe::new(capacity_bytes);
        let listener = &mut self.listeners[at];
        let (space, being) = (listener.space.clone(), listener.being.clone());
        let since = listener.replica.cursor().cloned().map(Since::Cursor);
        let services = process.services.clone();
        let serving = pipe.clone().serve(services, space.clone(), being.clone(), since);
        listener.open(pipe.clone());
        let work = Work { task: Task::new(serving), stream: Some((space, being, pipe)) };
        let number = self.number();
        self.tasks.insert(number, work);
        self.journal.count("streams opened");
    }

    pub(super) fn task_goes_on(&mut self) {
        let is_held_up = self.tasks.values().any(|work| work.task.stalled.is_some());
        let goes = |work: &Work| work.task.is_ready() || work.task.stalled.is_some();
        let chosen = self.tasks.iter().filter(|(_, work)| goes(work)).choose(&mut self.dice);
        let Some(number) = chosen.map(|(number, _)| *number) else { return };
        let stalls = !is_held_up && self.one_in(6);
        let stall_in = stalls.then(|| self.dice.random_range(0..OPERATIONS_OF_A_QUERY));
        self.take_turn(number, stall_in);
    }

    /// One turn of a task; and what it told may be told.
    pub(super) fn take_turn(&mut self, number: u64, stall_in: Option<u32>) {
        let (Some(process), Some(work)) = (&self.process, self.tasks.get_mut(&number)) else {
            return;
        };
        let is_over = process.run(&mut work.task, stall_in);
        if work.task.stalled.is_some() {
            self.journal.count("queries held up");
        }
        let begun = process.take_spawned();
        self.look_at_what_was_told();
        if is_over {
            self.tasks.remove(&number);
        }
        for task in begun {
            let number = self.number();
            self.tasks.insert(number, Work { task, stream: None });
        }
    }

    fn look_at_what_was_told(&mut self) {
        for (space, being, pipe) in self.tasks.values().filter_map(|work| work.stream.as_ref()) {
            for (id, event) in pipe.take_fresh() {
                self.journal.note(format_args!("{being} is told of {space}: {id:?} {event:?}"));
                let belongs = self.model.spaces[space].has(being);
                let is_farewell = event == SyncEvent::AccessRevoked;
                assert!(belongs || is_farewell, "{being}, who left {space}, is told {event:?}");
                self.journal.count("frames");
            }
        }
    }

    /// Whoever has left was told nothing from there on.
    pub(super) fn check_who_has_left(&self) {
        for work in self.tasks.values() {
            let Some((space, being, pipe)) = &work.stream else { continue };
            let member = self.model.spaces[space].members.get(being);
            if let Some(left) = member.filter(|member| member.has_left) {
                assert!(pipe.told() < left.seq, "{being} left {space} at {}", left.seq);
            }
        }
    }

    pub(super) fn listener_reads(&mut self) {
        let at = self.dice.random_range(0..self.listeners.len());
        let max = if self.one_in(3) { 70 } else { self.dice.random_range(1..8_000) };
        self.read(at, max);
        // Of who is cut off while it is caught up, the cursor says least of what it holds.
        if self.listeners[at].is_catching_up() && self.one_in(6) {
            self.cut(at);
        }
    }

    /// Whether anything came.
    pub(super) fn read(&mut self, at: usize, max: usize) -> bool {
        let inputs = self.listeners[at].read(max);
        let came = !inputs.is_empty();
        for input in inputs {
            if input == Input::Missed {
                self.journal.count("losses noticed");
            }
            self.tell(at, input);
        }
        came
    }

    pub(super) fn timers_fire(&mut self) {
        for at in 0..self.listeners.len() {
            if self.listeners[at].take_timer(self.now) {
                self.tell(at, Input::TimerFired);
            }
        }
    }

    pub(super) fn answer_arrives(&mut self) {
        let at = self.dice.random_range(0..self.listeners.len());
        self.listeners[at].take_page();
        let count = self.listeners[at].answers.len();
        if count > 0 {
            let answer = self.dice.random_range(0..count);
            self.listeners[at].take_answer(answer);
        }
    }

    pub(super) fn page_is_asked_for(&mut self) {
        let at = self.dice.random_range(0..self.listeners.len());
        let listener = &mut self.listeners[at];
        let Some(process) = self.process.as_ref().filter(|_| !listener.has_ended) else { return };
        let Some(before) = listener.replica.begin_page() else { return };
        let (store, space) = (process.services.store.clone(), listener.space.clone());
        let page = listener.expect_page();
        let asking = async move {
            let answer = store.history(&space, Some(before), PAGE_MESSAGES).await;
            page.set(Some(answer.ok()));
        };
        let number = self.number();
        self.tasks.insert(number, Work { task: Task::new(asking), stream: None });
        self.journal.count("pages asked for");
    }

    pub(super) fn connection_suffers(&mut self) {
        let at = self.dice.random_range(0..self.listeners.len());
        let Some(pipe) = self.listeners[at].pipe.clone() else { return };
        match self.dice.random_range(0..6) {
            0 => {
                pipe.expect(Mischief::Lose);
                self.journal.count("frames lost or repeated");
            }
            1 => {
                pipe.expect(Mischief::Repeat);
                self.journal.count("frames lost or repeated");
            }
            2 => {
                // The browser's data was cleared, or the page is another now.
                pipe.cut();
                self.listeners.remove(at);
                self.listener_comes();
            }
            3 => self.server_notices(),
            _ => self.cut(at),
        }
    }

    fn cut(&mut self, at: usize) {
        let Some(pipe) = &self.listeners[at].pipe else { return };
        pipe.cut();
        self.journal.count("connections cut");
        let input = if self.dice.random() { Input::Lost } else { Input::Returned };
        self.tell(at, input);
    }

    /// That somebody is gone. Until then it writes to nobody.
    fn server_notices(&mut self) {
        let is_gone = |work: &Work| {
            let is_cut = work.stream.as_ref().is_some_and(|(_, _, pipe)| pipe.is_cut());
            is_cut && work.task.stalled.is_none()
        };
        if let Some(process) = &self.process {
            let gone: Vec<_> = self.tasks.extract_if(.., |_, work| is_gone(work)).collect();
            process.drop_tasks(gone.into_iter().map(|(_, work)| work.task));
        }
    }
}
