//! The server's own disk, which can be made full.
//!
//! It is a small file system in memory, mounted where only the server and a holder process see it:
//! nothing is mounted on the machine itself, and all of it is gone once this process is, however it
//! ends. No root is needed where user namespaces are allowed.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, ErrorKind, Write},
    path::{Path, PathBuf},
    process::{self, Child, Stdio},
    thread,
};

use harness::{Folder, rhizome_path, started_by};
use tokio::process::Command;

const DISK_BYTES: usize = 64 * 1024 * 1024;
const BALLAST_BYTES: usize = 64 * 1024;

pub struct Disk {
    /// The path as the server sees it.
    path: PathBuf,
    holder: Child,
    /// The arguments with which the server enters the mount namespace of the holder.
    enter: Vec<&'static str>,
}

impl Disk {
    /// Mounts an empty disk in this folder.
    pub fn mounted_in(folder: &Folder) -> Self {
        let path = folder.path().join("disk");
        fs::create_dir(&path).expect("a folder");
        let ways = [
            (vec!["--mount"], vec!["--mount"]),
            (
                vec!["--user", "--map-root-user", "--mount"],
                vec!["--user", "--preserve-credentials", "--mount"],
            ),
        ];
        let mut mounted = ways.into_iter().filter_map(|(leave, enter)| {
            let holder = held(&leave, &path)?;
            Some((holder, enter))
        });
        let mounted = mounted.next();
        let (holder, enter) = mounted.expect("root, or a kernel that lets a user mount in private");
        Self { path, holder, enter }
    }

    /// The command that starts the server, which sees a disk like any other.
    pub fn server(&self, folder: &Folder) -> Command {
        let holder = self.holder.id().to_string();
        let mut command = Command::new("nsenter");
        command.args(&self.enter).args(["--target", &holder, &rhizome_path()]);
        let mut command = started_by(command, folder);
        command.env("RHIZOME_DATA", self.path.join("data")).stderr(self.log());
        command
    }

    /// The log of the server so far, which is on its disk too.
    pub fn logged(&self) -> String {
        fs::read_to_string(self.seen_from_here().join("log")).expect("a log")
    }

    fn log(&self) -> File {
        let log = self.seen_from_here().join("log");
        File::options().create(true).append(true).open(log).expect("a log")
    }

    /// Fills the disk: from here on nothing can be written.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file");
        loop {
            match ballast.write(&[0; BALLAST_BYTES]) {
                Ok(written) => assert!(written > 0),
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("the disk cannot be filled: {error}"),
            }
        }
    }

    pub fn free_disk(&self) {
        fs::remove_file(self.ballast()).expect("a file");
    }

    fn ballast(&self) -> PathBuf {
        self.seen_from_here().join("ballast")
    }

    fn seen_from_here(&self) -> PathBuf {
        let within = self.path.strip_prefix("/").expect("a path from the root");
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(within)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("The server's log:\n{}", self.logged());
        }
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// Starts a process that keeps the file system mounted while this process keeps its input open.
fn held(leave: &[&str], path: &Path) -> Option<Child> {
    let mount =
        format!("mount -t tmpfs -o size={DISK_BYTES} rhizome \"$0\" && echo ready && exec cat");
    let mut holder = process::Command::new("unshare")
        .args(leave)
        .args(["sh", "-c", &mount])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut says = String::new();
    let stdout = holder.stdout.as_mut().expect("a pipe");
    BufReader::new(stdout).read_line(&mut says).expect("text");
    if says == "ready\n" {
        return Some(holder);
    }
    drop(holder.stdin.take());
    let _ = holder.wait();
    None
}
