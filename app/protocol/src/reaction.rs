//! Reactions: what the members have put under a message.

use serde::{Deserialize, Serialize};

use super::id::{BeingId, Seq};

/// One kind of reaction to a message, and whose they are. A message has at most
/// [`REACTION_KINDS_MAX`](super::limits::REACTION_KINDS_MAX) of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// One emoji, fully qualified.
    pub emoji: String,
    /// In the order in which they reacted; never empty.
    pub by: Vec<BeingId>,
}

crate::json_object!(Reaction { emoji: "emoji" required, by: "by" required });

/// The answer to a reaction that was added or removed, or was so before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionsPosition {
    /// The position of the last change of the message's reactions; 0 where there never was one. Once a
    /// client's cursor is there, it has the reaction.
    pub reactions_seq: Seq,
}

crate::json_object!(ReactionsPosition { reactions_seq: "reactionsSeq" required });
