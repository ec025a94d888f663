//! AI beings that answer, through the real routes and streams, and over a real connection to a
//! provider that does as it is told.

#[path = "../house/mod.rs"]
mod house;

mod busy;
mod bytes;
mod crash;
mod crowds;
mod failures;
mod growing;
mod guide;
mod joining;
mod keys;
mod loops;
mod mentions;
mod pages;
mod prompts;
mod providers;
mod retrying;
mod settings;
mod stopping;
mod watcher;

use app::protocol::{Being, FailureReason, HistoryPage, Intention, IntentionState, MessageId};
use house::{Client, GARDEN, Gate, House, Provider, Script, gists, message};
use serde_json::{Value, json};
use watcher::Watcher;

/// Ada, who administers, Bob, and `@sage`, which answers with a scripted provider when it is
/// mentioned. The positions 1 to 4 are taken: by the garden, by Ada, by Bob and by Sage.
struct Scene {
    house: House,
    ada: Client,
    bob: Client,
    provider: Provider,
}

impl Scene {
    async fn playing(scripts: impl Into<Vec<Script>>) -> Self {
        Self::with(House::with_garden().await, Provider::playing(scripts)).await
    }

    async fn with((house, ada, bob): (House, Client, Client), provider: Provider) -> Self {
        configure(&ada, "scripted", &provider).await;
        assert_eq!(bring(&ada, "Sage", json!({ "provider": "scripted" })).await, "@sage");
        Self { house, ada, bob, provider }
    }

    /// Ada asks Sage; what comes back is the answer that now begins to grow.
    async fn ask(&self, what: &str) -> MessageId {
        let asked = self.ada.say("@garden", &format!("@sage {what}")).await;
        answer_to(asked.message_id)
    }

    async fn watch(&self) -> Watcher {
        Watcher::follow(&self.bob, None).await
    }

    /// What history holds.
    async fn kept(&self, id: MessageId) -> Intention {
        kept(&self.ada, id).await
    }

    async fn stop(&self, id: MessageId) {
        self.bob.post(&format!("{GARDEN}/intentions/{id}/stop"), json!({})).await.empty_of(204);
    }

    async fn retry(&self, id: MessageId) -> Intention {
        retry(&self.bob, id).await
    }

    /// Waits until an answer has ended, and asserts that everybody knows it so.
    async fn ended(&self, watcher: &mut Watcher, id: MessageId) -> Intention {
        let ended = watcher.until_ended(id).await;
        assert_eq!(self.kept(id).await, ended);
        assert_eq!(self.watch().await.row(id), Some(&ended));
        ended
    }
}

async fn configure(ada: &Client, name: &str, provider: &Provider) {
    let wish = json!({ "baseUrl": provider.base_url() });
    ada.ask("PUT", &format!("/api/providers/{name}")).json(wish).await.json_of(200);
}

/// Brings an AI being along, and answers with its id.
async fn bring(host: &Client, name: &str, settings: Value) -> String {
    let wish = json!({ "name": name, "settings": settings });
    let being: Being = host.post(&format!("{GARDEN}/beings"), wish).await.of(201);
    being.id.to_string()
}

/// The first answer to a message has the position after it.
fn answer_to(asked: MessageId) -> MessageId {
    MessageId(asked.0 + 1)
}

async fn said(caller: &Client) -> Vec<Intention> {
    let page: HistoryPage = caller.get(&format!("{GARDEN}/intentions?limit=100")).await.of(200);
    page.intentions
}

async fn kept(caller: &Client, id: MessageId) -> Intention {
    let before = MessageId(id.0 + 1);
    let path = format!("{GARDEN}/intentions?before={before}&limit=1");
    let page: HistoryPage = caller.get(&path).await.of(200);
    page.intentions.into_iter().find(|row| row.message_id == id).expect("it is kept")
}

async fn retry(caller: &Client, id: MessageId) -> Intention {
    caller.post(&format!("{GARDEN}/intentions/{id}/retry"), json!({})).await.of(200)
}

/// How an answer ended: its state, why it failed if it did, and its text.
fn ending(row: &Intention) -> (IntentionState, Option<FailureReason>, &str) {
    (row.state, row.reason, &row.content)
}
