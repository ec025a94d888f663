//! One unit of work: the commands of one transaction, the positions they take, and what is to be
//! published once it is committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::protocol::{AnswersWhen, Being, BeingId, Epoch, Seq, SpaceId, SyncEvent};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteArguments, sqlite::SqliteRow};

use super::{
    Committed,
    ledger::{Beings, Ledger, SpaceLog},
    reads,
    rows::{signed, unsigned},
};
use crate::{
    chance::{Chance, TokenHash},
    clock::Moment,
    refusal::Refusal,
};

/// Why a command was not carried out: it is refused, or the database is broken.
///
/// A command refuses before its first write. So a refusal leaves the transaction as it was, and
/// anything else that goes wrong rolls all of it back.
pub(super) enum Stop {
    Refused(Refusal),
    Broken(sqlx::Error),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments<'q>>;

pub(super) type Done<T> = Result<T, Stop>;

/// Lives as long as the writer; between `begin` and `commit` it holds one transaction.
pub(super) struct Unit {
    pub connection: SqliteConnection,
    pub chance: Arc<Chance>,
    pub now: Moment,
    ledger: Arc<Ledger>,
    /// In the order of their ids, so that the same commands are always the same writes.
    touched: BTreeMap<SpaceId, Touched>,
    /// Whether a commit failed, and may be found done by a server that starts.
    is_doubtful: bool,
    /// The sessions that this transaction ends.
    ended_sessions: Vec<TokenHash>,
    /// Whether what an earlier server left is dealt with.
    is_tidy: bool,
}

struct Touched {
    log: SpaceLog,
    changes: Vec<(Seq, SyncEvent)>,
    /// Whether the log has changed, though nobody is to be told.
    is_changed: bool,
}

impl Unit {
    pub fn new(connection: SqliteConnection, ledger: Arc<Ledger>, chance: Arc<Chance>) -> Self {
        let (now, touched, ended_sessions) = (Moment(0), BTreeMap::new(), vec![]);
        Self {
            connection,
            chance,
            now,
            ledger,
            touched,
            ended_sessions,
            is_tidy: false,
            is_doubtful: false,
        }
    }

    pub async fn begin(&mut self, now: Moment) -> sqlx::Result<()> {
        self.now = now;
        self.touched.clear();
        self.ended_sessions.clear();
        self.run(sqlx::query("BEGIN IMMEDIATE")).await.map(drop)
    }

    /// Before anything else is written: forgets what has expired, and ends what nobody writes any
    /// more. Once that is committed, there is nothing left to do.
    pub async fn tidy_up(&mut self) -> sqlx::Result<()> {
        if self.is_tidy {
            return Ok(());
        }
        for table in ["sessions", "invites"] {
            let expired = format!("DELETE FROM {table} WHERE expires_at <= $1");
            self.run(sqlx::query(&expired).bind(self.now.0)).await?;
        }
        let interrupted = self.interrupt_answers().await.map_err(|stop| match stop {
            Stop::Broken(error) => error,
            Stop::Refused(refusal) => sqlx::Error::Protocol(refusal.to_string()),
        })?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "answers were being written when the server ended");
        }
        Ok(())
    }

    /// Writes each head once, however many changes the space had, and makes all of it durable.
    /// Only now do the changes become tickets that can be published.
    pub async fn commit(&mut self) -> sqlx::Result<Vec<Committed>> {
        let is_changed = |touched: &Touched| touched.is_changed || !touched.changes.is_empty();
        let touched = std::mem::take(&mut self.touched).into_iter();
        let touched: Vec<_> = touched.filter(|(_, t)| is_changed(t)).collect();
        for (space, Touched { log, .. }) in touched.iter().filter(|(_, t)| !t.changes.is_empty()) {
            let update = sqlx::query("UPDATE spaces SET head = $2 WHERE id = $1")
                .bind(space.as_str())
                .bind(signed(log.head.0));
            self.run(update).await?;
        }
        self.ledger.begin_commit(touched.iter().map(|(space, _)| space));
        self.run(sqlx::query("COMMIT")).await.inspect_err(|error| {
            // Where the disk was full, the end of it is not there. Where it could not say whether it
            // is, all of it may be.
            self.is_doubtful |= !is_full(error);
        })?;
        self.is_tidy = true;
        self.ended_sessions.drain(..).for_each(|token| self.ledger.forget_session(&token));
        Ok(touched
            .into_iter()
            .filter_map(|(space, Touched { log, changes, .. })| {
                let epoch = log.epoch.clone();
                self.ledger.put(&space, log);
                (!changes.is_empty()).then(|| Committed::new(space, epoch, changes))
            })
            .collect())
    }

    pub async fn roll_back(&mut self) {
        self.touched.clear();
        self.ledger.abandon_commit();
        // Where the commit failed, nobody can say whether they have ended.
        self.ended_sessions.drain(..).for_each(|token| self.ledger.forget_session(&token));
        // Where the error was the disk's, SQLite has rolled back already and says so.
        let _ = self.run(sqlx::query("ROLLBACK")).await;
    }

    /// Makes certain that a commit that failed has changed nothing: overwrites what it may have left
    /// in the log, and has that on the disk.
    pub async fn settle(&mut self) -> sqlx::Result<()> {
        if self.is_doubtful {
            // Written though it stays what it is, and read by nobody.
            for step in ["BEGIN IMMEDIATE", "PRAGMA user_version = 0", "COMMIT"] {
                if let Err(error) = self.run(sqlx::query(step)).await {
                    self.roll_back().await;
                    return Err(error);
                }
            }
            self.is_doubtful = false;
        }
        Ok(())
    }

    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::error!(%error, "the database did not close cleanly");
        }
    }

    /// The space as this transaction sees it.
    pub async fn log(&mut self, space: &SpaceId) -> Done<SpaceLog> {
        if let Some(touched) = self.touched.get(space) {
            return Ok(touched.log.clone());
        }
        let (_, head) =
            reads::position(&mut self.connection, space).await?.ok_or(Refusal::UnknownSpace)?;
        let log = match self.ledger.get(space).filter(|log| log.head == head) {
            Some(log) => log,
            None => {
                reads::space_log(&mut self.connection, space).await?.ok_or(Refusal::UnknownSpace)?
            }
        };
        self.touch(space.clone(), log.clone());
        Ok(log)
    }

    fn touch(&mut self, space: SpaceId, log: SpaceLog) {
        self.touched.insert(space, Touched { log, changes: vec![], is_changed: false });
    }

    /// A session that ends with this transaction.
    pub fn end_with_it(&mut self, token: &TokenHash) {
        self.ended_sessions.push(token.clone());
    }

    /// A space that is being founded in this transaction.
    pub fn open_log(&mut self, space: SpaceId, epoch: Epoch, beings: Beings) {
        let log = SpaceLog { epoch, head: Seq(0), beings: Arc::new(beings) };
        self.touch(space, log);
    }

    /// When a member answers, from here on.
    pub async fn set_answering(
        &mut self,
        space: &SpaceId,
        id: &BeingId,
        when: AnswersWhen,
    ) -> Done<()> {
        self.log(space).await?;
        if let Some(touched) = self.touched.get_mut(space) {
            Arc::make_mut(&mut touched.log.beings).answering.insert(id.clone(), when);
            touched.is_changed = true;
        }
        Ok(())
    }

    /// The position that the next change of the space takes.
    pub async fn next_seq(&mut self, space: &SpaceId) -> Done<Seq> {
        Ok(self.log(space).await?.head.next())
    }

    /// Takes the next position for a change whose row is written.
    pub fn record(&mut self, space: &SpaceId, event: SyncEvent) {
        let touched = self.touched.get_mut(space).expect("a space is looked at before it changes");
        let log = &mut touched.log;
        log.head = log.head.next();
        let beings = &mut log.beings;
        match &event {
            SyncEvent::BeingUpdated { data } => Arc::make_mut(beings).put(data.clone()),
            SyncEvent::BeingLeft { being_id } => {
                Arc::make_mut(beings).remove(being_id, log.head);
            }
            _ => {}
        }
        touched.changes.push((log.head, event));
    }

    pub async fn run<'q>(&mut self, query: Query<'q>) -> sqlx::Result<u64> {
        query.execute(&mut self.connection).await.map(|done| done.rows_affected())
    }

    pub async fn find<'q, T>(&mut self, query: Query<'q>) -> sqlx::Result<Option<T>>
    where
        T: for<'r> sqlx::FromRow<'r, SqliteRow>,
    {
        let row = query.fetch_optional(&mut self.connection).await?;
        row.map(|row| T::from_row(&row)).transpose()
    }

    /// Whether a row answers.
    pub async fn exists<'q>(&mut self, query: Query<'q>) -> sqlx::Result<bool> {
        Ok(query.fetch_optional(&mut self.connection).await?.is_some())
    }

    /// The first column of every row, as a position or a number.
    pub async fn numbers<'q>(&mut self, query: Query<'q>) -> sqlx::Result<Vec<u64>> {
        let rows = query.fetch_all(&mut self.connection).await?;
        rows.iter().map(|row| row.try_get(0).map(unsigned)).collect()
    }

    /// The first column of every row, as text.
    pub async fn texts<'q>(&mut self, query: Query<'q>) -> sqlx::Result<Vec<String>> {
        let rows = query.fetch_all(&mut self.connection).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }
}

/// Whether there was no room for it.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    const SQLITE_FULL: &str = "13";
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(SQLITE_FULL))
}

impl Beings {
    fn put(&mut self, being: Being) {
        if being.id == self.space.id {
            self.space = being;
        } else {
            self.departed.remove(&being.id);
            self.members.insert(being.id.clone(), being);
        }
    }

    fn remove(&mut self, id: &BeingId, seq: Seq) {
        self.members.remove(id);
        self.answering.remove(id);
        self.departed.insert(id.clone(), seq);
    }
}
