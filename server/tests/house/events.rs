//! A stream as its reader sees it: SSE frames, taken one at a time as they come.

use std::time::Duration;

use app::protocol::{Cursor, SyncEvent};
use axum::{
    body::BodyDataStream,
    http::{HeaderMap, HeaderName},
    response::Response,
};
use futures::StreamExt;

/// Far beyond anything that is waited for; a heartbeat, which comes after 25 s, is within it.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Events {
    pub headers: HeaderMap,
    body: BodyDataStream,
    /// What came of frames that are not whole yet.
    begun: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub id: Option<Cursor>,
    pub event: SyncEvent,
    /// To the letter, its empty line included.
    pub text: String,
}

impl Events {
    pub fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        Self { headers: head.headers, body: body.into_data_stream(), begun: vec![] }
    }

    /// The next event; none once the stream has ended.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.begun.windows(2).position(|pair| pair == b"\n\n") {
                let frame = self.begun.drain(..end + 2).collect();
                return Some(Frame::parse(String::from_utf8(frame).expect("text")));
            }
            let waited = tokio::time::timeout(PATIENCE, self.body.next()).await;
            match waited.expect("the stream said nothing for a long time") {
                Some(Ok(bytes)) => self.begun.extend_from_slice(&bytes),
                // A server that was killed ends its streams with an error, or in mid-frame.
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Whether something came of a frame that is not whole.
    pub fn is_in_mid_frame(&self) -> bool {
        !self.begun.is_empty()
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

    /// Everything up to and with the next `caught-up`.
    pub async fn until_caught_up(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            frames.push(self.one().await);
            if matches!(frames.last().map(|f| &f.event), Some(SyncEvent::CaughtUp { .. })) {
                return frames;
            }
        }
    }

    /// Everything up to the end of the stream, which is to come before the next heartbeat.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            let goes_on = matches!(frame.event, SyncEvent::Heartbeat { .. });
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

    /// In a few words, its position first: `123 created msg_123`.
    pub fn gist(&self) -> String {
        let what = match &self.event {
            SyncEvent::SpaceSync(sync) => format!("space-sync with {}", sync.intentions.len()),
            SyncEvent::IntentionCreated { message_id, .. } => format!("created {message_id}"),
            SyncEvent::IntentionUpdated { message_id, .. } => format!("updated {message_id}"),
            SyncEvent::IntentionAppended { message_id, .. } => format!("appended {message_id}"),
            SyncEvent::IntentionDeleted { message_id } => format!("deleted {message_id}"),
            SyncEvent::BeingUpdated { data } => format!("being {} {}", data.id, data.name),
            SyncEvent::BeingLeft { being_id } => format!("left {being_id}"),
            SyncEvent::CaughtUp { last_message_id } => format!("caught-up {last_message_id}"),
            SyncEvent::Heartbeat { last_message_id } => format!("heartbeat {last_message_id}"),
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
