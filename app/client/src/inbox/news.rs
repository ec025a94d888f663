//! What the list of spaces shows.

use protocol::{Being, Level};

/// A space, and what is new in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceNews {
    pub space: Being,
    /// Nothing in a space of which the reader wants to hear nothing.
    pub unread: u64,
    pub mentions: u64,
    pub level: Level,
}
