//! The kinds of rows that take positions, as rows: one entry for each kind.

use super::{
    super::tracked::{DetailsRow, MemberRow, Tracked},
    query::Columns,
    reactions, rows,
};
use protocol::{Seq, SyncEvent};

struct Kind<R> {
    /// What `event` reads.
    columns: &'static str,
    /// Where they stand: the rows of space $1 that changed after position $2, oldest change first, $3 at most.
    changed_since: &'static str,
    /// Such a row as its position and its event.
    event: fn(&R, Seq) -> sqlx::Result<(Seq, SyncEvent)>,
}

/// For rows of whatever database.
fn kinds<R: Columns>() -> [Kind<R>; 4] {
    [
        Kind {
            columns: rows::INTENTION,
            changed_since: "FROM intentions WHERE space_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            event: |row, since| Ok(told(rows::message(row)?, since)),
        },
        Kind {
            columns: rows::MEMBER,
            changed_since: "FROM members m JOIN beings b ON b.id = m.being_id \
             WHERE m.space_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3",
            event: |row, since| {
                let (row, has_left) = rows::member(row)?;
                Ok(told(MemberRow { being: row.being, has_left }, since))
            },
        },
        Kind {
            columns: reactions::REACTION,
            changed_since: "FROM reactions WHERE space_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            event: |row, since| Ok(told(reactions::reaction(row)?, since)),
        },
        // One row, or none.
        Kind {
            columns: rows::DETAILS,
            changed_since: "FROM spaces WHERE id = $1 AND details_seq > $2 LIMIT $3",
            event: |row, since| {
                let seq = Seq(rows::unsigned(row.try_get(4)?));
                Ok(told(DetailsRow { details: rows::details(row, 0)?, seq }, since))
            },
        },
    ]
}

/// The changed rows of all kinds, in one visit: behind its columns each row has the number of its kind.
pub(super) fn changed_since<R: Columns>() -> String {
    let select = |(number, kind): (usize, &Kind<R>)| {
        format!("SELECT {}, {number} {}", kind.columns, kind.changed_since)
    };
    kinds().iter().enumerate().map(select).collect::<Vec<_>>().join("; ")
}

/// A row of [`changed_since`] as its position and its event.
pub(super) fn event<R: Columns>(row: &R, since: Seq) -> sqlx::Result<(Seq, SyncEvent)> {
    let number: i64 = row.try_get(row.len() - 1)?;
    let kind = usize::try_from(number).ok().and_then(|number| kinds().into_iter().nth(number));
    (kind.ok_or(sqlx::Error::RowNotFound)?.event)(row, since)
}

fn told(row: impl Tracked, since: Seq) -> (Seq, SyncEvent) {
    (row.seq(), row.into_event(since))
}
