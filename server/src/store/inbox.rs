//! The inboxes of beings, as a store shows them.

use async_trait::async_trait;
use protocol::{BeingId, Cursor, InboxEvent, InboxSync, Level, MessageId, Seq, SpaceHead, SpaceId};

use super::ChangesSince;
use crate::domain::refusal::Refusal;

/// What can be read of an inbox. It is for its being alone, and of the spaces that the being belongs to: both are
/// read from one snapshot, so nothing here was said after a leave.
#[async_trait]
pub trait Inboxes: Send + Sync {
    /// The present history and position of an inbox. A being without an account has none, and is unknown.
    async fn inbox_head(&self, being: &BeingId) -> Result<Cursor, Refusal>;
    /// The whole of an inbox.
    async fn inbox(&self, being: &BeingId) -> Result<(Cursor, InboxSync), Refusal>;
    /// The changes after `since`, a position that the inbox has reached: each once, in its present state, oldest
    /// position first.
    async fn inbox_changes_since(
        &self,
        being: &BeingId,
        since: Seq,
    ) -> Result<ChangesSince<InboxEvent>, Refusal>;
    /// What is new in these spaces, or in all that the being belongs to, in the order of their ids.
    async fn space_heads(
        &self,
        being: &BeingId,
        of: Option<&[HeadQuestion]>,
    ) -> Result<Vec<SpaceHead>, Refusal>;
}

/// A space that is asked about. A count that is known to be at its maximum is not made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadQuestion {
    pub space: SpaceId,
    pub is_unread_full: bool,
    pub is_mentions_full: bool,
}

/// What a member has read of a space, and of what it wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboxRow {
    pub read_up_to: MessageId,
    pub level: Level,
}

/// Whom a message mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mentions {
    /// All persons of the space, except who says it.
    Everyone,
    /// These persons, each once.
    Persons(Vec<BeingId>),
}

impl Mentions {
    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::Persons(persons) if persons.is_empty())
    }
}
