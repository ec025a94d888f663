//! What happens to a client.

use protocol::{BeingId, IntentionId, Level, MessageId};

use crate::{
    effect::{Channel, Lock, StorageCall, Timer},
    request::{ApiError, Call, Response},
    storage::{Found, StorageError},
};

/// An input is about the newest of its kind: once a stream is closed, a lock released, a timer
/// replaced or a channel left, nothing is heard of it any more.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The page is alive: go live from the snapshot shown.
    Start {
        is_visible: bool,
    },
    Stream(StreamSignal),
    /// Of the stream of the inbox.
    Inbox(StreamSignal),
    TimerFired(Timer),
    Lifecycle(Lifecycle),
    /// A text of another tab.
    Message(Channel, String),
    /// The browser has no such channel.
    NoChannel(Channel),
    Lock(Lock, LockSignal),
    Answered(Box<Call>, Result<Response, ApiError>),
    Stored(StorageCall, Result<Found, StorageError>),
    /// The browser has thrown away all that it kept for this site.
    StorageLost,
    /// What the reader does.
    Command(Command),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamSignal {
    /// The server has answered; its first event may be large.
    Opened,
    /// `id` is the last event id received; an event without an id of its own repeats it.
    Event { id: String, data: String },
    /// The socket is closed. `is_refusal`: the response was not an event stream.
    Closed { is_refusal: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockSignal {
    /// This tab holds the lock.
    Granted,
    /// Another tab holds it; only where the request was not to wait.
    Denied,
    /// Another tab has taken it.
    Lost,
    /// The browser has no Web Locks.
    Unavailable,
}

/// What the page's surroundings tell it (Page Lifecycle, HTML Standard).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// The page became visible, or its window got the focus.
    Shown,
    /// The page is no longer visible, and may never be visible again.
    Hidden,
    /// The page was restored from the back-forward cache.
    Restored,
    /// The network is available again.
    Online,
    /// The browser says that there is no network.
    Offline,
    /// The page is being unloaded, perhaps into the back-forward cache.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Sends a message: it is in the outbox at once, and in the space when the server accepts it. It replies
    /// to what the composer replies to.
    Send(String),
    /// The composer replies to this message, or to none.
    ReplyTo(Option<MessageId>),
    /// Loads a message that another one replies to: [`Change::OriginalChanged`](crate::Change::OriginalChanged).
    LoadOriginal(MessageId),
    /// Edits a message of the reader.
    Edit(MessageId, String),
    Delete(MessageId),
    /// Adds a reaction of the reader, or takes it back.
    React {
        message: MessageId,
        emoji: String,
        is_there: bool,
    },
    /// Removes a refused operation; with `is_any`, a waiting one too, as after a removal from the
    /// space.
    Discard {
        id: IntentionId,
        is_any: bool,
    },
    /// Sends a refused operation again.
    Resend(IntentionId),
    /// Saves the text in the composer.
    SaveDraft(String),
    /// Asks for the saved draft: [`Change::DraftRestored`](crate::Change::DraftRestored).
    RestoreDraft,
    /// Opens the editor of a message, or saves the text in it.
    SaveEdit(MessageId, String),
    /// Closes the editor of a message, and discards what was typed in it.
    CloseEdit(MessageId),
    /// Loads the page before the oldest message shown, unless it has been requested or there is
    /// none.
    LoadEarlier,
    /// Loads the page after the newest message shown, in the same way.
    LoadLater,
    /// Shows a message: [`Change::Reached`](crate::Change::Reached), or a notice.
    Jump(MessageId),
    ShowNewest,
    /// Answers [`Change::Crowded`](crate::Change::Crowded): this message is in view.
    KeepAround(MessageId),
    /// Stops an answer for everyone.
    Stop(MessageId),
    /// Generates an answer again, in its place.
    Retry(MessageId),
    /// Loads the earlier versions of an answer: [`Change::VersionsLoaded`](crate::Change::VersionsLoaded).
    LoadVersions(MessageId),
    /// Removes another member.
    RemoveMember(BeingId),
    /// Makes an invite link: [`Change::InviteMade`](crate::Change::InviteMade).
    Invite,
    /// Leaves the space, and then the page.
    Leave,
    /// Where the reader has scrolled to: the last message in view, and whether it is the end.
    Look {
        up_to: Option<MessageId>,
        is_at_end: bool,
    },
    /// Marks this message and all after it as unread.
    MarkUnread(MessageId),
    /// Of what the reader wants to hear from the space.
    SetLevel(Level),
}
