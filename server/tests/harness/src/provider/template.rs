//! What the chat template of a model refuses of a conversation.

use super::{Request, Script};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Two turns of one role in a row, as Mistral's and Gemma's do.
    Alternating,
    /// A first turn that is no user's.
    UserFirst,
    /// The role `system`, as Gemma 2's does.
    WithoutSystem,
}

impl Template {
    /// The refusal, in the words of vLLM.
    pub(super) fn refuses(self, request: &Request) -> Option<Script> {
        let roles: Vec<_> = request.messages().into_iter().map(|(role, _)| role).collect();
        let turns: Vec<_> = roles.iter().filter(|role| **role != "system").collect();
        let (refuses, message) = match self {
            Self::Alternating => (
                turns.windows(2).any(|pair| pair[0] == pair[1]),
                "Conversation roles must alternate user/assistant/user/assistant/...",
            ),
            Self::UserFirst => (
                turns.first() != Some(&&"user"),
                "After the optional system message, the first message must be a user's",
            ),
            Self::WithoutSystem => (roles.contains(&"system"), "System role not supported"),
        };
        refuses.then(|| Script::refusing_with(400, message))
    }
}
