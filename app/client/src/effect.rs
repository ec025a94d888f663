//! What a client wants done. The effects of one input are done in order.

use protocol::IntentionId;

use crate::{change::Change, request::Call, storage::Operation};

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Show(Change),
    /// Opens an event stream, which does not reconnect by itself. The previous one is closed first.
    OpenStream(String),
    CloseStream,
    /// The same for the stream of the inbox.
    OpenInbox(String),
    CloseInbox,
    /// Replaces the timer of this name.
    SetTimer(Timer, u64),
    ClearTimer(Timer),
    /// Joins the other tabs of this browser that use the same name.
    Join(Channel, String),
    Leave(Channel),
    /// Sends a text to the other tabs.
    Post(Channel, String),
    /// Requests a Web Lock; a previous request for it is given up first.
    RequestLock(Lock, String, LockMode),
    /// Gives up a lock, or the place in the queue for it.
    ReleaseLock(Lock),
    Call(Box<Call>),
    Store(StorageCall),
    /// Opens another page in place of this one.
    Navigate(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    Election,
    Connection,
    /// The next attempt to send.
    Retry,
    /// The end of a pause that the server has asked for.
    Pause,
    /// A request of the outbox has no response yet.
    Unanswered,
    Draft,
    Snapshot,
    /// An entry is being stored.
    Store(IntentionId),
    /// Whether anybody looks at the space.
    Visibility,
    /// The place among the streams of this browser.
    Slot,
    InboxElection,
    InboxConnection,
    InboxSnapshot,
    /// The next attempt to say what is read.
    Read,
}

/// Texts to the other tabs of this browser: of those that show the same space, of all, or of those of the
/// same being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Space,
    Browser,
    Inbox,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    /// Held by the tab that leads in the space.
    Leader,
    /// One of the streams that a browser may hold, by number.
    Stream(u8),
    /// Held by the tab that has the stream of the inbox.
    Inbox,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    Queue,
    /// Takes it from its holder.
    Steal,
    /// Does not wait.
    IfAvailable,
}

/// An operation on the device's storage, and what it is for. Both come back with the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageCall {
    pub purpose: StoragePurpose,
    pub operation: Operation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoragePurpose {
    StoreEntry(IntentionId),
    /// `entries_stored` is how many entries this tab had stored when it asked.
    LoadOutbox {
        entries_stored: u32,
    },
    /// Entries that need not be stored any more.
    Release,
    SaveDrafts,
    LoadDraft,
    /// What the other tabs have made of it while this page was not there.
    ReloadDraft,
    LoadEdits,
    SaveSnapshot,
    /// Which snapshots there are, so that the superfluous ones can go.
    ListSnapshots,
    /// When each was saved, so that the oldest can go.
    RankSnapshots,
    RemoveSnapshots,
}
