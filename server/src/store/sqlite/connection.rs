//! Statements and rows of SQLite, by its driver.

use sqlx::{
    Row, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::super::sql::{Columns, Connection, Dialect, Param, Query};

impl Connection for SqliteConnection {
    type Row = SqliteRow;

    const DIALECT: Dialect = Dialect::Sqlite;

    /// In one visit to the database's thread, however many statements there are.
    async fn all(&mut self, query: Query<'_>) -> sqlx::Result<Vec<SqliteRow>> {
        prepared(query).fetch_all(self).await
    }

    async fn run(&mut self, query: Query<'_>) -> sqlx::Result<u64> {
        prepared(query).execute(self).await.map(|done| done.rows_affected())
    }
}

fn prepared(query: Query<'_>) -> sqlx::query::Query<'_, sqlx::Sqlite, SqliteArguments<'_>> {
    query.params.into_iter().fold(sqlx::query(query.sql), |statement, param| match param {
        Param::Text(text) => statement.bind(text),
        Param::Number(number) => statement.bind(number),
        Param::Condition(holds) => statement.bind(holds),
    })
}

impl Columns for SqliteRow {
    fn len(&self) -> usize {
        Row::len(self)
    }

    fn number(&self, at: usize) -> sqlx::Result<Option<i64>> {
        Row::try_get(self, at)
    }

    fn text(&self, at: usize) -> sqlx::Result<Option<&str>> {
        Row::try_get(self, at)
    }
}
