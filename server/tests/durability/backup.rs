//! A backup is whole, whoever talks meanwhile, and a restore is all or nothing.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use super::*;
use harness::started_by;
use tokio::process::Command;

/// How a command ended, and what it said: on stdout where it went well.
async fn ended(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let ended = run(folder, arguments).await;
    let (out, err) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let code = ended.status.code().expect("it ends by itself");
    (code, format!("{out}{err}").trim().to_owned())
}

async fn is_refused(folder: &Folder, arguments: &[&str], words: &str) {
    let (code, says) = ended(folder, arguments).await;
    assert_eq!(code, 1, "{arguments:?}: {says}");
    assert!(says.contains(words) && says.lines().count() == 1, "{arguments:?}: {says}");
}

/// A server over a folder that says this many things, which is backed up and killed.
async fn backed_up(said: usize) -> (Folder, Client) {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    for number in 0..said {
        ada.say("@garden", &format!("{number} {}", "x".repeat(1_000))).await;
    }
    let (code, says) = ended(&folder, &["backup", "backup"]).await;
    assert_eq!(code, 0, "{says}");
    program.kill().await;
    (folder, ada)
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_whole_private_and_replaces_nothing() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    let talk = async {
        for _ in 0..60 {
            ada.say("@garden", &"x".repeat(4_000)).await;
        }
    };
    let backups = async {
        for name in ["first", "second", "third"] {
            let (code, says) = ended(&folder, &["backup", name]).await;
            assert!(code == 0 && says.contains(name), "{says}");
        }
    };
    tokio::join!(talk, backups);
    for name in ["first", "second", "third"] {
        let mode = fs::metadata(folder.path().join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    is_refused(&folder, &["backup", "first"], "is there already").await;
    is_refused(&folder, &["backup", "nowhere/backup"], "cannot be written").await;
    is_refused(&folder, &["backup", "/"], "is there already").await;
    assert_eq!(ended(&folder, &["backup"]).await.0, 2);
    is_refused(&folder, &["backup", "x", "--data", "nowhere"], "no data folder").await;
    let partial = fs::read_dir(folder.path()).expect("a folder").filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().contains("partial")
    });
    assert_eq!(partial.count(), 0);
    assert_eq!(ada.everything_said("@garden").await.len(), 60);

    // Also of a server that has crashed, whose log is read and left; and of one that was stopped.
    program.kill().await;
    assert_eq!(ended(&folder, &["backup", "crashed"]).await.0, 0);
    let mut program = Program::start(&folder).await;
    assert_eq!(program.terminate(Duration::from_secs(5)).await.code(), Some(0));
    assert_eq!(ended(&folder, &["backup", "stopped"]).await.0, 0);
    for name in ["crashed", "stopped"] {
        let other = Folder::fresh();
        let backup = folder.path().join(name);
        let (code, says) = ended(&other, &["restore", &backup.display().to_string()]).await;
        assert!(code == 0 && says.contains("1 spaces begin a new history"), "{says}");
        let program = Program::start(&other).await;
        assert_eq!(program.again(&ada).everything_said("@garden").await.len(), 60, "{name}");
    }
}

/// Two hours of talk in short: a client has seen more than the backup holds, in its space and its inbox.
#[tokio::test]
async fn after_a_restore_nobody_misses_or_doubles_anything() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    ada.say("@garden", "Before the backup.").await;
    assert_eq!(ended(&folder, &["backup", "backup"]).await.0, 0);
    ada.say("@garden", "After it.").await;
    let mut stream = ada.follow("@garden", None).await;
    let old = stream.one().await.id.expect("a cursor");
    let before = folder.texts("SELECT epoch FROM inboxes").await;
    drop(stream);
    is_refused(&folder, &["restore", "backup"], "another server uses").await;
    program.kill().await;

    // The log that the crash has left goes with the database that it belongs to.
    assert!(fs::metadata(folder.path().join("rhizome.db-wal")).expect("a log").len() > 0);
    assert_eq!(ended(&folder, &["restore", "backup"]).await.0, 0);
    assert!(!folder.path().join("rhizome.db-wal").exists());
    let mode = fs::metadata(folder.database()).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_ne!(folder.texts("SELECT epoch FROM inboxes").await, before);

    let program = Program::start(&folder).await;
    let ada = program.again(&ada);
    let frames = ada.follow("@garden", Some(&old.to_string())).await.until_caught_up().await;
    assert_eq!(gists(&frames), ["3 space-sync with 1", "caught-up msg_3"]);
    ada.say("@garden", "In another history.").await;
    assert_eq!(ada.everything_said("@garden").await.len(), 2);
    program.kill().await;
    // A crash after it is as any other.
    let program = Program::start(&folder).await;
    assert_eq!(program.again(&ada).everything_said("@garden").await.len(), 2);
}

#[tokio::test]
async fn what_is_no_backup_is_refused_and_nothing_is_changed() {
    let (folder, ada) = backed_up(200).await;
    let whole = fs::read(folder.path().join("backup")).expect("a backup");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("a file");
    };
    put("empty", b"");
    put("text", b"Not a database at all.");
    put("half", &whole[..whole.len() / 2]);
    let mut torn = whole.clone();
    let middle = torn.len() / 2 / 4096 * 4096;
    torn[middle..middle + 3 * 4096].fill(0xff);
    put("torn", &torn);
    put("with-a-log", &whole);
    put("with-a-log-wal", b"a log");
    for (name, sql) in [
        ("newer", "INSERT INTO _sqlx_migrations VALUES (9999, 'later', 0, TRUE, x'00', 0)"),
        ("foreign", "DROP TABLE _sqlx_migrations"),
    ] {
        let other = Folder::fresh();
        fs::write(other.database(), &whole).expect("a file");
        other.execute(sql).await;
        put(name, &fs::read(other.database()).expect("a file"));
    }
    let other = Folder::fresh();
    fs::write(other.database(), "").expect("a file");
    other.execute("CREATE TABLE notes (text); DROP TABLE notes").await;
    put("no-tables", &fs::read(other.database()).expect("a file"));
    let before = fs::read(folder.database()).expect("a database");
    for (name, words) in [
        ("nowhere", "No such file"),
        ("site", "not a file"),
        ("empty", "another program"),
        ("text", "no database"),
        ("half", "damaged"),
        ("torn", "damaged"),
        ("newer", "a newer version of Rhizome"),
        ("foreign", "another program"),
        ("no-tables", "another program"),
        ("with-a-log", "rhizome backup"),
        ("rhizome.db", "the database of this folder"),
    ] {
        is_refused(&folder, &["restore", name], words).await;
        is_refused(&folder, &["restore", name], name).await;
        assert!(before == fs::read(folder.database()).expect("a database"), "{name}");
        let left = fs::read_dir(folder.path()).expect("a folder");
        let left = left.map(|entry| entry.expect("an entry").file_name());
        assert!(!left.into_iter().any(|it| it.to_string_lossy().contains("incoming")), "{name}");
    }
    let program = Program::start(&folder).await;
    assert_eq!(program.again(&ada).everything_said("@garden").await.len(), 200);
}

/// An index that is damaged can be made again; what was said cannot.
#[tokio::test]
async fn a_backup_whose_index_is_damaged_is_restored_and_indexed_again() {
    let (folder, ada) = backed_up(3).await;
    let other = Folder::fresh();
    fs::copy(folder.path().join("backup"), other.database()).expect("a copy");
    other.execute("DELETE FROM search_data").await;
    fs::copy(other.database(), folder.path().join("backup")).expect("a copy");
    let (code, says) = ended(&folder, &["restore", "backup"]).await;
    assert_eq!(code, 0, "{says}");
    let program = Program::start(&folder).await;
    let found = async || {
        let found = program.again(&ada).get("/api/search?q=2").await.json_of(200);
        found["hits"].as_array().map(Vec::len)
    };
    while found().await != Some(1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_restore_that_is_killed_leaves_the_old_or_the_new() {
    let (crashed, ada) = backed_up(40).await;
    let program = Program::start(&crashed).await;
    program.again(&ada).say("@garden", "Said after the backup.").await;
    program.kill().await;
    let mut ends = [0, 0];
    for millis in (0..60).step_by(3) {
        let folder = Folder::fresh();
        for name in ["rhizome.db", "rhizome.db-wal", "lock", "backup"] {
            let from = crashed.path().join(name);
            fs::copy(from, folder.path().join(name)).expect("a copy");
        }
        let mut restore = started_by(Command::new(harness::rhizome_path()), &folder);
        let mut child = restore.args(["restore", "backup"]).spawn().expect("it starts");
        tokio::time::sleep(Duration::from_millis(millis)).await;
        child.kill().await.expect("it was there, or has ended");
        let program = Program::start(&folder).await;
        let said = program.again(&ada).everything_said("@garden").await.len();
        assert!([40, 41].contains(&said), "{millis} ms: {said}");
        ends[41 - said] += 1;
        assert!(!folder.path().join("rhizome.db-incoming").exists());
        program.kill().await;
        is_whole(folder.path()).await;
    }
    println!("the old {} times, the new {} times", ends[0], ends[1]);
}

async fn is_whole(folder: &Path) {
    let copy = Folder::fresh();
    for name in ["rhizome.db", "rhizome.db-wal"] {
        fs::copy(folder.join(name), copy.path().join(name)).expect("a copy");
    }
    assert_eq!(copy.texts("PRAGMA integrity_check").await, ["ok"]);
}
