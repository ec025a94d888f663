//! What a server does with a database before it opens it: looks whether it is one that it knows, brings
//! its tables up to date, and tags it.

use std::{collections::BTreeMap, path::Path};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::SqliteConnectOptions,
};

use tracing::log::LevelFilter;

use super::{
    super::sql::{FROM_THE_BEGINNING, WordIndex as _},
    SqliteStore,
    tx::is_full,
};
use crate::domain::rng::Rng;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Makes the table of the index anew, as it was declared. SQLite neither clears nor drops one whose content is
/// damaged, so its declaration is removed first, and then what it consists of.
async fn remake_index(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let declared = "SELECT sql FROM sqlite_schema WHERE name = 'search'";
    let declared: String = sqlx::query_scalar(declared).fetch_one(&mut *connection).await?;
    let remake = format!(
        "PRAGMA writable_schema = ON; BEGIN IMMEDIATE; \
         DELETE FROM sqlite_schema WHERE name = 'search'; PRAGMA writable_schema = RESET; \
         DROP TABLE search_data; DROP TABLE search_idx; DROP TABLE search_docsize; \
         DROP TABLE search_config; {declared}; COMMIT"
    );
    sqlx::query(&remake).execute(connection).await?;
    Ok(())
}

/// Why a database cannot be used, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum PreparationError {
    #[error(
        "it was written by a newer version of Rhizome (its tables are of version {theirs}, and \
         this one knows {ours}); start that version, or put back a backup from before the \
         upgrade"
    )]
    Newer { theirs: i64, ours: i64 },
    #[error(
        "its tables are of another build of Rhizome (they differ from version {0} on); start \
         that build"
    )]
    OfAnotherBuild(i64),
    #[error("it is a database of another program; name another folder with --data or RHIZOME_DATA")]
    Foreign,
    #[error(
        "it is no database, or a damaged one ({0}); put a backup in its place, in an empty folder"
    )]
    Damaged(sqlx::Error),
    #[error("another program has locked it ({0}); end that program")]
    Locked(sqlx::Error),
    #[error("{0}")]
    Other(sqlx::Error),
}

impl From<sqlx::Error> for PreparationError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Migrate(migration) = &error {
            match **migration {
                MigrateError::VersionMissing(version) => return Self::unknown(version),
                MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
                    return Self::OfAnotherBuild(version);
                }
                _ => {}
            }
        }
        match code(&error) {
            Some(11 | 26) => Self::Damaged(error),
            Some(5 | 6) => Self::Locked(error),
            _ => Self::Other(error),
        }
    }
}

impl PreparationError {
    fn damaged(said: String) -> Self {
        Self::Damaged(sqlx::Error::Protocol(said))
    }

    /// A version of the tables that this build does not have.
    fn unknown(theirs: i64) -> Self {
        let ours = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
        if theirs > ours { Self::Newer { theirs, ours } } else { Self::OfAnotherBuild(theirs) }
    }
}

/// What a check found.
#[derive(Default)]
struct Found {
    /// The first fault of what was said.
    database: Option<String>,
    /// Whether the index of the search is damaged, which is made again from what was said.
    index: bool,
}

/// `SQLITE_CORRUPT_VTAB`: the index of the search does not even open, and takes the whole check along.
const INDEX_DAMAGED: &str = "267";
/// Every table but the index, which consists of tables.
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'search'";

/// Checks a database.
async fn damage(connection: &mut SqliteConnection) -> sqlx::Result<Found> {
    let checked = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *connection).await;
    let mut found = Found::default();
    let said: Vec<String> = match checked {
        Err(error) if has_code(&error, INDEX_DAMAGED) => {
            found.index = true;
            let tables: Vec<String> =
                sqlx::query_scalar(TABLES).fetch_all(&mut *connection).await?;
            let mut said = vec![];
            for table in tables {
                let check = format!("PRAGMA integrity_check(\"{table}\")");
                said.append(&mut sqlx::query_scalar(&check).fetch_all(&mut *connection).await?);
            }
            said
        }
        checked => checked?,
    };
    for line in said.into_iter().filter(|line| line != "ok") {
        if line.contains("FTS5 table") {
            found.index = true;
        } else {
            found.database.get_or_insert(line);
        }
    }
    Ok(found)
}

/// Only reads. Nothing is locked where there is no log, and no file is made beside it.
fn reading(file: &Path, has_log: bool) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    options.immutable(!has_log).log_statements(LevelFilter::Trace)
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(code))
}

/// SQLite's primary result code.
fn code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i64>().ok().map(|code| code & 0xff)
}

impl SqliteStore {
    /// Gives every space, and every inbox, a new history's name, so that no client of a restored backup takes its old
    /// cursor for a position in this one. Returns how many spaces there are.
    pub async fn renew_epochs(file: &Path, rng: &Rng) -> Result<usize, PreparationError> {
        let mut connection = Self::options(file).connect().await?;
        if let Some(damage) = damage(&mut connection).await?.database {
            return Err(PreparationError::damaged(damage));
        }
        MIGRATIONS.run(&mut connection).await.map_err(sqlx::Error::from)?;
        let mut transaction = connection.begin().await?;
        let spaces = renew(&mut transaction, rng, "spaces", "id").await?;
        renew(&mut transaction, rng, "inboxes", "being_id").await?;
        transaction.commit().await?;
        connection.close().await?;
        Ok(spaces)
    }

    /// Makes a backup, which this process alone has open, the database of a server that is to start: checked,
    /// brought up to date, with new epochs and this tag, in one file, on the disk. Returns how many spaces
    /// there are.
    pub async fn adopt(file: &Path, tag: u32, rng: &Rng) -> Result<usize, PreparationError> {
        Self::examine(file, false).await?;
        let mut connection = Self::options(file).connect().await?;
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'beings'";
        let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut connection).await?;
        let found = damage(&mut connection).await?;
        connection.close().await?;
        if tables == 0 {
            return Err(PreparationError::Foreign);
        }
        let spaces = Self::renew_epochs(file, rng).await?;
        if found.index {
            Self::clear_index(file).await?;
        }
        if !Self::prepare(file, tag).await? {
            return Err(PreparationError::Other(
                std::io::Error::from(std::io::ErrorKind::StorageFull).into(),
            ));
        }
        Ok(spaces)
    }

    /// Copies a database, as it is at one moment, into an empty file, and checks the copy. Others may read and
    /// write it meanwhile. The copy has nothing of what was deleted.
    pub async fn copy(file: &Path, has_log: bool, to: &Path) -> Result<(), PreparationError> {
        let Some(name) = to.to_str() else {
            let error = "the name of the file is no text".to_owned();
            return Err(PreparationError::Other(sqlx::Error::Protocol(error)));
        };
        let mut source = reading(file, has_log).connect().await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut source).await;
        let _ = source.close().await;
        copied?;
        let mut copy = reading(to, false).connect().await?;
        let found = damage(&mut copy).await;
        let _ = copy.close().await;
        found?.database.map_or(Ok(()), |damage| Err(PreparationError::damaged(damage)))
    }

    /// Drops the index of words; the store that opens next makes it again. Returns how many messages there are.
    pub async fn clear_index(file: &Path) -> sqlx::Result<i64> {
        let mut connection = Self::options(file).connect().await?;
        MIGRATIONS.run(&mut connection).await?;
        remake_index(&mut connection).await?;
        let clear =
            format!("BEGIN IMMEDIATE; {}; {FROM_THE_BEGINNING}; COMMIT", SqliteConnection::CLEAR);
        sqlx::query(&clear).execute(&mut connection).await?;
        let messages = "SELECT count(*) FROM intentions WHERE is_deleted = 0";
        let messages = sqlx::query_scalar(messages).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(messages)
    }

    /// Refuses a database of a newer version or of another program, before anything is changed. Where a
    /// log has to be read with it, SQLite makes an index of that beside it.
    pub async fn examine(file: &Path, has_log: bool) -> Result<(), PreparationError> {
        let mut connection = reading(file, has_log).connect().await?;
        let known = known_tables(&mut connection).await;
        let _ = connection.close().await;
        known
    }

    /// Brings the tables up to date and writes the tag, and has both in the file, on the disk. Whether it
    /// did: on a full disk nothing is written, and the server that starts still answers reads.
    pub async fn prepare(file: &Path, tag: u32) -> Result<bool, PreparationError> {
        let mut connection = Self::options(file).connect().await?;
        let tagged = tag_database(&mut connection, tag).await;
        let closed = connection.close().await;
        match tagged.and(closed) {
            Ok(()) => Ok(true),
            Err(error) if is_full(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins the log, and has its beginning on the disk. None where that is full.
    pub async fn begin_log(file: &Path) -> Result<Option<BegunLog>, PreparationError> {
        let mut connection = Self::options(file).connect().await?;
        // The value is what it was, and nobody reads it.
        match sqlx::query("PRAGMA user_version = 0").execute(&mut connection).await {
            Ok(_) => Ok(Some(BegunLog(connection))),
            Err(error) => {
                let _ = connection.close().await;
                if is_full(&error) { Ok(None) } else { Err(error.into()) }
            }
        }
    }
}

/// Keeps the log that has begun: the last connection to close a database deletes it.
pub struct BegunLog(SqliteConnection);

impl BegunLog {
    /// Called once the store has the database open.
    pub async fn release(self) {
        if let Err(error) = self.0.close().await {
            tracing::warn!(%error, "a connection did not close cleanly");
        }
    }
}

/// Renames the histories of a table of logs. Returns how many there are.
async fn renew(
    on: &mut SqliteConnection,
    rng: &Rng,
    table: &str,
    key: &str,
) -> sqlx::Result<usize> {
    let all = format!("SELECT {key}, epoch FROM {table}");
    let all: Vec<(String, String)> = sqlx::query_as(&all).fetch_all(&mut *on).await?;
    let update = format!("UPDATE {table} SET epoch = $2 WHERE {key} = $1");
    for (id, epoch) in &all {
        let update = sqlx::query(&update).bind(id).bind(rng.epoch_after(epoch).to_string());
        update.execute(&mut *on).await?;
    }
    Ok(all.len())
}

/// Brings what an earlier server has left in the log into the file, and onto the disk. It may have
/// ended between writing a commit and syncing it: such a commit is read here as any other, and a power
/// cut would take it back after it was told.
pub(super) async fn flush_log(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let flushed = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await;
    match flushed.map(drop) {
        // The log is synced before it is copied to where there is no room.
        Err(error) if is_full(&error) => Ok(()),
        flushed => flushed,
    }
}

async fn tag_database(connection: &mut SqliteConnection, tag: u32) -> sqlx::Result<()> {
    MIGRATIONS.run(&mut *connection).await?;
    flush_log(connection).await?;
    // A signed number in SQL, and the same four bytes in the file.
    let pragma = format!("PRAGMA application_id = {}", tag.cast_signed());
    sqlx::query(&pragma).execute(&mut *connection).await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await.map(drop)
}

async fn known_tables(connection: &mut SqliteConnection) -> Result<(), PreparationError> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut *connection)
    .await?;
    if tables.is_empty() {
        return Ok(());
    }
    if !tables.iter().any(|table| table == "_sqlx_migrations") {
        return Err(PreparationError::Foreign);
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(connection)
            .await?;
    let known: BTreeMap<i64, _> = MIGRATIONS.iter().map(|m| (m.version, &m.checksum)).collect();
    // Another program may use the same library for its tables.
    let is_ours = ["beings", "spaces"].iter().all(|ours| tables.iter().any(|table| table == ours));
    if !applied.is_empty() && !is_ours {
        return Err(PreparationError::Foreign);
    }
    for (version, checksum) in applied {
        match known.get(&version) {
            None => return Err(PreparationError::unknown(version)),
            Some(known) if ***known != checksum[..] => {
                return Err(PreparationError::OfAnotherBuild(version));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
