//! What the list of spaces shows.

use protocol::{Being, Level, SpaceEntry, limits::COUNT_MAX_MESSAGES};

/// A space, and what is new in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceNews {
    pub space: Being,
    /// Nothing in a space of which the reader wants to hear nothing.
    pub unread: u64,
    pub mentions: u64,
    pub level: Level,
}

impl SpaceNews {
    pub fn new(of: &SpaceEntry, (unread, mentions): (u64, u64)) -> Self {
        let is_muted = of.level == Level::Nothing;
        let (unread, mentions) = if is_muted { (0, 0) } else { (unread, mentions) };
        Self { space: of.space.clone(), unread, mentions, level: of.level }
    }
}

/// As a count is shown.
pub fn count_in_digits(count: u64) -> String {
    if count < COUNT_MAX_MESSAGES { count.to_string() } else { "99+".to_owned() }
}
