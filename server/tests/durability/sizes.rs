//! The longest message fits, however a client spells it; one character more does not, and is told so.

use super::*;
use harness::TestResponse;
use protocol::limits::{BODY_MAX_BYTES, CONTENT_MAX_CHARACTERS};
use uuid::Uuid;

/// As a client writes it that keeps to ASCII: `\u` and each UTF-16 unit in hex.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[expect(clippy::disallowed_methods, reason = "an id has only to be new")]
async fn send(ada: &Client, content: &str) -> TestResponse {
    let body = format!(r#"{{"id":"{}","content":"{content}"}}"#, Uuid::now_v7());
    let ask = ada.ask("POST", "/api/spaces/@garden/intentions").body(body);
    ask.header("content-type", "application/json").await
}

#[tokio::test]
async fn the_longest_message_fits_in_every_spelling() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    for character in ["x", "é", "漢", "🌱", "\u{1}"] {
        let longest = character.repeat(CONTENT_MAX_CHARACTERS);
        let sent = send(&ada, &escaped(&longest)).await.json_of(201);
        assert_eq!(sent["content"], longest.as_str());
        let too_long = send(&ada, &escaped(&format!("{longest}{character}"))).await;
        assert_eq!(too_long.json_of(422)["error"]["code"], "out-of-bounds");

        let path = format!(
            "/api/spaces/@garden/intentions/{}",
            sent["messageId"].as_str().expect("an id")
        );
        let edit = format!(r#"{{"content":"{}"}}"#, escaped(&longest));
        let edit = ada.ask("PATCH", &path).body(edit).header("content-type", "application/json");
        assert_eq!(edit.await.status, 200, "{character:?}");
    }
    for bytes in [BODY_MAX_BYTES + 1, 2 * BODY_MAX_BYTES] {
        let too_large = send(&ada, &"x".repeat(bytes)).await;
        assert_eq!(too_large.json_of(413)["error"]["code"], "too-large");
    }
}

/// A form's longest field has as many characters as a message; a longer one is still read, and refused.
#[tokio::test]
async fn a_form_of_the_same_size_is_read() {
    let folder = Folder::fresh();
    let program = Program::start(&folder).await;
    let ada = with_space(&program).await;
    for (characters, statuses) in
        [(CONTENT_MAX_CHARACTERS, 200..400), (CONTENT_MAX_CHARACTERS + 1, 422..423)]
    {
        let instructions = percent_encoded(&"🌱".repeat(characters));
        let body = format!(
            "name=Sage&provider=guide&model=&answers_when=mentioned&context_messages=1\
             &context_characters=1&instructions={instructions}"
        );
        let form = ada.ask("POST", "/spaces/@garden/beings/new").body(body);
        let status = form.header("content-type", "application/x-www-form-urlencoded").await.status;
        assert!(statuses.contains(&status), "{characters}: {status}");
    }
}
