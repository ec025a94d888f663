//! One transaction of SQLite after the other. Lives as long as the writer; between
//! [`begin`](WriteConnection::begin) and [`commit`](WriteConnection::commit) one is open.
//!
//! Always true: a batch of sends visits the database's thread once, to write. What it would look up is
//! assumed, and the statements that write fail where the database has it otherwise. Then, and for all other
//! commands, a batch visits twice: to begin, with all that the sends look at, and to commit, with all that
//! they write.

use sqlx::{
    Connection as _, SqliteConnection,
    error::{DatabaseError, ErrorKind},
};

use super::{
    super::{
        sql::{Database, Dialect, Found, Housekeeping, MessageBatch, SqlTx, query},
        tx::{Commit, WriteConnection},
    },
    batch,
    purge::Purge,
};
use crate::domain::{clock::Moment, command::Command};

pub type SqliteTx = SqlTx<Sqlite>;

/// The connection that writes.
pub struct Sqlite {
    pub(super) connection: SqliteConnection,
    /// What is indexed and deleted.
    pub(super) purge: Purge,
    /// Nothing was looked up, and the transaction has yet to begin, with what it writes.
    is_assuming: bool,
    /// A commit failed, and a server that starts may find it done.
    is_in_doubt: bool,
}

impl Sqlite {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self { connection, purge: Purge::default(), is_assuming: false, is_in_doubt: false }
    }
}

impl Database for Sqlite {
    type Connection = SqliteConnection;

    /// A transaction that assumes has not begun.
    fn rows(&mut self) -> sqlx::Result<&mut SqliteConnection> {
        match self.is_assuming {
            true => Err(sqlx::Error::Protocol("a row is looked at that was assumed".into())),
            false => Ok(&mut self.connection),
        }
    }

    async fn flush(&mut self, pending: &mut MessageBatch) -> sqlx::Result<()> {
        batch::flush(self.rows()?, pending).await
    }

    fn forget_words(from: &str) -> String {
        format!(
            "DELETE FROM search WHERE rowid IN (SELECT \
             (SELECT number FROM search_spaces WHERE space_id = $1) << 32 | number {from})"
        )
    }

    fn words_removed(&mut self) {
        self.purge.may_be_due();
    }
}

impl Housekeeping for SqliteTx {
    fn assume<'c>(
        &mut self,
        now: Moment,
        commands: impl Iterator<Item = &'c Command> + Clone,
    ) -> bool {
        self.forget();
        self.now = now;
        let assumed = Found::assumed(commands, |space| self.cache.get(space));
        self.db.is_assuming = self.is_recovered && assumed.is_some();
        self.found = assumed.unwrap_or_default();
        self.db.is_assuming
    }

    fn was_wrong(error: &sqlx::Error) -> bool {
        is_refused_row(error)
    }

    /// The transaction has not begun, or SQLite has rolled it back.
    fn drop_assumptions(&mut self) {
        self.cache.withdraw_commit();
        self.db.is_assuming = false;
        self.forget();
    }

    async fn recover(&mut self) -> sqlx::Result<()> {
        self.recover_rows().await
    }

    /// Overwrites what a commit that failed may have left in the log, and has that on the disk.
    async fn resolve_in_doubt(&mut self) -> sqlx::Result<()> {
        if self.db.is_in_doubt {
            // Written though it keeps its value, and read by nobody.
            for step in ["BEGIN IMMEDIATE", "PRAGMA user_version = 0", "COMMIT"] {
                if let Err(error) = query(step).execute(&mut self.db.connection).await {
                    self.roll_back().await;
                    return Err(error);
                }
            }
            self.db.is_in_doubt = false;
        }
        Ok(())
    }

    fn is_behind(&self) -> bool {
        self.has_backlog()
    }

    fn has_changed(&self) -> bool {
        self.has_words_to_remove()
    }

    async fn index_portion(&mut self) -> sqlx::Result<()> {
        if !self.is_behind() {
            return Ok(());
        }
        let indexed = self.index_words().await;
        if indexed.is_err() {
            self.roll_back().await;
        }
        indexed
    }

    fn holds_deleted_words(&self) -> bool {
        self.is_recovered && self.db.purge.is_due()
    }

    async fn purge_portion(&mut self) -> sqlx::Result<()> {
        let purged = self.try_to_purge().await;
        if purged.is_err() {
            self.roll_back().await;
        }
        purged
    }

    fn has_deleted(&self) -> bool {
        self.has_deleted_spaces()
    }

    async fn remove_deleted(&mut self) -> sqlx::Result<()> {
        self.remove_deleted_rows().await
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
        self.db.is_assuming = false;
        self.found = batch::begin(&mut self.db.connection, commands).await?;
        Ok(())
    }

    /// Writes each space's row once, however many changes it had, and makes all of it durable.
    async fn commit(&mut self) -> sqlx::Result<Commit> {
        let moved: Vec<_> = self.positions.moved().collect();
        self.cache.begin_commit(moved.iter().map(|moved| moved.space));
        let heads = batch::heads(&moved);
        let mentions = self.mentions.statements(Dialect::Sqlite, "?");
        let (begins, connection) = (self.db.is_assuming, &mut self.db.connection);
        let committing = batch::commit(connection, begins, &mut self.pending, &mentions, heads);
        committing.await.inspect_err(|error| {
            // Where the disk was full, the end of it is not there; and rows are refused before the
            // commit. Any other error leaves open whether all of it is.
            self.db.is_in_doubt |= !is_full(error) && !is_refused_row(error);
        })?;
        self.db.is_assuming = false;
        Ok(self.committed())
    }

    async fn roll_back(&mut self) {
        self.abandoned();
        self.db.is_assuming = false;
        // Where the error was the disk's, SQLite has rolled back already and says so.
        let _ = query("ROLLBACK").execute(&mut self.db.connection).await;
    }

    async fn close(self) {
        if let Err(error) = self.db.connection.close().await {
            tracing::error!(%error, "the database did not close cleanly");
        }
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
