//! What commands are answered with.

use protocol::{Being, Intention, Seq, SpaceDetails};

use super::{Begun, Command, Sent};

/// The answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Sent(Sent),
    Message(Intention),
    /// The position of the last change of a message's reactions.
    Reacted(Seq),
    Being(Being),
    Begun(Begun),
    Details(SpaceDetails),
}

/// A command together with the type of its answer.
pub trait Executable: Into<Command> {
    type Answer: FromOutcome;
}

/// An answer, taken out of the [`Outcome`] of its command.
pub trait FromOutcome: Sized {
    /// None for the outcome of another kind of command.
    fn from_outcome(outcome: Outcome) -> Option<Self>;
}

impl FromOutcome for () {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        matches!(outcome, Outcome::Done).then_some(())
    }
}

impl FromOutcome for Sent {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        if let Outcome::Sent(sent) = outcome { Some(sent) } else { None }
    }
}

impl FromOutcome for Intention {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        if let Outcome::Message(intention) = outcome { Some(intention) } else { None }
    }
}

impl FromOutcome for Seq {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        if let Outcome::Reacted(seq) = outcome { Some(seq) } else { None }
    }
}

impl FromOutcome for Being {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        if let Outcome::Being(being) = outcome { Some(being) } else { None }
    }
}

impl FromOutcome for Begun {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        if let Outcome::Begun(begun) = outcome { Some(begun) } else { None }
    }
}

impl FromOutcome for SpaceDetails {
    fn from_outcome(outcome: Outcome) -> Option<Self> {
        if let Outcome::Details(details) = outcome { Some(details) } else { None }
    }
}
