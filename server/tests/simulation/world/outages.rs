//! How the disk fails and the server ends, and what is there when another starts.

use app::replica::Input;
use rand::Rng;
use server::clock::Moment;

use super::World;
use crate::{
    disk::{End, Faults},
    process::Process,
};

const OFTEN_IN_A_MILLION: u32 = 60_000;

impl World {
    pub(super) fn disk_suffers(&mut self) {
        let mut faults = Faults::default();
        match self.dice.random_range(0..6) {
            0 => faults.is_full = true,
            1 => faults.writes = OFTEN_IN_A_MILLION,
            2 => faults.syncs = OFTEN_IN_A_MILLION * 4,
            3 => faults.reads = OFTEN_IN_A_MILLION,
            _ => {}
        }
        self.disk.set_faults(faults);
        self.journal.count("changes of the disk's health");
    }

    pub(super) fn server_suffers(&mut self) {
        match self.dice.random_range(0..4) {
            0 => {
                // In the middle of what it does next.
                self.disk.light_fuse(self.dice.random_range(0..40));
                self.journal.count("fuses");
            }
            1 => self.restart(),
            _ => self.server_has_ended(),
        }
    }

    /// The process is gone, or the machine without power; another starts over what is left.
    pub(super) fn server_has_ended(&mut self) {
        let Some(process) = self.process.take() else { return };
        let began = self.clock.said();
        let tasks = std::mem::take(&mut self.tasks);
        process.end(tasks.into_values().map(|work| work.task));
        let end = self.some_end();
        self.disk.come_back(end);
        if self.one_in(3) {
            self.clock_jumps();
        }
        self.start_after_an_end(began);
    }

    /// It stops as it is asked to, and starts again.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.start();
        self.model.restart(self.clock.said());
        self.audit();
        self.journal.count("restarts");
        self.connections_break();
    }

    /// All that was begun is finished first.
    pub(super) fn stop(&mut self) {
        self.disk.set_faults(Faults::default());
        self.finish_turns();
        let Some(process) = self.process.take() else { return };
        let tasks = std::mem::take(&mut self.tasks);
        process.drop_tasks(tasks.into_values().map(|work| work.task));
        process.stop();
        // It may have come to its end while it stopped.
        let end = if self.disk.is_down() { self.some_end() } else { End::Kill };
        self.disk.come_back(end);
    }

    /// Starts a server over a disk that is well.
    pub(super) fn start(&mut self) {
        let process = self.try_to_start().expect("a server starts over a disk that is well");
        self.process = Some(process);
    }

    pub(super) fn try_to_start(&mut self) -> sqlx::Result<Process> {
        self.starts += 1;
        Process::start(&self.disk, &self.clock, self.starts)
    }

    /// `began` is when the transaction began in the middle of which it may have ended.
    fn start_after_an_end(&mut self, began: Moment) {
        // It may end again while it starts; but not for ever.
        for _ in 0..3 {
            if !self.one_in(5) {
                break;
            }
            self.disk.light_fuse(self.dice.random_range(0..12));
            match self.try_to_start() {
                Ok(process) => process.end(std::iter::empty()),
                Err(_) => self.disk.end(),
            }
            let end = self.some_end();
            self.disk.come_back(end);
            self.journal.count("ends while starting");
        }
        self.start();
        self.find_out_what_happened(began);
        for asked in std::mem::take(&mut self.underway) {
            self.comes_again(asked);
        }
        self.connections_break();
    }

    fn some_end(&mut self) -> End {
        if self.dice.random() {
            self.journal.count("kills");
            End::Kill
        } else {
            self.journal.count("power cuts");
            End::PowerCut
        }
    }

    fn connections_break(&mut self) {
        for at in 0..self.listeners.len() {
            let listener = &mut self.listeners[at];
            listener.answers.clear();
            listener.lose_page();
            if listener.pipe.is_some() {
                self.tell(at, Input::Lost);
            }
        }
    }
}
