//! A replica and the connection it has, if it has one. It reads the frames that the server makes,
//! byte for byte, and holds the server to the protocol while it does.

use std::{sync::Arc, time::Duration};

use app::{
    protocol::{BeingId, Cursor, Since, SpaceId, SyncEvent},
    replica::{Change, Replica},
};
use server::{chance::Token, services::Services, stream::Stream};

/// What has not come by then never comes: no test waits so long unless it fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Client {
    pub replica: Replica,
    being: BeingId,
    space: SpaceId,
    connection: Option<Connection>,
    /// The bytes of all streams.
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

    /// Opens a stream from where the replica is.
    pub async fn connect(&mut self, services: &Arc<Services>) {
        let since = self.replica.cursor().cloned().map(Since::Cursor);
        let session = Token::presented("a session").hash();
        let listener = services.hub.listen(&self.space, self.being.clone(), session);
        let stream = Stream::open(services.store.clone(), listener, self.space.clone(), since);
        let stream = stream.await.expect("a stream");
        self.replica.handle_reconnect();
        self.connection = Some(Connection { stream, is_live: false });
    }

    /// Reads one frame. Panics if the server makes the replica miss something: nothing is lost on
    /// the way here, so that would be the server's fault.
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
            assert!(id.seq > before.seq, "{id} came again, or late");
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

    /// Asserts that the replica holds what a fresh sync plus history would.
    pub async fn assert_equals_a_fresh_sync(&self, services: &Arc<Services>) {
        let (cursor, sync) = services.store.sync(&self.space).await.expect("a sync");
        assert_eq!(self.replica.cursor(), Some(&cursor));
        assert_eq!(self.replica.roster().space(), Some(&sync.space));
        let beings: Vec<_> = self.replica.roster().iter().cloned().collect();
        assert_eq!(beings, sync.beings);
        let held: Vec<_> = self.replica.timeline().iter().cloned().collect();
        let count = held.len().max(1);
        let page = services.store.history(&self.space, None, count).await.expect("a page");
        let expected = if held.is_empty() { vec![] } else { page.intentions };
        assert_eq!(held, expected);
        let holds_all = !page.has_earlier && (held.len() == expected.len());
        assert!(holds_all || self.replica.timeline().has_earlier());
    }
}

/// A frame to the letter: `id: …`, `data: …`, and an empty line.
pub fn parse(bytes: &[u8]) -> (Option<Cursor>, SyncEvent) {
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
