//! What changes on the screen.

use protocol::{AnswerVersion, BeingId, MessageId};

/// One small change of what a client shows; only [`Change::Replaced`] is more than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Everything was replaced.
    Replaced,
    MessageAdded(MessageId),
    MessageChanged(MessageId),
    /// An answer that was seen streaming has ended.
    AnswerEnded(MessageId),
    /// To its content, or to its reasoning.
    TextAppended(MessageId),
    MessageRemoved(MessageId),
    ReactionsChanged(MessageId),
    /// These messages are shown before all others from now on, oldest first.
    EarlierLoaded(Vec<MessageId>),
    /// These are shown after all others from now on, oldest first.
    LaterLoaded(Vec<MessageId>),
    /// Other messages are shown than before.
    WindowOpened,
    /// Many messages are shown: the client wants to know where the reader is.
    Crowded,
    /// Some of the first or last are shown no longer.
    Trimmed,
    /// The message that the reader wants to see is shown.
    Reached(MessageId),
    BeingAdded(BeingId),
    BeingChanged(BeingId),
    BeingRemoved(BeingId),
    SpaceChanged,
    /// The catch-up is complete; from here on every position is seen.
    WentLive,
    /// The being is no longer a member of this space.
    Revoked,

    /// The outbox, or the state of one of its entries.
    OutboxChanged,
    StatusChanged,
    /// A page of messages is being loaded, or no longer.
    LoadingChanged(bool),
    /// A sentence for the reader, or that the last one no longer holds.
    Notice(Option<String>),
    /// The saved draft, empty if there is none.
    DraftRestored(String),
    /// What stands in the composer has changed: by another tab, or because two drafts became one.
    DraftChanged(String),
    /// Which message the composer replies to.
    ReplyChanged,
    /// What is known of a message that others reply to, and that is not shown itself.
    OriginalChanged(MessageId),
    /// An edit that was found on the device: its editor opens again.
    EditRestored(MessageId),
    /// The text of an edit whose message is gone.
    EditReturned(String),
    /// The earlier versions of an answer, oldest first, or a sentence that says why there are none.
    VersionsLoaded(MessageId, Result<Vec<AnswerVersion>, String>),
    /// The address of an invite.
    InviteMade(String),
    /// What the list of spaces shows: a space, what is unread in one, or its level.
    InboxChanged,
}
