//! What an answer is made from.

use protocol::{Being, BeingId, BeingSettings};

#[derive(Debug, Clone)]
pub struct PromptContext {
    pub being: Being,
    pub space: Being,
    /// None where the being has none: it was given none, or its provider was taken away.
    pub settings: Option<BeingSettings>,
    /// Whether the message that it answers is still there.
    pub is_asked: bool,
    /// The messages, oldest first; the last is the one that the answer answers.
    pub conversation: Vec<PromptMessage>,
}

#[derive(Debug, Clone)]
pub struct PromptMessage {
    pub by: BeingId,
    pub name: String,
    pub text: String,
}
