//! The embedded store: one file, WAL, every commit on disk before it is told of.

mod batch;
mod connection;
mod preparation;
mod purge;
mod tx;
mod words;

use std::{future::ready, path::Path, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, Connection as _, SqliteConnection, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tracing::log::LevelFilter;

use self::{preparation::flush_log, tx::Sqlite};
pub use self::{
    preparation::{BegunLog, PreparationError},
    tx::SqliteTx,
};
use super::{
    Publish,
    cache::SpaceCache,
    sql::{Engine, SqlStore, queries},
};
use crate::domain::{clock::Clock, rng::Rng};

/// Readers never wait for the writer in WAL mode; two cores need no more of them.
const READERS_MAX: u32 = 8;
/// Every statement there is stays prepared, in each connection.
const STATEMENTS_MAX: usize = 200;
const SLOW_QUERY: Duration = Duration::from_millis(500);

pub type SqliteStore = SqlStore<Readers>;

/// The connections that read.
pub struct Readers(SqlitePool);

impl SqliteStore {
    /// Opens the file, making it and its tables if they are absent.
    pub async fn open(
        file: &Path,
        clock: Arc<dyn Clock>,
        rng: Arc<Rng>,
        publish: impl Publish,
    ) -> sqlx::Result<Self> {
        let (store, tx) = Self::open_without_writer(file, clock, rng).await?;
        Ok(store.writing(tx, publish).await)
    }

    /// The store, closed for commands, and the connection of its writer: to ask the row verbs one by one.
    pub async fn open_without_writer(
        file: &Path,
        clock: Arc<dyn Clock>,
        rng: Arc<Rng>,
    ) -> sqlx::Result<(Self, SqliteTx)> {
        let options = Self::options(file);
        let mut connection = options.connect().await?;
        sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
        flush_log(&mut connection).await?;

        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .before_acquire(|reader, _| Box::pin(ready(Ok(has_let_go(reader)))))
            .connect_with(options.read_only(true))
            .await?;
        // Everybody comes back at once after a restart; it takes one query to know them.
        let sessions = queries::sessions(&mut connection, clock.now()).await?;
        let cache = Arc::new(SpaceCache::remembering(sessions));
        let tx = SqliteTx::new(Sqlite::new(connection), cache.clone(), rng);
        let store = Self::reading(Readers(readers), cache, clock);
        Ok((store, tx))
    }

    fn options(file: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged message survives power loss, not only a crash.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Deleted content is overwritten, not only unlinked.
            .pragma("secure_delete", "ON")
            // A statement that inserts many rows keeps what it would have to undo: in memory, not in a
            // file of a folder that may not be writable, or not be this one's.
            .pragma("temp_store", "MEMORY")
            .statement_cache_capacity(STATEMENTS_MAX)
            .busy_timeout(Duration::from_secs(5))
            .log_statements(LevelFilter::Trace)
            .log_slow_statements(LevelFilter::Warn, SLOW_QUERY)
    }
}

impl Engine for Readers {
    type Connection = SqliteConnection;
    type Reader = PoolConnection<sqlx::Sqlite>;
    type Snapshot = Transaction<'static, sqlx::Sqlite>;

    async fn reader(&self) -> sqlx::Result<Self::Reader> {
        self.0.acquire().await
    }

    async fn snapshot(&self) -> sqlx::Result<Self::Snapshot> {
        self.0.begin().await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

/// Whether a reader stands in no snapshot any more. Where the disk fails in the middle of one, SQLite
/// ends it by itself, and sqlx believes it open: what it would begin from then on is nested in one that
/// nobody ends, and all that the connection ever answers is of that moment.
fn has_let_go(reader: &SqliteConnection) -> bool {
    !reader.is_in_transaction()
}
