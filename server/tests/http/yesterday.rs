//! The databases that an earlier release wrote open, are migrated, and read back equal over HTTP.
//!
//! `fixtures/record.sh` made each fixture with the program of the commit that its folder is named
//! after: `stopped` is the database of a program that was asked to stop, `killed` that of one that
//! was killed while an answer was streaming, with its log. `expected.json` holds what that program
//! answered from both: from `killed`, after it had started over it again.

use std::{fs, path::Path};

use harness::{Client, Folder, PASSWORD, Program, SPACE, TestResponse, TestServer};
use serde::Deserialize;
use serde_json::{Value, json};

const COMMIT: &str = "4102578";
const BOBS_PASSWORD: &str = "Grüße, 你好 🌱 staple";

#[derive(Deserialize)]
struct Expected {
    sessions: Sessions,
    /// A token for the attic that was not accepted.
    invite: String,
    stopped: Answers,
    killed: Answers,
}

#[derive(Deserialize)]
struct Sessions {
    ada: String,
    bob: String,
}

#[derive(Deserialize)]
struct Answers {
    reads: Vec<Read>,
    streams: Vec<Opened>,
    repeated: Repeated,
}

/// An answer to a GET; of a refusal only its code.
#[derive(Deserialize)]
struct Read {
    who: String,
    path: String,
    status: u16,
    json: Value,
}

/// The exact text of a stream, up to `caught-up`.
#[derive(Deserialize)]
struct Opened {
    who: String,
    path: String,
    text: String,
}

/// The answer to a repeated send of a message that was edited since.
#[derive(Deserialize)]
struct Repeated {
    body: Value,
    json: Value,
}

#[tokio::test]
async fn a_database_of_an_earlier_release_reads_back_equal() {
    let (folder, expected) = (folder("stopped", &[""]), expected());
    let server = TestServer::over_folder(folder).await;
    let (ada, bob) = members(&server.visitor(), &expected.sessions);
    reads_back(&ada, &bob, &expected.stopped).await;
    assert_eq!(server.folder.texts("SELECT secret FROM provider_keys").await, ["sk-of-yesterday"]);

    // What the earlier release handed out still works.
    bob.post(&format!("/api/invites/{}", expected.invite), json!({})).await.json_of(200);
    bob.get("/api/spaces/@attic/intentions").await.json_of(200);
    server.visitor().signed_in("ada").await;
    server.close().await;
}

/// Nobody finds everything unread that was said before inboxes were kept.
#[tokio::test]
async fn all_that_was_said_before_there_were_inboxes_is_read() {
    for (name, suffixes) in [("stopped", &[""][..]), ("killed", &["", "-wal"])] {
        let (folder, expected) = (folder(name, suffixes), expected());
        let server = TestServer::over_folder(folder).await;
        let (ada, bob) = members(&server.visitor(), &expected.sessions);
        for (client, id) in [(&ada, "@ada"), (&bob, "@bob")] {
            let id = id.parse().expect("an id");
            let store = server.app_state.store.as_ref();
            let (cursor, inbox) = store.inbox(&id).await.expect("an inbox");
            assert_eq!((cursor.seq.0, inbox.last_position.0), (0, 0));
            assert_eq!(store.inbox_head(&id).await, Ok(cursor));
            let listed = client.get("/api/spaces").await.json_of(200);
            assert_eq!(inbox.spaces.len(), listed.as_array().expect("spaces").len(), "{name}");
            for entry in inbox.spaces {
                assert_eq!((entry.unread, entry.mentions), (0, 0), "{name}: {entry:?}");
                assert!(entry.read_up_to >= entry.last_message_id, "{name}: {entry:?}");
            }
        }
        ada.say("@garden", "@bob, this is new.").await;
        let (_, inbox) =
            server.app_state.store.inbox(&"@bob".parse().expect("an id")).await.expect("an inbox");
        let entry = inbox.spaces.iter().find(|entry| entry.space.id.as_str() == "@garden");
        assert_eq!(entry.map(|entry| (entry.unread, entry.mentions)), Some((1, 1)), "{name}");
        server.close().await;
    }
}

#[tokio::test]
async fn the_log_of_an_earlier_release_that_was_killed_is_replayed() {
    let (folder, expected) = (folder("killed", &["", "-wal"]), expected());
    let server = TestServer::over_folder(folder).await;
    let (ada, bob) = members(&server.visitor(), &expected.sessions);
    reads_back(&ada, &bob, &expected.killed).await;
    server.close().await;
}

#[tokio::test]
async fn the_program_starts_over_the_folder_of_an_earlier_release() {
    for (name, suffixes) in [("stopped", &[""][..]), ("killed", &["", "-wal"])] {
        let (folder, expected) = (folder(name, suffixes), expected());
        let program = Program::start(&folder).await;
        // Its clock is the machine's, for which yesterday's sessions may be over.
        let sign_in = |handle: &'static str, password: &'static str| {
            let visitor = program.visitor();
            async move {
                let body = json!({ "handle": handle, "password": password });
                let signed_in = visitor.post("/api/session", body).await;
                assert_eq!(signed_in.status, 200, "{}", signed_in.text);
                visitor.with_cookie(signed_in.cookie())
            }
        };
        let ada = sign_in("ada", PASSWORD).await;
        let bob = sign_in("bob", BOBS_PASSWORD).await;
        let answers = if name == "stopped" { &expected.stopped } else { &expected.killed };
        reads_back(&ada, &bob, answers).await;
        let new = ada.say("@garden", "And on it goes.").await;
        assert!(new.message_id.0 > 41, "{}", new.message_id);
    }
}

async fn reads_back(ada: &Client, bob: &Client, expected: &Answers) {
    let by_name = |who: &str| if who == "ada" { ada } else { bob };
    assert_eq!((expected.reads.len(), expected.streams.len()), (22, 12));
    for read in &expected.reads {
        let answer = by_name(&read.who).get(&read.path).await;
        let what = format!("{} reads {}", read.who, read.path);
        let mut json = read.json.clone();
        // The earlier release did not say that more follows.
        if read.path.ends_with("/@garden/intentions?limit=2&before=msg_9") {
            json["hasLater"] = json!(true);
        }
        assert_eq!((answer.status, told(&answer)), (read.status, json), "{what}");
    }
    for opened in &expected.streams {
        let request = by_name(&opened.who).get(&opened.path);
        if opened.text.starts_with("id:") || opened.text.starts_with("data:") {
            let frames = request.stream().await.until_caught_up().await;
            let text: String = frames.into_iter().map(|frame| frame.text).collect();
            assert_eq!(text, opened.text, "{} opens {}", opened.who, opened.path);
        } else {
            let refusal: Value = serde_json::from_str(&opened.text).expect("a refusal");
            assert_eq!(told(&request.await)["error"]["code"], refusal["error"]["code"]);
        }
    }
    let repeated = bob.post(&format!("{SPACE}/intentions"), expected.repeated.body.clone()).await;
    assert_eq!(repeated.json_of(200), expected.repeated.json);
}

/// The JSON of an answer; of a refusal only its code.
fn told(answer: &TestResponse) -> Value {
    match &answer.json["error"]["code"] {
        Value::Null => answer.json.clone(),
        code => json!({ "error": { "code": code } }),
    }
}

fn members(visitor: &Client, sessions: &Sessions) -> (Client, Client) {
    let with = |cookie: &String| visitor.with_cookie(Some(cookie.clone()));
    (with(&sessions.ada), with(&sessions.bob))
}

/// A folder with a copy of the database, and of its log.
fn folder(name: &str, suffixes: &[&str]) -> Folder {
    let folder = Folder::fresh();
    for suffix in suffixes {
        let bytes = fs::read(fixture(&format!("{name}.sqlite{suffix}"))).expect("a fixture");
        fs::write(folder.path().join(format!("rhizome.db{suffix}")), bytes).expect("a copy");
    }
    folder
}

fn expected() -> Expected {
    let text = fs::read_to_string(fixture("expected.json")).expect("a fixture");
    serde_json::from_str(&text).expect("what was answered")
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(COMMIT).join(name)
}
