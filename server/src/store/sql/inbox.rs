//! The queries of inboxes. Whatever is counted is counted by a range of an index, up to a maximum.
//!
//! Messages of one's own are stepped over: the one thing that is read here and not answered with.

use super::{
    super::{
        ChangesSince,
        inbox::{HeadQuestion, InboxRow, Inboxes},
    },
    Dialect, Engine, SqlStore,
    query::{Columns, Connection, query},
    rows::{self, json, signed, unsigned},
    unavailable,
};
use crate::domain::refusal::Refusal;
use async_trait::async_trait;
use protocol::{
    BeingId, Cursor, InboxEvent, InboxSync, LevelChanged, MessageId, ReadMoved, Seq, SpaceEntry,
    SpaceHead, SpaceId, SpaceJoined, SpaceLeft,
    limits::{CATCH_UP_LIMIT_ROWS, COUNT_MAX_MESSAGES},
};

/// The newest message of the space `s` that is there.
pub(super) const NEWEST: &str = "(SELECT number FROM intentions WHERE space_id = s.id \
     AND number <= 9223372036854775807 AND is_deleted = 0 ORDER BY number DESC LIMIT 1)";
/// From a member `m` outwards, in this order, to its space and that space's being.
const OUTWARDS: &str = "LEFT JOIN spaces s ON s.id = m.space_id \
     LEFT JOIN members itself ON itself.space_id = s.id AND itself.being_id = s.id \
     LEFT JOIN beings b ON b.id = s.id";

/// The columns of an entry, for being $1, in the order in which [`entry`] reads them. `full` says of which count it
/// is known that it is at its maximum.
fn columns(dialect: Dialect, full: [&str; 2]) -> String {
    let read = format!("{}(m.read_up_to, s.head)", dialect.least());
    let unread = format!(
        "FROM intentions WHERE space_id = s.id AND number > {read} AND is_deleted = 0 \
         AND owner_id <> $1"
    );
    let mentions = format!(
        "FROM mentions WHERE space_id = s.id AND being_id IN ($1, '*') AND number > {read} \
         AND owner_id <> $1"
    );
    let [unread, mentions] = [(unread, full[0]), (mentions, full[1])].map(counted);
    format!(
        "b.id, b.kind, b.name, b.hue, b.made_by, itself.seq, 0, {NEWEST}, {read}, m.level, \
         {unread}, {mentions}, s.persons IS NOT NULL"
    )
}

/// How many rows there are, up to the maximum: whether the last of so many is there says which.
fn counted((rows, is_full): (String, &str)) -> String {
    let (max, last) = (COUNT_MAX_MESSAGES, COUNT_MAX_MESSAGES - 1);
    format!(
        "CASE WHEN {is_full} = 1 OR (SELECT 1 {rows} LIMIT 1 OFFSET {last}) IS NOT NULL THEN {max} \
         ELSE (SELECT count(*) {rows}) END"
    )
}

/// How many there are of [`columns`].
const COLUMNS: usize = 13;

fn entry(row: &impl Columns) -> sqlx::Result<SpaceEntry> {
    let newest: Option<i64> = row.try_get(7)?;
    let read_up_to = MessageId(unsigned(row.try_get(8)?));
    Ok(SpaceEntry {
        space: rows::member(row)?.0.being,
        last_message_id: newest.map(|number| MessageId(unsigned(number))),
        read_up_to: (read_up_to != MessageId(0)).then_some(read_up_to),
        unread: unsigned(row.try_get(10)?),
        mentions: unsigned(row.try_get(11)?),
        level: rows::parsed(row.try_get(9)?)?,
        direct: row.try_get(12)?,
    })
}

fn head_of(row: &impl Columns) -> sqlx::Result<SpaceHead> {
    let SpaceEntry { space, last_message_id, unread, mentions, .. } = entry(row)?;
    let space_id = SpaceId::from(space.id.clone());
    Ok(SpaceHead { space_id, space: Some(space), last_message_id, unread, mentions })
}

#[async_trait]
impl<E: Engine> Inboxes for SqlStore<E> {
    async fn inbox_head(&self, being: &BeingId) -> Result<Cursor, Refusal> {
        let found = query("SELECT epoch, head FROM inboxes WHERE being_id = $1");
        let mut reader = self.reader().await?;
        let row = found.bind(being.as_str()).fetch_optional(&mut *reader).await;
        let row = row.map_err(unavailable)?.ok_or(Refusal::UnknownBeing)?;
        cursor(&row, 0).map_err(unavailable)
    }

    async fn inbox(&self, being: &BeingId) -> Result<(Cursor, InboxSync), Refusal> {
        let sql = format!(
            "SELECT {}, x.epoch, x.head FROM inboxes x \
             LEFT JOIN members m ON m.being_id = x.being_id AND m.has_left = 0 {OUTWARDS} \
             WHERE x.being_id = $1",
            columns(E::Connection::DIALECT, ["0", "0"])
        );
        let mut reader = self.reader().await?;
        let found = query(&sql).bind(being.as_str()).fetch_all(&mut *reader).await;
        let found = found.map_err(unavailable)?;
        let first = found.first().ok_or(Refusal::UnknownBeing)?;
        let cursor = cursor(first, COLUMNS).map_err(unavailable)?;
        let belongs =
            |row: &&<E::Connection as Connection>::Row| row.text(0).is_ok_and(|id| id.is_some());
        let spaces = found.iter().filter(belongs).map(entry).collect::<sqlx::Result<Vec<_>>>();
        let mut spaces = spaces.map_err(unavailable)?;
        spaces.sort_unstable_by(|one, other| one.space.id.cmp(&other.space.id));
        let last_position = cursor.seq;
        Ok((cursor, InboxSync { spaces, last_position }))
    }

    async fn inbox_changes_since(
        &self,
        being: &BeingId,
        since: Seq,
    ) -> Result<ChangesSince<InboxEvent>, Refusal> {
        let sql = format!(
            "SELECT {}, c.what, c.seq, c.space_id, m.has_left FROM inbox_changes c \
             LEFT JOIN members m ON m.space_id = c.space_id AND m.being_id = c.being_id {OUTWARDS} \
             WHERE c.being_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3",
            columns(E::Connection::DIALECT, ["m.has_left", "m.has_left"])
        );
        let mut reader = self.reader().await?;
        let found = query(&sql)
            .bind(being.as_str())
            .bind(signed(since.0))
            .bind(signed(CATCH_UP_LIMIT_ROWS as u64 + 1))
            .fetch_all(&mut *reader)
            .await
            .map_err(unavailable)?;
        if found.len() > CATCH_UP_LIMIT_ROWS {
            return Ok(ChangesSince::TooMany);
        }
        let changes = found.iter().map(change).collect::<sqlx::Result<Vec<_>>>();
        let changes = changes.map_err(unavailable)?;
        // As in the log of a space, the highest position that is found is the head.
        let head = changes.last().map_or(since, |(seq, _)| *seq);
        Ok(ChangesSince::Changes { head, changes })
    }

    async fn space_heads(
        &self,
        being: &BeingId,
        of: Option<&[HeadQuestion]>,
    ) -> Result<Vec<SpaceHead>, Refusal> {
        let sql = match of {
            None => format!(
                "SELECT {} FROM members m {OUTWARDS} WHERE m.being_id = $1 AND m.has_left = 0",
                columns(E::Connection::DIALECT, ["0", "0"])
            ),
            Some(_) => format!(
                "SELECT {} FROM {} CROSS JOIN members m {OUTWARDS} \
                 WHERE m.space_id = asked.value ->> 0 AND m.being_id = $1 AND m.has_left = 0",
                columns(
                    E::Connection::DIALECT,
                    ["CAST(asked.value ->> 1 AS BIGINT)", "CAST(asked.value ->> 2 AS BIGINT)"]
                ),
                E::Connection::DIALECT.elements_of("$2", "asked")
            ),
        };
        let flag = i64::from;
        let asked = |it: &HeadQuestion| {
            (it.space.clone(), flag(it.is_unread_full), flag(it.is_mentions_full))
        };
        let asked = json(&of.map(|of| of.iter().map(asked).collect::<Vec<_>>()));
        let mut reader = self.reader().await?;
        let found = query(&sql).bind(being.as_str()).bind(asked).fetch_all(&mut *reader).await;
        let heads =
            found.map_err(unavailable)?.iter().map(head_of).collect::<sqlx::Result<Vec<_>>>();
        let mut heads = heads.map_err(unavailable)?;
        heads.sort_unstable_by(|one, other| one.space_id.as_being().cmp(other.space_id.as_being()));
        Ok(heads)
    }
}

/// What a member has read, and its level; None for what is no member.
pub(super) async fn row(
    on: &mut impl Connection,
    space: &SpaceId,
    being: &BeingId,
) -> sqlx::Result<Option<InboxRow>> {
    let found = query(
        "SELECT read_up_to, level FROM members \
         WHERE space_id = $1 AND being_id = $2 AND has_left = 0",
    );
    let found = found.bind(space.as_str()).bind(being.as_str()).fetch_optional(on).await?;
    let Some(row) = found else { return Ok(None) };
    let read_up_to = MessageId(unsigned(row.try_get(0)?));
    Ok(Some(InboxRow { read_up_to, level: rows::parsed(row.try_get(1)?)? }))
}

/// The epoch and the head that stand in a row from this column on.
pub(super) fn cursor(row: &impl Columns, at: usize) -> sqlx::Result<Cursor> {
    Ok(Cursor { epoch: rows::epoch(row.try_get(at)?)?, seq: Seq(unsigned(row.try_get(at + 1)?)) })
}

fn change(row: &impl Columns) -> sqlx::Result<(Seq, InboxEvent)> {
    let what: &str = row.try_get(COLUMNS)?;
    let seq = Seq(unsigned(row.try_get(COLUMNS + 1)?));
    let space_id: SpaceId = rows::parsed(row.try_get(COLUMNS + 2)?)?;
    // There is no member where the space was deleted.
    if row.try_get::<Option<i64>>(COLUMNS + 3)? != Some(0) {
        return Ok((seq, InboxEvent::SpaceLeft(SpaceLeft { space_id })));
    }
    let data = entry(row)?;
    let event = match what {
        "read" => {
            let up_to = data.read_up_to.unwrap_or_default();
            InboxEvent::ReadMoved(ReadMoved { space_id, up_to })
        }
        "level" => InboxEvent::LevelChanged(LevelChanged { space_id, level: data.level }),
        _ => InboxEvent::SpaceJoined(SpaceJoined { data }),
    };
    Ok((seq, event))
}
