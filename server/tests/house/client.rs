//! A browser, or a program: it keeps its cookie, and says what it wants over HTTP.

use std::{fmt, future::IntoFuture, io};

use app::protocol::{Being, HistoryPage, Intention};
use axum::{body::Body, http::Request, response::Response};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Events, Reach};

pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone)]
pub struct Client {
    reach: Reach,
    cookie: Option<String>,
}

/// A request that is sent once it is awaited.
#[derive(Clone)]
pub struct Ask {
    reach: Reach,
    pub method: &'static str,
    pub path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// The body of a send, under an id that nobody else has.
pub fn message(content: &str) -> Value {
    json!({ "id": Uuid::now_v7(), "content": content })
}

impl Client {
    pub fn new(reach: Reach) -> Self {
        Self { reach, cookie: None }
    }

    pub fn at(&self, reach: Reach) -> Self {
        Self { reach, cookie: self.cookie.clone() }
    }

    /// The same machine, with this session or with none.
    pub fn with_cookie(&self, cookie: Option<String>) -> Self {
        Self { reach: self.reach.clone(), cookie }
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask("GET", path)
    }

    pub fn post(&self, path: &str, json: Value) -> Ask {
        self.ask("POST", path).json(json)
    }

    pub fn patch(&self, path: &str, json: Value) -> Ask {
        self.ask("PATCH", path).json(json)
    }

    pub fn delete(&self, path: &str) -> Ask {
        self.ask("DELETE", path)
    }

    pub fn ask(&self, method: &'static str, path: &str) -> Ask {
        let headers = self.cookie.iter().map(|cookie| ("cookie", cookie.clone())).collect();
        Ask { reach: self.reach.clone(), method, path: path.to_owned(), headers, body: vec![] }
    }

    /// Opens an account; its name is its handle with a capital letter.
    pub async fn signed_up(self, handle: &str, invite: Option<&str>) -> Self {
        let name = format!("{}{}", handle[..1].to_uppercase(), &handle[1..]);
        let wish =
            json!({ "handle": handle, "name": name, "password": PASSWORD, "invite": invite });
        let answer = self.post("/api/accounts", wish).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        Self { cookie: answer.cookie(), ..self }
    }

    pub async fn signed_in(self, handle: &str) -> Self {
        let wish = json!({ "handle": handle, "password": PASSWORD });
        let answer = self.post("/api/session", wish).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Self { cookie: answer.cookie(), ..self }
    }

    /// The secret in its cookie.
    pub fn token(&self) -> &str {
        let cookie = self.cookie.as_deref().expect("a session");
        cookie.split_once('=').expect("a cookie").1
    }

    /// Founds a space, and answers with its id.
    pub async fn found(&self, name: &str) -> String {
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

    /// Says `times` things, the last of which has this position.
    pub async fn say_up_to(&self, space: &str, head: u64) {
        loop {
            let said = self.say(space, "So it goes on.").await.seq.0;
            assert!(said <= head, "{said} is beyond {head}");
            if said == head {
                return;
            }
        }
    }

    /// Everything that was ever said there and not taken back, oldest first.
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

    /// Opens a stream; `since` as it stands in the URL.
    pub async fn follow(&self, space: &str, since: Option<&str>) -> Events {
        self.following(space, since).stream().await
    }

    pub fn following(&self, space: &str, since: Option<&str>) -> Ask {
        let since = since.map(|since| format!("&since={since}")).unwrap_or_default();
        self.get(&format!("/api/stream?spaceId={space}{since}"))
    }

    /// A listener that is caught up with everything, from a first visit on.
    pub async fn listen(&self, space: &str) -> Events {
        let mut events = self.follow(space, None).await;
        events.until_caught_up().await;
        events
    }
}

impl Ask {
    pub fn json(mut self, json: Value) -> Self {
        self.body = json.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    /// A body that is what it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a header, in the place of what it was.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(present, _)| *present != name);
        self.headers.push((name, value.into()));
        self
    }

    /// The answer as soon as its head is there. An error is a connection that broke.
    pub async fn response(self) -> io::Result<Response> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "rhizome.test");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.reach.call(request.body(Body::from(self.body)).expect("a request")).await
    }

    /// The whole answer, if it came.
    pub async fn attempt(self) -> Option<Answer> {
        Answer::read(self.response().await.ok()?).await
    }

    pub async fn stream(self) -> Events {
        let response = self.response().await.expect("an answer");
        if response.status() != 200 {
            panic!("no stream: {:?}", Answer::read(response).await);
        }
        Events::read(response)
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        write!(f, "{} {} {body}", self.method, self.path)
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = BoxFuture<'static, Answer>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.attempt().await.expect("a whole answer") })
    }
}
