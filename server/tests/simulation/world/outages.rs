//! Faults of the disk and ends of the server, and the state when another server starts.

use client::reconnect::Input;
use rand::Rng;
use server::domain::clock::Moment;

use super::World;
use crate::{
    disk::{End, Faults},
    process::Process,
};

const FREQUENT_IN_A_MILLION: u32 = 60_000;

impl World {
    pub(super) fn change_disk_faults(&mut self) {
        let mut faults = Faults::default();
        match self.rng.random_range(0..6) {
            0 => faults.is_full = true,
            1 => faults.writes = FREQUENT_IN_A_MILLION,
            2 => faults.syncs = FREQUENT_IN_A_MILLION * 4,
            3 => faults.reads = FREQUENT_IN_A_MILLION,
            _ => {}
        }
        self.disk.set_faults(faults);
        self.journal.count("changes of the disk's faults");
    }

    pub(super) fn fault_server(&mut self) {
        match self.rng.random_range(0..4) {
            0 => {
                // In the middle of one of its next operations.
                self.disk.end_after(self.rng.random_range(0..40));
                self.journal.count("ends that were scheduled");
            }
            1 => self.restart(),
            _ => self.end_server(),
        }
    }

    /// The process ends, or the machine loses power; another server starts on what is left.
    pub(super) fn end_server(&mut self) {
        let Some(process) = self.process.take() else { return };
        let began = self.clock.last_read();
        let tasks = std::mem::take(&mut self.tasks);
        process.end(tasks.into_values().map(|work| work.task));
        let end = self.random_end();
        self.disk.restore(end);
        if self.one_in(3) {
            self.jump_clock();
        }
        self.start_after_end(began);
    }

    /// The server stops in an orderly way, and starts again.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.start();
        self.model.restart(self.clock.last_read());
        self.audit();
        self.journal.count("restarts");
        self.break_connections();
    }

    /// Everything that was started is finished first.
    pub(super) fn stop(&mut self) {
        self.disk.set_faults(Faults::default());
        self.run_until_idle();
        let Some(process) = self.process.take() else { return };
        let tasks = std::mem::take(&mut self.tasks);
        process.drop_tasks(tasks.into_values().map(|work| work.task));
        process.stop();
        // It may have ended while it stopped.
        let end = if self.disk.is_down() { self.random_end() } else { End::Kill };
        self.disk.restore(end);
    }

    /// Starts a server on a disk without faults.
    pub(super) fn start(&mut self) {
        let process = self.try_to_start().expect("a server starts on a disk without faults");
        self.process = Some(process);
    }

    pub(super) fn try_to_start(&mut self) -> sqlx::Result<Process> {
        self.starts += 1;
        Process::start(&self.disk, &self.clock, self.starts)
    }

    /// `began` is the start of the transaction during which the server may have ended.
    fn start_after_end(&mut self, began: Moment) {
        // It may end again while it starts, but not for ever.
        for _ in 0..3 {
            if !self.one_in(5) {
                break;
            }
            self.disk.end_after(self.rng.random_range(0..12));
            match self.try_to_start() {
                Ok(process) => process.end(std::iter::empty()),
                Err(_) => self.disk.end(),
            }
            let end = self.random_end();
            self.disk.restore(end);
            self.journal.count("ends while starting");
        }
        self.start();
        self.resolve_in_doubt(began);
        for asked in std::mem::take(&mut self.in_flight) {
            self.retry(asked);
        }
        self.break_connections();
    }

    fn random_end(&mut self) -> End {
        if self.rng.random() {
            self.journal.count("kills");
            End::Kill
        } else {
            self.journal.count("power cuts");
            End::PowerCut
        }
    }

    fn break_connections(&mut self) {
        self.break_inboxes();
        for at in 0..self.listeners.len() {
            let listener = &mut self.listeners[at];
            listener.responses.clear();
            listener.fail_page();
            if listener.pipe.is_some() {
                self.notify(at, Input::Lost);
            }
        }
    }
}
