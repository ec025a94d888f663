//! A provider of text: asked once, it sends text until the answer is complete.

use std::time::Duration;

use futures::stream::BoxStream;
use protocol::{BeingId, FailureReason};
use serde_json::{Map, Number, Value};

pub trait Provider: Send + Sync {
    /// Streams the answer as it comes. The stream ends where a complete answer ends, or after a failure.
    /// Dropping it ends the generation at the provider.
    fn answer(&self, prompt: &Prompt) -> PieceStream;
}

pub type PieceStream = BoxStream<'static, Result<Piece, Failure>>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// What the model thinks before it answers: no part of the message.
    Reasoning(String),
    Content(String),
}

/// The request to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub model: String,
    /// Names the being and says how it is to answer.
    pub instructions: String,
    /// The conversation, oldest first; the last turn is to be answered.
    pub turns: Vec<Turn>,
    pub sampling: Sampling,
}

/// How the model is to write. What is not given is the provider's to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sampling {
    pub temperature: Option<Number>,
    pub max_tokens: Option<u64>,
    pub reasoning_effort: Option<String>,
    /// Further fields of the request. They win.
    pub extra: Map<String, Value>,
}

/// One message, as it was said. How a speaker is written is the provider's to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub speaker: Speaker,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// The being that answers.
    Own,
    Other {
        id: BeingId,
        name: String,
    },
}

/// Why an answer failed, before or after its first text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason:?}: {detail}")]
pub struct Failure {
    pub reason: FailureReason,
    /// The provider's own words, if it has any, without keys: for the log, and for those who may change
    /// the being.
    pub detail: String,
    /// How long to wait before asking again, if that may help.
    pub retry_after: Option<Duration>,
}

impl Failure {
    pub fn new(reason: FailureReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), retry_after: None }
    }
}
