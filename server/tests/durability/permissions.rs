//! What lies in the data folder is for the user alone that runs the server, whoever made the files.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
    time::Duration,
};

use super::*;
use harness::started_by;
use tokio::process::Command;

const FILES: [&str; 4] = ["rhizome.db", "rhizome.db-wal", "rhizome.db-shm", "lock"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// Started where new files are readable by everybody, as a usual shell does.
fn with_umask(folder: &Folder, umask: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("umask {umask}; exec \"$0\""), &harness::rhizome_path()]);
    started_by(shell, folder)
}

fn is_closed(folder: &Path, case: &str) {
    assert_eq!(mode(folder), 0o700, "{case}");
    for file in FILES {
        assert_eq!(mode(&folder.join(file)), 0o600, "{case}: {file}");
    }
}

#[tokio::test]
async fn whatever_it_makes_is_for_its_user_alone() {
    for umask in ["0", "022", "077"] {
        // Made by somebody else, or by the server, with the folders on the way to it.
        for within in [None, Some("data"), Some("a/new/one")] {
            let folder = Folder::fresh();
            set_mode(folder.path(), 0o755);
            let mut command = with_umask(&folder, umask);
            let data = within.map_or(folder.path().to_owned(), |name| folder.path().join(name));
            command.env("RHIZOME_DATA", &data);
            let mut program = Program::spawn(command).await;
            with_space(&program).await.say("@garden", "Nobody else reads this.").await;
            is_closed(&data, &format!("umask {umask}, {within:?}"));
            if within == Some("a/new/one") {
                assert_eq!(mode(&folder.path().join("a")), 0o700);
            }
            assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
        }
    }
}

#[tokio::test]
async fn what_others_could_read_is_narrowed_at_the_start() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    with_space(&program).await.say("@garden", "Hello.").await;
    program.kill().await;
    for wide in [0o777, 0o755, 0o750, 0o711] {
        set_mode(folder.path(), wide);
        FILES.iter().for_each(|file| set_mode(&folder.path().join(file), wide & 0o666));
        let program = Program::spawn(with_umask(&folder, "0")).await;
        send_again(&program).await;
        is_closed(folder.path(), &format!("{wide:o}"));
        program.kill().await;
    }
    // By way of a link, and by the command for backups.
    let link = Folder::fresh();
    let data = link.path().join("data");
    symlink(folder.path(), &data).expect("a link");
    set_mode(folder.path(), 0o755);
    let mut command = with_umask(&link, "0");
    command.env("RHIZOME_DATA", &data);
    let mut program = Program::spawn(command).await;
    is_closed(folder.path(), "by way of a link");
    assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
    set_mode(folder.path(), 0o755);
    set_mode(&folder.database(), 0o644);
    assert_eq!(run(&folder, &["renew-epochs"]).await.status.code(), Some(0));
    assert_eq!((mode(folder.path()), mode(&folder.database())), (0o700, 0o600));
}

/// Any request that the server answers from its database.
async fn send_again(program: &Program) {
    program.visitor().signed_in("ada").await.say("@garden", "Again.").await;
}

#[tokio::test]
async fn a_folder_that_everybody_uses_is_not_taken() {
    let folder = Folder::fresh();
    set_mode(folder.path(), 0o1777);
    let ended = run(&folder, &["serve"]).await;
    let says = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1));
    assert!(says.contains("shared by all users") && says.contains("within it"), "{says}");
    assert_eq!(
        fs::metadata(folder.path()).expect("a folder").permissions().mode() & 0o7777,
        0o1777
    );
    assert!(!folder.database().exists());
}

/// What belongs to another user cannot be narrowed.
#[tokio::test]
async fn what_another_user_lets_everybody_read_is_refused() {
    let Some(other) = OtherUser::new() else { return };
    let folder = Folder::fresh();
    set_mode(folder.path(), 0o777);
    let (status, says) = other.run(&folder).await;
    assert_eq!(status, Some(1), "{says}");
    let path = folder.path().display().to_string();
    assert!(says.contains("belongs to another user") && says.contains(&path), "{says}");
    assert!(!folder.database().exists());

    other.owns(folder.path());
    for file in FILES {
        let folder = Folder::fresh();
        other.owns(folder.path());
        let path = folder.path().join(file);
        fs::write(&path, "").expect("a file");
        set_mode(&path, 0o666);
        let (status, says) = other.run(&folder).await;
        assert_eq!(status, Some(1), "{says}");
        assert!(says.contains("belongs to another user") && says.contains(file), "{says}");
    }
}

#[tokio::test]
async fn what_it_may_not_write_is_said_at_the_start() {
    let Some(other) = OtherUser::new() else { return };
    for (name, wrong) in [("rhizome.db", 0o400), ("lock", 0o400), ("", 0o500), ("", 0o000)] {
        let folder = Folder::fresh();
        other.owns(folder.path());
        let mut program = Program::spawn(other.command(&folder)).await;
        with_space(&program).await;
        assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
        let path = folder.path().join(name);
        set_mode(&path, wrong);
        let (status, says) = other.run(&folder).await;
        set_mode(&path, 0o700);
        assert_eq!(status, Some(1), "{name} {wrong:o}: {says}");
        assert!(says.contains("cannot be used") && says.contains("read and write"), "{says}");
        assert!(says.contains(name) && says.trim().lines().count() == 1, "{says}");
    }
    for name in ["rhizome.db-wal", "rhizome.db-shm"] {
        let folder = Folder::fresh();
        other.owns(folder.path());
        let program = Program::spawn(other.command(&folder)).await;
        with_space(&program).await;
        program.kill().await;
        set_mode(&folder.path().join(name), 0o400);
        let (status, says) = other.run(&folder).await;
        assert!(status == Some(1) && says.contains(name), "{says}");
    }
}

/// Somebody who is not root, where the tests are run by root: to root no file is closed.
struct OtherUser {
    /// Holds a copy of the program, which need not lie where that user can reach it.
    home: Folder,
}

impl OtherUser {
    const ID: u32 = 65_534;

    fn new() -> Option<Self> {
        let home = Folder::fresh();
        let is_root = chown(home.path(), Some(Self::ID), Some(Self::ID)).is_ok();
        is_root.then(|| {
            let program = home.path().join("rhizome");
            // Copied by another process. While this one held the file open for writing, a process that
            // another test starts would inherit that, and the copy could not be executed: ETXTBSY.
            let copied = std::process::Command::new("cp")
                .arg(harness::rhizome_path())
                .arg(&program)
                .status();
            assert!(copied.expect("cp").success());
            set_mode(&program, 0o755);
            Self { home }
        })
    }

    fn owns(&self, path: &Path) {
        chown(path, Some(Self::ID), Some(Self::ID)).expect("root may do that");
    }

    fn command(&self, folder: &Folder) -> Command {
        let mut command = started_by(Command::new(self.home.path().join("rhizome")), folder);
        let site = harness::site_in(self.home.path());
        command.env("RHIZOME_SITE", site).current_dir("/").uid(Self::ID).gid(Self::ID);
        command
    }

    async fn run(&self, folder: &Folder) -> (Option<i32>, String) {
        let ended = self.command(folder).output();
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
        let ended = ended.expect("it ends in time").expect("the program");
        assert_eq!(String::from_utf8_lossy(&ended.stdout), "");
        (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
    }
}
