//! Each refusal of the protocol's table: it has its status, its body is `{"error": {…}}` with a
//! code for programs and a sentence for people, and it changes nothing: every row of every table is
//! the same before and after, and no listener receives an event.

mod guards;
mod malformed;
mod rights;
mod unavailable;

use harness::{Client, Dump, Events, SPACE, TestRequest, TestResponse, TestServer, message};
use serde_json::{Value, json};

/// Ada created `@garden` and `@attic`. Bob is a member of `@garden`, Cyd has left it, and Dan, who
/// is a member of `@attic` only, may not know that it exists.
struct Scene {
    server: TestServer,
    ada: Client,
    bob: Client,
    cyd: Client,
    dan: Client,
    /// Messages of `@garden`, by author; Bob sent one and deleted it.
    of_ada: String,
    of_cyd: String,
    deleted: String,
    /// A message that Ada sent.
    sent: Value,
    listener: Events,
}

impl Scene {
    async fn set() -> Self {
        let (server, ada, bob) = TestServer::with_two_members().await;
        let cyd = server.guest(&ada, "@garden", "cyd").await;
        let attic = ada.create_space("Attic").await;
        let dan = server.guest(&ada, &attic, "dan").await;
        ada.post("/api/spaces/@garden/beings", json!({ "name": "Sage" })).await.json_of(201);

        let sent = message("Hello.");
        let send = format!("{SPACE}/intentions");
        let of_ada = ada.post(&send, sent.clone()).await.json_of(201)["messageId"].clone();
        let of_cyd = cyd.say("@garden", "I was here.").await.message_id;
        let deleted = bob.say("@garden", "Oops.").await.message_id;
        bob.delete(&format!("{SPACE}/intentions/{deleted}")).await.empty_of(204);
        cyd.delete(&format!("{SPACE}/beings/@cyd")).await.empty_of(204);

        let of_ada = format!("{SPACE}/intentions/{}", of_ada.as_str().expect("a message id"));
        let of_cyd = format!("{SPACE}/intentions/{of_cyd}");
        let deleted = format!("{SPACE}/intentions/{deleted}");
        let listener = bob.listen("@garden").await;
        Self { server, ada, bob, cyd, dan, of_ada, of_cyd, deleted, sent, listener }
    }

    /// Asserts that each request is refused with this status and code.
    async fn refuses(
        &self,
        status: u16,
        code: &str,
        requests: impl IntoIterator<Item = TestRequest>,
    ) {
        self.refuse(status, code, None, requests).await;
    }

    /// Asserts that each request is refused, because this field is out of bounds.
    async fn bounds(&self, field: &str, requests: impl IntoIterator<Item = TestRequest>) {
        self.refuse(422, "out-of-bounds", Some(field), requests).await;
    }

    async fn refuse(
        &self,
        status: u16,
        code: &str,
        field: Option<&str>,
        requests: impl IntoIterator<Item = TestRequest>,
    ) {
        let mut before = self.server.dump().await;
        for request in requests {
            let what = request.to_string();
            assert_refusal(&what, &request.await, status, code, field);
            before = assert_unchanged(&what, before, self.server.dump().await);
        }
    }

    /// Asserts that the refusals sent no event: the next event is the next change.
    async fn assert_no_events(mut self) {
        let said = self.ada.say("@garden", "And then?").await;
        let told = self.listener.one().await.gist();
        assert_eq!(told, format!("{} created {}", said.seq, said.message_id));
    }
}

fn assert_refusal(what: &str, answer: &TestResponse, status: u16, code: &str, field: Option<&str>) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}: {}", answer.text);
    assert_eq!(answer.header("set-cookie"), None, "{what}");

    let sentence = answer.json["error"]["message"].as_str().unwrap_or_default();
    assert!(!sentence.is_empty(), "{what}: {}", answer.text);
    let mut expected = json!({ "error": { "code": code, "message": sentence } });
    if let Some(field) = field {
        expected["error"]["field"] = json!(field);
        assert!(sentence.contains(field), "{what}: {sentence}");
    }
    assert_eq!(answer.json, expected, "{what}");

    let tells_when = answer.header("retry-after").map(str::parse::<u32>);
    let is_later = status == 429 || status == 503;
    assert_eq!(matches!(tells_when, Some(Ok(1..))), is_later, "{what}: {tells_when:?}");
}

fn assert_unchanged(what: &str, before: Dump, after: Dump) -> Dump {
    assert_eq!(before.difference(&after), [""; 0], "{what} has changed something");
    after
}
