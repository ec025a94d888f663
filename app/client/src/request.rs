//! The requests that a member's client makes to the API, and what comes of them.

use protocol::{
    AnswerVersion, BeingId, Cursor, EditIntention, Epoch, ErrorBody, HistoryPage, Intention,
    Invite, Level, MessageId, PutReadBody, SendIntention, Seq, SpaceListing,
};

use crate::outbox::Op;

/// A request, and what it is for. Both come back with the response.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub purpose: Purpose,
    pub request: Request,
    /// The cursor when the request was made: a response from before a change of epoch belongs to
    /// another history.
    pub asked_at: Option<Cursor>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// Deliver an operation of the outbox.
    Deliver(Op),
    /// Read a message that has changed since it was edited, so that the next attempt edits its
    /// present version.
    LookUp { op: Op, error: ApiError },
    /// Why a stream was refused, which a browser does not tell.
    WhyRefused,
    /// A page of history.
    Page(PageRequest),
    /// A message that another one replies to.
    Original(MessageId),
    /// The earlier versions of an answer.
    Versions(MessageId),
    /// Why the stream of the inbox was refused, or has ended.
    IsSignedIn,
    /// What is read.
    Read,
    /// A button that the reader pressed.
    Command,
}

/// A page of history, by its number: a later one may ask for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    pub number: u32,
    pub window: Window,
}

/// A page by its place, as the protocol has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest of the messages before a position.
    Before(MessageId),
    /// The oldest of those after it.
    After(MessageId),
    /// Those that stand around it.
    Around(MessageId),
}

/// A request about the client's space.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Spaces,
    History(Window),
    Message(MessageId),
    Send(SendIntention),
    Edit { message: MessageId, epoch: Epoch, edit: EditIntention },
    Delete { message: MessageId, epoch: Epoch },
    React { message: MessageId, epoch: Epoch, emoji: String, is_there: bool },
    Stop(MessageId),
    Retry(MessageId),
    Versions(MessageId),
    MakeInvite,
    RemoveBeing(BeingId),
    Read(PutReadBody),
    SetLevel(Level),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    Spaces(Vec<SpaceListing>),
    History(HistoryPage),
    Intention(Intention),
    Versions(Vec<AnswerVersion>),
    Invite(Invite),
    /// The position of the last change of the message's reactions.
    Reacted(Seq),
    /// The request has done what it says.
    Done,
}

/// Why a request did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Permanent: repeating the request changes nothing.
    #[error("{}", .error.message)]
    Refused { status: u16, error: ErrorBody },
    /// Temporary: the server is overloaded or unavailable.
    #[error("The server is busy.")]
    RetryLater { retry_after_seconds: u64 },
    /// The response is not the server's but that of a gate in front of it, which wants the reader to
    /// sign in there.
    #[error("Something in front of the server asks you to sign in there.")]
    Gate,
    #[error("The server cannot be reached.")]
    Unreachable,
}
