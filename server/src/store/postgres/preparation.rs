//! What a server asks of a database of PostgreSQL before it uses it, and the connection that writes to it.

use std::str::FromStr;

use sqlx::{
    Connection as _, PgConnection, Row as _, error::DatabaseError, postgres::PgConnectOptions,
};

/// The oldest version that names transactions by 64 bits.
const VERSION_MIN: i64 = 130_000;
/// Locked by the server that writes: the first eight letters of the name, as a number.
const WRITER_LOCK: i64 = i64::from_be_bytes(*b"rhizome ");
/// "lock_not_available" (PostgreSQL, "PostgreSQL Error Codes").
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Why a database cannot be used, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error("{0}; an address is written as postgres://user:password@host/name")]
    Address(sqlx::Error),
    #[error("it does not answer ({0}); start it, or mend the address")]
    Unreachable(sqlx::Error),
    #[error("its version is {0}; Rhizome needs 13 or later")]
    TooOld(String),
    #[error("it is a standby, which only reads; name the primary")]
    Standby,
    #[error(
        "its setting fsync is off, so a power cut would take what was acknowledged; set it to on"
    )]
    Unsafe,
    #[error("another server of Rhizome writes to it; end that one")]
    InUse,
    #[error("{0}")]
    Other(sqlx::Error),
}

impl From<sqlx::Error> for PostgresError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(DatabaseError::code);
        match (code.as_deref(), &error) {
            (Some(LOCK_NOT_AVAILABLE), _) => Self::InUse,
            (None, sqlx::Error::Io(_) | sqlx::Error::Tls(_)) => Self::Unreachable(error),
            _ => Self::Other(error),
        }
    }
}

/// Where a database is, and who may write there.
#[derive(Clone)]
pub struct PostgresAddress(pub(super) Box<PgConnectOptions>);

impl From<PgConnectOptions> for PostgresAddress {
    fn from(options: PgConnectOptions) -> Self {
        Self(Box::new(options))
    }
}

/// Reads an address, and looks whether what is there keeps what it is given.
pub(super) async fn examine(address: &str) -> Result<PostgresAddress, PostgresError> {
    let options = PgConnectOptions::from_str(address).map_err(PostgresError::Address)?;
    let mut connection = PgConnection::connect_with(&options).await?;
    let asked = "SELECT CAST(current_setting('server_version_num') AS bigint), \
         current_setting('server_version'), pg_is_in_recovery(), current_setting('fsync')";
    let row = sqlx::query(asked).fetch_one(&mut connection).await?;
    let (version, fsync): (i64, String) = (row.try_get(0)?, row.try_get(3)?);
    connection.close().await?;
    if version < VERSION_MIN {
        return Err(PostgresError::TooOld(row.try_get(1)?));
    }
    if row.try_get(2)? {
        return Err(PostgresError::Standby);
    }
    if fsync != "on" {
        return Err(PostgresError::Unsafe);
    }
    Ok(options.into())
}

/// Connects to write. The connection holds a lock as long as it lives: one server writes, since each remembers
/// what it has written. A server that was killed may hold it for a moment, so this waits as long as any lock.
pub(super) async fn connect_to_write(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut connection = PgConnection::connect_with(options).await?;
    let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(WRITER_LOCK);
    lock.execute(&mut connection).await?;
    Ok(connection)
}
