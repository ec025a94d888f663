//! A server over a small world that is the same for every case: no case sees the changes of
//! another.

use std::{fs, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri},
    response::Response,
};
use bytes::Bytes;
use harness::{Client, Dump, Folder, SPACE, SetClock, TestServer, Transport};
use serde_json::json;
use server::{
    ai::KeyRing,
    app_state::AppState,
    delivery::hub::Hub,
    domain::rng::Rng,
    http::{assets::Site, router::router},
    store::{SqliteStore, Store},
};
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use super::request::{FuzzRequest, INVITE, Sender};

/// Prepared once: a folder to copy, and the secrets in it.
pub struct Prepared {
    pub folder: Folder,
    cookies: Vec<(Sender, String)>,
    invite: String,
}

pub struct World {
    pub folder: Arc<Folder>,
    pub app_state: Arc<AppState>,
    transport: Transport,
    watcher: SqliteConnection,
    version: i64,
    known: Dump,
}

impl Prepared {
    /// `@ada` created `@garden` and `@attic`; `@bob` is a member of `@garden`, `@cyd` has left it,
    /// `@dan` is a member of `@attic`. There are the beings `@sage`, which never answers, and
    /// `@echo`, which always does, and a provider, `far`.
    pub async fn prepare() -> Self {
        let (server, ada, bob) = TestServer::with_two_members().await;
        let cyd = server.guest(&ada, "@garden", "cyd").await;
        let attic = ada.create_space("Attic").await;
        let dan = server.guest(&ada, &attic, "dan").await;
        ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" })).await.json_of(201);
        let body = json!({ "baseUrl": "http://127.0.0.1:1/v1", "key": "sk-0" });
        ada.ask("PUT", "/api/providers/far").json(body).await.json_of(200);
        let first = "01890000-0000-7000-8000-000000000001";
        let sent = json!({ "id": first, "content": "Hello." });
        ada.post(&format!("{SPACE}/intentions"), sent).await.json_of(201);
        cyd.say("@garden", "I was here.").await;
        bob.say("@garden", "So was I.").await;
        cyd.delete(&format!("{SPACE}/beings/@cyd")).await.empty_of(204);
        let echo = json!({ "name": "Echo", "settings":
            { "provider": "far", "answersWhen": "every-message" } });
        ada.post(&format!("{SPACE}/beings"), echo).await.json_of(201);
        let invite = ada.invite(&attic).await;
        server.close().await;

        let cookie = |client: &Client| format!("rhizome_session={}", client.token());
        let cookies =
            [(Sender::Ada, &ada), (Sender::Bob, &bob), (Sender::Cyd, &cyd), (Sender::Dan, &dan)];
        let cookies = cookies.into_iter().map(|(who, client)| (who, cookie(client))).collect();
        let folder = copied(&server.folder);
        Self { folder, cookies, invite }
    }

    pub fn cookie(&self, who: Sender) -> Option<&str> {
        self.cookies.iter().find(|(of, _)| *of == who).map(|(_, cookie)| cookie.as_str())
    }

    /// Replaces the placeholder by the token of the invite.
    pub fn filled_in(&self, bytes: &[u8]) -> Vec<u8> {
        let mut filled = Vec::new();
        let mut rest = bytes;
        while let Some(at) = rest.windows(INVITE.len()).position(|part| part == INVITE.as_bytes()) {
            filled.extend_from_slice(&rest[..at]);
            filled.extend_from_slice(self.invite.as_bytes());
            rest = &rest[at + INVITE.len()..];
        }
        filled.extend_from_slice(rest);
        filled
    }

    /// None if no server would parse it as a request.
    pub fn request(&self, fuzzed: &FuzzRequest) -> Option<Request<Body>> {
        let uri = Uri::try_from(self.filled_in(&fuzzed.target)).ok()?;
        let method = Method::from_bytes(fuzzed.method.as_bytes()).ok()?;
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("rhizome.test"));
        if let Some(cookie) = self.cookie(fuzzed.by) {
            headers.insert("cookie", HeaderValue::from_str(cookie).ok()?);
        }
        for (name, value) in &fuzzed.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(&self.filled_in(value)).ok()?);
        }
        let body = Bytes::from(self.filled_in(&fuzzed.body));
        let body = if fuzzed.breaks {
            let broken = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
            Body::from_stream(futures::stream::iter([Ok(body), broken]))
        } else {
            Body::from(body)
        };
        let mut request = Request::builder().method(method).uri(uri).body(body).ok()?;
        *request.headers_mut() = headers;
        Some(request)
    }
}

impl World {
    pub async fn begin(prepared: &Prepared) -> Self {
        let folder = Arc::new(copied(&prepared.folder));
        let (clock, rng) = (Arc::new(SetClock::default()), Arc::new(Rng::from_seed(99)));
        let hub = Arc::new(Hub::default());
        // There is no AI provider here: answers stay active, and only requests change anything.
        let file = folder.database();
        let store = SqliteStore::open(&file, clock.clone(), rng.clone(), hub.clone());
        let store: Arc<dyn Store> = Arc::new(store.await.expect("a database"));
        let site = Site::open(&folder.path().join("site"), None).expect("a site");
        let app_state = AppState::new(store, hub, clock, rng, site, KeyRing::default());
        let app_state = Arc::new(app_state);
        let transport = Transport::InProcess(router(app_state.clone()));
        let known = folder.dump().await;
        let watcher = SqliteConnectOptions::new().filename(folder.database()).read_only(true);
        let watcher = watcher.connect().await.expect("the database");
        let mut world = Self { folder, app_state, transport, watcher, version: 0, known };
        world.version = world.data_version().await;
        world
    }

    pub async fn call(&self, request: Request<Body>) -> Response {
        self.transport.call(request).await.expect("an answer, since there is no network")
    }

    /// The rows that changed since the last call; none if nothing was written.
    pub async fn changes(&mut self) -> Vec<String> {
        let version = self.data_version().await;
        if version == self.version {
            return vec![];
        }
        let now = self.folder.dump().await;
        let changes = self.known.difference(&now);
        (self.version, self.known) = (version, now);
        changes
    }

    pub async fn end(self) {
        self.app_state.store.close().await;
        self.app_state.hub.close();
    }

    /// A number that changes when another connection writes.
    async fn data_version(&mut self) -> i64 {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.watcher);
        version.await.expect("a version")
    }
}

/// A copy of the closed database, and a site.
fn copied(from: &Folder) -> Folder {
    let folder = Folder::fresh();
    fs::copy(from.database(), folder.database()).expect("a database that was closed");
    let files = folder.path().join("site/pkg");
    fs::create_dir_all(&files).expect("a folder");
    for extension in ["js", "wasm", "css"] {
        fs::write(files.join(format!("rhizome.x.{extension}")), "/* */").expect("a file");
    }
    folder
}
