//! A replica and its connection, if it has one. It reads the frames that the server makes, byte for
//! byte, and checks that the server keeps to the protocol.

use std::{sync::Arc, time::Duration};

use client::{Change, Replica};
use protocol::{BeingId, Cursor, Intention, Since, SpaceId, SyncEvent};
use serde::de::DeserializeOwned;
use server::{app_state::AppState, delivery::stream::Stream, domain::token::Token, store::Window};

/// How long a frame may take; no test waits this long unless it fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Client {
    pub replica: Replica,
    being: BeingId,
    space: SpaceId,
    connection: Option<Connection>,
    /// The bytes read from all streams.
    pub bytes: usize,
}

struct Connection {
    stream: Stream,
    is_live: bool,
}

impl Client {
    pub fn new(being: BeingId, space: SpaceId) -> Self {
        Self { replica: Replica::default(), being, space, connection: None, bytes: 0 }
    }

    /// Opens a stream from the replica's cursor.
    pub async fn connect(&mut self, app_state: &Arc<AppState>) {
        let since = self.replica.cursor().cloned().map(Since::Cursor);
        let session = Token::presented("a session").hash();
        let listener = app_state.hub.listen(&self.space, self.being.clone(), session);
        let stream = Stream::open(app_state.store.clone(), listener, self.space.clone(), since);
        let stream = stream.await.expect("a stream");
        self.replica.handle_reconnect();
        self.connection = Some(Connection { stream, is_live: false });
    }

    /// Reads one frame. Panics if the replica misses something: nothing is lost on the way here, so
    /// that would be the server's fault.
    pub async fn read(&mut self) -> Option<Change> {
        let connection = self.connection.as_mut().expect("a connection");
        let next = tokio::time::timeout(PATIENCE, connection.stream.next());
        let bytes = next.await.expect("a frame in time").expect("a stream that goes on");
        self.bytes += bytes.len();
        let (id, event) = parse(&bytes);
        let is_sync = matches!(event, SyncEvent::SpaceSync(_));
        let before = self.replica.cursor().cloned();
        let change = self.replica.handle_event(id.clone(), event);
        let change = change.unwrap_or_else(|missed| panic!("{missed}: {before:?}, then {id:?}"));
        if let (Some(before), Some(id), false) = (before, id, is_sync) {
            assert!(id.seq > before.seq, "{id} was repeated, or is late");
            assert!(
                !connection.is_live || id.seq == before.seq.next(),
                "{id} jumped from {before}"
            );
        }
        if change == Some(Change::WentLive) {
            connection.is_live = true;
        }
        change
    }

    /// Whether a frame is sure to come: something is committed that was not read.
    pub fn has_more(&self, head: &Cursor) -> bool {
        let is_live = self.connection.as_ref().is_some_and(|connection| connection.is_live);
        !is_live || self.replica.cursor() != Some(head)
    }

    /// Reads until live and at the head.
    pub async fn read_up_to(&mut self, head: &Cursor) {
        while self.has_more(head) {
            self.read().await;
        }
    }

    /// Asserts that the replica equals a fresh sync and the history.
    pub async fn assert_equals_a_fresh_sync(&self, app_state: &Arc<AppState>) {
        let sync = app_state.store.sync(&self.space).await.expect("a sync");
        let store = app_state.store.as_ref();
        let (cursor, sync) = sync.for_being(store, &self.being).await.expect("a member");
        assert_eq!(self.replica.cursor(), Some(&cursor));
        assert_eq!(self.replica.roster().space(), Some(&sync.space));
        let beings: Vec<_> = self.replica.roster().iter().cloned().collect();
        assert_eq!(beings, sync.beings);
        let held: Vec<_> = self.replica.timeline().iter().cloned().collect();
        let count = held.len().max(1);
        let page =
            app_state.store.history(&self.space, Window::Newest, count).await.expect("a page");
        let page = page.for_being(store, &self.being).await.expect("a member");
        let expected = if held.is_empty() { vec![] } else { page.intentions };
        let (held, expected) = (unordered(held), unordered(expected));
        assert_eq!(held, expected);
        let holds_all = !page.has_earlier && (held.len() == expected.len());
        assert!(holds_all || self.replica.timeline().has_earlier());
    }
}

/// The messages with their reactions in one order: a replica that a catch-up has told the present state of
/// each may have them in another one than their rows.
pub fn unordered(mut rows: Vec<Intention>) -> Vec<Intention> {
    for row in &mut rows {
        row.reactions.iter_mut().for_each(|kind| kind.by.sort());
        row.reactions.sort_by(|one, other| one.emoji.cmp(&other.emoji));
    }
    rows
}

/// Parses a frame, strictly: `id: …`, `data: …`, and an empty line.
pub fn parse(bytes: &[u8]) -> (Option<Cursor>, SyncEvent) {
    parse_as(bytes)
}

/// The same, of whichever log it is.
pub fn parse_as<E: DeserializeOwned>(bytes: &[u8]) -> (Option<Cursor>, E) {
    let frame = std::str::from_utf8(bytes).expect("text");
    let lines = frame.strip_suffix("\n\n").expect("a whole frame");
    let (id, data) = match lines.split_once('\n') {
        Some((id, data)) => (Some(id.strip_prefix("id: ").expect("an id")), data),
        None => (None, lines),
    };
    let data = data.strip_prefix("data: ").expect("data");
    let event = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"));
    (id.map(|id| id.parse().expect("a cursor")), event)
}
