//! A client of the API: it keeps its session cookie.

use protocol::{Being, HistoryPage, Intention};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Events, TestRequest, Transport};

pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone)]
pub struct Client {
    transport: Transport,
    cookie: Option<String>,
}

/// The body of a send, with a new id.
#[expect(clippy::disallowed_methods, reason = "an id has only to be new")]
pub fn message(content: &str) -> Value {
    json!({ "id": Uuid::now_v7(), "content": content })
}

impl Client {
    pub fn new(transport: Transport) -> Self {
        Self { transport, cookie: None }
    }

    pub fn at(&self, transport: Transport) -> Self {
        Self { transport, cookie: self.cookie.clone() }
    }

    /// A client of the same server, with this session or without one.
    pub fn with_cookie(&self, cookie: Option<String>) -> Self {
        Self { transport: self.transport.clone(), cookie }
    }

    pub fn get(&self, path: &str) -> TestRequest {
        self.ask("GET", path)
    }

    pub fn post(&self, path: &str, json: Value) -> TestRequest {
        self.ask("POST", path).json(json)
    }

    pub fn patch(&self, path: &str, json: Value) -> TestRequest {
        self.ask("PATCH", path).json(json)
    }

    pub fn delete(&self, path: &str) -> TestRequest {
        self.ask("DELETE", path)
    }

    pub fn ask(&self, method: &'static str, path: &str) -> TestRequest {
        let headers = self.cookie.iter().map(|cookie| ("cookie", cookie.clone())).collect();
        TestRequest::new(self.transport.clone(), method, path, headers)
    }

    /// Creates an account; its name is its handle with a capital letter.
    pub async fn signed_up(self, handle: &str, invite: Option<&str>) -> Self {
        let name = format!("{}{}", handle[..1].to_uppercase(), &handle[1..]);
        let body =
            json!({ "handle": handle, "name": name, "password": PASSWORD, "invite": invite });
        let answer = self.post("/api/accounts", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        Self { cookie: answer.cookie(), ..self }
    }

    pub async fn signed_in(self, handle: &str) -> Self {
        let body = json!({ "handle": handle, "password": PASSWORD });
        let answer = self.post("/api/session", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Self { cookie: answer.cookie(), ..self }
    }

    /// The token in its cookie.
    pub fn token(&self) -> &str {
        let cookie = self.cookie.as_deref().expect("a session");
        cookie.split_once('=').expect("a cookie").1
    }

    /// Creates a space, and returns its id.
    pub async fn create_space(&self, name: &str) -> String {
        let space: Being = self.post("/api/spaces", json!({ "name": name })).await.of(201);
        space.id.to_string()
    }

    pub async fn invite(&self, space: &str) -> String {
        let answer = self.post(&format!("/api/spaces/{space}/invites"), json!({})).await;
        answer.json_of(201)["token"].as_str().expect("a token").to_owned()
    }

    pub async fn say(&self, space: &str, content: &str) -> Intention {
        let path = format!("/api/spaces/{space}/intentions");
        self.post(&path, message(content)).await.of(201)
    }

    /// Sends messages until one has this position.
    pub async fn say_up_to(&self, space: &str, head: u64) {
        loop {
            let said = self.say(space, "So it goes on.").await.seq.0;
            assert!(said <= head, "{said} is beyond {head}");
            if said == head {
                return;
            }
        }
    }

    /// The whole history of a space, oldest first; deleted messages are absent.
    pub async fn everything_said(&self, space: &str) -> Vec<Intention> {
        let mut newest_first = Vec::new();
        let mut before = String::new();
        loop {
            let path = format!("/api/spaces/{space}/intentions?limit=100{before}");
            let page: HistoryPage = self.get(&path).await.of(200);
            newest_first.extend(page.intentions.into_iter().rev());
            if !page.has_earlier {
                newest_first.reverse();
                return newest_first;
            }
            let oldest: &Intention = newest_first.last().expect("there are earlier ones");
            before = format!("&before={}", oldest.message_id);
        }
    }

    /// Opens a stream; `since` is the parameter of the URL.
    pub async fn follow(&self, space: &str, since: Option<&str>) -> Events {
        self.following(space, since).stream().await
    }

    pub fn following(&self, space: &str, since: Option<&str>) -> TestRequest {
        let since = since.map(|since| format!("&since={since}")).unwrap_or_default();
        self.get(&format!("/api/stream?spaceId={space}{since}"))
    }

    /// Opens a stream as on a first visit, and reads it up to `caught-up`.
    pub async fn listen(&self, space: &str) -> Events {
        let mut events = self.follow(space, None).await;
        events.until_caught_up().await;
        events
    }
}
