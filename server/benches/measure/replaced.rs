//! The system that the seed replaces, as the seed describes it: on every change it reads the whole
//! space from the database, and sends every client the whole list. It uses the same store, so that
//! only this differs.

use std::{convert::Infallible, path::Path, sync::Arc};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures::StreamExt;
use protocol::{BeingId, Content, SendIntention, SpaceId};
use server::{
    delivery::hub::Hub,
    domain::{clock::SystemClock, command::SendMessage, rng::Rng},
    store::{Execute, SqliteStore, Store, Window},
};
use tokio::{net::TcpListener, sync::broadcast};

pub const LISTEN: &str = "GET / HTTP/1.1\r\nhost: bench\r\n\r\n";
pub const IS_LIVE: &str = "event: live\n\n";

struct Replaced {
    store: SqliteStore,
    space: SpaceId,
    ada: BeingId,
    lists: broadcast::Sender<Bytes>,
}

/// Serves from the database in this folder, which has `@garden` and `@ada`.
pub async fn serve(folder: &str) {
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(Rng::from_system()));
    let file = Path::new(folder).join("rhizome.db");
    let store = SqliteStore::open(&file, clock, rng, Arc::<Hub>::default()).await;
    let replaced = Arc::new(Replaced {
        store: store.expect("a database"),
        space: "@garden".parse().expect("an id"),
        ada: "@ada".parse().expect("an id"),
        lists: broadcast::Sender::new(16),
    });
    let router =
        Router::new().route("/", get(listen)).route("/say", post(say)).with_state(replaced);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}

async fn say(State(replaced): State<Arc<Replaced>>, Json(request): Json<SendIntention>) {
    let Replaced { store, space, ada, lists } = replaced.as_ref();
    let content = Content::parse(request.content).expect("content");
    let (by, space_id) = (ada.clone(), space.clone());
    let send = SendMessage { by, space: space_id, id: request.id, content, reply_to: None };
    store.execute(send).await.expect("a send");
    let all = store.history(space, Window::Newest, usize::MAX >> 2).await.expect("everything");
    let all = all.for_being(store, space.as_being()).await.expect("a member").intentions;
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
