//! One transaction of PostgreSQL after the other, in a constant number of round trips: to begin, to lock the
//! spaces that its commands are about, to look up its sends, to write, and to commit.

use sqlx::{Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};

use super::{
    super::{
        sql::{Database, Dialect, Housekeeping, MessageBatch, SqlTx},
        tx::{Commit, WriteConnection},
    },
    batch,
    doubt::{Transaction, settle},
    preparation::connect_to_write,
};
use crate::domain::{clock::Moment, command::Command};

pub type PostgresTx = SqlTx<Postgres>;

/// The connection that writes.
pub struct Postgres {
    /// None where it broke, until the next transaction begins.
    connection: Option<PgConnection>,
    options: PgConnectOptions,
    /// The transaction that is open.
    open: Option<Transaction>,
}

impl Postgres {
    pub(super) fn new(connection: PgConnection, options: PgConnectOptions) -> Self {
        Self { connection: Some(connection), options, open: None }
    }
}

impl Database for Postgres {
    type Connection = PgConnection;

    fn rows(&mut self) -> sqlx::Result<&mut PgConnection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn flush(&mut self, pending: &mut MessageBatch) -> sqlx::Result<()> {
        batch::insert(self.rows()?, pending).await
    }

    fn forget_words(from: &str) -> String {
        format!("DELETE FROM search WHERE (space_id, number) IN (SELECT space_id, number {from})")
    }

    /// The database vacuums by itself.
    fn words_removed(&mut self) {}
}

impl WriteConnection for PostgresTx {
    async fn begin<'c>(
        &mut self,
        now: Moment,
        commands: impl Iterator<Item = &'c Command> + Clone + Send,
    ) -> sqlx::Result<()> {
        self.forget();
        self.now = now;
        if self.db.connection.is_none() {
            self.db.connection = Some(connect_to_write(&self.db.options).await?);
        }
        let connection = self.db.rows()?;
        self.db.open = Some(Transaction::begin(connection).await?);
        self.found = batch::find(self.db.rows()?, commands).await?;
        Ok(())
    }

    /// Where the answer to the commit is lost, this waits until it is known what became of it.
    async fn commit(&mut self) -> sqlx::Result<Commit> {
        let moved: Vec<_> = self.positions.moved().collect();
        self.cache.begin_commit(moved.iter().map(|moved| moved.space));
        let mentions = self.mentions.statements(Dialect::Postgres, "$1");
        let connection = self.db.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        batch::write(connection, &mut self.pending, &mentions, &moved).await?;
        let open = self.db.open.take();
        if let Err(error) = connection.execute("COMMIT").await {
            let open = open.filter(|_| error.as_database_error().is_none());
            let Some(open) = open else { return Err(error) };
            tracing::error!(%error, "a commit was not answered");
            self.db.connection = Some(settle(&self.db.options, open).await.map_err(|()| error)?);
        }
        Ok(self.committed())
    }

    async fn roll_back(&mut self) {
        self.abandoned();
        self.db.open = None;
        if let Some(connection) = &mut self.db.connection
            && let Err(error) = connection.execute("ROLLBACK").await
        {
            tracing::error!(%error, "the connection is given up, and made anew");
            self.db.connection = None;
        }
    }

    async fn close(self) {
        if let Some(connection) = self.db.connection
            && let Err(error) = connection.close().await
        {
            tracing::error!(%error, "the database did not close cleanly");
        }
    }
}

impl Housekeeping for PostgresTx {
    /// Another server may have changed a space: nothing is assumed.
    fn assume<'c>(&mut self, _: Moment, _: impl Iterator<Item = &'c Command> + Clone) -> bool {
        false
    }

    fn was_wrong(_: &sqlx::Error) -> bool {
        false
    }

    fn drop_assumptions(&mut self) {
        self.forget();
    }

    async fn recover(&mut self) -> sqlx::Result<()> {
        self.recover_rows().await
    }

    /// A commit is settled before it is answered.
    async fn resolve_in_doubt(&mut self) -> sqlx::Result<()> {
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
        false
    }

    async fn purge_portion(&mut self) -> sqlx::Result<()> {
        Ok(())
    }

    fn has_deleted(&self) -> bool {
        self.has_deleted_spaces()
    }

    async fn remove_deleted(&mut self) -> sqlx::Result<()> {
        self.remove_deleted_rows().await
    }
}
