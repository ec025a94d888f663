//! Why a command is refused. A refused command has changed nothing.

use protocol::{MalformedId, OutOfBounds, limits::BODY_MAX_BYTES};

/// Every reason for a refusal, with its sentence for people; [`crate::http::error`] gives each its
/// HTTP status and its code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Malformed(String),
    #[error("Sign in first.")]
    NoSession,
    #[error("The handle or the password is wrong.")]
    WrongPassword,
    #[error("This request came from another site.")]
    CrossOrigin,
    #[error("You're no longer in this space.")]
    NotMember,
    #[error("{0}")]
    NotAllowed(&'static str),
    #[error("An account needs an invite. Ask a member for a link.")]
    InviteRequired,
    #[error("This space does not exist.")]
    UnknownSpace,
    #[error("This message does not exist.")]
    UnknownMessage,
    #[error("This being does not exist.")]
    UnknownBeing,
    #[error("This invite is unknown or has expired.")]
    UnknownInvite,
    #[error("There is nothing at this address.")]
    UnknownRoute,
    #[error("This address does not support that method.")]
    WrongMethod,
    #[error("The handle {0} is taken.")]
    HandleTaken(String),
    #[error("Another message with this id was sent before.")]
    IdTaken,
    #[error("The message has changed in the meantime.")]
    ChangedSince,
    #[error(
        "This space was restored from a backup in the meantime. Check that your change still applies."
    )]
    AnotherHistory,
    #[error("Only an AI being's answer can be written again.")]
    NotAnAnswer,
    /// Tells the writer of an answer that the answer has ended in the meantime. It never reaches a
    /// client.
    #[error("This answer has ended.")]
    AnswerEnded,
    #[error("This provider does not exist.")]
    UnknownProvider,
    #[error("The body is larger than {} KiB.", BODY_MAX_BYTES / 1024)]
    TooLarge,
    #[error("The request took too long to arrive.")]
    TooSlow,
    #[error("The request did not arrive whole.")]
    CutOff,
    #[error("{0}.")]
    OutOfBounds(OutOfBounds),
    #[error("Too many attempts. Try again in {retry_after_seconds} s.")]
    SlowDown { retry_after_seconds: u64 },
    /// The cause is in the log.
    #[error("The provider does not say which models it has.")]
    ProviderUnavailable,
    /// The cause is in the log.
    #[error("The server cannot do this right now. Try again in a moment.")]
    Unavailable,
}

impl From<MalformedId> for Refusal {
    fn from(malformed: MalformedId) -> Self {
        Self::Malformed(format!("{malformed}."))
    }
}

impl From<OutOfBounds> for Refusal {
    fn from(out_of_bounds: OutOfBounds) -> Self {
        Self::OutOfBounds(out_of_bounds)
    }
}
