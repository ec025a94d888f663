//! Statements, their parameters and their rows, for whatever database.

use std::borrow::Cow;

use super::Dialect;

/// A connection that runs statements, one after the other.
pub trait Connection: Send {
    type Row: Columns;

    const DIALECT: Dialect;

    /// Runs all statements of a query; their rows, in order.
    fn all(
        &mut self,
        query: Query<'_>,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Row>>> + Send;
    /// Runs all statements of a query; how many rows they have changed.
    fn run(&mut self, query: Query<'_>) -> impl Future<Output = sqlx::Result<u64>> + Send;
}

/// The columns of a row, by their places.
pub trait Columns: Sized + Send + Sync {
    fn len(&self) -> usize;
    /// A number, or a condition as 0 or 1.
    fn number(&self, at: usize) -> sqlx::Result<Option<i64>>;
    fn text(&self, at: usize) -> sqlx::Result<Option<&str>>;

    fn try_get<'r, T: Value<'r>>(&'r self, at: usize) -> sqlx::Result<T> {
        T::of(self, at)
    }
}

/// What a column can be read as.
pub trait Value<'r>: Sized {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self>;
}

impl<'r> Value<'r> for Option<i64> {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        row.number(at)
    }
}

impl<'r> Value<'r> for i64 {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        row.number(at)?.ok_or_else(|| is_null(at))
    }
}

impl<'r> Value<'r> for bool {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        i64::of(row, at).map(|number| number != 0)
    }
}

impl<'r> Value<'r> for Option<&'r str> {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        row.text(at)
    }
}

impl<'r> Value<'r> for &'r str {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        row.text(at)?.ok_or_else(|| is_null(at))
    }
}

impl<'r> Value<'r> for Option<String> {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        Ok(row.text(at)?.map(str::to_owned))
    }
}

impl<'r> Value<'r> for String {
    fn of(row: &'r impl Columns, at: usize) -> sqlx::Result<Self> {
        <&str>::of(row, at).map(str::to_owned)
    }
}

fn is_null(at: usize) -> sqlx::Error {
    let source = Box::new(sqlx::error::UnexpectedNullError);
    sqlx::Error::ColumnDecode { index: at.to_string(), source }
}

/// Statements, and what stands in the places of `$1`, `$2`, …
pub struct Query<'q> {
    pub sql: &'q str,
    pub params: Vec<Param<'q>>,
}

/// A value that a statement is given.
#[derive(Debug, Clone)]
pub enum Param<'q> {
    Text(Option<Cow<'q, str>>),
    Number(Option<i64>),
    /// Of a condition; a column of flags takes numbers.
    Condition(bool),
}

pub fn query(sql: &str) -> Query<'_> {
    Query { sql, params: vec![] }
}

impl<'q> Query<'q> {
    pub fn bind(mut self, value: impl Into<Param<'q>>) -> Self {
        self.params.push(value.into());
        self
    }

    pub async fn fetch_all<C: Connection>(self, on: &mut C) -> sqlx::Result<Vec<C::Row>> {
        on.all(self).await
    }

    /// The first row, of a query that has few.
    pub async fn fetch_optional<C: Connection>(self, on: &mut C) -> sqlx::Result<Option<C::Row>> {
        Ok(on.all(self).await?.into_iter().next())
    }

    /// How many rows were changed.
    pub async fn execute<C: Connection>(self, on: &mut C) -> sqlx::Result<u64> {
        on.run(self).await
    }
}

impl<'q> From<&'q str> for Param<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'q> From<&'q String> for Param<'q> {
    fn from(text: &'q String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<String> for Param<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'q> From<Option<&'q str>> for Param<'q> {
    fn from(text: Option<&'q str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}

impl From<i64> for Param<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Param<'_> {
    fn from(holds: bool) -> Self {
        Self::Condition(holds)
    }
}
