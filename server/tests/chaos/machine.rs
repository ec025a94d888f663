//! The machine that the server runs on: its disk, its clock, and the proxies in front of it.

use std::sync::Arc;

use harness::{Client, Folder, Program};
use tokio::process::Command;

use crate::{clock::Clock, disk::Disk, proxy::Proxy, tally::Tally};

pub struct Machine {
    // Dropped before the disk under it.
    program: Option<Program>,
    pub disk: Disk,
    pub clock: Clock,
    pub faulty_proxy: Proxy,
    pub clean_proxy: Proxy,
    folder: Folder,
    tally: Arc<Tally>,
}

impl Machine {
    /// Starts a server with an empty database.
    pub async fn start_new(seed: u64, tally: Arc<Tally>) -> Self {
        let folder = Folder::fresh();
        let mut machine = Self {
            program: None,
            disk: Disk::mounted_in(&folder),
            clock: Clock::in_folder(&folder),
            faulty_proxy: Proxy::open(seed, tally.clone()).await,
            clean_proxy: Proxy::open(seed, tally.clone()).await,
            folder,
            tally,
        };
        machine.start().await;
        machine
    }

    pub async fn start(&mut self) {
        let program = Program::spawn(self.server()).await;
        for proxy in [&self.faulty_proxy, &self.clean_proxy] {
            proxy.forward_to(Some(program.address()));
        }
        self.program = Some(program);
    }

    pub async fn kill(&mut self) {
        self.program.take().expect("a server").kill().await;
        for proxy in [&self.faulty_proxy, &self.clean_proxy] {
            proxy.forward_to(None);
        }
        self.tally.kills.add();
    }

    pub async fn stop(&self) {
        self.program().signal("STOP").await;
        self.tally.stops.add();
    }

    pub async fn resume(&self) {
        self.program().signal("CONT").await;
    }

    pub fn fill_disk(&self) {
        self.disk.fill();
        self.tally.full_disks.add();
    }

    pub fn free_disk(&self) {
        self.disk.free_disk();
    }

    pub fn set_clock(&mut self, ahead_seconds: i64) {
        self.clock.set(ahead_seconds);
        self.tally.clock_shifts.add();
    }

    /// The client, connected to the server without a proxy.
    pub fn directly(&self, client: &Client) -> Client {
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
        self.clock.inject_into(&mut server);
        server
    }
}
