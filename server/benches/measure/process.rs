//! A measured server, as a process of its own: its figures are those of the kernel for this
//! process, whatever else runs.

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
    /// Starts a program that prints its address, as `http://…` in its first line.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let (_, address) = line.trim().split_once("http://").expect("an address");
        Self { address: address.parse().expect("an address"), child }
    }

    /// Starts a program that listens at this address.
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

    /// Processor time in nanoseconds, in user space and in the kernel, of all its threads.
    pub fn cpu_nanos(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        let of_one = |task: std::io::Result<fs::DirEntry>| {
            // A thread may end meanwhile.
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        };
        tasks.filter_map(of_one).sum()
    }

    /// Resident memory.
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

/// The log file of a server, which has the queries.
pub struct Log(std::path::PathBuf);

impl Log {
    pub const LEVEL: &str = "warn,sqlx::query=trace";

    pub fn of(command: &mut Command, folder: &Path) -> Self {
        let path = folder.join("log");
        command.stderr(fs::File::create(&path).expect("a file"));
        Self(path)
    }

    /// The number of queries so far, and of the rows that they returned.
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
    let mut command = Command::new(harness::rhizome_path());
    command
        .env_clear()
        .env("RHIZOME_ADDR", address)
        .env("RHIZOME_DATA", data)
        .env("RHIZOME_SITE", harness::site_in(data))
        .env("RHIZOME_LOG", log)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}
