//! The store with a gate before and after each query of a stream. The stream waits there until the
//! simulation lets it continue, so that whatever happens between two queries follows from the seed.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use async_trait::async_trait;
use protocol::{
    AnswerVersion, Being, BeingId, BeingSettings, Cursor, DirectoryPage, HistoryPage, InboxEvent,
    InboxSync, Intention, MessageId, Seq, SpaceHead, SpaceId, SpaceListing, SpaceSync,
};
use server::{
    domain::{
        command::{AnswerRun, Command, Outcome},
        endpoint::Endpoint,
        policy::Membership,
        refusal::Refusal,
        token::TokenHash,
    },
    store::{
        Account, ChangesSince, Directory, ForMembers, Found, HeadQuestion, Inboxes, PromptContext,
        Search, Searches, SqliteStore, Store, Window,
    },
};

pub struct Gate {
    pub store: Arc<SqliteStore>,
    /// Whether the task that was polled last waits for the database, and for nothing else.
    pub is_reading: Arc<AtomicBool>,
    /// Whether a query is stalled at the disk. Another query might wait for something that the
    /// stalled one holds, and that could not be told from waiting for the database, so none begins.
    pub is_stalled: Arc<AtomicBool>,
}

impl Gate {
    async fn pass<T>(&self, query: impl Future<Output = T>) -> T {
        next_turn().await;
        while self.is_stalled.load(Ordering::Relaxed) {
            next_turn().await;
        }
        let mut query = pin!(query);
        let answer = poll_fn(|context| {
            let poll = query.as_mut().poll(context);
            self.is_reading.store(poll.is_pending(), Ordering::Relaxed);
            poll
        })
        .await;
        next_turn().await;
        answer
    }
}

/// Waits for the task's next turn.
async fn next_turn() {
    let mut has_waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait]
impl Store for Gate {
    async fn submit(&self, command: Command) -> Result<Outcome, Refusal> {
        self.store.submit(command).await
    }

    async fn has_accounts(&self) -> Result<bool, Refusal> {
        self.store.has_accounts().await
    }

    async fn account(&self, id: &BeingId) -> Result<Option<Account>, Refusal> {
        self.store.account(id).await
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<BeingId>, Refusal> {
        self.store.session(token).await
    }

    async fn is_admin(&self, being: &BeingId) -> Result<bool, Refusal> {
        self.store.is_admin(being).await
    }

    async fn being(&self, id: &BeingId) -> Result<Option<Being>, Refusal> {
        self.store.being(id).await
    }

    async fn made_in(&self, space: &SpaceId, maker: &BeingId) -> Result<Vec<BeingId>, Refusal> {
        self.store.made_in(space, maker).await
    }

    async fn founder(&self, space: &SpaceId) -> Result<Option<BeingId>, Refusal> {
        self.store.founder(space).await
    }

    async fn maker(&self, id: &BeingId) -> Result<Option<BeingId>, Refusal> {
        self.store.maker(id).await
    }

    async fn have_a_space_in_common(
        &self,
        one: &BeingId,
        other: &BeingId,
    ) -> Result<bool, Refusal> {
        self.store.have_a_space_in_common(one, other).await
    }

    async fn settings(&self, id: &BeingId) -> Result<Option<BeingSettings>, Refusal> {
        self.store.settings(id).await
    }

    async fn prompt_context(&self, run: &AnswerRun) -> Result<PromptContext, Refusal> {
        self.store.prompt_context(run).await
    }

    async fn failure(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<(BeingId, Option<String>)>>, Refusal> {
        self.store.failure(space, message).await
    }

    async fn versions(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<Vec<AnswerVersion>>>, Refusal> {
        self.store.versions(space, message).await
    }

    async fn providers(&self) -> Result<Vec<Endpoint>, Refusal> {
        self.store.providers().await
    }

    async fn spaces_of(&self, being: &BeingId) -> Result<Vec<SpaceListing>, Refusal> {
        self.store.spaces_of(being).await
    }

    async fn invited_to(&self, token: &TokenHash) -> Result<Being, Refusal> {
        self.store.invited_to(token).await
    }

    async fn membership(&self, space: &SpaceId, being: &BeingId) -> Result<Membership, Refusal> {
        self.pass(self.store.membership(space, being)).await
    }

    async fn sync(&self, space: &SpaceId) -> Result<ForMembers<(Cursor, SpaceSync)>, Refusal> {
        self.pass(self.store.sync(space)).await
    }

    async fn changes_since(
        &self,
        space: &SpaceId,
        since: Seq,
    ) -> Result<ForMembers<ChangesSince>, Refusal> {
        self.pass(self.store.changes_since(space, since)).await
    }

    async fn history(
        &self,
        space: &SpaceId,
        window: Window,
        limit: usize,
    ) -> Result<ForMembers<HistoryPage>, Refusal> {
        self.pass(self.store.history(space, window, limit)).await
    }

    async fn message(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<Intention>>, Refusal> {
        self.pass(self.store.message(space, message)).await
    }

    async fn head(&self, space: &SpaceId) -> Result<Cursor, Refusal> {
        self.pass(self.store.head(space)).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

#[async_trait]
impl Searches for Gate {
    async fn search(&self, search: &Search) -> Result<Found, Refusal> {
        self.pass(self.store.search(search)).await
    }

    async fn names(&self, beings: &[&BeingId]) -> Result<BTreeMap<BeingId, String>, Refusal> {
        self.pass(self.store.names(beings)).await
    }
}

#[async_trait]
impl Directory for Gate {
    async fn directory(
        &self,
        by: &BeingId,
        wanted: &str,
        after: Option<&SpaceId>,
    ) -> Result<DirectoryPage, Refusal> {
        self.pass(self.store.directory(by, wanted, after)).await
    }
}

#[async_trait]
impl Inboxes for Gate {
    async fn inbox_head(&self, being: &BeingId) -> Result<Cursor, Refusal> {
        self.pass(self.store.inbox_head(being)).await
    }

    async fn inbox(&self, being: &BeingId) -> Result<(Cursor, InboxSync), Refusal> {
        self.pass(self.store.inbox(being)).await
    }

    async fn inbox_changes_since(
        &self,
        being: &BeingId,
        since: Seq,
    ) -> Result<ChangesSince<InboxEvent>, Refusal> {
        self.pass(self.store.inbox_changes_since(being, since)).await
    }

    async fn space_heads(
        &self,
        being: &BeingId,
        of: Option<&[HeadQuestion]>,
    ) -> Result<Vec<SpaceHead>, Refusal> {
        self.pass(self.store.space_heads(being, of)).await
    }
}
