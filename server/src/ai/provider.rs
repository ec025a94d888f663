//! What answers: asked once, it gives text until it is done.

use std::time::Duration;

use app::protocol::FailureReason;
use futures::stream::BoxStream;

/// Where an AI being's words come from.
pub trait Provider: Send + Sync {
    /// The text, as it comes. Its end is the end of a complete answer; a failure is the last that is
    /// heard. Dropping it ends the generation where it happens.
    fn answer(&self, prompt: &Prompt) -> Words;
}

pub type Words = BoxStream<'static, Result<String, Failure>>;

/// What a provider is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub model: String,
    /// Who it is and what it is told to do.
    pub instructions: String,
    /// What was said, oldest first; the last is to be answered.
    pub turns: Vec<Turn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whether the being that answers said it.
    pub is_own: bool,
    pub text: String,
}

/// Why there is no answer, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason:?}: {detail}")]
pub struct Failure {
    pub reason: FailureReason,
    /// For the log.
    pub detail: String,
    /// Where asking again after this long may help.
    pub retry_after: Option<Duration>,
}

impl Failure {
    pub fn new(reason: FailureReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), retry_after: None }
    }
}
