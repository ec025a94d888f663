//! A server under measurement, as a process of its own: what it takes is what the kernel has counted
//! for it, whatever else the machine does.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// It is killed when this is dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts a program that says where it listens, as `http://…` in its first line.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let (_, address) = line.trim().split_once("http://").expect("an address");
        Self { address: address.parse().expect("an address"), child }
    }

    /// Starts a program that listens where it was told to.
    pub fn start_at(mut command: Command, address: SocketAddr) -> Self {
        let child = command.spawn().expect("the program");
        while std::net::TcpStream::connect(address).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, address }
    }

    /// This program again, in another role.
    pub fn in_role(role: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--role").arg(role).args(arguments);
        Self::start(command)
    }

    /// Nanoseconds on a processor, in user space and in the kernel, of all its threads.
    pub fn cpu_nanos(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        let of_one = |task: std::io::Result<fs::DirEntry>| {
            // A thread may end while it is looked at.
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        };
        tasks.filter_map(of_one).sum()
    }

    /// Bytes of its memory that are in use.
    pub fn resident_bytes(&self) -> u64 {
        let text =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib * 1024
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that a server's log goes to, and what it says of the queries that were made.
pub struct Log(std::path::PathBuf);

impl Log {
    pub const LEVEL: &str = "warn,sqlx::query=trace";

    pub fn of(command: &mut Command, folder: &Path) -> Self {
        let path = folder.join("log");
        command.stderr(fs::File::create(&path).expect("a file"));
        Self(path)
    }

    /// How many queries there were so far, and how many rows they answered with.
    pub fn queries(&self) -> (u64, u64) {
        let text = fs::read_to_string(&self.0).expect("the log");
        let rows = text.lines().filter(|line| !line.contains("PRAGMA")).filter_map(|line| {
            let (_, rows) = line.split_once("rows_returned=")?;
            rows.split(' ').next()?.parse::<u64>().ok()
        });
        rows.fold((0, 0), |(queries, all), rows| (queries + 1, all + rows))
    }
}

/// `rhizome`, over this folder.
pub fn rhizome(data: &Path, address: &str, log: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rhizome"));
    command
        .env_clear()
        .env("RHIZOME_ADDR", address)
        .env("RHIZOME_DATA", data)
        .env("RHIZOME_SITE", crate::house::site_in(data))
        .env("RHIZOME_LOG", log)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}
