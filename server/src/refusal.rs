//! Why a command was not carried out. A refused command has changed nothing.

use app::protocol::{MalformedId, OutOfBounds, limits::BODY_MAX_BYTES};

/// Everything that can stand between a command and its being done; [`crate::error`] gives each its
/// HTTP status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Malformed(String),
    #[error("Sign in first.")]
    NoSession,
    #[error("The handle or the password is wrong.")]
    WrongPassword,
    #[error("This command came from another site.")]
    CrossOrigin,
    #[error("You do not belong to this space any more.")]
    NotMember,
    #[error("{0}")]
    NotAllowed(&'static str),
    #[error("An account needs an invite: ask somebody who is here for a link.")]
    InviteRequired,
    #[error("There is no such space.")]
    UnknownSpace,
    #[error("There is no such message.")]
    UnknownMessage,
    #[error("There is no such being.")]
    UnknownBeing,
    #[error("This invite is unknown or has expired.")]
    UnknownInvite,
    #[error("There is nothing here.")]
    UnknownRoute,
    #[error("This address does not take that method.")]
    WrongMethod,
    #[error("The handle {0} is taken.")]
    HandleTaken(String),
    #[error("Another message was sent with this id.")]
    IdTaken,
    #[error("The message has changed since.")]
    ChangedSince,
    #[error("This space was restored from a backup since. Look whether it still fits.")]
    AnotherHistory,
    #[error("Only an AI being's answer can be written anew.")]
    NotAnAnswer,
    /// For who writes an answer that has ended meanwhile. No client ever hears it.
    #[error("This answer has ended.")]
    AnswerEnded,
    #[error("There is no such provider.")]
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
    #[error("This cannot be stored now. Try again in a moment.")]
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
