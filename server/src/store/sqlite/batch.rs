//! What a batch of commands says to the database, in as few visits as can be.
//!
//! Several statements stand in one text, which sqlx's driver for SQLite runs one after the other. The
//! driver runs on a thread of its own, and a visit there costs two changes of threads: more than a
//! statement. Lists that are only looked up go in as one JSON text, so that the statement is the same,
//! and prepared once, however long the list is. Messages are bound value by value: SQLite takes three
//! times as long to read them out of JSON.

use sqlx::{Row, SqliteConnection, sqlite::SqliteArguments};

use super::super::{
    positions::Moved,
    sql::{
        Found, MessageBatch, NewMessage, WriteMentions,
        rows::{INTENTION, json, signed},
    },
};
use crate::domain::command::Command;

/// A space that is not where it was believed to be gets no head, which its table refuses.
const HEADS: &str = "UPDATE OR ROLLBACK spaces SET revision = moved.value ->> 2, head = CASE \
     WHEN head = moved.value ->> 3 AND revision = moved.value ->> 4 THEN moved.value ->> 1 END \
     FROM json_each(?) AS moved WHERE spaces.id = moved.value ->> 0; ";
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Rows that one statement inserts, largest first. Fewer sizes are fewer statements to prepare; the
/// rest of a batch goes with its commit.
const CHUNKS_ROWS: [usize; 2] = [64, 16];

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments<'q>>;

/// Writes all messages that wait.
pub(super) async fn flush(
    connection: &mut SqliteConnection,
    pending: &mut MessageBatch,
) -> sqlx::Result<()> {
    write_chunks(connection, pending, String::new()).await?;
    if pending.is_empty() {
        return Ok(());
    }
    let sql = insert(pending.len());
    let rest = pending.take(pending.len()).fold(sqlx::query(&sql), bind);
    rest.execute(connection).await.map(drop)
}

/// Writes all that fill a chunk; fewer rows than the smallest chunk are left. Says `first` with the
/// first chunk, and returns it where there is none.
async fn write_chunks(
    connection: &mut SqliteConnection,
    pending: &mut MessageBatch,
    mut first: String,
) -> sqlx::Result<String> {
    for size in CHUNKS_ROWS {
        while pending.len() >= size {
            let sql = std::mem::take(&mut first) + &insert(size);
            let chunk = pending.take(size).fold(sqlx::query(&sql), bind);
            chunk.execute(&mut *connection).await?;
        }
    }
    Ok(first)
}

fn bind(query: Query<'_>, new: NewMessage) -> Query<'_> {
    let NewMessage { space, intention, created_at, is_answer } = new;
    let seq = signed(intention.seq.0);
    query
        .bind(space.to_string())
        .bind(seq)
        .bind(intention.id.to_string())
        .bind(intention.owner_id.to_string())
        .bind(intention.state.as_str())
        .bind(intention.content)
        .bind(created_at.0)
        .bind(intention.reply_to.map(|message| signed(message.0)))
        .bind(seq)
        .bind(is_answer.then_some(seq))
}

fn insert(rows: usize) -> String {
    let mut sql =
        "INSERT OR ROLLBACK INTO intentions (space_id, number, id, owner_id, state, content, \
         created_at, reply_to, seq, begun) VALUES "
            .to_owned();
    for row in 0..rows {
        sql.push_str(if row == 0 { "" } else { ", " });
        sql.push_str("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    }
    sql
}

/// Begins a transaction, and finds what its commands are about.
pub(super) async fn begin<'c>(
    connection: &mut SqliteConnection,
    commands: impl Iterator<Item = &'c Command> + Clone + Send,
) -> sqlx::Result<Found> {
    let (spaces, sends) = Found::asked(commands);
    let mut sql = BEGIN.to_owned();
    if !spaces.is_empty() {
        sql.push_str(
            "; SELECT id, epoch, head, revision FROM spaces \
             WHERE id IN (SELECT value FROM json_each($1)) AND is_deleted = 0",
        );
    }
    if !sends.is_empty() {
        sql.push_str("; SELECT ");
        sql.push_str(INTENTION);
        sql.push_str(
            ", space_id FROM intentions WHERE (space_id, id) IN \
             (SELECT value ->> 0, value ->> 1 FROM json_each($2))",
        );
    }
    let mut query = sqlx::query(&sql);
    if !spaces.is_empty() {
        query = query.bind(json(&spaces)).bind(json(&sends));
    }
    let rows = query.fetch_all(connection).await?;

    let mut found = Found::none_of(&spaces, &sends);
    for row in &rows {
        match row.len() {
            4 => found.add_space(row)?,
            _ => found.add_sent(row)?,
        }
    }
    Ok(found)
}

/// The new heads and revisions, in the form in which [`HEADS`] takes them.
pub(super) fn heads(moved: &[Moved<'_>]) -> Option<String> {
    let row = |it: &Moved| (it.space.clone(), it.head.0, it.revision, it.before.0.0, it.before.1);
    let rows: Vec<_> = moved.iter().map(row).collect();
    (!rows.is_empty()).then(|| json(&rows))
}

/// Writes what waits, and commits: in one visit where less than a chunk waits. `begins` says that the
/// transaction has yet to begin.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    begins: bool,
    pending: &mut MessageBatch,
    mentions: &WriteMentions,
    heads: Option<String>,
) -> sqlx::Result<()> {
    let first = if begins { format!("{BEGIN}; ") } else { String::new() };
    let mut sql = write_chunks(connection, pending, first).await?;
    if !pending.is_empty() {
        sql.push_str(&insert(pending.len()));
        sql.push_str("; ");
    }
    let mentions = || mentions.delete.iter().chain(&mentions.insert);
    mentions().for_each(|(statement, _)| sql.extend([statement, "; "]));
    if heads.is_some() {
        sql.push_str(HEADS);
    }
    sql.push_str("COMMIT");
    let mut query = sqlx::query(&sql);
    query = pending.take(pending.len()).fold(query, bind);
    for (_, list) in mentions() {
        query = query.bind(list);
    }
    query.bind(heads).execute(connection).await.map(drop)
}
