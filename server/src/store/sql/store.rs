//! The store, for whatever database: what readers ask, and whom a command goes to.

use std::{
    future::pending,
    ops::DerefMut,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use protocol::{
    AnswerVersion, Being, BeingId, BeingSettings, Cursor, HistoryPage, Intention, MessageId, Seq,
    SpaceId, SpaceListing, SpaceSync, limits::PAGE_DEFAULT_MESSAGES,
};
use tokio::{sync::Mutex, task::JoinHandle};

use super::{
    super::{
        Account, ChangesSince, ForMembers, Publish, Store, cache::SpaceCache,
        prompt::PromptContext, window::Window,
    },
    history, providers, queries,
    search::FindWords,
    writer::{Housekeeping, Writer},
};
use crate::domain::{
    clock::Clock,
    command::{AnswerRun, Command, Outcome},
    endpoint::Endpoint,
    members::SpaceState,
    policy::Membership,
    refusal::Refusal,
    token::TokenHash,
};

/// The database that a store reads from.
pub trait Engine: Send + Sync + Sized + 'static {
    type Connection: FindWords;
    type Reader: DerefMut<Target = Self::Connection> + Send;
    type Snapshot: DerefMut<Target = Self::Connection> + Send;

    fn reader(&self) -> impl Future<Output = sqlx::Result<Self::Reader>> + Send;
    /// A reader for which nothing changes while it reads.
    fn snapshot(&self) -> impl Future<Output = sqlx::Result<Self::Snapshot>> + Send;
    /// Lets go of the database.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

pub struct SqlStore<E> {
    engine: E,
    cache: Arc<SpaceCache>,
    /// Whose turn it is to load a space into the cache.
    loading: Mutex<()>,
    clock: Arc<dyn Clock>,
    /// None once closed.
    writer: RwLock<Option<Arc<Writer>>>,
    writing: Mutex<Option<JoinHandle<()>>>,
}

impl<E: Engine> SqlStore<E> {
    /// A store that is closed for commands.
    pub(in crate::store) fn reading(
        engine: E,
        cache: Arc<SpaceCache>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (loading, writer, writing) = (Mutex::default(), RwLock::default(), Mutex::default());
        Self { engine, cache, loading, clock, writer, writing }
    }

    /// Opens it for commands, which are written with this.
    pub(in crate::store) async fn writing(
        mut self,
        tx: impl Housekeeping + 'static,
        publish: impl Publish,
    ) -> Self {
        let (writer, task) = Writer::start(tx, self.clock.clone(), publish).await;
        self.writer = RwLock::new(Some(Arc::new(writer)));
        self.writing = Mutex::new(Some(task));
        self
    }

    /// Until nothing can be written any more, though nobody has closed it. While somebody waits for
    /// this, it does not close.
    pub async fn broken(&self) {
        match self.writer() {
            Ok(writer) => writer.ended().await,
            Err(_) => pending().await,
        }
    }

    /// Indexes a portion of what was said, for searches; whether there may be more. The writer does so by
    /// itself while nobody writes.
    pub async fn index_portion(&self) -> Result<bool, Refusal> {
        self.writer()?.index_portion().await
    }

    fn writer(&self) -> Result<Arc<Writer>, Refusal> {
        let writer = self.writer.read().unwrap_or_else(PoisonError::into_inner);
        writer.clone().ok_or(Refusal::Unavailable)
    }

    pub(super) async fn reader(&self) -> Result<E::Reader, Refusal> {
        self.engine.reader().await.map_err(unavailable)
    }

    pub(super) async fn snapshot(&self) -> Result<E::Snapshot, Refusal> {
        self.engine.snapshot().await.map_err(unavailable)
    }

    async fn state(&self, space: &SpaceId) -> Result<SpaceState, Refusal> {
        if let Some(state) = self.cache.get(space) {
            return Ok(state);
        }
        // One at a time: those who come together, as after a restart, mostly want the same.
        let _turn = self.loading.lock().await;
        if let Some(state) = self.cache.get(space) {
            return Ok(state);
        }
        let generation = self.cache.generation();
        let mut snapshot = self.snapshot().await?;
        let state = queries::space_state(&mut *snapshot, space).await.map_err(unavailable)?;
        let state = state.ok_or(Refusal::UnknownSpace)?;
        self.cache.put_loaded(generation, space, &state);
        Ok(state)
    }
}

/// Runs one query on a reader.
macro_rules! read {
    ($store:expr, |$reader:ident| $query:expr) => {{
        let mut reader = $store.reader().await?;
        let $reader: &mut E::Connection = &mut reader;
        $query.await.map_err(unavailable)
    }};
}

#[async_trait]
impl<E: Engine> Store for SqlStore<E> {
    async fn submit(&self, command: Command) -> Result<Outcome, Refusal> {
        self.writer()?.submit(command).await
    }

    async fn is_admin(&self, being: &BeingId) -> Result<bool, Refusal> {
        read!(self, |reader| queries::is_admin(reader, being))
    }

    async fn founder(&self, space: &SpaceId) -> Result<Option<BeingId>, Refusal> {
        Ok(self.state(space).await?.members.founder.clone())
    }

    async fn maker(&self, id: &BeingId) -> Result<Option<BeingId>, Refusal> {
        Ok(read!(self, |reader| queries::being(reader, id))?.and_then(|row| row.made_by))
    }

    async fn made_in(&self, space: &SpaceId, maker: &BeingId) -> Result<Vec<BeingId>, Refusal> {
        read!(self, |reader| queries::made_in(reader, space, maker))
    }

    async fn have_a_space_in_common(
        &self,
        one: &BeingId,
        other: &BeingId,
    ) -> Result<bool, Refusal> {
        read!(self, |reader| queries::have_a_space_in_common(reader, one, other))
    }

    async fn settings(&self, id: &BeingId) -> Result<Option<BeingSettings>, Refusal> {
        read!(self, |reader| providers::settings(reader, id))
    }

    async fn prompt_context(&self, run: &AnswerRun) -> Result<PromptContext, Refusal> {
        let members = self.state(&run.space).await?.members;
        let mut snapshot = self.snapshot().await?;
        let context = queries::prompt_context(&mut *snapshot, run, &members).await;
        context.map_err(unavailable)?.ok_or(Refusal::AnswerEnded)
    }

    async fn failure(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<(BeingId, Option<String>)>>, Refusal> {
        let failure = read!(self, |reader| queries::failure(reader, space, message))?;
        Ok(ForMembers::new(space.clone(), failure))
    }

    async fn versions(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<Vec<AnswerVersion>>>, Refusal> {
        let versions = read!(self, |reader| queries::versions(reader, space, message))?;
        Ok(ForMembers::new(space.clone(), versions))
    }

    async fn providers(&self) -> Result<Vec<Endpoint>, Refusal> {
        read!(self, |reader| providers::endpoints(reader))
    }

    async fn has_accounts(&self) -> Result<bool, Refusal> {
        read!(self, |reader| queries::has_accounts(reader))
    }

    async fn account(&self, id: &BeingId) -> Result<Option<Account>, Refusal> {
        read!(self, |reader| queries::account(reader, id))
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<BeingId>, Refusal> {
        let now = self.clock.now();
        if let Some(being) = self.cache.session(token, now) {
            return Ok(Some(being));
        }
        let generation = self.cache.generation();
        let found = read!(self, |reader| queries::session(reader, token, now))?;
        Ok(found.map(|session| {
            self.cache.put_session(generation, token, session.clone());
            session.being
        }))
    }

    async fn being(&self, id: &BeingId) -> Result<Option<Being>, Refusal> {
        Ok(read!(self, |reader| queries::being(reader, id))?.map(|row| row.being))
    }

    async fn spaces_of(&self, being: &BeingId) -> Result<Vec<SpaceListing>, Refusal> {
        read!(self, |reader| queries::spaces_of(reader, being))
    }

    async fn invited_to(&self, token: &TokenHash) -> Result<Being, Refusal> {
        let space = read!(self, |reader| queries::invited_to(reader, token, self.clock.now()))?;
        let space = space.ok_or(Refusal::UnknownInvite)?;
        Ok(self.state(&space).await?.members.space.clone())
    }

    async fn membership(&self, space: &SpaceId, being: &BeingId) -> Result<Membership, Refusal> {
        // Not while a commit is under way: a leave is on the disk a moment before it is remembered,
        // and a reader that has seen it there must not be told what was said after.
        if let Some(state) = self.cache.committed(space) {
            return Ok(state.members.membership(being));
        }
        read!(self, |reader| queries::membership(reader, space, being))
    }

    async fn sync(&self, space: &SpaceId) -> Result<ForMembers<(Cursor, SpaceSync)>, Refusal> {
        let generation = self.cache.generation();
        let mut snapshot = self.snapshot().await?;
        let position = queries::position(&mut *snapshot, space).await.map_err(unavailable)?;
        let position = position.ok_or(Refusal::UnknownSpace)?;
        let page = history::page(&mut *snapshot, space, Window::Newest, PAGE_DEFAULT_MESSAGES)
            .await
            .map_err(unavailable)?;
        // The cache may be ahead of the snapshot, which does no harm: the change that made
        // it so comes as an event and changes nothing. Behind it, a change would be lost.
        let is_current = |state: &SpaceState| state.revision >= position.revision;
        let members = match self.cache.get(space).filter(is_current) {
            Some(state) => state.members,
            None => {
                let state = queries::space_state(&mut *snapshot, space).await;
                let state = state.map_err(unavailable)?.ok_or(Refusal::UnknownSpace)?;
                self.cache.put_loaded(generation, space, &state);
                state.members
            }
        };
        let sync = SpaceSync {
            space: members.space.clone(),
            details: members.details.clone(),
            beings: members.present.values().cloned().collect(),
            intentions: page.intentions,
            has_earlier: page.has_earlier,
            last_message_id: position.head.as_message(),
        };
        let cursor = Cursor { epoch: position.epoch, seq: position.head };
        Ok(ForMembers::new(space.clone(), (cursor, sync)))
    }

    async fn changes_since(
        &self,
        space: &SpaceId,
        since: Seq,
    ) -> Result<ForMembers<ChangesSince>, Refusal> {
        let mut snapshot = self.snapshot().await?;
        let changes = queries::changes_since(&mut *snapshot, space, since).await;
        Ok(ForMembers::new(space.clone(), changes.map_err(unavailable)?))
    }

    async fn history(
        &self,
        space: &SpaceId,
        window: Window,
        limit: usize,
    ) -> Result<ForMembers<HistoryPage>, Refusal> {
        let page = read!(self, |reader| history::page(reader, space, window, limit))?;
        Ok(ForMembers::new(space.clone(), page))
    }

    async fn message(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<Intention>>, Refusal> {
        let found = read!(self, |reader| history::message(reader, space, message))?;
        Ok(ForMembers::new(space.clone(), found))
    }

    async fn head(&self, space: &SpaceId) -> Result<Cursor, Refusal> {
        // What is published is remembered before it is, so nobody's cursor is ahead of it.
        let SpaceState { epoch, head, .. } = self.state(space).await?;
        Ok(Cursor { epoch, seq: head })
    }

    async fn close(&self) {
        let writer = self.writer.write().unwrap_or_else(PoisonError::into_inner).take();
        // The readers go first: only the last to close the file merges its log into it, and they
        // may not write.
        self.engine.close().await;
        // Commands that hold the writer still are answered; then its queue ends.
        drop(writer);
        if let Some(task) = self.writing.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the writer ended badly");
        }
    }
}

pub fn unavailable(error: sqlx::Error) -> Refusal {
    tracing::error!(%error, "the database did not answer");
    Refusal::Unavailable
}
