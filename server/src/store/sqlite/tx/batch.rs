//! What a batch of commands says to the database, in as few visits as can be.
//!
//! Several statements stand in one text, which sqlx's driver for SQLite runs one after the other. The
//! driver runs on a thread of its own, and a visit there costs two changes of threads: more than a
//! statement. Lists that are only looked up go in as one JSON text, so that the statement is the same,
//! and prepared once, however long the list is. Messages are bound value by value: SQLite takes three
//! times as long to read them out of JSON.

use std::collections::{BTreeSet, HashMap};

use protocol::{Intention, IntentionId, MessageId, Seq, SpaceId};
use serde::Serialize;
use sqlx::{Row, SqliteConnection, sqlite::SqliteArguments};

use super::super::{
    super::{positions::Moved, tx::MessageRow},
    queries::Position,
    rows::{self, INTENTION, signed},
};
use crate::domain::{
    clock::Moment,
    command::{Command, SendMessage},
    members::SpaceState,
};

/// A space that is not where it was believed to be gets no head, which its table refuses.
const HEADS: &str = "UPDATE OR ROLLBACK spaces SET revision = moved.value ->> 2, head = CASE \
     WHEN head = moved.value ->> 3 AND revision = moved.value ->> 4 THEN moved.value ->> 1 END \
     FROM json_each(?) AS moved WHERE spaces.id = moved.value ->> 0; ";
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Rows that one statement inserts, largest first. Fewer sizes are fewer statements to prepare; the
/// rest of a batch goes with its commit.
const CHUNKS_ROWS: [usize; 2] = [64, 16];

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments<'q>>;

/// Messages that wait to be written together.
#[derive(Default)]
pub(super) struct Pending(Vec<NewRow>);

struct NewRow {
    space: SpaceId,
    intention: Intention,
    created_at: Moment,
    is_answer: bool,
}

impl Pending {
    pub fn push(&mut self, space: &SpaceId, new: &Intention, created_at: Moment, is_answer: bool) {
        let (space, intention) = (space.clone(), new.clone());
        self.0.push(NewRow { space, intention, created_at, is_answer });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The newest message of a space that waits.
    pub fn newest(&self, space: &SpaceId) -> Option<MessageId> {
        let newest = self.0.iter().rev().find(|row| row.space == *space);
        newest.map(|row| row.intention.message_id)
    }

    /// Writes all of them.
    pub async fn flush(&mut self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        self.write_chunks(connection, String::new()).await?;
        if self.0.is_empty() {
            return Ok(());
        }
        let sql = insert(self.0.len());
        let rest = self.0.drain(..).fold(sqlx::query(&sql), |query, row| row.bind_to(query));
        rest.execute(connection).await.map(drop)
    }

    /// Writes all that fill a chunk; fewer rows than the smallest chunk are left. Says `first` with the
    /// first chunk, and returns it where there is none.
    async fn write_chunks(
        &mut self,
        connection: &mut SqliteConnection,
        mut first: String,
    ) -> sqlx::Result<String> {
        for size in CHUNKS_ROWS {
            while self.0.len() >= size {
                let sql = std::mem::take(&mut first) + &insert(size);
                let rows = self.0.drain(..size);
                let chunk = rows.fold(sqlx::query(&sql), |query, row| row.bind_to(query));
                chunk.execute(&mut *connection).await?;
            }
        }
        Ok(first)
    }
}

impl NewRow {
    fn bind_to(self, query: Query<'_>) -> Query<'_> {
        let Self { space, intention, created_at, is_answer } = self;
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

/// The rows of the spaces and the sends that a batch is about; None where there is no such row.
#[derive(Default)]
pub(super) struct Found {
    spaces: HashMap<SpaceId, Option<Position>>,
    sent: HashMap<SpaceId, HashMap<IntentionId, Option<MessageRow>>>,
}

impl Found {
    /// None where nobody has looked.
    pub fn space(&self, id: &SpaceId) -> Option<&Option<Position>> {
        self.spaces.get(id)
    }

    /// The message that was sent under this id before; None where nobody has looked.
    pub fn sent(&self, space: &SpaceId, id: IntentionId) -> Option<Option<&MessageRow>> {
        self.sent.get(space)?.get(&id).map(Option::as_ref)
    }

    fn put_sent(&mut self, space: &SpaceId, id: IntentionId, row: Option<MessageRow>) {
        match self.sent.get_mut(space) {
            Some(sent) => sent.insert(id, row).and(None),
            None => self.sent.insert(space.clone(), HashMap::from([(id, row)])),
        };
    }
}

/// What [`begin`] would most likely find: spaces as they are remembered, and no message. None where a
/// command is no send, or its space is not remembered.
pub(super) fn assumed<'c>(
    commands: impl Iterator<Item = &'c Command>,
    remembered: impl Fn(&SpaceId) -> Option<SpaceState>,
) -> Option<Found> {
    let mut found = Found::default();
    for command in commands {
        let Command::SendMessage(SendMessage { space, id, .. }) = command else { return None };
        if !found.spaces.contains_key(space) {
            let SpaceState { epoch, head, revision, .. } = remembered(space)?;
            found.spaces.insert(space.clone(), Some(Position { epoch, head, revision }));
        }
        found.put_sent(space, *id, None);
    }
    (!found.spaces.is_empty()).then_some(found)
}

/// Begins a transaction, and finds what its commands are about.
pub(super) async fn begin<'c>(
    connection: &mut SqliteConnection,
    commands: impl Iterator<Item = &'c Command> + Clone + Send,
) -> sqlx::Result<Found> {
    let spaces: BTreeSet<&SpaceId> = commands.clone().filter_map(Command::space).collect();
    let sends = commands.filter_map(|command| match command {
        Command::SendMessage(SendMessage { space, id, .. }) => Some((space, *id)),
        _ => None,
    });
    let sends: Vec<(&SpaceId, IntentionId)> = sends.collect();
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

    let mut found = Found::default();
    found.spaces.extend(spaces.into_iter().map(|space| (space.clone(), None)));
    for (space, id) in sends {
        found.put_sent(space, id, None);
    }
    for row in &rows {
        if row.len() == 4 {
            let space: SpaceId = rows::parsed(row.try_get(0)?)?;
            found.spaces.insert(space, Some(position(row)?));
        } else {
            let message = rows::message(row)?;
            let space: SpaceId = rows::parsed(row.try_get(row.len() - 1)?)?;
            found.put_sent(&space, message.intention.id, Some(message));
        }
    }
    Ok(found)
}

fn position(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Position> {
    Ok(Position {
        epoch: rows::epoch(row.try_get(1)?)?,
        head: Seq(rows::unsigned(row.try_get(2)?)),
        revision: rows::unsigned(row.try_get(3)?),
    })
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
    pending: &mut Pending,
    mentions: &[(&'static str, String)],
    heads: Option<String>,
) -> sqlx::Result<()> {
    let first = if begins { format!("{BEGIN}; ") } else { String::new() };
    let mut sql = pending.write_chunks(connection, first).await?;
    if !pending.0.is_empty() {
        sql.push_str(&insert(pending.0.len()));
        sql.push_str("; ");
    }
    mentions.iter().for_each(|(statement, _)| sql.push_str(statement));
    if heads.is_some() {
        sql.push_str(HEADS);
    }
    sql.push_str("COMMIT");
    let mut query = sqlx::query(&sql);
    for row in pending.0.drain(..) {
        query = row.bind_to(query);
    }
    for (_, list) in mentions {
        query = query.bind(list);
    }
    query.bind(heads).execute(connection).await.map(drop)
}

pub(in super::super) fn json(list: &impl Serialize) -> String {
    let mut text = Vec::new();
    to_json(&mut text, list);
    String::from_utf8(text).expect("JSON is UTF-8")
}

fn to_json(text: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(text, value).expect("a list of texts and numbers is JSON");
}
