//! Which page of a space's messages is read.

use protocol::MessageId;

/// A page by its place. A position in it need not be that of a message that is there: then it stands
/// between two, or behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest messages.
    Newest,
    /// The newest of those before a position.
    Before(MessageId),
    /// The oldest of those after a position.
    After(MessageId),
    /// Half of a page before a position, and half from it on: the message itself belongs to the second
    /// half, which is the larger one of an odd page. Where fewer follow, more that stand before fill the
    /// page, so that behind the head it is the newest one.
    Around(MessageId),
}
