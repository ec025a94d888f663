//! The machine that the server runs on: its disk, its clock, and what lies before it.

use std::sync::Arc;

use tokio::process::Command;

use crate::{
    clock::Clock,
    disk::Disk,
    house::{Client, Folder, Program},
    proxy::Proxy,
    tally::Tally,
};

pub struct Machine {
    // Ends before the disk under it does.
    program: Option<Program>,
    pub disk: Disk,
    pub clock: Clock,
    pub bad_line: Proxy,
    pub good_line: Proxy,
    folder: Folder,
    tally: Arc<Tally>,
}

impl Machine {
    /// With a server that nobody has been to.
    pub async fn started(seed: u64, tally: Arc<Tally>) -> Self {
        let folder = Folder::fresh();
        let mut machine = Self {
            program: None,
            disk: Disk::mounted_in(&folder),
            clock: Clock::in_folder(&folder),
            bad_line: Proxy::open(seed, tally.clone()).await,
            good_line: Proxy::open(seed, tally.clone()).await,
            folder,
            tally,
        };
        machine.start().await;
        machine
    }

    pub async fn start(&mut self) {
        let program = Program::spawn(self.server()).await;
        for line in [&self.bad_line, &self.good_line] {
            line.lead_to(Some(program.address()));
        }
        self.program = Some(program);
    }

    pub async fn kill(&mut self) {
        self.program.take().expect("a server").kill().await;
        for line in [&self.bad_line, &self.good_line] {
            line.lead_to(None);
        }
        self.tally.kills.add();
    }

    pub async fn stop(&self) {
        self.program().signal("STOP").await;
        self.tally.stops.add();
    }

    pub async fn go_on(&self) {
        self.program().signal("CONT").await;
    }

    pub fn fill_disk(&self) {
        self.disk.fill();
        self.tally.full_disks.add();
    }

    pub fn make_room(&self) {
        self.disk.make_room();
    }

    pub fn set_clock(&mut self, ahead_seconds: i64) {
        self.clock.set(ahead_seconds);
        self.tally.clock_shifts.add();
    }

    /// Somebody who is at the server itself, with nothing in between.
    pub fn beside(&self, client: &Client) -> Client {
        self.program().again(client)
    }

    pub fn visitor(&self) -> Client {
        self.program().visitor()
    }

    fn program(&self) -> &Program {
        self.program.as_ref().expect("a server")
    }

    fn server(&self) -> Command {
        let mut server = self.disk.server(&self.folder);
        self.clock.given_to(&mut server);
        server
    }
}
