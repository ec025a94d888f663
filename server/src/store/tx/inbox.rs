//! The rows of inboxes: what is read, levels and mentions.

use protocol::{BeingId, Intention, Level, MessageId, SpaceId};

use super::TxResult;
use crate::store::inbox::{InboxRow, Mentions};

/// The rows of inboxes: what members have read, of what they want to hear, and who is mentioned.
pub trait InboxRows: Send {
    /// What a member has read, and its level; None for what is no member.
    fn inbox_row(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
    ) -> impl Future<Output = TxResult<Option<InboxRow>>> + Send;
    /// Writes what a member has read, at the next position of its inbox.
    fn set_read(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        up_to: MessageId,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// Writes a member's level, at the next position of its inbox.
    fn set_level(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        level: Level,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// Whom a message mentions, in the place of those whom it did. It takes no position, and may be written as
    /// late as at the commit.
    fn set_mentions(&mut self, space: &SpaceId, said: &Intention, mentions: Mentions);
}
