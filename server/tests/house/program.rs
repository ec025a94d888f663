//! The program itself, as a process of its own.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{Client, Folder, Reach};

/// Long enough for a slow machine to start a process in.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs. It is killed when this is dropped.
pub struct Program {
    child: Child,
    address: SocketAddr,
    /// Held open, so that the server may go on writing.
    _stdout: Lines<BufReader<ChildStdout>>,
}

pub const RHIZOME: &str = env!("CARGO_BIN_EXE_rhizome");

/// `rhizome`, as it would be started over this folder, and with no other environment.
pub fn rhizome(folder: &Folder) -> Command {
    started_by(Command::new(RHIZOME), folder)
}

/// The same of a command that becomes `rhizome`.
pub fn started_by(mut command: Command, folder: &Folder) -> Command {
    command
        .env_clear()
        .env("RHIZOME_ADDR", "127.0.0.1:0")
        .env("RHIZOME_DATA", folder.path())
        .env("RHIZOME_SITE", site_in(folder.path()))
        .env("RHIZOME_LOG", "warn")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// The least that a built site consists of.
pub fn site_in(folder: &Path) -> std::path::PathBuf {
    let site = folder.join("site");
    fs::create_dir_all(site.join("pkg")).expect("a folder");
    for extension in ["js", "wasm", "css"] {
        fs::write(site.join(format!("pkg/rhizome.x.{extension}")), "").expect("a file");
    }
    site
}

impl Program {
    /// Starts it, and waits until it says where it listens.
    pub async fn start(folder: &Folder) -> Self {
        Self::start_with(folder, &[], Stdio::inherit()).await
    }

    /// The same, with this environment besides, and with its log going there.
    pub async fn start_with(
        folder: &Folder,
        environment: &[(&str, &str)],
        log: impl Into<Stdio>,
    ) -> Self {
        let mut command = rhizome(folder);
        command.envs(environment.iter().copied()).stderr(log);
        Self::spawn(command).await
    }

    pub async fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program");
        let stdout = child.stdout.take().expect("a pipe");
        let mut stdout = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, stdout.next_line()).await.expect("it starts in time");
        let line = line.expect("a line").expect("it starts");
        let (_, address) = line.split_once("http://").expect("an address");
        let address = address.parse().expect("an address");
        Self { child, address, _stdout: stdout }
    }

    pub fn visitor(&self) -> Client {
        Client::new(Reach::Socket(self.address))
    }

    pub fn again(&self, client: &Client) -> Client {
        client.at(Reach::Socket(self.address))
    }

    /// As the machine does when it loses patience: nothing of it runs on.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it was there to be killed");
    }

    pub async fn signal(&self, name: &str) {
        // The shell's own `kill`, for there may be no other.
        let signal = format!("kill -{name} {}", self.id());
        let sent = Command::new("sh").args(["-c", &signal]).status().await.expect("a shell");
        assert!(sent.success());
    }

    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As whoever runs it asks it to end; answers once it has.
    pub async fn terminate(&mut self, within: Duration) -> ExitStatus {
        self.signal("TERM").await;
        timeout(within, self.child.wait()).await.expect("it ends in time").expect("it ends")
    }
}

/// Runs it to its end.
pub async fn run(folder: &Folder, arguments: &[&str]) -> Output {
    let ended = rhizome(folder).args(arguments).output();
    timeout(PATIENCE, ended).await.expect("it ends in time").expect("the program")
}
