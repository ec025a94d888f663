//! The embedded store: one file, WAL, every commit on disk before it is told of.

use std::{
    future::{pending, ready},
    path::Path,
    sync::Arc,
    time::Duration,
};

use app::protocol::{
    Being, BeingId, BeingSettings, Cursor, Epoch, HistoryPage, Intention, MessageId, Name, Seq,
    SpaceId, SpaceListing, SpaceSync, limits::PAGE_DEFAULT_MESSAGES,
};
use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{sync::Mutex, task::JoinHandle};
use tracing::log::LevelFilter;

use super::{
    Account, Answer, BeingPatch, Brief, Edit, Ending, KeyChange, Missed, NewAccount, NewBeing,
    NewIntention, Publish, Sent, Store,
    ledger::{Ledger, SpaceLog},
    providers, reads,
    unit::{Unit, is_full},
    writer::Writer,
};
use crate::{
    ai::endpoint::{BaseUrl, Endpoint, ProviderName},
    chance::{Chance, TokenHash},
    clock::Clock,
    policy::{self, Actor, Standing},
    refusal::Refusal,
};

/// Readers never wait for the writer in WAL mode; two cores need no more of them.
const READERS_MAX: u32 = 8;
const SLOW_QUERY: Duration = Duration::from_millis(500);

pub struct SqliteStore {
    readers: SqlitePool,
    ledger: Arc<Ledger>,
    /// Whose turn it is to load a space into the ledger.
    loading: Mutex<()>,
    clock: Arc<dyn Clock>,
    /// None once closed.
    writer: std::sync::RwLock<Option<Arc<Writer>>>,
    writing: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the file, making it and its tables if they are absent.
    pub async fn open(
        file: &Path,
        clock: Arc<dyn Clock>,
        chance: Arc<Chance>,
        publish: impl Publish,
    ) -> sqlx::Result<Self> {
        let options = Self::options(file);
        let mut connection = options.connect().await?;
        sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
        flush_log(&mut connection).await?;

        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .before_acquire(|reader, _| Box::pin(ready(Ok(has_let_go(reader)))))
            .connect_with(options.read_only(true))
            .await?;
        // Everybody comes back at once after a restart; it takes one query to know them.
        let sessions = reads::sessions(&mut connection, clock.now()).await?;
        let ledger = Arc::new(Ledger::remembering(sessions));
        let unit = Unit::new(connection, ledger.clone(), chance);
        let (writer, task) = Writer::start(unit, clock.clone(), publish).await;
        Ok(Self {
            readers,
            ledger,
            loading: Mutex::default(),
            clock,
            writer: std::sync::RwLock::new(Some(Arc::new(writer))),
            writing: Mutex::new(Some(task)),
        })
    }

    /// Until nothing can be written any more, though nobody has closed it. While somebody waits for
    /// this, it does not close.
    pub async fn broken(&self) {
        match self.writer() {
            Ok(writer) => writer.ended().await,
            Err(_) => pending().await,
        }
    }

    /// Gives every space a new history's name, so that no client of a restored backup takes its old
    /// cursor for a position in this one. Returns how many spaces there are.
    pub async fn renew_epochs(file: &Path, chance: &Chance) -> sqlx::Result<usize> {
        let mut connection = Self::options(file).connect().await?;
        let said: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await?;
        if said != "ok" {
            return Err(sqlx::Error::Protocol(format!("the database is damaged: {said}")));
        }
        sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
        let mut transaction = connection.begin().await?;
        let spaces: Vec<(String, String)> =
            sqlx::query_as("SELECT id, epoch FROM spaces").fetch_all(&mut *transaction).await?;
        for (space, epoch) in &spaces {
            sqlx::query("UPDATE spaces SET epoch = $2 WHERE id = $1")
                .bind(space)
                .bind(chance.epoch_after(epoch).as_str())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        connection.close().await?;
        Ok(spaces.len())
    }

    fn options(file: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged message survives power loss, not only a crash.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What was deleted is overwritten, not only unlinked.
            .pragma("secure_delete", "ON")
            .busy_timeout(Duration::from_secs(5))
            .log_statements(LevelFilter::Trace)
            .log_slow_statements(LevelFilter::Warn, SLOW_QUERY)
    }

    fn writer(&self) -> Result<Arc<Writer>, Refusal> {
        let writer = self.writer.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        writer.clone().ok_or(Refusal::Unavailable)
    }

    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, Refusal> {
        self.readers.acquire().await.map_err(unavailable)
    }

    async fn log(&self, space: &SpaceId) -> Result<SpaceLog, Refusal> {
        if let Some(log) = self.ledger.get(space) {
            return Ok(log);
        }
        // One at a time: those who come together, as after a restart, mostly want the same.
        let _turn = self.loading.lock().await;
        if let Some(log) = self.ledger.get(space) {
            return Ok(log);
        }
        let generation = self.ledger.generation();
        let mut reader = self.reader().await?;
        let mut snapshot = reader.begin().await.map_err(unavailable)?;
        let log = reads::space_log(&mut snapshot, space).await.map_err(unavailable)?;
        let log = log.ok_or(Refusal::UnknownSpace)?;
        self.ledger.put_loaded(generation, space, &log);
        Ok(log)
    }
}

/// Runs one command in the writer, with clones of what it borrows.
macro_rules! write {
    ($store:expr, ($($arg:ident),*), |$unit:ident| $work:expr) => {{
        $(let $arg = $arg.to_owned();)*
        $store.writer()?.submit(move |$unit| Box::pin(async move { $work.await })).await
    }};
}

/// Runs one query on a reader.
macro_rules! read {
    ($store:expr, |$reader:ident| $query:expr) => {{
        let mut reader = $store.reader().await?;
        let $reader: &mut SqliteConnection = &mut reader;
        $query.await.map_err(unavailable)
    }};
}

#[async_trait]
impl Store for SqliteStore {
    async fn open_account(&self, new: NewAccount) -> Result<Being, Refusal> {
        write!(self, (), |unit| unit.open_account(&new))
    }

    async fn start_session(&self, being: &BeingId, token: TokenHash) -> Result<(), Refusal> {
        write!(self, (being), |unit| unit.start_session(&being, &token))
    }

    async fn end_session(&self, token: TokenHash) -> Result<(), Refusal> {
        write!(self, (), |unit| unit.end_session(&token))
    }

    async fn found_space(&self, by: &Actor, name: Name) -> Result<Being, Refusal> {
        write!(self, (by), |unit| unit.found_space(&by, &name))
    }

    async fn make_invite(
        &self,
        by: &Actor,
        space: &SpaceId,
        token: TokenHash,
    ) -> Result<(), Refusal> {
        write!(self, (by, space), |unit| unit.make_invite(&by, &space, &token))
    }

    async fn accept_invite(&self, by: &Actor, token: TokenHash) -> Result<Being, Refusal> {
        write!(self, (by), |unit| unit.accept_invite(&by, &token))
    }

    async fn send(&self, by: &Actor, space: &SpaceId, new: NewIntention) -> Result<Sent, Refusal> {
        write!(self, (by, space), |unit| unit.send(&by, &space, &new))
    }

    async fn edit(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        edit: Edit,
    ) -> Result<Intention, Refusal> {
        write!(self, (by, space), |unit| unit.edit(&by, &space, message, &edit))
    }

    async fn delete(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        epoch: Option<Epoch>,
    ) -> Result<(), Refusal> {
        write!(self, (by, space), |unit| unit.delete(&by, &space, message, epoch.as_ref()))
    }

    async fn stop(&self, by: &Actor, space: &SpaceId, message: MessageId) -> Result<(), Refusal> {
        write!(self, (by, space), |unit| unit.stop(&by, &space, message))
    }

    async fn retry(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<Intention, Refusal> {
        write!(self, (by, space), |unit| unit.retry(&by, &space, message))
    }

    async fn append(&self, answer: &Answer, offset: u64, text: String) -> Result<(), Refusal> {
        write!(self, (answer), |unit| unit.append(&answer, offset, &text))
    }

    async fn finish(&self, answer: &Answer, text: String, ending: Ending) -> Result<(), Refusal> {
        write!(self, (answer), |unit| unit.finish(&answer, &text, ending))
    }

    async fn change_being(
        &self,
        by: &Actor,
        id: &BeingId,
        patch: BeingPatch,
    ) -> Result<Being, Refusal> {
        write!(self, (by, id), |unit| unit.change_being(&by, &id, &patch))
    }

    async fn add_being(
        &self,
        by: &Actor,
        space: &SpaceId,
        new: NewBeing,
    ) -> Result<Being, Refusal> {
        write!(self, (by, space), |unit| unit.add_being(&by, &space, &new))
    }

    async fn remove_being(&self, by: &Actor, space: &SpaceId, id: &BeingId) -> Result<(), Refusal> {
        write!(self, (by, space, id), |unit| unit.remove_being(&by, &space, &id))
    }

    async fn put_provider(
        &self,
        by: &Actor,
        name: ProviderName,
        base_url: BaseUrl,
        key: KeyChange,
    ) -> Result<(), Refusal> {
        write!(self, (by), |unit| unit.put_provider(&by, &name, &base_url, &key))
    }

    async fn remove_provider(&self, by: &Actor, name: &ProviderName) -> Result<(), Refusal> {
        write!(self, (by, name), |unit| unit.remove_provider(&by, &name))
    }

    async fn settings(&self, by: &Actor, id: &BeingId) -> Result<Option<BeingSettings>, Refusal> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.begin().await.map_err(unavailable)?;
        let found = reads::being(&mut snapshot, id).await.map_err(unavailable)?;
        let found = found.ok_or(Refusal::UnknownBeing)?;
        let in_common = reads::have_a_space_in_common(&mut snapshot, &by.id, id).await;
        let in_common = in_common.map_err(unavailable)?;
        policy::may_change_being(by, id, found.made_by.as_ref(), in_common)?;
        providers::settings(&mut snapshot, id).await.map_err(unavailable)
    }

    async fn brief(&self, answer: &Answer) -> Result<Brief, Refusal> {
        let beings = self.log(&answer.space).await?.beings;
        let mut reader = self.reader().await?;
        let mut snapshot = reader.begin().await.map_err(unavailable)?;
        let brief = reads::brief(&mut snapshot, answer, &beings).await.map_err(unavailable)?;
        brief.ok_or(Refusal::AnswerEnded)
    }

    async fn providers(&self) -> Result<Vec<Endpoint>, Refusal> {
        read!(self, |reader| providers::endpoints(reader))
    }

    async fn has_accounts(&self) -> Result<bool, Refusal> {
        read!(self, |reader| reads::has_accounts(reader))
    }

    async fn account(&self, id: &BeingId) -> Result<Option<Account>, Refusal> {
        read!(self, |reader| reads::account(reader, id))
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<Actor>, Refusal> {
        let now = self.clock.now();
        if let Some(actor) = self.ledger.session(token, now) {
            return Ok(Some(actor));
        }
        let generation = self.ledger.generation();
        let found = read!(self, |reader| reads::session(reader, token, now))?;
        Ok(found.map(|session| {
            self.ledger.put_session(generation, token, session.clone());
            session.actor
        }))
    }

    async fn being(&self, id: &BeingId) -> Result<Option<Being>, Refusal> {
        Ok(read!(self, |reader| reads::being(reader, id))?.map(reads::nowhere))
    }

    async fn spaces_of(&self, being: &BeingId) -> Result<Vec<SpaceListing>, Refusal> {
        read!(self, |reader| reads::spaces_of(reader, being))
    }

    async fn invited_to(&self, token: &TokenHash) -> Result<Being, Refusal> {
        let space = read!(self, |reader| reads::invited_to(reader, token, self.clock.now()))?;
        let space = space.ok_or(Refusal::UnknownInvite)?;
        Ok(self.log(&space).await?.beings.space.clone())
    }

    async fn standing(&self, space: &SpaceId, being: &BeingId) -> Result<Standing, Refusal> {
        // Not while a commit is under way: a leave is on the disk a moment before it is remembered,
        // and what a reader has seen of the disk must not be said to who had left by then.
        if let Some(log) = self.ledger.settled(space) {
            return Ok(log.beings.standing(being));
        }
        read!(self, |reader| reads::standing(reader, space, being))
    }

    async fn sync(&self, space: &SpaceId) -> Result<(Cursor, SpaceSync), Refusal> {
        let generation = self.ledger.generation();
        let mut reader = self.reader().await?;
        let mut snapshot = reader.begin().await.map_err(unavailable)?;
        let position = reads::position(&mut snapshot, space).await.map_err(unavailable)?;
        let (epoch, head) = position.ok_or(Refusal::UnknownSpace)?;
        let page = reads::history(&mut snapshot, space, None, PAGE_DEFAULT_MESSAGES)
            .await
            .map_err(unavailable)?;
        // What is remembered may be ahead of the snapshot, which does no harm: the change that made
        // it so comes as an event and changes nothing. Behind it, a change would be lost.
        let beings = match self.ledger.get(space).filter(|log| log.head >= head) {
            Some(log) => log.beings,
            None => {
                let log = reads::space_log(&mut snapshot, space).await.map_err(unavailable)?;
                let log = log.ok_or(Refusal::UnknownSpace)?;
                self.ledger.put_loaded(generation, space, &log);
                log.beings
            }
        };
        let sync = SpaceSync {
            space: beings.space.clone(),
            beings: beings.members.values().cloned().collect(),
            intentions: page.intentions,
            has_earlier: page.has_earlier,
            last_message_id: head.as_message(),
        };
        Ok((Cursor { epoch, seq: head }, sync))
    }

    async fn changes_since(&self, space: &SpaceId, since: Seq) -> Result<Missed, Refusal> {
        let mut reader = self.reader().await?;
        let mut snapshot = reader.begin().await.map_err(unavailable)?;
        reads::changes_since(&mut snapshot, space, since).await.map_err(unavailable)
    }

    async fn history(
        &self,
        space: &SpaceId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<HistoryPage, Refusal> {
        read!(self, |reader| reads::history(reader, space, before, limit))
    }

    async fn head(&self, space: &SpaceId) -> Result<Cursor, Refusal> {
        // What is published is remembered before it is, so nobody's cursor is ahead of it.
        let SpaceLog { epoch, head, .. } = self.log(space).await?;
        Ok(Cursor { epoch, seq: head })
    }

    async fn close(&self) {
        let writer = self.writer.write().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        // The readers go first: only the last to close the file merges its log into it, and they
        // may not write.
        self.readers.close().await;
        // Commands that hold the writer still are answered; then its queue ends.
        drop(writer);
        if let Some(task) = self.writing.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the writer ended badly");
        }
    }
}

/// Brings what an earlier server has left in the log into the file, and onto the disk. It may have
/// ended between writing a commit and syncing it: such a commit is read here as any other, and a power
/// cut would take it back after it was told.
async fn flush_log(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let flushed = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await;
    match flushed.map(drop) {
        // The log is synced before it is copied to where there is no room.
        Err(error) if is_full(&error) => Ok(()),
        flushed => flushed,
    }
}

/// Whether a reader stands in no snapshot any more. Where the disk fails in the middle of one, SQLite
/// ends it by itself, and sqlx believes it open: what it would begin from then on is nested in one that
/// nobody ends, and all that the connection ever answers is of that moment.
fn has_let_go(reader: &SqliteConnection) -> bool {
    !reader.is_in_transaction()
}

fn unavailable(error: sqlx::Error) -> Refusal {
    tracing::error!(%error, "the database did not answer");
    Refusal::Unavailable
}
