//! A streamed chat completion: bytes in, pieces of the answer out. Pure.
//!
//! Always true:
//! - An answer is complete where a known good `finish_reason` or `[DONE]` says so, and nowhere else.
//! - Of several choices only the first is read.

use protocol::FailureReason;
use serde::Deserialize;

use super::{
    chunk::{Choice, Chunk, Delta},
    event_stream::{EventStream, TooLong},
    halves::{Halves, NotText},
    thoughts::Thoughts,
    words,
};
use crate::ai::provider::{Failure, Piece};

#[derive(Default)]
pub struct Completion {
    events: EventStream,
    answer: Answer,
}

#[derive(Default)]
struct Answer {
    content: Halves,
    reasoning: Halves,
    thoughts: Thoughts,
    /// The `finish_reason`.
    end: Option<End>,
    is_done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Complete,
    AtLength,
    Withheld,
    Failed,
    /// For a reason that is not known to be a good one.
    Other(String),
}

impl Completion {
    /// Takes what came; the pieces that came before a failure are in `pieces`, too.
    pub fn read(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        let answer = &mut self.answer;
        self.events.push(bytes, |data| answer.event(data, pieces))
    }

    /// Whether it says that it has ended, so that nothing but `[DONE]` is missing.
    pub fn has_ended(&self) -> bool {
        self.answer.end.is_some()
    }

    /// Whether nothing comes any more.
    pub fn is_done(&self) -> bool {
        self.answer.is_done
    }

    /// Whether the answer is complete, once nothing comes any more.
    pub fn finish(mut self, pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        self.answer.finish(pieces);
        let (reason, detail) = match self.answer.end {
            Some(End::Complete) => return Ok(()),
            None if self.answer.is_done => return Ok(()),
            None => (FailureReason::CutOff, "the stream ended without a finish_reason".to_owned()),
            Some(End::AtLength) => (FailureReason::TooLong, "finish_reason: length".to_owned()),
            Some(End::Withheld) => {
                (FailureReason::Withheld, "finish_reason: content_filter".to_owned())
            }
            Some(End::Failed) => (FailureReason::ProviderError, "finish_reason: error".to_owned()),
            Some(End::Other(reason)) => {
                let reason = words::on_one_line(&reason);
                (FailureReason::CutOff, format!("finish_reason: {reason}"))
            }
        };
        Err(Failure::new(reason, detail))
    }
}

impl Answer {
    fn event(&mut self, data: &[u8], pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        // Nothing after it counts.
        if self.is_done {
            return Ok(());
        }
        if data.trim_ascii() == b"[DONE]" {
            self.is_done = true;
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_slice(data);
        let chunk = Chunk::deserialize(&mut json).and_then(|chunk| json.end().map(|()| chunk));
        let chunk = chunk.map_err(|error| malformed(data, &error))?;
        if let Some(error) = chunk.error {
            return Err(Failure::new(FailureReason::ProviderError, words::of_error(&error)));
        }
        // A chunk that only reports token usage has no choice.
        let choices = chunk.choices.unwrap_or_default();
        match choices.into_iter().find(|choice| choice.index.unwrap_or(0) == 0) {
            Some(choice) => self.choice(choice, pieces),
            None => Ok(()),
        }
    }

    fn choice(&mut self, choice: Choice, pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        match (choice.delta, choice.text) {
            (Some(delta), _) => self.delta(delta, pieces)?,
            (None, Some(text)) => {
                let text = String::from_utf8_lossy(&text.content).into_owned();
                let detail = format!("an old-style text completion: {}", words::on_one_line(&text));
                return Err(Failure::new(FailureReason::Malformed, detail));
            }
            (None, None) => {}
        }
        if let Some(end) = choice.finish_reason.as_deref().and_then(End::of) {
            self.end = Some(end);
        }
        Ok(())
    }

    fn delta(&mut self, delta: Delta, pieces: &mut Vec<Piece>) -> Result<(), Failure> {
        let (content, reasoning) = delta.content_and_reasoning();
        let reasoning = self.reasoning.join(&reasoning)?;
        if !reasoning.is_empty() {
            pieces.push(Piece::Reasoning(reasoning));
        }
        let content = self.content.join(&content)?;
        if !content.is_empty() {
            self.thoughts.take(&content, pieces);
        }
        Ok(())
    }

    fn finish(&mut self, pieces: &mut Vec<Piece>) {
        if let Some(half) = self.reasoning.finish() {
            pieces.push(Piece::Reasoning(half.into()));
        }
        if let Some(half) = self.content.finish() {
            self.thoughts.take(&half.to_string(), pieces);
        }
        self.thoughts.finish(pieces);
    }
}

impl End {
    /// None for an empty reason, which some providers send with each chunk.
    fn of(reason: &str) -> Option<Self> {
        Some(match reason.to_ascii_lowercase().as_str() {
            "" => return None,
            // Anthropic's, Hugging Face's and Together's names for `stop`.
            "stop" | "end_turn" | "stop_sequence" | "eos" | "eos_token" => Self::Complete,
            "length" | "max_tokens" | "model_length" => Self::AtLength,
            "content_filter" | "safety" | "refusal" => Self::Withheld,
            "error" => Self::Failed,
            _ => Self::Other(reason.to_owned()),
        })
    }
}

impl From<TooLong> for Failure {
    fn from(too_long: TooLong) -> Self {
        Self::new(FailureReason::Malformed, too_long.to_string())
    }
}

impl From<NotText> for Failure {
    fn from(not_text: NotText) -> Self {
        Self::new(FailureReason::Malformed, not_text.to_string())
    }
}

/// JSON that is broken may hold a part of the answer, which nobody but its readers should see. What is
/// no JSON at all are the provider's words.
fn malformed(data: &[u8], error: &serde_json::Error) -> Failure {
    let detail = if data.trim_ascii_start().starts_with(b"{") {
        let (kind, at) = (error.classify(), error.column());
        format!("a chunk of {} bytes: {kind:?} error at byte {at}", data.len())
    } else {
        words::of_body(data)
    };
    Failure::new(FailureReason::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    const PARTS: [&str; 24] = [
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":[{\"text\":\"é\"},{\"type\":\"image\"}]}}]}\r\n\r\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[{\"finish_reason\":\"length\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":null}\n\n",
        "data: {\"choices\":null}\n\n",
        "data: {\"error\":{\"message\":\"no\"}}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83c\\udf31\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83c\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\udf31\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"<think>\"}}]}\n\n",
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

    /// The reasoning, the content, and how it ended.
    type Read = (String, String, Option<FailureReason>);

    fn read(body: &[u8], size: usize) -> Read {
        let (mut completion, mut pieces) = (Completion::default(), vec![]);
        let read = body.chunks(size).try_for_each(|bytes| completion.read(bytes, &mut pieces));
        let ended = read.and_then(|()| completion.finish(&mut pieces));
        let (mut reasoning, mut content) = (String::new(), String::new());
        for piece in pieces {
            match piece {
                Piece::Reasoning(text) => reasoning += &text,
                Piece::Content(text) => content += &text,
            }
        }
        (reasoning, content, ended.err().map(|failure| failure.reason))
    }

    fn stream(chunks: &[&str]) -> String {
        chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect()
    }

    /// Each is cut byte by byte, too.
    #[test]
    fn what_comes_is_separated_and_ends_as_it_says() {
        use FailureReason::{CutOff, Malformed, ProviderError, TooLong, Withheld};
        let say = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
        let (yes, stop) = (&*say("Yes."), r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#);
        let end = |reason: &str| {
            format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#)
        };
        let (empty, length) = (&*end(""), &*end("length"));
        let thought = r#"{"choices":[{"delta":{"content":null,"reasoning_content":"Hm."}}]}"#;
        let both = r#"{"choices":[{"delta":{"reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm."}]}}]}"#;
        let details = r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.summary","summary":"H"},{"type":"reasoning.encrypted","data":"x"},{"text":"m."}]}}]}"#;
        let parts = r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"Yes."}]}}]}"#;
        let second =
            r#"{"choices":[{"index":1,"delta":{"content":"No."},"finish_reason":"length"}]}"#;
        let in_one = r#"{"choices":[{"index":1,"delta":{"content":"No."}},{"index":0,"delta":{"content":"Yes."}}]}"#;
        let old = r#"{"choices":[{"text":"Yes.","index":0,"finish_reason":null}]}"#;
        type Read = (&'static str, &'static str, Option<FailureReason>);
        let cases: [(&[&str], Read); 25] = [
            (&[yes, stop], ("", "Yes.", None)),
            (&[yes, "[DONE]"], ("", "Yes.", None)),
            (&[yes], ("", "Yes.", Some(CutOff))),
            (&[yes, empty], ("", "Yes.", Some(CutOff))),
            (&[empty, yes, empty, stop], ("", "Yes.", None)),
            (&[yes, stop, empty], ("", "Yes.", None)),
            (&[yes, &end("STOP")], ("", "Yes.", None)),
            (&[yes, &end("eos")], ("", "Yes.", None)),
            (&[yes, length, "[DONE]"], ("", "Yes.", Some(TooLong))),
            (&[yes, &end("content_filter")], ("", "Yes.", Some(Withheld))),
            (&[yes, &end("error")], ("", "Yes.", Some(ProviderError))),
            (&[yes, &end("insufficient_system_resource"), "[DONE]"], ("", "Yes.", Some(CutOff))),
            (&[yes, &end("tool_calls")], ("", "Yes.", Some(CutOff))),
            (&[&say("\\ud83c"), &say("\\udf31"), stop], ("", "🌱", None)),
            (&[&say("\\ud83c"), stop], ("", "\u{fffd}", None)),
            (&[&say("<thi"), &say("nk>Hm.</think"), &say(">Yes."), stop], ("Hm.", "Yes.", None)),
            (&[thought, yes, stop], ("Hm.", "Yes.", None)),
            (&[both, yes, stop], ("Hm.", "Yes.", None)),
            (&[details, yes, stop], ("Hm.", "Yes.", None)),
            (&[parts, stop], ("Hm.", "Yes.", None)),
            (&[second, yes, second, stop], ("", "Yes.", None)),
            (&[in_one, stop], ("", "Yes.", None)),
            (&[old, stop], ("", "", Some(Malformed))),
            (&[yes, r#"{"error":{"message":"no"}}"#], ("", "Yes.", Some(ProviderError))),
            (&[yes, "[DONE]", r#"{"error":"late"}"#], ("", "Yes.", None)),
        ];
        for (chunks, (reasoning, content, ended)) in cases {
            let body = stream(chunks);
            for size in [1, 7, body.len()] {
                let expected = (reasoning.to_owned(), content.to_owned(), ended);
                assert_eq!(read(body.as_bytes(), size), expected, "{chunks:?}");
            }
        }
    }

    #[test]
    fn a_line_of_mebibytes_is_read_in_pieces_of_any_size() {
        let long = "x".repeat(4_000_000);
        let chunk =
            format!(r#"{{"logprobs":"{long}","choices":[{{"delta":{{"content":"Yes."}}}}]}}"#);
        let body = stream(&[&chunk, "[DONE]"]);
        for size in [1, 1447, body.len()] {
            assert_eq!(read(body.as_bytes(), size), (String::new(), "Yes.".into(), None));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The network may cut a body anywhere, within a letter or a line end.
        #[test]
        fn a_body_is_read_the_same_however_it_is_cut(
            parts in vec(prop_oneof![
                8 => select(PARTS.to_vec()).prop_map(|part| part.as_bytes().to_vec()),
                1 => vec(any::<u8>(), 0..12),
            ], 0..8),
            size in 1..9usize,
        ) {
            let body = parts.concat();
            prop_assert_eq!(read(&body, size), read(&body, body.len().max(1)));
        }
    }
}
