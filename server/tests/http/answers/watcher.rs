//! A client that listens: a real replica on a real stream.

use client::Replica;
use harness::{Client, Events, Frame};
use protocol::{Cursor, Intention, IntentionState, MessageId};

pub struct Watcher {
    pub replica: Replica,
    /// Every event of the stream, from `caught-up` on.
    pub heard: Vec<Frame>,
    events: Events,
}

impl Watcher {
    /// Listens without a cursor, or from the cursor of a replica, and reads the catch-up.
    pub async fn follow(client: &Client, replica: Option<Replica>) -> Self {
        let mut replica = replica.unwrap_or_default();
        replica.handle_reconnect();
        let since = replica.cursor().map(Cursor::to_string);
        let events = client.follow("@garden", since.as_deref()).await;
        let mut watcher = Self { replica, heard: vec![], events };
        for frame in watcher.events.until_caught_up().await {
            watcher.apply(frame);
        }
        watcher.heard.clear();
        watcher
    }

    /// The next event, after it was applied.
    pub async fn one(&mut self) -> &Frame {
        let frame = self.events.one().await;
        self.apply(frame);
        self.heard.last().expect("it was just heard")
    }

    /// The next event, or none if the stream ends.
    pub async fn next(&mut self) -> Option<&Frame> {
        let frame = self.events.next().await?;
        self.apply(frame);
        self.heard.last()
    }

    pub async fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            self.one().await;
        }
    }

    pub async fn until_ended(&mut self, id: MessageId) -> Intention {
        let has_ended = |row: &Intention| row.state != IntentionState::Active;
        self.until(|watcher| watcher.row(id).is_some_and(has_ended)).await;
        self.row(id).expect("it is held").clone()
    }

    /// Reads until it holds at least this many bytes of an answer.
    pub async fn until_bytes(&mut self, id: MessageId, bytes: usize) {
        self.until(|watcher| watcher.text(id).len() >= bytes).await;
    }

    pub async fn until_cursor(&mut self, cursor: &Cursor) {
        self.until(|watcher| watcher.replica.cursor() == Some(cursor)).await;
    }

    pub fn cursor(&self) -> Cursor {
        self.replica.cursor().expect("it was told of a space").clone()
    }

    pub fn row(&self, id: MessageId) -> Option<&Intention> {
        self.replica.timeline().get(id)
    }

    pub fn text(&self, id: MessageId) -> &str {
        self.row(id).map_or("", |row| &row.content)
    }

    /// Whether it holds reasoning of an answer.
    pub fn thinks(&self, id: MessageId) -> bool {
        self.row(id).is_some_and(|row| !row.reasoning.is_empty())
    }

    /// Every message that it holds.
    pub fn rows(&self) -> Vec<Intention> {
        self.replica.timeline().iter().cloned().collect()
    }

    /// The replica reports a gap if a position was skipped, or if text was appended to a message of
    /// another length. No event is lost on the way here, so a gap would be the server's fault.
    fn apply(&mut self, frame: Frame) {
        let applied = self.replica.handle_event(frame.id.clone(), frame.event.clone());
        applied.unwrap_or_else(|missed| panic!("{missed}: {}", frame.text));
        self.heard.push(frame);
    }
}
