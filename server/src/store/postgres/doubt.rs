//! What became of a commit whose answer was lost. The database remembers it by the transaction's number, and
//! is asked until it says.

use std::time::Duration;

use sqlx::{Connection as _, Executor as _, PgConnection, Row as _, postgres::PgConnectOptions};

use super::preparation::connect_to_write;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(250);

/// A transaction that is open, by its number.
pub(super) struct Transaction(String);

impl Transaction {
    pub async fn begin(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let begin = "BEGIN; SELECT CAST(pg_current_xact_id() AS text)";
        let rows = connection.fetch_all(begin).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        row.try_get(0).map(Self)
    }
}

/// Waits until it is known that a transaction has committed, and returns the connection that said so; or that it
/// has not, as an error.
pub(super) async fn settle(
    options: &PgConnectOptions,
    transaction: Transaction,
) -> Result<PgConnection, ()> {
    loop {
        match ask(options, &transaction).await {
            Ok((Some(status), connection)) if status == "committed" => return Ok(connection),
            Ok((Some(status), connection)) if status == "in progress" => {
                drop(connection.close().await);
            }
            // Aborted; or so old that the database has forgotten it, which none of ours is.
            Ok(_) => return Err(()),
            Err(error) => {
                tracing::error!(%error, "the database does not say what it has committed");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn ask(
    options: &PgConnectOptions,
    Transaction(number): &Transaction,
) -> sqlx::Result<(Option<String>, PgConnection)> {
    let mut connection = connect_to_write(options).await?;
    let status = "SELECT pg_xact_status(CAST($1 AS xid8))";
    let status = sqlx::query_scalar(status).bind(number).fetch_one(&mut connection).await?;
    Ok((status, connection))
}
