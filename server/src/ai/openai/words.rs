//! The text in a stream of chat completion chunks.

use std::time::Duration;

use app::protocol::FailureReason;
use bytes::Bytes;
use eventsource_stream::{EventStreamError, Eventsource};
use futures::{Stream, StreamExt, TryStreamExt, stream::unfold};
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
    let events = unmarked(body).eventsource();
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

/// Without the byte order mark that a body may begin with, and all that follow it at once: the reader
/// of events panics at one.
fn unmarked(
    body: impl Stream<Item = Result<Bytes, Failure>> + Unpin + Send,
) -> impl Stream<Item = Result<Bytes, Failure>> + Unpin + Send {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    // How much of one has come, until something else has.
    let mut begun = Some(0);
    body.map_ok(move |bytes| {
        let Some(mut matched) = begun else { return bytes };
        for (at, byte) in bytes.iter().enumerate() {
            if *byte != MARK[matched] {
                begun = None;
                return [&MARK[..matched], &bytes[at..]].concat().into();
            }
            matched = (matched + 1) % MARK.len();
        }
        begun = Some(matched);
        Bytes::new()
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

#[cfg(test)]
mod tests {
    use futures::stream::iter;
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    const PIECES: [&str; 22] = [
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":[{\"text\":\"é\"},{\"type\":\"image\"}]}}]}\r\n\r\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[{\"finish_reason\":\"length\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":null}\n\n",
        "data: {\"choices\":null}\n\n",
        "data: {\"error\":{\"message\":\"no\"}}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83c\\udf31\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83c\"}}]}\n\n",
        "data: [DONE]\n\n",
        "data:[DONE]\r\r",
        "data\n\n",
        "data: {\ndata: }\n\n",
        "event: error\n",
        "id: \0\n",
        "retry: 18446744073709551616\n",
        ": a comment\n\n",
        "\u{feff}",
        "\r\n",
        "\n",
        "\0",
        "é🌱",
    ];

    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        let known = select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec());
        vec(prop_oneof![8 => known, 1 => vec(any::<u8>(), 0..12)], 0..8)
            .prop_map(|all| all.concat())
    }

    /// All that is said, and how it ended.
    fn read_in_pieces(body: &[u8], size: usize) -> (String, Option<FailureReason>) {
        let chunks: Vec<_> =
            body.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        let said: Vec<_> = runtime.block_on(words(iter(chunks)).collect());
        let text = said.iter().filter_map(|said| said.as_deref().ok()).collect();
        let ended = said.last().and_then(|last| last.as_ref().err());
        (text, ended.map(|failure| failure.reason))
    }

    #[test]
    fn a_byte_order_mark_is_no_text_and_no_harm() {
        let body = format!("\u{feff}\u{feff}{}{}", PIECES[0], PIECES[9]);
        for size in 1..9 {
            assert_eq!(read_in_pieces(body.as_bytes(), size), ("a".to_owned(), None), "{size}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Where the network cuts a body, within a letter or a line end, is no matter.
        #[test]
        fn a_body_is_read_alike_however_it_is_cut(body in bodies(), size in 1..9usize) {
            let whole = read_in_pieces(&body, body.len().max(1));
            prop_assert_eq!(read_in_pieces(&body, size), whole);
        }
    }
}
