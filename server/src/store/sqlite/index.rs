//! The index of words, which follows the messages in transactions of its own: to index in the transaction of
//! a message makes a send cost eight times as much.
//!
//! Always true:
//! - The index has the words of each message up to `indexed_up_to` of its space, but for answers that grow,
//!   for what was deleted, and for what stands in `search_changed`.
//! - What changes there is noted in `search_changed` in the transaction of the change. It stays
//!   until the next portion, and none is left when the store closes.
//! - A portion is bounded, and commits how far it has come: it goes on wherever it was interrupted.

use std::collections::BTreeSet;

use protocol::SpaceId;
use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        sql::{
            Housekeeping as _,
            rows::{self, json, signed, unsigned},
        },
        tx::WriteConnection as _,
    },
    SqliteTx,
};
use crate::search::{VERSION, words};

/// What a portion takes at most: a few milliseconds.
const CHANGED_MAX_ROWS: usize = 32;
const NEW_MAX_ROWS: usize = 128;
const NEW_MAX_BYTES: usize = 128 * 1024;

/// What is known to be left.
#[derive(Default)]
pub(super) struct Backlog {
    /// Whether an earlier server may have left something.
    is_known: bool,
    spaces: BTreeSet<SpaceId>,
    has_changed: bool,
}

/// The rows of a portion.
#[derive(Default)]
struct Portion {
    removed: Vec<i64>,
    added: Vec<(i64, String)>,
    settled: Vec<(String, i64)>,
    /// The space that has come further, and how far.
    reached: Option<(SpaceId, u64)>,
    is_full: bool,
}

impl Backlog {
    /// Something was committed in a space.
    pub fn grew(&mut self, space: &SpaceId) {
        if !self.spaces.contains(space) {
            self.spaces.insert(space.clone());
        }
    }

    /// A message was changed.
    pub fn changed(&mut self) {
        self.has_changed = true;
    }

    /// Whether words are to be removed.
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }

    pub fn is_empty(&self) -> bool {
        self.is_known && self.spaces.is_empty() && !self.has_changed
    }
}

impl SqliteTx {
    /// Indexes a portion of what is left.
    pub(super) async fn index_words(&mut self) -> sqlx::Result<()> {
        if !self.is_behind() {
            return Ok(());
        }
        let indexed = self.try_index().await;
        if indexed.is_err() {
            self.roll_back().await;
        }
        indexed
    }

    async fn try_index(&mut self) -> sqlx::Result<()> {
        self.forget();
        let mut portion = Portion::default();
        let begin = "/* index */ BEGIN IMMEDIATE; \
             SELECT c.space_id, c.number, s.number, i.content, i.owner_id, \
             i.state <> 'active' AND i.is_deleted = 0 FROM search_changed c \
             CROSS JOIN search_spaces s ON s.space_id = c.space_id \
             CROSS JOIN intentions i ON i.space_id = c.space_id AND i.number = c.number LIMIT $1";
        let changed = sqlx::query(begin).bind(CHANGED_MAX_ROWS as i64);
        let changed = changed.fetch_all(&mut self.db.connection).await?;
        changed.iter().try_for_each(|row| portion.add_changed(row))?;
        if !self.db.backlog.is_known {
            self.learn_backlog().await?;
        }
        let next = self.db.backlog.spaces.first().cloned();
        if let Some(space) = next.filter(|_| changed.len() < CHANGED_MAX_ROWS) {
            self.add_new(&mut portion, space).await?;
        }
        self.write(&portion).await?;
        self.db.backlog.has_changed = changed.len() == CHANGED_MAX_ROWS;
        if let Some((space, _)) = portion.reached.filter(|_| !portion.is_full) {
            self.db.backlog.spaces.remove(&space);
        }
        Ok(())
    }

    /// Finds what an earlier server has left, and drops an index of another version.
    async fn learn_backlog(&mut self) -> sqlx::Result<()> {
        let version = sqlx::query_scalar("/* index */ SELECT version FROM search_version");
        let version: i64 = version.fetch_one(&mut self.db.connection).await?;
        if version != VERSION {
            let clear =
                format!("/* index */ {CLEAR_INDEX}; UPDATE search_version SET version = {VERSION}");
            sqlx::query(&clear).execute(&mut self.db.connection).await?;
        }
        let left = "/* index */ SELECT s.space_id FROM search_spaces s \
             CROSS JOIN spaces p ON p.id = s.space_id WHERE p.head > s.indexed_up_to";
        for row in sqlx::query(left).fetch_all(&mut self.db.connection).await? {
            self.db.backlog.grew(&rows::parsed(row.try_get(0)?)?);
        }
        self.db.backlog.is_known = true;
        Ok(())
    }

    async fn add_new(&mut self, portion: &mut Portion, space: SpaceId) -> sqlx::Result<()> {
        let new = "/* index */ SELECT s.number, p.head FROM search_spaces s \
             CROSS JOIN spaces p ON p.id = s.space_id WHERE s.space_id = $1; \
             SELECT number, owner_id, content FROM intentions WHERE space_id = $1 AND number > \
             (SELECT indexed_up_to FROM search_spaces WHERE space_id = $1) \
             AND is_deleted = 0 AND state <> 'active' ORDER BY number LIMIT $2";
        let new = sqlx::query(new).bind(space.as_str()).bind(NEW_MAX_ROWS as i64);
        let found = new.fetch_all(&mut self.db.connection).await?;
        let (mut number, mut up_to, mut bytes) = (0, 0, 0);
        portion.is_full = found.len() > NEW_MAX_ROWS;
        for row in &found {
            if row.len() == 2 {
                (number, up_to) = (row.try_get(0)?, unsigned(row.try_get(1)?));
                continue;
            }
            let (message, owner, content) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            portion.added.push((row_id(number, message), indexed(owner, content)));
            bytes += content.len();
            portion.is_full |= bytes > NEW_MAX_BYTES;
            if portion.is_full {
                up_to = unsigned(message);
            }
            if bytes > NEW_MAX_BYTES {
                break;
            }
        }
        portion.reached = Some((space, up_to));
        Ok(())
    }

    async fn write(&mut self, portion: &Portion) -> sqlx::Result<()> {
        let reached = portion.reached.as_ref().map(|(space, up_to)| (space, up_to));
        let sql = "/* index */ DELETE FROM search WHERE rowid IN (SELECT value FROM json_each($1)); \
             INSERT INTO search (rowid, words) \
             SELECT value ->> 0, value ->> 1 FROM json_each($2); \
             DELETE FROM search_changed WHERE (space_id, number) IN \
             (SELECT value ->> 0, value ->> 1 FROM json_each($3)); \
             UPDATE search_spaces SET indexed_up_to = max(indexed_up_to, $5) WHERE space_id = $4; \
             COMMIT";
        let query = sqlx::query(sql)
            .bind(json(&portion.removed))
            .bind(json(&portion.added))
            .bind(json(&portion.settled))
            .bind(reached.map(|(space, _)| space.as_str()))
            .bind(reached.map(|(_, up_to)| signed(*up_to)));
        query.execute(&mut self.db.connection).await.map(drop)
    }
}

/// Empties the index; all of it is made again.
pub(super) const CLEAR_INDEX: &str = "INSERT INTO search (search) VALUES ('delete-all'); \
     UPDATE search_spaces SET indexed_up_to = 0; DELETE FROM search_changed";

impl Portion {
    fn add_changed(&mut self, row: &SqliteRow) -> sqlx::Result<()> {
        let (message, number): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let (content, owner): (&str, &str) = (row.try_get(3)?, row.try_get(4)?);
        let (id, is_searched) = (row_id(number, message), row.try_get(5)?);
        self.removed.push(id);
        if is_searched {
            self.added.push((id, indexed(owner, content)));
        }
        self.settled.push((row.try_get(0)?, message));
        Ok(())
    }
}

fn row_id(space: i64, message: i64) -> i64 {
    space << 32 | message
}

/// A message as the index has it: its author, and its words.
fn indexed(owner: &str, content: &str) -> String {
    let mut text = owner.to_owned();
    for word in words(content) {
        text.push(' ');
        text.push_str(&word.text);
    }
    text
}
