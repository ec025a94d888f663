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
    /// How many messages call for the reader: all that are unread in a direct space, elsewhere the mentions.
    pub calls: u64,
}

impl SpaceNews {
    /// `me` is the reader's name, which a direct space is not called by.
    pub fn new(of: &SpaceEntry, (unread, mentions): (u64, u64), me: &str) -> Self {
        let is_muted = of.level == Level::Nothing;
        let (unread, mentions) = if is_muted { (0, 0) } else { (unread, mentions) };
        let mut space = of.space.clone();
        if of.direct {
            space.name = others_in(&space.name, me);
        }
        let calls = if of.direct { unread } else { mentions };
        Self { space, unread, mentions, level: of.level, calls }
    }
}

/// The name of a direct space, without the reader's own.
pub fn others_in(name: &str, me: &str) -> String {
    let mut others = String::new();
    let mut is_left_out = false;
    for one in name.split(", ") {
        if one == me && !is_left_out {
            is_left_out = true;
            continue;
        }
        if !others.is_empty() {
            others.push_str(", ");
        }
        others.push_str(one);
    }
    others
}

/// As a count is shown.
pub fn count_in_digits(count: u64) -> String {
    if count < COUNT_MAX_MESSAGES { count.to_string() } else { "99+".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::others_in;

    #[test]
    fn a_direct_space_is_called_after_the_others() {
        for (name, me, others) in [
            ("Ada, Ben", "Ada", "Ben"),
            ("Ada, Ben", "Ben", "Ada"),
            ("Ada, Ben, Cyd", "Ben", "Ada, Cyd"),
            ("Ada, Ada", "Ada", "Ada"),
            ("Ada, Adam", "Ada", "Adam"),
            // The name was shortened, or the reader has another one by now.
            ("Adam, Be…", "Ben", "Adam, Be…"),
        ] {
            assert_eq!(others_in(name, me), others, "{name} {me}");
        }
    }
}
