//! Each refusal of the protocol's table: it has its status, it reads `{"error": {…}}` with a code
//! for programs and a sentence for people, and it has changed nothing. "Nothing" is meant to the
//! letter: every row of every table is the same before and after, and no listener hears of it.

#[path = "../house/mod.rs"]
mod house;

mod malformed;
mod rights;
mod unavailable;

use house::{Answer, Ask, Client, Dump, Events, GARDEN, House, message};
use serde_json::{Value, json};

/// Ada founded the garden and the attic. Bob belongs to the garden, Cyd has left it, and Dan, who
/// is in the attic only, may not know of it.
struct Scene {
    house: House,
    ada: Client,
    bob: Client,
    cyd: Client,
    dan: Client,
    /// Messages of the garden, by who wrote them; Bob also wrote one and took it back.
    of_ada: String,
    of_cyd: String,
    deleted: String,
    /// What Ada once sent.
    sent: Value,
    listener: Events,
}

impl Scene {
    async fn set() -> Self {
        let (house, ada, bob) = House::with_garden().await;
        let cyd = house.guest(&ada, "@garden", "cyd").await;
        let attic = ada.found("Attic").await;
        let dan = house.guest(&ada, &attic, "dan").await;
        ada.post("/api/spaces/@garden/beings", json!({ "name": "Sage" })).await.json_of(201);

        let sent = message("Hello.");
        let send = format!("{GARDEN}/intentions");
        let of_ada = ada.post(&send, sent.clone()).await.json_of(201)["messageId"].clone();
        let of_cyd = cyd.say("@garden", "I was here.").await.message_id;
        let deleted = bob.say("@garden", "Oops.").await.message_id;
        bob.delete(&format!("{GARDEN}/intentions/{deleted}")).await.empty_of(204);
        cyd.delete(&format!("{GARDEN}/beings/@cyd")).await.empty_of(204);

        let of_ada = format!("{GARDEN}/intentions/{}", of_ada.as_str().expect("a message id"));
        let of_cyd = format!("{GARDEN}/intentions/{of_cyd}");
        let deleted = format!("{GARDEN}/intentions/{deleted}");
        let listener = bob.listen("@garden").await;
        Self { house, ada, bob, cyd, dan, of_ada, of_cyd, deleted, sent, listener }
    }

    /// Each of these is refused so.
    async fn refuses(&self, status: u16, code: &str, asks: impl IntoIterator<Item = Ask>) {
        self.refuse(status, code, None, asks).await;
    }

    /// Each of these holds a value out of bounds, in this field.
    async fn bounds(&self, field: &str, asks: impl IntoIterator<Item = Ask>) {
        self.refuse(422, "out-of-bounds", Some(field), asks).await;
    }

    async fn refuse(
        &self,
        status: u16,
        code: &str,
        field: Option<&str>,
        asks: impl IntoIterator<Item = Ask>,
    ) {
        let mut before = self.house.dump().await;
        for ask in asks {
            let what = ask.to_string();
            is_refusal(&what, &ask.await, status, code, field);
            before = unchanged(&what, before, self.house.dump().await);
        }
    }

    /// Nothing of what was refused was told to anybody: the next event is the next change.
    async fn stayed_silent(mut self) {
        let said = self.ada.say("@garden", "And then?").await;
        let told = self.listener.one().await.gist();
        assert_eq!(told, format!("{} created {}", said.seq, said.message_id));
    }
}

fn is_refusal(what: &str, answer: &Answer, status: u16, code: &str, field: Option<&str>) {
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

fn unchanged(what: &str, before: Dump, after: Dump) -> Dump {
    assert_eq!(before.difference(&after), [""; 0], "{what} has changed something");
    after
}
