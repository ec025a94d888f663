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

use super::{
    super::{
        query::{Columns, Connection, query},
        rows::{self, json, signed, unsigned},
    },
    Database, SqlTx,
};
use crate::search::{VERSION, words};

/// How a database keeps the words of messages, and finds them.
pub trait WordIndex: Connection {
    /// Removes the messages of the list $1: of their row ids, their spaces and their numbers.
    const REMOVE: &str;
    /// Adds those of the list $2: the same, and their words as [`text`](Self::text) has them.
    const ADD: &str;
    const CLEAR: &str;

    /// Words as a row has them. None of them has a blank in it.
    fn text<'w>(words: impl Iterator<Item = &'w str>) -> String;
}

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

/// A message of the index, by its row id, its space and its number.
type Key = (i64, String, i64);

/// The rows of a portion.
#[derive(Default)]
struct Portion {
    removed: Vec<Key>,
    /// With their words.
    added: Vec<(i64, String, i64, String)>,
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

    pub fn is_empty(&self) -> bool {
        self.is_known && self.spaces.is_empty() && !self.has_changed
    }
}

impl<D: Database> SqlTx<D>
where
    D::Connection: WordIndex,
{
    /// Whether there may be something to index.
    pub(in crate::store) fn has_backlog(&self) -> bool {
        self.is_recovered && !self.backlog.is_empty()
    }

    /// The same of removing words.
    pub(in crate::store) fn has_words_to_remove(&self) -> bool {
        self.is_recovered && self.backlog.has_changed
    }

    /// Indexes a portion of what is left, in a transaction of its own. Where it fails, that is yet to be
    /// rolled back.
    pub(in crate::store) async fn index_words(&mut self) -> sqlx::Result<()> {
        self.forget();
        let mut portion = Portion::default();
        let begin = format!(
            "/* index */ {}; SELECT c.space_id, c.number, s.number, i.content, i.owner_id, \
             i.state <> 'active' AND i.is_deleted = 0 FROM search_changed c \
             CROSS JOIN search_spaces s CROSS JOIN intentions i WHERE s.space_id = c.space_id \
             AND i.space_id = c.space_id AND i.number = c.number LIMIT $1",
            D::Connection::DIALECT.begin()
        );
        let changed = query(&begin).bind(CHANGED_MAX_ROWS as i64);
        let changed = changed.fetch_all(self.rows()?).await?;
        changed.iter().try_for_each(|row| portion.add_changed::<D::Connection>(row))?;
        if !self.backlog.is_known {
            self.learn_backlog().await?;
        }
        let next = self.backlog.spaces.first().cloned();
        if let Some(space) = next.filter(|_| changed.len() < CHANGED_MAX_ROWS) {
            self.add_new(&mut portion, space).await?;
        }
        self.write(&portion).await?;
        if !portion.removed.is_empty() {
            self.db.words_removed();
        }
        self.backlog.has_changed = changed.len() == CHANGED_MAX_ROWS;
        if let Some((space, _)) = portion.reached.filter(|_| !portion.is_full) {
            self.backlog.spaces.remove(&space);
        }
        Ok(())
    }

    /// Finds what an earlier server has left, and drops an index of another version.
    async fn learn_backlog(&mut self) -> sqlx::Result<()> {
        let version = query("/* index */ SELECT version FROM search_version");
        let version = version.fetch_optional(self.rows()?).await?;
        let version: Option<i64> = version.map(|row| row.try_get(0)).transpose()?;
        if version != Some(VERSION) {
            let clear = format!(
                "/* index */ {}; {FROM_THE_BEGINNING}; UPDATE search_version SET version = {VERSION}",
                D::Connection::CLEAR
            );
            query(&clear).execute(self.rows()?).await?;
        }
        let left = "/* index */ SELECT s.space_id FROM search_spaces s \
             CROSS JOIN spaces p WHERE p.id = s.space_id AND p.head > s.indexed_up_to";
        for row in query(left).fetch_all(self.rows()?).await? {
            self.backlog.grew(&rows::parsed(row.try_get(0)?)?);
        }
        self.backlog.is_known = true;
        self.db.words_removed();
        Ok(())
    }

    async fn add_new(&mut self, portion: &mut Portion, space: SpaceId) -> sqlx::Result<()> {
        let new = "/* index */ SELECT s.number, p.head FROM search_spaces s \
             CROSS JOIN spaces p WHERE p.id = s.space_id AND s.space_id = $1; \
             SELECT number, owner_id, content FROM intentions WHERE space_id = $1 AND number > \
             (SELECT indexed_up_to FROM search_spaces WHERE space_id = $1) \
             AND is_deleted = 0 AND state <> 'active' ORDER BY number LIMIT $2";
        let new = query(new).bind(space.as_str()).bind(NEW_MAX_ROWS as i64);
        let found = new.fetch_all(self.rows()?).await?;
        let (mut number, mut up_to, mut bytes) = (0, 0, 0);
        portion.is_full = found.len() > NEW_MAX_ROWS;
        for row in &found {
            if row.len() == 2 {
                (number, up_to) = (row.try_get(0)?, unsigned(row.try_get(1)?));
                continue;
            }
            let (message, owner, content) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let words = indexed::<D::Connection>(owner, content);
            portion.added.push((row_id(number, message), space.to_string(), message, words));
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
        let dialect = D::Connection::DIALECT;
        let sql = format!(
            "/* index */ {}; {}; DELETE FROM search_changed WHERE (space_id, number) IN \
             (SELECT it.value ->> 0, CAST(it.value ->> 1 AS BIGINT) FROM {}); \
             UPDATE search_spaces SET indexed_up_to = {}(indexed_up_to, $5) WHERE space_id = $4; \
             COMMIT",
            D::Connection::REMOVE,
            D::Connection::ADD,
            dialect.elements_of("$3", "it"),
            dialect.greatest()
        );
        let query = query(&sql)
            .bind(json(&portion.removed))
            .bind(json(&portion.added))
            .bind(json(&portion.settled))
            .bind(reached.map(|(space, _)| space.as_str()))
            .bind(reached.map(|(_, up_to)| signed(*up_to)));
        query.execute(self.rows()?).await.map(drop)
    }
}

/// With an index that is cleared: all of it is made again.
pub const FROM_THE_BEGINNING: &str =
    "UPDATE search_spaces SET indexed_up_to = 0; DELETE FROM search_changed";

impl Portion {
    fn add_changed<C: WordIndex>(&mut self, row: &C::Row) -> sqlx::Result<()> {
        let (message, number): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let (content, owner): (&str, &str) = (row.try_get(3)?, row.try_get(4)?);
        let (id, space): (_, String) = (row_id(number, message), row.try_get(0)?);
        self.removed.push((id, space.clone(), message));
        if row.try_get(5)? {
            self.added.push((id, space.clone(), message, indexed::<C>(owner, content)));
        }
        self.settled.push((space, message));
        Ok(())
    }
}

fn row_id(space: i64, message: i64) -> i64 {
    space << 32 | message
}

/// A message as the index has it: its author, and its words.
fn indexed<C: WordIndex>(owner: &str, content: &str) -> String {
    let words: Vec<_> = words(content).map(|word| word.text).collect();
    C::text(std::iter::once(owner).chain(words.iter().map(String::as_str)))
}
