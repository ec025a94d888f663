//! A client's position in a log: that of a space, or that of its reader's inbox. Both follow the same rule.

use protocol::{Cursor, Seq};

/// The stream has shown that an event was missed: reconnect from the cursor at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfSync {
    #[error("a position was skipped")]
    Gap,
    #[error("the server's head is beyond the cursor")]
    Behind,
    #[error("text was appended to a message of another length")]
    Offset,
    #[error("a change arrived before the first sync, or without its position")]
    Unplaced,
}

/// The position of a change that the client does not have yet.
pub struct Next {
    pub cursor: Cursor,
    /// It does not directly follow the position held, as in a catch-up.
    pub skips: bool,
}

/// The position of a change, by the SSE `id:` that came with it; `None` if the client has it already.
/// `may_skip`: a catch-up has each row once, so its positions have gaps.
pub fn next(
    held: Option<&Cursor>,
    id: Option<Cursor>,
    may_skip: bool,
) -> Result<Option<Next>, OutOfSync> {
    let cursor = id.ok_or(OutOfSync::Unplaced)?;
    let held = held.ok_or(OutOfSync::Unplaced)?;
    if cursor.epoch != held.epoch {
        return Err(OutOfSync::Gap);
    }
    if cursor.seq <= held.seq {
        return Ok(None);
    }
    let skips = cursor.seq != held.seq.next();
    if skips && !may_skip { Err(OutOfSync::Gap) } else { Ok(Some(Next { cursor, skips })) }
}

/// The server says that its log ends at `head`.
pub fn require_head(held: Option<&Cursor>, head: Seq) -> Result<(), OutOfSync> {
    let is_reached = held.is_some_and(|held| held.seq >= head);
    if is_reached { Ok(()) } else { Err(OutOfSync::Behind) }
}
