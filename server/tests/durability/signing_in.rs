//! The right password signs in, however it is spelled and whatever a crowd does meanwhile.

#![expect(clippy::disallowed_methods, reason = "what is asked is how long a real sign-in takes")]

use std::time::{Duration, Instant};

use super::*;
use argon2::{Argon2, PasswordHasher, password_hash::SaltString};
use harness::{PASSWORD, TestResponse};
use serde_json::json;

const COMPOSED: &str = "M\u{fc}nchen \u{d55c}\u{ae00}";
const DECOMPOSED: &str = "Mu\u{308}nchen \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}";

async fn sign_in(
    visitor: &Client,
    from: Option<&str>,
    handle: &str,
    password: &str,
) -> TestResponse {
    let ask = visitor.post("/api/session", json!({ "handle": handle, "password": password }));
    match from {
        Some(from) => ask.header("x-forwarded-for", from).await,
        None => ask.await,
    }
}

/// As many sockets, each of which tries one after the other.
fn crowd(
    program: &Program,
    from: Option<&'static str>,
    handle: impl Fn(usize, usize) -> String + Clone + Send + 'static,
) -> tokio::task::JoinSet<()> {
    let mut crowd = tokio::task::JoinSet::new();
    for socket in 0..70 {
        let (visitor, handle) = (program.visitor(), handle.clone());
        crowd.spawn(async move {
            for n in 0.. {
                let answer = sign_in(&visitor, from, &handle(socket, n), "a wrong one").await;
                assert!([401, 429].contains(&answer.status), "{}", answer.text);
            }
        });
    }
    crowd
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_guesses_keeps_nobody_out() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    with_space(&program).await;
    type Handles = fn(usize, usize) -> String;
    let crowds: [(Option<&'static str>, Handles); 3] = [
        (None, |socket, _| format!("nobody-{socket}")),
        (None, |socket, n| format!("n-{socket}-{n}")),
        // Of the handle itself, from elsewhere.
        (Some("198.51.100.1"), |_, _| "ada".to_owned()),
    ];
    for (from, handle) in crowds {
        let crowd = crowd(&program, from, handle);
        tokio::time::sleep(Duration::from_millis(300)).await;
        for n in 0..28 {
            let began = Instant::now();
            let answer = sign_in(&program.visitor(), None, "ada", PASSWORD).await;
            assert_eq!(answer.status, 200, "{n}: {}", answer.text);
            assert!(began.elapsed() < Duration::from_secs(3), "{n}: {:?}", began.elapsed());
        }
        drop(crowd);
    }
}

#[tokio::test]
async fn a_password_is_the_same_in_every_spelling() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let visitor = program.visitor();
    let request = json!({ "handle": "ada", "name": "Ada", "password": COMPOSED });
    assert_eq!(visitor.post("/api/accounts", request).await.status, 201);
    for (password, status) in [
        (COMPOSED, 200),
        (DECOMPOSED, 200),
        ("M\u{fc}nchen\u{a0}\u{d55c}\u{ae00}", 200),
        ("Mu\u{308}nchen\u{3000}\u{d55c}\u{ae00}", 200),
        ("munchen \u{d55c}\u{ae00}", 401),
        ("m\u{fc}nchen \u{d55c}\u{ae00}", 401),
    ] {
        assert_eq!(sign_in(&visitor, None, "ada", password).await.status, status, "{password:?}");
        let fields = [("handle", "ada"), ("password", password)];
        let form = serde_urlencoded::to_string(fields).expect("a form");
        let form = visitor.ask("POST", "/sign-in").body(form);
        let answer = form.header("content-type", "application/x-www-form-urlencoded").await;
        assert_eq!(answer.header("set-cookie").is_some(), status == 200, "{password:?}");
    }
    let control = json!({ "handle": "bob", "name": "Bob", "password": "tab\tin between" });
    assert_eq!(visitor.post("/api/accounts", control).await.status, 422);
}

/// An earlier version hashed what was typed.
#[tokio::test]
async fn a_password_that_is_stored_already_is_the_same_too() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let visitor = program.visitor();
    with_space(&program).await;
    let stored = "SELECT password_hash FROM accounts";
    for typed in [COMPOSED, DECOMPOSED, "wide\u{3000}Mu\u{308}nchen", "tab\tin between"] {
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let hash = Argon2::default().hash_password(typed.as_bytes(), &salt).expect("a hash");
        for presented in [COMPOSED, DECOMPOSED, typed] {
            folder.execute(&format!("UPDATE accounts SET password_hash = '{hash}'")).await;
            let is_it = typed == presented || typed == COMPOSED || typed == DECOMPOSED;
            let status = if is_it { 200 } else { 401 };
            let answer = sign_in(&visitor, None, "ada", presented).await;
            assert_eq!(answer.status, status, "{typed:?} {presented:?}");
            if typed == DECOMPOSED {
                // From then on it is stored in the form that RFC 8265 compares.
                assert_ne!(folder.texts(stored).await, [hash.to_string()]);
                assert_eq!(sign_in(&visitor, None, "ada", COMPOSED).await.status, 200);
            }
        }
    }
}
