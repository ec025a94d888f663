//! A server over a small world that is the same for every case: what one case leaves behind, no
//! other finds.

use std::{fs, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri},
    response::Response,
};
use bytes::Bytes;
use serde_json::json;
use server::{
    ai::KeyRing,
    chance::Chance,
    hub::Hub,
    router::router,
    services::Services,
    site::Site,
    store::{SqliteStore, Store},
};
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    house::{Client, Dump, Folder, GARDEN, House, Reach, SetClock},
    request::{INVITE, Shot, Who},
};

/// What was prepared once: a folder to begin with, and the secrets in it.
pub struct Prepared {
    pub folder: Folder,
    cookies: Vec<(Who, String)>,
    invite: String,
}

pub struct World {
    pub folder: Arc<Folder>,
    pub services: Arc<Services>,
    reach: Reach,
    watcher: SqliteConnection,
    version: i64,
    known: Dump,
}

impl Prepared {
    /// `@ada` founded the garden and the attic; `@bob` belongs to the garden, `@cyd` has left it,
    /// `@dan` is in the attic. There are the beings `@sage`, which never answers, and `@echo`, which
    /// always does, and there is a provider, `far`.
    pub async fn prepare() -> Self {
        let (house, ada, bob) = House::with_garden().await;
        let cyd = house.guest(&ada, "@garden", "cyd").await;
        let attic = ada.found("Attic").await;
        let dan = house.guest(&ada, &attic, "dan").await;
        ada.post(&format!("{GARDEN}/beings"), json!({ "name": "Sage" })).await.json_of(201);
        let wish = json!({ "baseUrl": "http://127.0.0.1:1/v1", "key": "sk-0" });
        ada.ask("PUT", "/api/providers/far").json(wish).await.json_of(200);
        let first = "01890000-0000-7000-8000-000000000001";
        let sent = json!({ "id": first, "content": "Hello." });
        ada.post(&format!("{GARDEN}/intentions"), sent).await.json_of(201);
        cyd.say("@garden", "I was here.").await;
        bob.say("@garden", "So was I.").await;
        cyd.delete(&format!("{GARDEN}/beings/@cyd")).await.empty_of(204);
        let echo = json!({ "name": "Echo", "settings":
            { "provider": "far", "answersWhen": "every-message" } });
        ada.post(&format!("{GARDEN}/beings"), echo).await.json_of(201);
        let invite = ada.invite(&attic).await;
        house.close().await;

        let cookie = |client: &Client| format!("rhizome_session={}", client.token());
        let cookies = [(Who::Ada, &ada), (Who::Bob, &bob), (Who::Cyd, &cyd), (Who::Dan, &dan)];
        let cookies = cookies.into_iter().map(|(who, client)| (who, cookie(client))).collect();
        let folder = copied(&house.folder);
        Self { folder, cookies, invite }
    }

    pub fn cookie(&self, who: Who) -> Option<&str> {
        self.cookies.iter().find(|(of, _)| *of == who).map(|(_, cookie)| cookie.as_str())
    }

    /// With the token where the invite stands.
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

    /// None where no server would ever see it as a request.
    pub fn request(&self, shot: &Shot) -> Option<Request<Body>> {
        let uri = Uri::try_from(self.filled_in(&shot.target)).ok()?;
        let method = Method::from_bytes(shot.method.as_bytes()).ok()?;
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("rhizome.test"));
        if let Some(cookie) = self.cookie(shot.by) {
            headers.insert("cookie", HeaderValue::from_str(cookie).ok()?);
        }
        for (name, value) in &shot.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(&self.filled_in(value)).ok()?);
        }
        let body = Bytes::from(self.filled_in(&shot.body));
        let body = if shot.breaks {
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
        let (clock, chance) = (Arc::new(SetClock::default()), Arc::new(Chance::from_seed(99)));
        let hub = Arc::new(Hub::default());
        // Nobody writes answers here: those that are asked for stay as they were begun, and nothing
        // changes but by a request.
        let file = folder.database();
        let store = SqliteStore::open(&file, clock.clone(), chance.clone(), hub.clone());
        let store: Arc<dyn Store> = Arc::new(store.await.expect("a database"));
        let site = Site::open(&folder.path().join("site"), None).expect("a site");
        let services = Services::new(store, hub, clock, chance, site, KeyRing::default());
        let services = Arc::new(services);
        let reach = Reach::InProcess(router(services.clone()));
        let known = folder.dump().await;
        let watcher = SqliteConnectOptions::new().filename(folder.database()).read_only(true);
        let watcher = watcher.connect().await.expect("the database");
        let mut world = Self { folder, services, reach, watcher, version: 0, known };
        world.version = world.looked_at().await;
        world
    }

    pub async fn call(&self, request: Request<Body>) -> Response {
        self.reach.call(request).await.expect("an answer, since there is no network")
    }

    /// What differs in the database from when this was asked before; nothing where nothing was
    /// written.
    pub async fn news(&mut self) -> Vec<String> {
        let version = self.looked_at().await;
        if version == self.version {
            return vec![];
        }
        let now = self.folder.dump().await;
        let news = self.known.difference(&now);
        (self.version, self.known) = (version, now);
        news
    }

    pub async fn end(self) {
        self.services.store.close().await;
        self.services.hub.close();
    }

    /// Another number whenever somebody else has written.
    async fn looked_at(&mut self) -> i64 {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.watcher);
        version.await.expect("a version")
    }
}

/// The database as it was left, and a site.
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
