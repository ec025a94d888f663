//! The system that the seed replaces, as the seed tells of it: on every change it reads the whole
//! space from the database, and sends every client the whole list. Over the same store, so that
//! nothing but this differs.

use std::{convert::Infallible, path::Path, sync::Arc};

use app::protocol::{Content, SendIntention, SpaceId};
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures::StreamExt;
use server::{
    chance::Chance,
    clock::SystemClock,
    hub::Hub,
    policy::Actor,
    store::{NewIntention, SqliteStore, Store},
};
use tokio::{net::TcpListener, sync::broadcast};

pub const LISTEN: &str = "GET / HTTP/1.1\r\nhost: bench\r\n\r\n";
pub const IS_LIVE: &str = "event: live\n\n";

struct Replaced {
    store: SqliteStore,
    space: SpaceId,
    ada: Actor,
    lists: broadcast::Sender<Bytes>,
}

/// Over the database in this folder, which has `@garden` and `@ada`.
pub async fn serve(folder: &str) {
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(Chance::from_system()));
    let file = Path::new(folder).join("rhizome.db");
    let store = SqliteStore::open(&file, clock, chance, Arc::<Hub>::default()).await;
    let replaced = Arc::new(Replaced {
        store: store.expect("a database"),
        space: "@garden".parse().expect("an id"),
        ada: Actor { id: "@ada".parse().expect("an id"), administers: true },
        lists: broadcast::Sender::new(16),
    });
    let router =
        Router::new().route("/", get(listen)).route("/say", post(say)).with_state(replaced);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}

async fn say(State(replaced): State<Arc<Replaced>>, Json(wish): Json<SendIntention>) {
    let Replaced { store, space, ada, lists } = replaced.as_ref();
    let content = Content::parse(wish.content).expect("content");
    let new = NewIntention { id: wish.id, content, reply_to: None };
    store.send(ada, space, new).await.expect("a send");
    let all = store.history(space, None, usize::MAX >> 2).await.expect("everything").intentions;
    let json = serde_json::to_string(&all).expect("JSON");
    let _ = lists.send(format!("data: {json}\n\n").into());
}

async fn listen(State(replaced): State<Arc<Replaced>>) -> Response {
    let lists = replaced.lists.subscribe();
    let lists = futures::stream::unfold(lists, async |mut lists| {
        lists.recv().await.ok().map(|list| (list, lists))
    });
    let live = futures::stream::once(async { Bytes::from_static(IS_LIVE.as_bytes()) });
    let body = Body::from_stream(live.chain(lists).map(Ok::<_, Infallible>));
    ([("content-type", "text/event-stream")], body).into_response()
}
