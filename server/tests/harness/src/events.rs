//! An event stream as its reader sees it: SSE frames, read one at a time.

use std::time::Duration;

use axum::{body::BodyDataStream, http::HeaderMap, response::Response};
use futures::StreamExt;
use protocol::{
    BeingLeft, BeingUpdated, CaughtUp, Cursor, Heartbeat, IntentionAppended, IntentionCreated,
    IntentionDeleted, IntentionUpdated, ReactionAdded, ReactionRemoved, ReasoningAppended,
    SyncEvent,
};

/// Longer than any test waits; a heartbeat comes after 25 s, which is within it.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Events {
    pub headers: HeaderMap,
    body: BodyDataStream,
    /// The received bytes of frames that are not complete yet.
    partial: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub id: Option<Cursor>,
    pub event: SyncEvent,
    /// The exact text, with its empty line.
    pub text: String,
}

impl Events {
    pub fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        Self { headers: head.headers, body: body.into_data_stream(), partial: vec![] }
    }

    /// The next event; none after the end of the stream.
    pub async fn next(&mut self) -> Option<Frame> {
        self.next_text().await.map(Frame::parse)
    }

    /// The text of the next event, with its empty line, of whichever log it is.
    pub async fn next_text(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.partial.windows(2).position(|pair| pair == b"\n\n") {
                let frame = self.partial.drain(..end + 2).collect();
                return Some(String::from_utf8(frame).expect("text"));
            }
            let waited = tokio::time::timeout(PATIENCE, self.body.next()).await;
            match waited.expect("the stream sent nothing for a long time") {
                Some(Ok(bytes)) => self.partial.extend_from_slice(&bytes),
                // A killed server ends its streams with an error, or in the middle of a frame.
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Whether a part of a frame was received.
    pub fn is_in_mid_frame(&self) -> bool {
        !self.partial.is_empty()
    }

    /// The next event, of a stream that must not end.
    pub async fn one(&mut self) -> Frame {
        self.next().await.expect("the stream goes on")
    }

    pub async fn take(&mut self, count: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        for _ in 0..count {
            frames.push(self.one().await);
        }
        frames
    }

    /// Every event up to the next `caught-up`, which is included.
    pub async fn until_caught_up(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            frames.push(self.one().await);
            if matches!(frames.last().map(|f| &f.event), Some(SyncEvent::CaughtUp(CaughtUp { .. })))
            {
                return frames;
            }
        }
    }

    /// Every event up to the end of the stream, which must come before the next heartbeat.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            let goes_on = matches!(frame.event, SyncEvent::Heartbeat(Heartbeat { .. }));
            assert!(!goes_on, "the stream does not end: {:?}", gists(&frames));
            frames.push(frame);
        }
        frames
    }
}

impl Frame {
    fn parse(text: String) -> Self {
        let (mut id, mut event) = (None, None);
        for line in text.trim_end().lines() {
            match line.split_once(": ") {
                Some(("id", cursor)) => id = Some(cursor.parse().expect("a cursor")),
                Some(("data", json)) => event = serde_json::from_str(json).ok(),
                _ => panic!("a line that no client knows: {line}"),
            }
        }
        let event = event.unwrap_or_else(|| panic!("no event: {text}"));
        Self { id, event, text }
    }

    /// A summary that begins with the position: `123 created msg_123`.
    pub fn gist(&self) -> String {
        let what = match &self.event {
            SyncEvent::SpaceSync(sync) => format!("space-sync with {}", sync.intentions.len()),
            SyncEvent::IntentionCreated(IntentionCreated { message_id, .. }) => {
                format!("created {message_id}")
            }
            SyncEvent::IntentionUpdated(IntentionUpdated { message_id, .. }) => {
                format!("updated {message_id}")
            }
            SyncEvent::IntentionAppended(IntentionAppended { message_id, .. }) => {
                format!("appended {message_id}")
            }
            SyncEvent::ReasoningAppended(ReasoningAppended { message_id, .. }) => {
                format!("reasoned {message_id}")
            }
            SyncEvent::IntentionDeleted(IntentionDeleted { message_id }) => {
                format!("deleted {message_id}")
            }
            SyncEvent::ReactionAdded(ReactionAdded { message_id, emoji, being_id }) => {
                format!("{being_id} put {emoji} on {message_id}")
            }
            SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }) => {
                format!("{being_id} took {emoji} off {message_id}")
            }
            SyncEvent::BeingUpdated(BeingUpdated { data }) => {
                format!("being {} {}", data.id, data.name)
            }
            SyncEvent::BeingLeft(BeingLeft { being_id }) => format!("left {being_id}"),
            SyncEvent::SpaceChanged(details) => {
                let words = [(details.archived, "archived"), (details.open, "open")];
                let words = words.into_iter().filter(|(is_it, _)| *is_it).map(|(_, word)| word);
                let all = ["space-changed", &*details.topic].into_iter().chain(words);
                all.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            }
            SyncEvent::CaughtUp(CaughtUp { last_message_id }) => {
                format!("caught-up {last_message_id}")
            }
            SyncEvent::Heartbeat(Heartbeat { last_message_id }) => {
                format!("heartbeat {last_message_id}")
            }
            SyncEvent::AccessRevoked => "access-revoked".to_owned(),
            SyncEvent::Unknown => panic!("an event that no client knows: {}", self.text),
        };
        match &self.id {
            Some(cursor) => format!("{} {what}", cursor.seq),
            None => what,
        }
    }
}

pub fn gists(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(Frame::gist).collect()
}
