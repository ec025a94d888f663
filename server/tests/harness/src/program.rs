//! The program, as a process of its own.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{Client, Folder, Transport};

/// How long a start may take, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It is killed when this is dropped.
pub struct Program {
    child: Child,
    address: SocketAddr,
    /// Held open, so that the server can go on writing.
    _stdout: Lines<BufReader<ChildStdout>>,
}

/// The program that cargo built together with the test.
pub fn rhizome_path() -> String {
    env::var("CARGO_BIN_EXE_rhizome").expect("the test is run by cargo")
}

/// `rhizome` over this folder, with no other environment.
pub fn rhizome(folder: &Folder) -> Command {
    started_by(Command::new(rhizome_path()), folder)
}

/// The same for a command that executes `rhizome`.
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
    if let Some(database) = folder.postgres() {
        command.env("RHIZOME_DATABASE", database.address());
    }
    command
}

/// The smallest built site.
pub fn site_in(folder: &Path) -> PathBuf {
    let site = folder.join("site");
    fs::create_dir_all(site.join("pkg")).expect("a folder");
    for extension in ["js", "wasm", "css"] {
        fs::write(site.join(format!("pkg/rhizome.x.{extension}")), "").expect("a file");
    }
    site
}

impl Program {
    /// Starts the program, and waits until it prints its address.
    pub async fn start(folder: &Folder) -> Self {
        Self::start_with(folder, &[], Stdio::inherit()).await
    }

    /// The same, with more environment variables and another destination for the log.
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
        Client::new(Transport::Socket(self.address))
    }

    pub fn again(&self, client: &Client) -> Client {
        client.at(Transport::Socket(self.address))
    }

    /// Kills the process (SIGKILL).
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it was there to be killed");
    }

    pub async fn signal(&self, name: &str) {
        // `kill` is a builtin of the shell; a program of that name may be absent.
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

    /// Asks the process to end (SIGTERM), and waits until it has.
    pub async fn terminate(&mut self, within: Duration) -> ExitStatus {
        self.signal("TERM").await;
        timeout(within, self.child.wait()).await.expect("it ends in time").expect("it ends")
    }
}

/// Runs the program to its end.
pub async fn run(folder: &Folder, arguments: &[&str]) -> Output {
    let ended = rhizome(folder).args(arguments).output();
    timeout(PATIENCE, ended).await.expect("it ends in time").expect("the program")
}
