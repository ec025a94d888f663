//! The store of who outgrows a machine: PostgreSQL, and every commit on its disk before it is told of.
//!
//! Always true:
//! - A space's positions are taken under the lock of its row, which is held until the commit.
//! - A commit that was not answered is settled before anybody is told anything of it.

mod batch;
mod connection;
mod doubt;
mod preparation;
mod tx;
mod words;

use std::{sync::Arc, time::Duration};

use sqlx::{PgConnection, PgPool, Transaction, pool::PoolConnection, postgres::PgPoolOptions};

use self::{preparation::connect_to_write, tx::Postgres};
pub use self::{
    preparation::{PostgresAddress, PostgresError},
    tx::PostgresTx,
};
use super::{
    Publish,
    cache::SpaceCache,
    sql::{Engine, SqlStore, queries},
};
use crate::domain::{clock::Clock, rng::Rng};

const READERS_MAX: u32 = 16;
const ACQUIRE_MAX: Duration = Duration::from_secs(5);
/// What each session is held to, whatever the operator's defaults are.
const SESSION: [(&str, &str); 5] = [
    // An acknowledged message survives a power cut.
    ("synchronous_commit", "on"),
    ("default_transaction_isolation", r"read\ committed"),
    // A server that stands still lets go of the rows that it has locked.
    ("idle_in_transaction_session_timeout", "5s"),
    ("lock_timeout", "3s"),
    // To compile a query of ours takes longer than to run it.
    ("jit", "off"),
];

pub type PostgresStore = SqlStore<PostgresReaders>;

/// The connections that read.
pub struct PostgresReaders(PgPool);

impl SqlStore<PostgresReaders> {
    /// Reads the address of a database, and looks whether it can be used.
    pub async fn examine(address: &str) -> Result<PostgresAddress, PostgresError> {
        preparation::examine(address).await
    }

    /// Opens the database, making its tables if they are absent.
    pub async fn open(
        address: impl Into<PostgresAddress>,
        clock: Arc<dyn Clock>,
        rng: Arc<Rng>,
        publish: impl Publish,
    ) -> sqlx::Result<Self> {
        let (store, tx) = Self::open_without_writer(address, clock, rng).await?;
        Ok(store.writing(tx, publish).await)
    }

    /// The store, closed for commands, and the connection of its writer: to ask the row verbs one by one.
    pub async fn open_without_writer(
        address: impl Into<PostgresAddress>,
        clock: Arc<dyn Clock>,
        rng: Arc<Rng>,
    ) -> sqlx::Result<(Self, PostgresTx)> {
        let PostgresAddress(options) = address.into();
        let options = options.application_name("rhizome").options(SESSION);
        let mut connection = connect_to_write(&options).await?;
        sqlx::migrate!("migrations/postgres").run(&mut connection).await?;
        let readers =
            PgPoolOptions::new().max_connections(READERS_MAX).acquire_timeout(ACQUIRE_MAX);
        let readers = readers.connect_with(options.clone()).await?;
        // Everybody comes back at once after a restart; it takes one query to know them.
        let sessions = queries::sessions(&mut connection, clock.now()).await?;
        let cache = Arc::new(SpaceCache::remembering(sessions));
        let tx = PostgresTx::new(Postgres::new(connection, options), cache.clone(), rng);
        Ok((Self::reading(PostgresReaders(readers), cache, clock), tx))
    }
}

impl Engine for PostgresReaders {
    type Connection = PgConnection;
    type Reader = PoolConnection<sqlx::Postgres>;
    type Snapshot = Transaction<'static, sqlx::Postgres>;

    async fn reader(&self) -> sqlx::Result<Self::Reader> {
        self.0.acquire().await
    }

    async fn snapshot(&self) -> sqlx::Result<Self::Snapshot> {
        self.0.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
