//! One transaction of SQLite after the other. Lives as long as the writer; between
//! [`begin`](WriteConnection::begin) and [`commit`](WriteConnection::commit) one is open.
//!
//! Always true:
//! - A batch of sends visits the database's thread once, to write: what it would look up is assumed, and
//!   the statements that write fail where the database has it otherwise. Then, and for all other
//!   commands, a batch visits twice: to begin, with all that the sends look at, and to commit, with all
//!   that they write. Messages wait in `pending` until then, or until a command of the same batch looks
//!   at them.
//! - Nothing is remembered of a transaction that did not commit.

mod batch;
mod beings;
mod deletion;
mod inbox;
mod index;
mod messages;
mod reactions;
mod spaces;

use std::{collections::HashMap, sync::Arc};

use protocol::{IntentionId, MessageId, SpaceId};
use sqlx::{
    Connection, Row, SqliteConnection,
    error::{DatabaseError, ErrorKind},
    sqlite::SqliteArguments,
};

use self::{
    batch::Pending,
    inbox::{PendingMentions, Told},
    index::Backlog,
};
pub(super) use self::{batch::json, index::CLEAR_INDEX};
use super::{
    super::{
        cache::SpaceCache,
        committed::CommittedInbox,
        positions::Positions,
        tx::{BeingRows, Commit, TxError, WriteConnection},
    },
    queries,
};
use crate::domain::{
    answers, clock::Moment, command::Command, members::SpaceState, rng::Rng, token::TokenHash,
};

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments<'q>>;

pub struct SqliteTx {
    connection: SqliteConnection,
    rng: Arc<Rng>,
    now: Moment,
    cache: Arc<SpaceCache>,
    positions: Positions,
    /// Messages that are not written yet.
    pending: Pending,
    mentions: PendingMentions,
    told: Told,
    /// What is not indexed yet.
    backlog: Backlog,
    /// The messages that this transaction creates, by the ids that they were sent under.
    created: HashMap<SpaceId, HashMap<IntentionId, MessageId>>,
    /// What the database held, when the transaction began, of the spaces and the ids that its commands
    /// name.
    found: batch::Found,
    /// Nothing was looked up, and the transaction has yet to begin, with what it writes.
    is_assuming: bool,
    /// The sessions that this transaction ends.
    ended_sessions: Vec<TokenHash>,
    /// A commit failed, and a server that starts may find it done.
    is_in_doubt: bool,
    /// What an earlier server left is dealt with.
    is_recovered: bool,
    /// Content of deleted spaces may be left.
    has_deleted: bool,
}

impl SqliteTx {
    pub(super) fn new(connection: SqliteConnection, cache: Arc<SpaceCache>, rng: Arc<Rng>) -> Self {
        Self {
            connection,
            rng,
            now: Moment(0),
            cache,
            positions: Positions::default(),
            pending: Pending::default(),
            mentions: PendingMentions::default(),
            told: vec![],
            backlog: Backlog::default(),
            created: HashMap::new(),
            found: batch::Found::default(),
            is_assuming: false,
            ended_sessions: vec![],
            is_in_doubt: false,
            is_recovered: false,
            has_deleted: false,
        }
    }

    /// Before anything else is written: forgets what has expired, and ends the answers that nobody
    /// writes any more. Once that is committed, nothing is left to do.
    pub(super) async fn recover(&mut self) -> sqlx::Result<()> {
        if self.is_recovered {
            return Ok(());
        }
        let recovered = async {
            self.delete_expired().await?;
            answers::interrupt_all(self).await
        };
        let interrupted = recovered.await.map_err(failure)?;
        self.find_deleted().await?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "answers were being written when the server ended");
        }
        Ok(())
    }

    /// Instead of [`begin`](WriteConnection::begin), for sends alone: each space is assumed to be as it
    /// is remembered, and each id to be new. False where a space is not remembered, or something else is
    /// to be done first.
    pub(super) fn assume<'c>(
        &mut self,
        now: Moment,
        commands: impl Iterator<Item = &'c Command> + Clone,
    ) -> bool {
        self.forget();
        self.now = now;
        let assumed = batch::assumed(commands, |space| self.cache.get(space));
        self.is_assuming = self.is_recovered && assumed.is_some();
        self.found = assumed.unwrap_or_default();
        self.is_assuming
    }

    /// Ends a transaction whose assumptions may be wrong. Nothing is written: it has not begun, or
    /// SQLite has rolled it back.
    pub(super) fn drop_assumptions(&mut self) {
        self.cache.withdraw_commit();
        self.forget();
    }

    /// The connection, for whatever looks at rows; a transaction that assumes has not begun there.
    fn rows(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        match self.is_assuming {
            true => Err(sqlx::Error::Protocol("a row is looked at that was assumed".into())),
            false => Ok(&mut self.connection),
        }
    }

    /// Makes certain that a commit that failed has changed nothing: overwrites what it may have left
    /// in the log, and has that on the disk.
    pub(super) async fn resolve_in_doubt(&mut self) -> sqlx::Result<()> {
        if self.is_in_doubt {
            // Written though it keeps its value, and read by nobody.
            for step in ["BEGIN IMMEDIATE", "PRAGMA user_version = 0", "COMMIT"] {
                if let Err(error) = self.run(sqlx::query(step)).await {
                    self.roll_back().await;
                    return Err(error);
                }
            }
            self.is_in_doubt = false;
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.positions.clear();
        self.pending.clear();
        self.mentions.clear();
        self.told.clear();
        self.created.clear();
        self.found = batch::Found::default();
        self.is_assuming = false;
        self.ended_sessions.clear();
    }

    /// Writes the messages that wait, because a command is about to look at them.
    async fn flush(&mut self) -> sqlx::Result<()> {
        self.rows()?;
        self.pending.flush(&mut self.connection).await
    }

    /// Writes the messages that wait, if this is one of them.
    async fn flush_for(&mut self, space: &SpaceId, message: MessageId) -> sqlx::Result<()> {
        match self.positions.is_written_here(space, message.created_at()) {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    async fn load_space(&mut self, id: &SpaceId) -> sqlx::Result<Option<SpaceState>> {
        let position = match self.found.space(id) {
            Some(found) => found.clone(),
            None => queries::position(self.rows()?, id).await?,
        };
        let Some(position) = position else { return Ok(None) };
        let remembered = self.cache.get(id).filter(|state| state.revision == position.revision);
        let state = match remembered {
            Some(state) => SpaceState { head: position.head, epoch: position.epoch, ..state },
            None => match queries::space_state(self.rows()?, id).await? {
                Some(state) => state,
                None => return Ok(None),
            },
        };
        self.positions.load(id.clone(), state.clone());
        Ok(Some(state))
    }

    /// Writes a change of one message, and with it the message itself where it waits. The index follows.
    async fn change<'q>(
        &mut self,
        space: &SpaceId,
        message: MessageId,
        update: Query<'q>,
    ) -> sqlx::Result<()> {
        self.flush_for(space, message).await?;
        self.backlog.changed();
        self.run_on_one(update).await
    }

    /// Fails where there is no such row.
    async fn run_on_one<'q>(&mut self, query: Query<'q>) -> sqlx::Result<()> {
        match self.run(query).await? {
            0 => Err(sqlx::Error::RowNotFound),
            _ => Ok(()),
        }
    }

    async fn run<'q>(&mut self, query: Query<'q>) -> sqlx::Result<u64> {
        query.execute(self.rows()?).await.map(|done| done.rows_affected())
    }

    /// The first column of every row, as text.
    async fn texts<'q>(&mut self, query: Query<'q>) -> sqlx::Result<Vec<String>> {
        let rows = query.fetch_all(self.rows()?).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }
}

impl WriteConnection for SqliteTx {
    /// Begins, and looks up the rows that the commands are about: every space first, in the order of
    /// their ids.
    async fn begin<'c>(
        &mut self,
        now: Moment,
        commands: impl Iterator<Item = &'c Command> + Clone + Send,
    ) -> sqlx::Result<()> {
        self.forget();
        self.now = now;
        self.found = batch::begin(&mut self.connection, commands).await?;
        Ok(())
    }

    /// Writes each space's row once, however many changes it had, and makes all of it durable.
    async fn commit(&mut self) -> sqlx::Result<Commit> {
        let moved: Vec<_> = self.positions.moved().collect();
        self.cache.begin_commit(moved.iter().map(|moved| moved.space));
        let heads = batch::heads(&moved);
        let (begins, mentions) = (self.is_assuming, self.mentions.statements());
        let connection = &mut self.connection;
        let committing = batch::commit(connection, begins, &mut self.pending, &mentions, heads);
        committing.await.inspect_err(|error| {
            // Where the disk was full, the end of it is not there; and rows are refused before the
            // commit. Any other error leaves open whether all of it is.
            self.is_in_doubt |= !is_full(error) && !is_refused_row(error);
        })?;
        self.is_recovered = true;
        self.ended_sessions.drain(..).for_each(|token| self.cache.forget_session(&token));
        let committed = self.positions.committed().into_iter();
        let mut deleted = vec![];
        let spaces = committed.filter_map(|(space, state, committed)| {
            match state {
                Some(state) => {
                    self.backlog.grew(&space);
                    self.cache.put(&space, state);
                }
                None => {
                    self.cache.remove(&space);
                    deleted.push(space);
                }
            }
            committed
        });
        let spaces = spaces.collect();
        let told = |(being, cursor, space, event)| CommittedInbox::new(being, cursor, space, event);
        let inboxes = self.told.drain(..).map(told).collect();
        Ok(Commit { spaces, inboxes, deleted })
    }

    async fn roll_back(&mut self) {
        self.cache.abandon_commit();
        // Where the commit failed, nobody can say whether they have ended.
        self.ended_sessions.drain(..).for_each(|token| self.cache.forget_session(&token));
        self.forget();
        // Where the error was the disk's, SQLite has rolled back already and says so.
        let _ = self.run(sqlx::query("ROLLBACK")).await;
    }

    async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::error!(%error, "the database did not close cleanly");
        }
    }
}

impl From<sqlx::Error> for TxError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// The error of a rule that refuses nothing.
pub(super) fn failure(error: TxError) -> sqlx::Error {
    match error {
        TxError::Failed(error) => match error.downcast::<sqlx::Error>() {
            Ok(error) => *error,
            Err(error) => sqlx::Error::Protocol(error.to_string()),
        },
        TxError::Refused(refusal) => sqlx::Error::Protocol(refusal.to_string()),
    }
}

/// Whether a row breaks what its table asks for.
pub(super) fn is_refused_row(error: &sqlx::Error) -> bool {
    let kind = error.as_database_error().map(DatabaseError::kind);
    matches!(kind, Some(ErrorKind::UniqueViolation | ErrorKind::NotNullViolation))
}

/// Whether there was no room for it.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    const SQLITE_FULL: &str = "13";
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(SQLITE_FULL))
}
