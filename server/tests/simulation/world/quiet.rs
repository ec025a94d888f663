//! Quiet points: nobody asks for anything, nothing fails, and time passes. Then everything must be
//! equal: what a fresh sync says, what the model holds, and what each listener has.

use app::{
    protocol::{Cursor, MessageId},
    replica::{Input, Replica},
};

use super::World;
use crate::{disk::Faults, listener::Listener};

/// Whoever waits, waits no longer than this; most of it is patience with a dead connection.
const REST_MAX_SECONDS: usize = 600;

impl World {
    pub(super) fn come_to_rest(&mut self) {
        self.disk.set_faults(Faults::default());
        for _ in 0..REST_MAX_SECONDS {
            self.finish_turns();
            self.everything_arrives();
            if self.is_at_rest() {
                self.audit();
                self.compare_listeners();
                self.journal.count("quiet points");
                return;
            }
            self.pass_time(1_000);
        }
        panic!("nothing comes to rest: {}", self.unrest());
    }

    /// Until nobody has anything to do.
    pub(super) fn finish_turns(&mut self) {
        loop {
            while !self.waiting.is_empty() || !self.underway.is_empty() {
                self.write(None);
            }
            let goes = |work: &super::Work| work.task.is_ready() || work.task.stalled.is_some();
            let going = self.tasks.iter().filter(|(_, work)| goes(work));
            let going: Vec<_> = going.map(|(number, _)| *number).collect();
            if going.is_empty() {
                return;
            }
            going.into_iter().for_each(|number| self.take_turn(number, None));
        }
    }

    fn everything_arrives(&mut self) {
        loop {
            let mut came = false;
            for at in 0..self.listeners.len() {
                came |= self.read(at, usize::MAX);
                self.listeners[at].take_page();
                while !self.listeners[at].answers.is_empty() {
                    self.listeners[at].take_answer(0);
                }
                self.come_again_if_welcome(at);
            }
            self.finish_turns();
            if !came {
                return;
            }
        }
    }

    /// Who was sent away and belongs again makes a new visit, with what it kept or with nothing.
    fn come_again_if_welcome(&mut self, at: usize) {
        let listener = &self.listeners[at];
        let belongs = self.model.spaces[&listener.space].has(&listener.being);
        if !(listener.has_ended && belongs) {
            return;
        }
        let kept =
            if self.one_in(2) { self.listeners[at].replica.clone() } else { Replica::default() };
        let number = self.number();
        let listener = &mut self.listeners[at];
        let (being, space) = (listener.being.clone(), listener.space.clone());
        *listener = Listener::new(number, being, space, kept);
        listener.replica.abandon_page();
        self.tell(at, Input::Start);
    }

    fn is_at_rest(&self) -> bool {
        let is_idle = self.waiting.is_empty() && self.underway.is_empty();
        is_idle && self.listeners.iter().all(|listener| self.is_level(listener))
    }

    fn is_level(&self, listener: &Listener) -> bool {
        if !self.model.spaces[&listener.space].has(&listener.being) {
            return listener.has_ended;
        }
        self.head(listener).is_some_and(|head| listener.is_live_at(&head))
    }

    fn head(&self, listener: &Listener) -> Option<Cursor> {
        let space = &self.model.spaces[&listener.space];
        Some(Cursor { epoch: space.epoch.clone()?, seq: space.head })
    }

    fn compare_listeners(&self) {
        for listener in &self.listeners {
            let space = &self.model.spaces[&listener.space];
            if !space.has(&listener.being) {
                continue;
            }
            let sync = self.model.sync(&listener.space);
            let replica = &listener.replica;
            assert_eq!(replica.roster().space(), Some(&sync.space));
            let beings: Vec<_> = replica.roster().iter().cloned().collect();
            assert_eq!(beings, sync.beings, "who belongs to {}", listener.space);
            let held: Vec<_> = replica.timeline().iter().cloned().collect();
            let newest = space.history(MessageId(u64::MAX), held.len());
            assert_eq!(held, newest.intentions, "what is said in {}", listener.space);
            assert!(!newest.has_earlier || replica.timeline().has_earlier(), "there is more");
        }
    }

    fn unrest(&self) -> String {
        let restless = self.listeners.iter().filter(|listener| !self.is_level(listener));
        let told = restless.map(|listener| {
            let (at, head) = (listener.replica.cursor(), self.head(listener));
            format!("{} in {} at {at:?} of {head:?}", listener.being, listener.space)
        });
        let (waiting, underway) = (self.waiting.len(), self.underway.len());
        format!("{waiting} commands wait, {underway} are underway, {:?}", told.collect::<Vec<_>>())
    }
}
