//! What delivery has to know of an event, whichever log it is of.

use protocol::{
    BeingId, BeingLeft, BeingUpdated, InboxEvent, IntentionAppended, IntentionCreated,
    IntentionDeleted, IntentionUpdated, LevelChanged, MessageId, ReactionAdded, ReactionRemoved,
    ReadMoved, ReasoningAppended, SpaceId, SpaceJoined, SpaceLeft, SyncEvent,
};
use serde::Serialize;

pub(super) trait Change: Serialize {
    /// Only such an event has an SSE `id:`.
    fn moves_the_cursor(&self) -> bool;

    /// None for an event that is not a change.
    fn subject(&self) -> Option<Subject>;

    /// The message that is gone with it, and so are the reactions to it.
    fn deletes(&self) -> Option<MessageId> {
        None
    }

    /// Whether it holds its whole row, and not only the text appended to it.
    fn is_whole(&self) -> bool;
}

/// The row of the store that a change was made to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Message(MessageId),
    Reaction(MessageId, String, BeingId),
    Being(BeingId),
    /// What a space has besides its being.
    Details,
    /// Of an inbox: that the being belongs to a space, what it has read there, and its level.
    Space(SpaceId),
    Read(SpaceId),
    Level(SpaceId),
}

impl Change for SyncEvent {
    fn moves_the_cursor(&self) -> bool {
        self.moves_the_cursor()
    }

    fn subject(&self) -> Option<Subject> {
        Some(match self {
            Self::IntentionCreated(IntentionCreated { message_id, .. })
            | Self::IntentionUpdated(IntentionUpdated { message_id, .. })
            | Self::IntentionAppended(IntentionAppended { message_id, .. })
            | Self::ReasoningAppended(ReasoningAppended { message_id, .. })
            | Self::IntentionDeleted(IntentionDeleted { message_id }) => {
                Subject::Message(*message_id)
            }
            Self::ReactionAdded(ReactionAdded { message_id, emoji, being_id })
            | Self::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }) => {
                Subject::Reaction(*message_id, emoji.clone(), being_id.clone())
            }
            Self::BeingUpdated(BeingUpdated { data }) => Subject::Being(data.id.clone()),
            Self::BeingLeft(BeingLeft { being_id }) => Subject::Being(being_id.clone()),
            Self::SpaceChanged(_) => Subject::Details,
            _ => return None,
        })
    }

    fn deletes(&self) -> Option<MessageId> {
        match self {
            Self::IntentionDeleted(IntentionDeleted { message_id }) => Some(*message_id),
            _ => None,
        }
    }

    fn is_whole(&self) -> bool {
        !matches!(self, Self::IntentionAppended(_) | Self::ReasoningAppended(_))
    }
}

impl Change for InboxEvent {
    fn moves_the_cursor(&self) -> bool {
        self.moves_the_cursor()
    }

    fn subject(&self) -> Option<Subject> {
        Some(match self {
            Self::SpaceJoined(SpaceJoined { data }) => {
                Subject::Space(SpaceId::from(data.space.id.clone()))
            }
            Self::SpaceLeft(SpaceLeft { space_id }) => Subject::Space(space_id.clone()),
            Self::ReadMoved(ReadMoved { space_id, .. }) => Subject::Read(space_id.clone()),
            Self::LevelChanged(LevelChanged { space_id, .. }) => Subject::Level(space_id.clone()),
            _ => return None,
        })
    }

    /// What is counted in an entry has changed since: whoever catches up gets it from the store.
    fn is_whole(&self) -> bool {
        !matches!(self, Self::SpaceJoined(_))
    }
}
