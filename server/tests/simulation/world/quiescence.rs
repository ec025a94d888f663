//! Quiet points: no commands, no faults, and time passes. Then everything must be equal: a fresh
//! sync, the model, and every listener.

use client::{Replica, reconnect::Input};
use protocol::{Cursor, MessageId};

use super::World;
use crate::{client::unordered, disk::Faults, listener::Listener};

/// The longest wait, most of which is patience with a dead connection.
const QUIESCE_MAX_SECONDS: usize = 600;

impl World {
    pub(super) fn quiesce(&mut self) {
        self.disk.set_faults(Faults::default());
        for _ in 0..QUIESCE_MAX_SECONDS {
            self.run_until_idle();
            self.deliver_everything();
            if self.is_quiescent() {
                self.audit();
                self.compare_listeners();
                self.compare_searches();
                self.journal.count("quiet points");
                return;
            }
            self.pass_time(1_000);
        }
        panic!("there is no quiet point: {}", self.unfinished());
    }

    /// Runs until no task and no command is left.
    pub(super) fn run_until_idle(&mut self) {
        loop {
            while !self.queued.is_empty() || !self.in_flight.is_empty() || self.is_writing() {
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

    fn deliver_everything(&mut self) {
        loop {
            let mut came = false;
            for at in 0..self.listeners.len() {
                came |= self.read(at, usize::MAX);
                self.listeners[at].take_page();
                while !self.listeners[at].responses.is_empty() {
                    self.listeners[at].handle_response(0);
                }
                self.reconnect_if_member(at);
            }
            for at in 0..self.devices.len() {
                came |= self.read_inbox(at, usize::MAX);
            }
            self.run_until_idle();
            if !came {
                return;
            }
        }
    }

    /// A listener that was removed and is a member again reconnects, with its replica or with
    /// nothing.
    fn reconnect_if_member(&mut self, at: usize) {
        let listener = &self.listeners[at];
        let is_member = self.model.spaces[&listener.space].has(&listener.being);
        if !(listener.has_ended && is_member) {
            return;
        }
        self.listeners[at].fail_page();
        let kept =
            if self.one_in(2) { self.listeners[at].replica.clone() } else { Replica::default() };
        let number = self.number();
        let listener = &mut self.listeners[at];
        let (being, space) = (listener.being.clone(), listener.space.clone());
        *listener = Listener::new(number, being, space, kept);
        self.notify(at, Input::Start);
    }

    fn is_quiescent(&self) -> bool {
        let is_idle = self.queued.is_empty() && self.in_flight.is_empty();
        let are_up_to_date = self.listeners.iter().all(|listener| self.is_up_to_date(listener));
        is_idle && are_up_to_date && self.devices_behind().next().is_none()
    }

    fn is_up_to_date(&self, listener: &Listener) -> bool {
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
            assert_eq!(beings, sync.beings, "the members of {}", listener.space);
            let timeline = replica.timeline();
            let held: Vec<_> = timeline.iter().cloned().collect();
            let mut there = space.history(MessageId(u64::MAX), 1_000_000).intentions;
            let first = there.first().map(|row| row.message_id);
            there.retain(|row| timeline.covers(row.message_id));
            assert_eq!(unordered(held), unordered(there), "the messages of {}", listener.space);
            let is_all = first.is_none_or(|first| timeline.shows(first));
            assert!(is_all || timeline.has_earlier(), "there are earlier messages");
        }
    }

    fn unfinished(&self) -> String {
        let behind = self.listeners.iter().filter(|listener| !self.is_up_to_date(listener));
        let positions = behind.map(|listener| {
            let (at, head) = (listener.replica.cursor(), self.head(listener));
            format!("{} in {} at {at:?} of {head:?}", listener.being, listener.space)
        });
        let (queued, in_flight) = (self.queued.len(), self.in_flight.len());
        format!(
            "{queued} commands wait, {in_flight} are in flight, {:?}, {:?}",
            positions.collect::<Vec<_>>(),
            self.devices_behind().collect::<Vec<_>>()
        )
    }
}
