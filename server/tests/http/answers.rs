//! AI beings that answer, through the real routes and streams, and over a real connection to a
//! scripted provider.

#![expect(clippy::disallowed_methods, reason = "what takes time here is real: sockets and a disk")]

mod busy;
mod bytes;
mod crash;
mod crowds;
mod details;
mod failures;
mod growing;
mod guide;
mod joining;
mod keys;
mod loops;
mod mentions;
mod models;
mod pages;
mod prompts;
mod providers;
mod reasoning;
mod requests;
mod retrying;
mod servers;
mod settings;
mod stopping;
mod turns;
mod versions;
mod watcher;

use harness::{Client, Gate, Provider, SPACE, Script, Template, TestServer, gists, message};
use protocol::{Being, FailureReason, HistoryPage, Intention, IntentionState, MessageId};
use serde_json::{Value, json};
use watcher::Watcher;

/// Ada, an administrator, Bob, and `@sage`, which answers with a scripted provider when it is
/// mentioned. Positions 1 to 4 are taken: by the space, by Ada, by Bob and by Sage.
struct Scene {
    server: TestServer,
    ada: Client,
    bob: Client,
    provider: Provider,
}

impl Scene {
    async fn playing(scripts: impl Into<Vec<Script>>) -> Self {
        Self::with(TestServer::with_two_members().await, Provider::playing(scripts)).await
    }

    async fn with((server, ada, bob): (TestServer, Client, Client), provider: Provider) -> Self {
        configure(&ada, "scripted", &provider).await;
        assert_eq!(add_being(&ada, "Sage", json!({ "provider": "scripted" })).await, "@sage");
        Self { server, ada, bob, provider }
    }

    /// Ada asks Sage; returns the id of the answer, which begins now.
    async fn ask(&self, what: &str) -> MessageId {
        let asked = self.ada.say("@garden", &format!("@sage {what}")).await;
        answer_to(asked.message_id)
    }

    async fn watch(&self) -> Watcher {
        Watcher::follow(&self.bob, None).await
    }

    /// The message in the history.
    async fn stored(&self, id: MessageId) -> Intention {
        stored(&self.ada, id).await
    }

    async fn stop(&self, id: MessageId) {
        self.bob.post(&format!("{SPACE}/intentions/{id}/stop"), json!({})).await.empty_of(204);
    }

    async fn retry(&self, id: MessageId) -> Intention {
        retry(&self.bob, id).await
    }

    /// Waits until an answer has ended, and asserts that the history and a fresh stream agree on
    /// it.
    async fn ended(&self, watcher: &mut Watcher, id: MessageId) -> Intention {
        let ended = watcher.until_ended(id).await;
        assert_eq!(self.stored(id).await, ended);
        assert_eq!(self.watch().await.row(id), Some(&ended));
        ended
    }
}

async fn configure(ada: &Client, name: &str, provider: &Provider) {
    let body = json!({ "baseUrl": provider.base_url() });
    ada.ask("PUT", &format!("/api/providers/{name}")).json(body).await.json_of(200);
}

/// Adds an AI being, and returns its id.
async fn add_being(host: &Client, name: &str, settings: Value) -> String {
    let body = json!({ "name": name, "settings": settings });
    let being: Being = host.post(&format!("{SPACE}/beings"), body).await.of(201);
    being.id.to_string()
}

/// The first answer to a message has the position after it.
fn answer_to(asked: MessageId) -> MessageId {
    MessageId(asked.0 + 1)
}

async fn history(caller: &Client) -> Vec<Intention> {
    let page: HistoryPage = caller.get(&format!("{SPACE}/intentions?limit=100")).await.of(200);
    page.intentions
}

async fn stored(caller: &Client, id: MessageId) -> Intention {
    let before = MessageId(id.0 + 1);
    let path = format!("{SPACE}/intentions?before={before}&limit=1");
    let page: HistoryPage = caller.get(&path).await.of(200);
    page.intentions.into_iter().find(|row| row.message_id == id).expect("it is kept")
}

async fn retry(caller: &Client, id: MessageId) -> Intention {
    caller.post(&format!("{SPACE}/intentions/{id}/retry"), json!({})).await.of(200)
}

/// The end of an answer: its state, the reason if it failed, and its text.
fn ending(row: &Intention) -> (IntentionState, Option<FailureReason>, &str) {
    (row.state, row.reason, &row.content)
}
