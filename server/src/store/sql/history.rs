//! The messages of a space that are there, as pages and one by one, with their reactions.
//!
//! A page is one range of one index, so it is of one moment. It begins with the message behind the page,
//! where there is one, and ends with the one that would come next: so the same range says whether there
//! are more on either side.

use super::{
    super::{tx::MessageReactions, window::Window},
    query::{Columns, Connection, query},
    reactions,
    rows::{self, INTENTION, signed},
};
use protocol::{HistoryPage, Intention, MessageId, SpaceId};

/// From the message behind the page downwards.
const DOWNWARDS: &str = "number <= coalesce((SELECT near.number FROM intentions near \
     WHERE near.space_id = $1 AND near.number >= $2 AND near.is_deleted = 0 \
     ORDER BY near.number LIMIT 1 OFFSET $3), 9223372036854775807) ORDER BY number DESC";

/// From the message behind the page upwards.
const UPWARDS: &str = "number >= coalesce((SELECT near.number FROM intentions near \
     WHERE near.space_id = $1 AND near.number <= $2 AND near.is_deleted = 0 \
     ORDER BY near.number DESC LIMIT 1 OFFSET $3), 0) ORDER BY number";

pub(super) async fn page<C: Connection>(
    on: &mut C,
    space: &SpaceId,
    window: Window,
    limit: usize,
) -> sqlx::Result<HistoryPage> {
    // How many of those behind the position, seen in the direction of reading, belong to the page.
    let (range, position, behind) = match window {
        Window::Newest => (DOWNWARDS, i64::MAX, 0),
        Window::Before(message) => (DOWNWARDS, signed(message.0), 0),
        Window::Around(message) => (DOWNWARDS, signed(message.0), limit.div_ceil(2)),
        Window::After(message) => (UPWARDS, signed(message.0), 0),
    };
    let sql = format!(
        "SELECT {INTENTION}, {} FROM intentions WHERE space_id = $1 AND is_deleted = 0 AND {range} \
         LIMIT $4",
        reactions::of_a_message(C::DIALECT)
    );
    let found = query(&sql)
        .bind(space.as_str())
        .bind(position)
        .bind(signed(behind as u64))
        .bind(signed(limit as u64 + 2))
        .fetch_all(on)
        .await?;
    let mut intentions = found.iter().map(intention).collect::<sqlx::Result<Vec<_>>>()?;
    let is_behind = |row: &&Intention| match window {
        Window::After(message) => row.message_id <= message,
        Window::Before(message) | Window::Around(message) => row.message_id >= message,
        Window::Newest => false,
    };
    let more_behind = intentions.iter().take_while(is_behind).count() > behind;
    if more_behind {
        intentions.remove(0);
    }
    let more_ahead = intentions.len() > limit;
    intentions.truncate(limit);
    if matches!(window, Window::After(_)) {
        return Ok(HistoryPage { intentions, has_earlier: more_behind, has_later: more_ahead });
    }
    intentions.reverse();
    Ok(HistoryPage { intentions, has_earlier: more_ahead, has_later: more_behind })
}

/// One message that is there.
pub(super) async fn message<C: Connection>(
    on: &mut C,
    space: &SpaceId,
    message: MessageId,
) -> sqlx::Result<Option<Intention>> {
    let sql = format!(
        "SELECT {INTENTION}, {} FROM intentions \
         WHERE space_id = $1 AND number = $2 AND is_deleted = 0",
        reactions::of_a_message(C::DIALECT)
    );
    let found = query(&sql).bind(space.as_str()).bind(signed(message.0));
    found.fetch_optional(on).await?.map(|row| intention(&row)).transpose()
}

/// A row with the columns of an intention, and then those of its reactions.
pub(in crate::store) fn intention(row: &impl Columns) -> sqlx::Result<Intention> {
    let MessageReactions { kinds, seq } = reactions::of_message(row, row.len() - 2)?;
    let intention = rows::message(row)?.intention;
    Ok(Intention { reactions: kinds, reactions_seq: seq, ..intention })
}
