//! The database on the disk, read beside the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use server::{
    domain::rng::Rng,
    store::{PostgresStore, Publish, SqliteStore, Store},
};
use sqlx::{
    ConnectOptions, Connection, PgConnection, Row, SqliteConnection, sqlite::SqliteConnectOptions,
};

use super::{Folder, SetClock, TestServer};

/// Every row of every table, as SQL literals; the schema is one of the tables. Not the index of words, which
/// follows them a moment later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump(pub BTreeMap<String, Vec<String>>);

impl Folder {
    /// Opens the store.
    pub async fn open(
        &self,
        clock: Arc<SetClock>,
        rng: Arc<Rng>,
        publish: impl Publish,
    ) -> Arc<dyn Store> {
        match self.postgres() {
            Some(database) => Arc::new(
                PostgresStore::open(database.options(), clock, rng, publish)
                    .await
                    .expect("a database"),
            ),
            None => Arc::new(
                SqliteStore::open(&self.database(), clock, rng, publish).await.expect("a database"),
            ),
        }
    }

    pub async fn dump(&self) -> Dump {
        let mut beside = self.connect().await;
        let tables = beside.texts(beside.tables()).await;
        let mut dump = BTreeMap::new();
        for table in tables {
            let rows = beside.rows_of(&table).await;
            dump.insert(table, rows);
        }
        beside.close().await;
        Dump(dump)
    }

    /// The first column of a query's rows.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let mut beside = self.connect().await;
        let texts = beside.texts(sql).await;
        beside.close().await;
        texts
    }

    /// Changes the database behind the server's back.
    pub async fn execute(&self, sql: &str) {
        let mut beside = self.connect().await;
        let executed = match &mut beside {
            Beside::Sqlite(it) => sqlx::raw_sql(sql).execute(it).await.map(drop),
            Beside::Postgres(it) => sqlx::raw_sql(sql).execute(it).await.map(drop),
        };
        executed.expect("a statement that works");
        beside.close().await;
    }

    /// From here on such a write (`UPDATE ON spaces`) fails, as on a full disk, until it is
    /// [allowed](Self::allow_writes).
    pub async fn refuse_writes(&self, write: &str) {
        let full = match self.postgres() {
            Some(_) => format!(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE 'no space left' USING ERRCODE = 'disk_full'; END $$; \
                 CREATE TRIGGER full_disk BEFORE {write} FOR EACH ROW EXECUTE FUNCTION full_disk()"
            ),
            None => {
                format!("CREATE TRIGGER full_disk BEFORE {write} BEGIN SELECT RAISE(FAIL, ''); END")
            }
        };
        self.execute(&full).await;
    }

    pub async fn allow_writes(&self) {
        let drop = match self.postgres() {
            Some(_) => "DROP FUNCTION full_disk CASCADE",
            None => "DROP TRIGGER full_disk",
        };
        self.execute(drop).await;
    }

    async fn connect(&self) -> Beside {
        match self.postgres() {
            Some(database) => {
                Beside::Postgres(database.options().connect().await.expect("the database"))
            }
            None => {
                let file = SqliteConnectOptions::new().filename(self.database());
                Beside::Sqlite(file.connect().await.expect("the database"))
            }
        }
    }
}

/// A connection beside the server's.
enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Beside {
    /// The last to close a file of SQLite writes to it: not later than this.
    async fn close(self) {
        match self {
            Self::Sqlite(it) => it.close().await,
            Self::Postgres(it) => it.close().await,
        }
        .expect("the database closes");
    }

    fn tables(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' \
                 UNION SELECT 'sqlite_schema'"
            }
            Self::Postgres(_) => {
                "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public' \
                 AND tablename NOT LIKE 'search%'"
            }
        }
    }

    async fn rows_of(&mut self, table: &str) -> Vec<String> {
        let rows = match self {
            Self::Sqlite(_) => {
                let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns = self.texts(&columns).await;
                let literals: Vec<_> = columns.iter().map(|c| format!("quote(\"{c}\")")).collect();
                format!("SELECT {} FROM \"{table}\" ORDER BY 1", literals.join(" || ', ' || "))
            }
            Self::Postgres(_) => {
                format!("SELECT CAST(it AS text) FROM \"{table}\" AS it ORDER BY 1")
            }
        };
        self.texts(&rows).await
    }

    async fn texts(&mut self, sql: &str) -> Vec<String> {
        match self {
            Self::Sqlite(it) => {
                let rows = sqlx::query(sql).fetch_all(it).await.expect("a query that works");
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(it) => {
                let rows = sqlx::query(sql).fetch_all(it).await.expect("a query that works");
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

impl TestServer {
    pub async fn dump(&self) -> Dump {
        self.folder.dump().await
    }
}

impl Dump {
    /// The rows that only one of the two dumps has.
    pub fn difference(&self, later: &Self) -> Vec<String> {
        let rows = |dump: &Self| -> BTreeSet<String> {
            let table = |(name, rows): (&String, &Vec<String>)| {
                rows.iter().map(|row| format!("{name}: {row}")).collect::<Vec<_>>()
            };
            dump.0.iter().flat_map(table).collect()
        };
        rows(self).symmetric_difference(&rows(later)).cloned().collect()
    }

    /// The rows that contain a text, of any table.
    pub fn rows_with(&self, text: &str) -> Vec<&str> {
        self.0.values().flatten().map(String::as_str).filter(|row| row.contains(text)).collect()
    }
}
