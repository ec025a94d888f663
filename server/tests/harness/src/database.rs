//! The database on the disk, read beside the server.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Folder, TestServer};

/// Every row of every table, as SQL literals; the schema is one of the tables. Not the index of words, which
/// follows them a moment later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump(pub BTreeMap<String, Vec<String>>);

impl Folder {
    pub async fn dump(&self) -> Dump {
        let reader = SqliteConnectOptions::new().filename(self.database()).read_only(true);
        let mut reader = reader.connect().await.expect("the database");
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' \
             UNION SELECT 'sqlite_schema'";
        let tables = texts(&mut reader, tables).await;
        let mut dump = BTreeMap::new();
        for table in tables {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = texts(&mut reader, &columns).await;
            let literals: Vec<_> = columns.iter().map(|c| format!("quote(\"{c}\")")).collect();
            let rows =
                format!("SELECT {} FROM \"{table}\" ORDER BY 1", literals.join(" || ', ' || "));
            dump.insert(table, texts(&mut reader, &rows).await);
        }
        reader.close().await.expect("the database closes");
        Dump(dump)
    }

    /// The first column of a query's rows.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let mut writer = self.writer().await;
        let texts = texts(&mut writer, sql).await;
        writer.close().await.expect("the database closes");
        texts
    }

    /// Changes the database behind the server's back.
    pub async fn execute(&self, sql: &str) {
        let mut writer = self.writer().await;
        sqlx::raw_sql(sql).execute(&mut writer).await.expect("a statement that works");
        writer.close().await.expect("the database closes");
    }

    async fn writer(&self) -> SqliteConnection {
        let writer = SqliteConnectOptions::new().filename(self.database());
        writer.connect().await.expect("the database")
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

async fn texts(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows = sqlx::query(sql).fetch_all(connection).await.expect("a query that works");
    rows.iter().map(|row| row.get(0)).collect()
}
