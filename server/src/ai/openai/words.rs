//! The text in a stream of chat completion chunks.

use app::protocol::FailureReason;
use bytes::Bytes;
use eventsource_stream::{EventStreamError, Eventsource};
use futures::{Stream, StreamExt, stream::unfold};
use serde::Deserialize;

use crate::ai::provider::Failure;

/// What of a chunk matters here.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Option<String>,
}

/// The text in the events. It is complete once a reason to finish was given, or `[DONE]`.
pub fn words(
    body: impl Stream<Item = Result<Bytes, Failure>> + Unpin + Send + 'static,
) -> impl Stream<Item = Result<String, Failure>> + Send {
    let events = body.eventsource();
    unfold((events, Ended::Not), |(mut events, ended)| async move {
        if ended == Ended::Told {
            return None;
        }
        let Some(event) = events.next().await else {
            return ended.verdict().map(|failure| (Err(failure), (events, Ended::Told)));
        };
        let read = event.map_err(broken).and_then(|event| read(&event.data));
        Some(match read {
            Ok(Read::Done) => {
                let ended = if ended == Ended::Not { Ended::Well } else { ended };
                match ended.verdict() {
                    Some(failure) => (Err(failure), (events, Ended::Told)),
                    None => (Ok(String::new()), (events, Ended::Told)),
                }
            }
            Ok(Read::Text(text, how)) => (Ok(text), (events, how.unwrap_or(ended))),
            Err(failure) => (Err(failure), (events, Ended::Told)),
        })
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
    Text(String, Option<Ended>),
    Done,
}

fn read(data: &str) -> Result<Read, Failure> {
    if data.trim() == "[DONE]" {
        return Ok(Read::Done);
    }
    let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
        let beginning: String = data.chars().take(200).collect();
        Failure::new(FailureReason::Malformed, format!("{error}: {beginning}"))
    })?;
    if let Some(error) = chunk.error {
        return Err(Failure::new(FailureReason::ProviderError, error.to_string()));
    }
    // A chunk that only counts tokens has no choice.
    let Some(choice) = chunk.choices.into_iter().next() else {
        return Ok(Read::Text(String::new(), None));
    };
    let ended = choice.finish_reason.map(|reason| match reason.as_str() {
        "length" => Ended::AtLength,
        "content_filter" => Ended::Withheld,
        _ => Ended::Well,
    });
    Ok(Read::Text(choice.delta.content.unwrap_or_default(), ended))
}

fn broken(error: EventStreamError<Failure>) -> Failure {
    match error {
        EventStreamError::Transport(failure) => failure,
        other => Failure::new(FailureReason::Malformed, other.to_string()),
    }
}
