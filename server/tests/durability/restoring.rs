//! A log is replayed into the database that it was written for, and into no other. What is refused is
//! left as it was, to the byte.

use std::{collections::BTreeMap, fs, path::Path, process::Output, time::Duration};

use super::*;
use harness::started_by;
use tokio::process::Command;

const DATABASE: &str = "rhizome.db";
const LOG: &str = "rhizome.db-wal";
const JOURNAL: &str = "rhizome.db-journal";

/// A server that crashed, and what was backed up of it in several ways.
struct Crash {
    folder: Folder,
    /// All files, as they lay there when the server was stopped.
    whole: BTreeMap<String, Vec<u8>>,
    backups: Vec<(&'static str, Vec<u8>)>,
    ada: Client,
}

impl Crash {
    async fn happen() -> Self {
        let folder = Folder::fresh();
        let mut program = Program::start(&folder).await;
        let ada = with_space(&program).await;
        ada.say("@garden", "Said before the first stop.").await;
        assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
        let whole = contents(folder.path());
        let mut backups = vec![("a copy while it was stopped", read(&folder, DATABASE))];

        let program = Program::start(&folder).await;
        let ada = program.again(&ada);
        // More than SQLite keeps in a log before it copies it into the database.
        for _ in 0..60 {
            ada.say("@garden", &"x".repeat(20_000)).await;
        }
        let vacuumed = folder.path().join("vacuumed");
        folder.execute(&format!("VACUUM INTO '{}'", vacuumed.display())).await;
        backups.push(("VACUUM INTO", fs::read(vacuumed).expect("a backup")));
        let backup = folder.path().join("backup");
        back_up(&folder.database(), &backup);
        backups.push((".backup", fs::read(backup).expect("a backup")));
        for _ in 0..5 {
            ada.say("@garden", "Said after the backups.").await;
        }
        program.kill().await;
        assert!(!read(&folder, LOG).is_empty());
        Self { folder, whole, backups, ada }
    }

    /// All that the server left, in another folder.
    fn again(&self) -> Folder {
        let folder = Folder::fresh();
        for (name, bytes) in contents(self.folder.path()) {
            fs::write(folder.path().join(name), bytes).expect("a file");
        }
        folder
    }

    async fn goes_on(&self, folder: &Folder) {
        let program = Program::start(folder).await;
        assert_eq!(program.again(&self.ada).everything_said("@garden").await.len(), 66);
        program.kill().await;
        is_whole(folder).await;
    }
}

type Restore = fn(&Path, &[u8]);

/// SQLite's own way to copy a database that is in use.
#[expect(unsafe_code, reason = "sqlx has no words for it")]
fn back_up(from: &Path, to: &Path) {
    use libsqlite3_sys::*;
    let name = |path: &Path| std::ffi::CString::new(path.to_str().expect("text")).expect("a name");
    let (from, to) = (name(from), name(to));
    let (mut source, mut copy) = (std::ptr::null_mut(), std::ptr::null_mut());
    unsafe {
        assert_eq!(sqlite3_open(from.as_ptr(), &mut source), SQLITE_OK);
        assert_eq!(sqlite3_open(to.as_ptr(), &mut copy), SQLITE_OK);
        let backup = sqlite3_backup_init(copy, c"main".as_ptr(), source, c"main".as_ptr());
        assert_eq!(sqlite3_backup_step(backup, -1), SQLITE_DONE);
        assert_eq!(sqlite3_backup_finish(backup), SQLITE_OK);
        assert_eq!(sqlite3_close(copy), SQLITE_OK);
        assert_eq!(sqlite3_close(source), SQLITE_OK);
    }
}

fn read(folder: &Folder, name: &str) -> Vec<u8> {
    fs::read(folder.path().join(name)).unwrap_or_default()
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.file_type().expect("a type").is_file());
    files
        .map(|file| {
            let bytes = fs::read(file.path()).expect("a file");
            (file.file_name().into_string().expect("text"), bytes)
        })
        .collect()
}

async fn is_whole(folder: &Folder) {
    assert_eq!(folder.texts("PRAGMA integrity_check").await, ["ok"]);
    assert_eq!(folder.texts("PRAGMA foreign_key_check").await, [""; 0]);
}

/// It ends with one line that says this, and has changed nothing.
async fn is_refused(folder: &Folder, case: &str, word: &str) {
    let before = contents(folder.path());
    let ended: Output = run(folder, &["serve"]).await;
    let says = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{case}: {says}");
    assert!(says.contains(word) && says.trim().lines().count() == 1, "{case}: {says}");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "", "{case}");
    let mut after = contents(folder.path());
    after.retain(|name, bytes| before.contains_key(name) || !bytes.is_empty());
    assert!(before == after, "{case}: something was changed");
}

#[tokio::test]
async fn the_log_of_another_file_is_never_replayed() {
    let crash = Crash::happen().await;
    let restore: [(&str, Restore); 3] = [
        ("cp", |file, bytes| fs::write(file, bytes).expect("a file")),
        ("rm and cp", |file, bytes| {
            fs::remove_file(file).expect("a file");
            fs::write(file, bytes).expect("a file");
        }),
        ("mv", |file, bytes| {
            let beside = file.with_extension("new");
            fs::write(&beside, bytes).expect("a file");
            fs::rename(beside, file).expect("a name");
        }),
    ];
    for (backup, bytes) in &crash.backups {
        for (way, restore) in restore {
            let case = format!("{backup}, by {way}");
            let folder = crash.again();
            let before = read(&folder, DATABASE);
            restore(&folder.database(), bytes);
            is_refused(&folder, &case, "is the log of another file").await;
            is_refused(&folder, &case, "rhizome.db-wal").await;

            // What the refusal offers works: to go on from the crash, or from the backup.
            let crashed = crash.again();
            restore(&crashed.database(), &before);
            crash.goes_on(&crashed).await;
            fs::remove_file(folder.path().join(LOG)).expect("the log goes");
            assert_eq!(run(&folder, &["renew-epochs"]).await.status.code(), Some(0), "{case}");
            let program = Program::start(&folder).await;
            let said = program.again(&crash.ada).everything_said("@garden").await.len();
            assert_eq!(said, if backup.contains("stopped") { 1 } else { 61 }, "{case}");
            program.kill().await;
            is_whole(&folder).await;
        }
    }
}

/// A backup of the whole folder has a witness of its own.
#[tokio::test]
async fn the_log_is_not_replayed_into_a_whole_folder_that_was_put_over_it() {
    let crash = Crash::happen().await;
    let names: Vec<_> = crash.whole.keys().map(String::as_str).collect();
    assert_eq!(names, ["lock", DATABASE]);
    let folder = crash.again();
    for (name, bytes) in &crash.whole {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    is_refused(&folder, "the whole folder", "is the log of another file").await;
    fs::remove_file(folder.path().join(LOG)).expect("the log goes");
    let program = Program::start(&folder).await;
    assert_eq!(program.again(&crash.ada).everything_said("@garden").await.len(), 1);
    // The next crash is this folder's own, and so is its log.
    program.again(&crash.ada).say("@garden", "Once more.").await;
    program.kill().await;
    let program = Program::start(&folder).await;
    assert_eq!(program.again(&crash.ada).everything_said("@garden").await.len(), 2);
}

#[tokio::test]
async fn its_own_log_is_replayed_however_often_it_crashes() {
    let crash = Crash::happen().await;
    // Also where the whole folder was moved, and an index of another log lies there.
    for index in [None, Some(vec![]), Some(vec![7; 32 * 1024])] {
        let folder = crash.again();
        if let Some(index) = index {
            fs::write(folder.path().join("rhizome.db-shm"), index).expect("a file");
        }
        crash.goes_on(&folder).await;
    }
    let folder = crash.again();
    for millis in (0..40).chain((40..120).step_by(8)) {
        let mut child =
            started_by(Command::new(harness::rhizome_path()), &folder).spawn().expect("it");
        tokio::time::sleep(Duration::from_millis(millis)).await;
        child.kill().await.expect("it was there to be killed");
    }
    crash.goes_on(&folder).await;
}

/// As one of an earlier version, which kept no witness.
#[tokio::test]
async fn where_nothing_tells_whose_a_log_is_it_goes_on_and_says_so() {
    let crash = Crash::happen().await;
    for lock in [Some(""), Some("nonsense"), None] {
        let folder = crash.again();
        let path = folder.path().join("lock");
        match lock {
            Some(text) => fs::write(path, text).expect("a file"),
            None => fs::remove_file(path).expect("a file"),
        }
        let log = fs::File::create(folder.path().join("said")).expect("a file");
        Program::start_with(&folder, &[], log).await.kill().await;
        let said = fs::read_to_string(folder.path().join("said")).expect("text");
        assert!(said.contains("nothing tells whose it is"), "{said}");
        crash.goes_on(&folder).await;
    }
}

#[tokio::test]
async fn a_log_without_its_database_is_left_where_it_lies() {
    let crash = Crash::happen().await;
    for has_witness in [true, false] {
        for database in [None, Some("")] {
            let folder = crash.again();
            if !has_witness {
                fs::write(folder.path().join("lock"), "").expect("a file");
            }
            match database {
                Some(empty) => fs::write(folder.database(), empty).expect("a file"),
                None => fs::remove_file(folder.database()).expect("a file"),
            }
            is_refused(&folder, &format!("{database:?}"), "without its database").await;
        }
    }
    let alone = Folder::fresh();
    fs::write(alone.path().join(LOG), read(&crash.folder, LOG)).expect("a file");
    is_refused(&alone, "alone", "without its database").await;
}

#[tokio::test]
async fn the_journal_of_another_file_is_never_rolled_back() {
    let folder = Folder::fresh();
    let mut program = Program::start(&folder).await;
    with_space(&program).await;
    assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
    let journal = folder.path().join(JOURNAL);
    let magic = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    fs::write(&journal, [&magic[..], &[0; 1016]].concat()).expect("a file");
    is_refused(&folder, "a journal", JOURNAL).await;
    assert_eq!(run(&folder, &["renew-epochs"]).await.status.code(), Some(1));
    // One that SQLite is done with.
    fs::write(&journal, [0; 1024]).expect("a file");
    Program::start(&folder).await.kill().await;
    is_whole(&folder).await;
}

#[tokio::test]
async fn what_is_no_file_is_no_database() {
    type Put = fn(&Path);
    let puts: [(&str, Put); 4] = [
        ("a folder", |path| fs::create_dir(path).expect("a folder")),
        ("a link to nothing", |path| std::os::unix::fs::symlink("nowhere", path).expect("a link")),
        ("a link to a file", |path| {
            let other = path.with_extension("other");
            fs::write(&other, "").expect("a file");
            std::os::unix::fs::symlink(other, path).expect("a link");
        }),
        ("a socket", |path| drop(std::os::unix::net::UnixListener::bind(path).expect("a socket"))),
    ];
    for name in [DATABASE, LOG, JOURNAL, "rhizome.db-shm", "lock"] {
        for (what, put) in puts {
            let folder = Folder::fresh();
            put(&folder.path().join(name));
            is_refused(&folder, &format!("{what} as {name}"), "is not a file").await;
        }
    }
}
