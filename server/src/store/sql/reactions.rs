//! The reactions of messages, as rows. They come with the row of their message.

use super::{
    super::{tracked::ReactionRow, tx::MessageReactions},
    Dialect,
    query::{Columns, Connection, query},
    rows::{self, signed, unsigned},
};
use protocol::{BeingId, MessageId, Reaction, Seq, SpaceId};

/// The reactions of a row of `intentions`: a column with those that are there, and one with the position at
/// which one was last taken back. Each is a range of one index.
pub(in crate::store) fn of_a_message(dialect: Dialect) -> String {
    let of_message = "FROM reactions r WHERE r.space_id = intentions.space_id \
         AND r.number = intentions.number AND r.is_removed";
    let array = dialect.array_of("seq, emoji, being_id");
    format!("(SELECT {array} {of_message} = 0), (SELECT max(seq) {of_message} = 1)")
}

/// Reads the columns of [`of_a_message`], the first of which stands at `at`.
pub(super) fn of_message(row: &impl Columns, at: usize) -> sqlx::Result<MessageReactions> {
    let (present, removed_at): (&str, Option<i64>) = (row.try_get(at)?, row.try_get(at + 1)?);
    let removed_at = Seq(removed_at.map_or(0, unsigned));
    let mut present: Vec<(Seq, String, BeingId)> =
        serde_json::from_str(present).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    present.sort_unstable_by_key(|(seq, ..)| *seq);
    let seq = present.last().map_or(removed_at, |(seq, ..)| removed_at.max(*seq));
    let mut kinds: Vec<Reaction> = Vec::new();
    for (_, emoji, by) in present {
        match kinds.iter_mut().find(|kind| kind.emoji == emoji) {
            Some(kind) => kind.by.push(by),
            None => kinds.push(Reaction { emoji, by: vec![by] }),
        }
    }
    Ok(MessageReactions { kinds, seq })
}

/// Those of one message that is there. The message itself is not read, however long it is.
pub(super) async fn reactions<C: Connection>(
    on: &mut C,
    space: &SpaceId,
    message: MessageId,
) -> sqlx::Result<Option<MessageReactions>> {
    let sql = format!(
        "SELECT {} FROM intentions{} WHERE space_id = $1 AND number = $2 AND is_deleted = 0",
        of_a_message(C::DIALECT),
        C::DIALECT.by_index("intentions_present")
    );
    let found = query(&sql).bind(space.as_str()).bind(signed(message.0));
    found.fetch_optional(on).await?.map(|row| of_message(&row, 0)).transpose()
}

/// The columns of a reaction, in the order in which [`reaction`] reads them.
pub(super) const REACTION: &str = "number, emoji, being_id, seq, is_removed";

pub(super) fn reaction(row: &impl Columns) -> sqlx::Result<ReactionRow> {
    Ok(ReactionRow {
        message: MessageId(unsigned(row.try_get(0)?)),
        emoji: row.try_get(1)?,
        by: rows::parsed(row.try_get(2)?)?,
        seq: Seq(unsigned(row.try_get(3)?)),
        is_removed: row.try_get(4)?,
    })
}
