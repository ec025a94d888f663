//! The server's process, as the operating system sees it.

use std::{fs, path::PathBuf, time::Duration};

use harness::{Client, Folder, Program, rhizome_path, started_by};
use tokio::process::Command;

use super::listener::Target;

/// The default limit of descriptors in a shell.
const DESCRIPTORS_DEFAULT: u32 = 1_024;
/// How long a shutdown may take, with the flush of its streams.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

pub struct Server {
    program: Program,
    log: PathBuf,
    _folder: Folder,
}

impl Server {
    /// Starts the program with default limits, over an empty folder.
    pub async fn start() -> Self {
        let folder = Folder::fresh();
        let rhizome = std::env::var(super::PROGRAM).unwrap_or_else(|_| rhizome_path());
        let start = format!("ulimit -Sn {DESCRIPTORS_DEFAULT} && exec {rhizome}");
        let mut command = Command::new("sh");
        command.args(["-c", &start]);
        let mut command = started_by(command, &folder);
        let log = folder.path().join("log");
        command.stderr(fs::File::create(&log).expect("a file"));
        Self { program: Program::spawn(command).await, log, _folder: folder }
    }

    pub fn visitor(&self) -> Client {
        self.program.visitor()
    }

    /// The target of a client's streams, which connect from 127.0.0.`from`.
    pub fn target(&self, client: &Client, from: u8) -> Target {
        let cookie = format!("rhizome_session={}", client.token());
        Target { address: self.program.address(), cookie, from }
    }

    /// Resident memory.
    pub fn memory_kib(&self) -> usize {
        let status = format!("/proc/{}/status", self.program.id());
        let status = fs::read_to_string(status).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Files and sockets.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.program.id())).expect("it runs").count()
    }

    /// Stops the program, and returns its log, without warnings about slow statements: the disk is
    /// shared.
    pub async fn end(mut self) -> String {
        let ended = self.program.terminate(ENDS_WITHIN).await;
        let log = fs::read_to_string(&self.log).expect("text");
        assert!(ended.success(), "{ended}: {log}");
        log.lines().filter(|line| !line.contains("slow statement")).collect()
    }
}

/// Each listener is a descriptor in this process, too.
pub fn raise_descriptor_limit() {
    rlimit::increase_nofile_limit(u64::MAX).expect("a limit that can be raised");
}
