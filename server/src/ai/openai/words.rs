//! The text in a stream of chat completion chunks.

use std::time::Duration;

use app::protocol::FailureReason;
use bytes::Bytes;
use eventsource_stream::{EventStreamError, Eventsource};
use futures::{Stream, StreamExt, stream::unfold};
use serde::Deserialize;
use tokio::time::timeout;

use crate::ai::provider::Failure;

/// Once its end is told, an answer waits no longer for `[DONE]`.
const DONE_MAX: Duration = Duration::from_secs(2);

/// What of a chunk matters here. Whatever may be absent may be null, too.
#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

/// The text in the events. It is complete once a reason to finish was given, or `[DONE]`; what
/// happens to the connection after that does it no harm.
pub fn words(
    body: impl Stream<Item = Result<Bytes, Failure>> + Unpin + Send + 'static,
) -> impl Stream<Item = Result<String, Failure>> + Send {
    let events = body.eventsource();
    unfold((events, Ended::Not), |(mut events, ended)| async move {
        let next = match ended {
            Ended::Told => return None,
            Ended::Not => events.next().await,
            _ => timeout(DONE_MAX, events.next()).await.ok().flatten().filter(Result::is_ok),
        };
        let read = match next {
            None => Ok(Read::Done(ended)),
            Some(event) => event.map_err(broken).and_then(|event| read(&event.data, ended)),
        };
        let (said, ended) = match read {
            Ok(Read::Text(text, ended)) => (Ok(text), ended),
            Ok(Read::Done(ended)) => match ended.verdict() {
                Some(failure) => (Err(failure), Ended::Told),
                None => (Ok(String::new()), Ended::Told),
            },
            Err(failure) => (Err(failure), Ended::Told),
        };
        Some((said, (events, ended)))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Not,
    Well,
    AtLength,
    Withheld,
    /// There is nothing more to say about it.
    Told,
}

impl Ended {
    /// What is wrong with an answer that ends here.
    fn verdict(self) -> Option<Failure> {
        let (reason, detail) = match self {
            Self::Well | Self::Told => return None,
            Self::Not => (FailureReason::CutOff, "the stream ended without a finish_reason"),
            Self::AtLength => (FailureReason::TooLong, "finish_reason: length"),
            Self::Withheld => (FailureReason::Withheld, "finish_reason: content_filter"),
        };
        Some(Failure::new(reason, detail))
    }
}

enum Read {
    Text(String, Ended),
    Done(Ended),
}

fn read(data: &str, ended: Ended) -> Result<Read, Failure> {
    if data.trim() == "[DONE]" {
        return Ok(Read::Done(if ended == Ended::Not { Ended::Well } else { ended }));
    }
    // What it says goes to no log: it may be what the being was about to say.
    let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
        let (kind, at) = (error.classify(), error.column());
        let detail = format!("a chunk of {} bytes: {kind:?} error at byte {at}", data.len());
        Failure::new(FailureReason::Malformed, detail)
    })?;
    if let Some(error) = chunk.error {
        return Err(Failure::new(FailureReason::ProviderError, error.to_string()));
    }
    // A chunk that only counts tokens has no choice.
    let Some(choice) = chunk.choices.unwrap_or_default().into_iter().next() else {
        return Ok(Read::Text(String::new(), ended));
    };
    let ended = match choice.finish_reason.as_deref() {
        None => ended,
        Some("length") => Ended::AtLength,
        Some("content_filter") => Ended::Withheld,
        Some(_) => Ended::Well,
    };
    let text = match choice.delta.and_then(|delta| delta.content) {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => parts.into_iter().filter_map(|part| part.text).collect(),
    };
    Ok(Read::Text(text, ended))
}

fn broken(error: EventStreamError<Failure>) -> Failure {
    match error {
        EventStreamError::Transport(failure) => failure,
        other => Failure::new(FailureReason::Malformed, other.to_string()),
    }
}
