//! The promises to the operator.

use super::*;
use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

/// The time between a request to end and a kill.
const GRACE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn asked_to_end_it_flushes_its_streams_and_ends_in_time() {
    let folder = Folder::fresh();
    let mut program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(ada.listen("@garden").await);
    }
    for _ in 0..20 {
        ada.say("@garden", "One more for the road.").await;
    }
    let status = program.terminate(GRACE).await;
    assert_eq!(status.code(), Some(0));
    for stream in &mut streams {
        let received = gists(&stream.rest().await);
        assert_eq!((received.len(), received[19].as_str()), (20, "22 created msg_22"));
    }
    // It leaves one file, which is whole without its log, so that a copy of it is a backup.
    assert!(!folder.path().join("rhizome.db-wal").exists());
    let program = Program::start(&folder).await;
    assert_eq!(program.again(&ada).everything_said("@garden").await.len(), 20);
}

/// A stream that its client never reads can never be flushed.
#[tokio::test]
async fn a_listener_that_reads_nothing_does_not_hold_it_up() {
    let folder = Folder::fresh();
    let mut program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    let _unread = ada.listen("@garden").await;
    for _ in 0..200 {
        // More than all buffers on the way can hold.
        ada.say("@garden", &"x".repeat(20_000)).await;
    }
    assert_eq!(program.terminate(GRACE).await.code(), Some(0));
}

/// The disk of the log may be full.
#[tokio::test]
async fn a_server_that_cannot_log_still_serves() {
    let folder = Folder::fresh();
    let full = File::options().write(true).open("/dev/full").expect("a device");
    let program = Program::start_with(&folder, &[("RHIZOME_LOG", "trace")], full).await;
    let ada = with_space(&program).await;
    ada.say("@garden", "Nobody hears of it but you.").await;
    assert_eq!(ada.everything_said("@garden").await.len(), 1);
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_refuses_to_start() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    for arguments in [&[][..], &["serve"], &["renew-epochs"], &["reindex"]] {
        let second = run(&folder, arguments).await;
        assert_eq!(second.status.code(), Some(1), "{arguments:?}");
        let says = String::from_utf8_lossy(&second.stderr);
        let path = folder.path().display().to_string();
        assert!(says.contains("another server uses") && says.contains(&path), "{says}");
        assert_eq!(says.trim().lines().count(), 1, "{says}");
    }
    ada.say("@garden", "The first one never noticed.").await;
    // The folder is free as soon as its holder has ended, in whatever way.
    program.kill().await;
    Program::start(&folder).await;
}

/// Also after a crash, and of an index that has lost what it had.
#[tokio::test]
async fn after_a_reindex_everything_is_found_as_before() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let mut ada = with_space(&program).await;
    for text in ["Roses in June", "Roses in July", "Tulips"] {
        ada.say("@garden", text).await;
    }
    program.kill().await;
    folder.execute("DELETE FROM search_data; UPDATE search_spaces SET indexed_up_to = 99").await;

    let indexed = run(&folder, &["reindex"]).await;
    assert_eq!(String::from_utf8_lossy(&indexed.stderr), "");
    assert_eq!(String::from_utf8_lossy(&indexed.stdout), "3 messages are indexed.\n");
    assert_eq!(indexed.status.code(), Some(0));

    let behind = "SELECT space_id FROM search_spaces WHERE indexed_up_to = 0";
    assert_eq!(folder.texts(behind).await, [""; 0]);
    let program = Program::start(&folder).await;
    ada = program.again(&ada);
    let found = ada.get("/api/search?q=roses").await.json_of(200);
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(2), "{found}");
    drop(program);
    let nowhere = Folder::fresh();
    let refused = run(&nowhere, &["reindex"]).await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no rhizome.db"));
}

#[tokio::test]
async fn after_epochs_are_renewed_an_old_cursor_gets_a_space_sync() {
    let folder = Folder::fresh();
    let mut program = Program::start(&folder).await;
    let mut ada = with_space(&program).await;
    ada.create_space("Attic").await;
    ada.say("@garden", "Hello.").await;
    let old = ada.follow("@garden", None).await.one().await.id.expect("a cursor");
    let inbox = cursor_of_the_inbox(&ada).await;
    assert_eq!(program.terminate(GRACE).await.code(), Some(0));

    let renewed = run(&folder, &["renew-epochs"]).await;
    assert_eq!(renewed.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&renewed.stdout), "2 spaces begin a new history.\n");

    let program = Program::start(&folder).await;
    ada = program.again(&ada);
    let frames = ada.follow("@garden", Some(&old.to_string())).await.until_caught_up().await;
    assert_eq!(gists(&frames), ["3 space-sync with 1", "caught-up msg_3"]);
    let new = frames[0].id.clone().expect("a cursor");
    assert_eq!(new.seq, old.seq);
    assert_ne!(new.epoch, old.epoch);
    let frames = ada.follow("@garden", Some(&new.to_string())).await.until_caught_up().await;
    assert_eq!(gists(&frames), ["caught-up msg_3"]);

    // The inbox begins a new history, too.
    let renewed = cursor_of_the_inbox(&ada).await;
    let parts =
        |cursor: &str| cursor.split_once('.').map(|(epoch, at)| (epoch.to_owned(), at.to_owned()));
    let ((before, at), (after, same)) = (parts(&inbox).expect("it"), parts(&renewed).expect("it"));
    assert_eq!(at, same);
    assert_ne!(before, after);
    let mut frames = ada.get(&format!("/api/inbox?since={inbox}")).stream().await;
    assert!(frames.next_text().await.expect("an event").contains("inbox-sync"));
}

async fn cursor_of_the_inbox(client: &Client) -> String {
    let first = client.get("/api/inbox").stream().await.next_text().await.expect("an event");
    first.lines().find_map(|line| line.strip_prefix("id: ")).expect("a cursor").to_owned()
}

#[tokio::test]
async fn a_backup_is_not_mixed_with_the_log_of_a_crashed_server() {
    let folder = Folder::fresh();
    let nothing = run(&folder, &["renew-epochs"]).await;
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no rhizome.db"));

    let program = Program::start(&folder).await;
    with_space(&program).await.say("@garden", "Hello.").await;
    program.kill().await;
    assert!(fs::metadata(folder.path().join("rhizome.db-wal")).expect("a log").len() > 0);
    let mixed = run(&folder, &["renew-epochs"]).await;
    assert_eq!(mixed.status.code(), Some(1));
    let says = String::from_utf8_lossy(&mixed.stderr);
    assert!(says.contains("rhizome.db-wal") && says.trim().lines().count() == 1, "{says}");
}

#[tokio::test]
async fn a_start_that_cannot_work_is_explained_in_one_line() {
    let folder = Folder::fresh();
    fs::write(folder.path().join("file"), "").expect("a file");
    let cases: [(&[&str], &str); 4] = [
        (&["--data", "file"], "the data folder cannot be used"),
        (&["--site", "nowhere", "--log", "=,="], "RHIZOME_LOG"),
        (&["--addr", "192.0.2.1:1"], "cannot listen on 192.0.2.1:1"),
        (&["--addr", "nonsense"], "nonsense"),
    ];
    for (arguments, problem) in cases {
        let ended = run(&folder, arguments).await;
        let says = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && says.contains(problem), "{arguments:?}: {says}");
        assert!(!says.contains("panicked"), "{says}");
    }
}

/// The names are taken from the source, so that a new one has to be documented.
#[tokio::test]
async fn help_names_every_environment_variable() {
    let mut names = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    variables_in(&source, &mut names);
    assert!(names.len() >= 4, "{names:?}");
    let folder = Folder::fresh();
    let help = run(&folder, &["--help"]).await;
    let says = String::from_utf8_lossy(&help.stdout);
    for name in names {
        assert!(says.contains(&name), "{name} is not in:\n{says}");
    }
}

fn variables_in(path: &Path, names: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            variables_in(&entry.expect("an entry").path(), names);
        }
        return;
    }
    let text = fs::read_to_string(path).expect("a file");
    for (at, _) in text.match_indices("RHIZOME_") {
        let is_part = |c: &char| c.is_ascii_uppercase() || *c == '_';
        names.push(text[at..].chars().take_while(is_part).collect());
    }
}
