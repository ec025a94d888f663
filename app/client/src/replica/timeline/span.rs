//! The part of a space's messages that is on the screen, while it does not reach the newest; and how many
//! messages a client holds.

use protocol::MessageId;

/// Every message from `from` on, up to `to`, is loaded; `to` is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: MessageId,
    pub to: MessageId,
}

impl Span {
    pub fn contains(self, id: MessageId) -> bool {
        self.from <= id && id < self.to
    }
}

/// How many messages a client holds.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// With more than this many shown, those that are far from the reader's place are let go.
    pub crowded: usize,
    /// So many stay then.
    pub shown: usize,
    /// So many of the newest stay where they are not shown. They may become twice as many by and by.
    pub live: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { crowded: 450, shown: 300, live: 100 }
    }
}
