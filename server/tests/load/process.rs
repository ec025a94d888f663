//! The server's process, as the machine sees it.

use std::{fs, path::PathBuf, time::Duration};

use tokio::process::Command;

use super::house::{Client, Folder, Program, RHIZOME, started_by};
use super::listener::Door;

/// What a shell gives its programs where nobody has asked for more.
const DESCRIPTORS_OF_A_STRANGER: u32 = 1_024;
/// What it is granted to end, and to flush its streams before.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

pub struct Server {
    program: Program,
    log: PathBuf,
    _folder: Folder,
}

impl Server {
    /// As a stranger starts it, over an empty folder.
    pub async fn start() -> Self {
        let folder = Folder::fresh();
        let optimised = std::env::var(super::PROGRAM);
        let rhizome = optimised.as_deref().unwrap_or(RHIZOME);
        let start = format!("ulimit -Sn {DESCRIPTORS_OF_A_STRANGER} && exec {rhizome}");
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

    /// Where a client's streams are asked for, from an address of this machine that ends so.
    pub fn door(&self, client: &Client, from: u8) -> Door {
        let cookie = format!("rhizome_session={}", client.token());
        Door { address: self.program.address(), cookie, from }
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

    /// Ends it, and tells what it complained of; of the disk it may, which is not ours.
    pub async fn end(mut self) -> String {
        let ended = self.program.terminate(ENDS_WITHIN).await;
        let log = fs::read_to_string(&self.log).expect("text");
        assert!(ended.success(), "{ended}: {log}");
        log.lines().filter(|line| !line.contains("slow statement")).collect()
    }
}

/// Each listener is a descriptor here, too.
pub fn may_open_many_files() {
    rlimit::increase_nofile_limit(u64::MAX).expect("a limit that can be raised");
}
