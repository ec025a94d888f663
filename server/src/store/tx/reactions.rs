//! The rows of reactions.

use protocol::{MessageId, Reaction, Seq, SpaceId};

use super::TxResult;
use crate::store::{positions::Place, tracked::ReactionRow};

/// The reactions of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReactions {
    /// Those that are there, in the order of their first.
    pub kinds: Vec<Reaction>,
    /// The position of the last change of any; 0 where there never was one.
    pub seq: Seq,
}

/// The rows of reactions: a tracked kind.
pub trait ReactionRows: Send {
    /// The reactions of a message that is there. It costs the same however long the message is.
    fn reactions(
        &mut self,
        space: &SpaceId,
        message: MessageId,
    ) -> impl Future<Output = TxResult<Option<MessageReactions>>> + Send;
    /// Adds a reaction, or takes it back. Its `seq` becomes the place's.
    fn put_reaction(
        &mut self,
        place: Place,
        reaction: ReactionRow,
    ) -> impl Future<Output = TxResult<()>> + Send;
}
