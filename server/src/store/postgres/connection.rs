//! Statements and rows of PostgreSQL, by its driver.

use sqlx::{
    PgConnection, Row, TypeInfo, ValueRef,
    postgres::{PgArguments, PgRow},
    query::Query as Prepared,
};

use super::super::sql::{Columns, Connection, Dialect, Param, Query};

impl Connection for PgConnection {
    type Row = PgRow;

    const DIALECT: Dialect = Dialect::Postgres;

    /// The protocol takes one statement at a time.
    async fn all(&mut self, query: Query<'_>) -> sqlx::Result<Vec<PgRow>> {
        let mut rows = Vec::new();
        for statement in query.sql.split("; ") {
            rows.append(&mut prepared(statement, &query.params).fetch_all(&mut *self).await?);
        }
        Ok(rows)
    }

    async fn run(&mut self, query: Query<'_>) -> sqlx::Result<u64> {
        let mut changed = 0;
        for statement in query.sql.split("; ") {
            let done = prepared(statement, &query.params).execute(&mut *self).await?;
            changed += done.rows_affected();
        }
        Ok(changed)
    }
}

/// Parameters behind the last that a statement names are not its own.
fn prepared<'q>(
    statement: &'q str,
    params: &'q [Param<'q>],
) -> Prepared<'q, sqlx::Postgres, PgArguments> {
    let count = (1..=params.len()).rev().find(|number| names(statement, *number)).unwrap_or(0);
    params[..count].iter().fold(sqlx::query(statement), |query, param| match param {
        Param::Text(text) => query.bind(text.as_deref()),
        Param::Number(number) => query.bind(number),
        Param::Condition(holds) => query.bind(holds),
    })
}

fn names(statement: &str, number: usize) -> bool {
    let name = format!("${number}");
    statement.match_indices(&name).any(|(at, _)| {
        !statement[at + name.len()..].starts_with(|next: char| next.is_ascii_digit())
    })
}

impl Columns for PgRow {
    fn len(&self) -> usize {
        Row::len(self)
    }

    fn number(&self, at: usize) -> sqlx::Result<Option<i64>> {
        let value = self.try_get_raw(at)?;
        match value.type_info().name() {
            "BOOL" => Ok(Row::try_get::<Option<bool>, _>(self, at)?.map(i64::from)),
            "INT4" => Ok(Row::try_get::<Option<i32>, _>(self, at)?.map(i64::from)),
            _ => Row::try_get(self, at),
        }
    }

    fn text(&self, at: usize) -> sqlx::Result<Option<&str>> {
        Row::try_get(self, at)
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_parameter_is_known_by_its_whole_number() {
        for (statement, number, is_named) in [
            ("SELECT $1", 1, true),
            ("SELECT $12", 1, false),
            ("SELECT $12, $1", 1, true),
            ("COMMIT", 1, false),
        ] {
            assert_eq!(names(statement, number), is_named, "${number} in {statement}");
        }
    }
}
