//! The store with a gate before and behind each query of a stream: there the stream stands until the
//! simulation lets it go on, so that what happens between two queries follows from the seed.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use app::protocol::{
    Being, BeingId, BeingSettings, Cursor, Epoch, HistoryPage, Intention, MessageId, Name, Seq,
    SpaceId, SpaceListing, SpaceSync,
};
use async_trait::async_trait;
use server::{
    ai::endpoint::{BaseUrl, Endpoint, ProviderName},
    chance::TokenHash,
    policy::{Actor, Standing},
    refusal::Refusal,
    store::{
        Account, Answer, BeingPatch, Brief, Edit, Ending, KeyChange, Missed, NewAccount, NewBeing,
        NewIntention, Sent, SqliteStore, Store,
    },
};

pub struct Gate {
    pub store: Arc<SqliteStore>,
    /// Whether whoever was polled last waits for the database, and for nothing else.
    pub is_reading: Arc<AtomicBool>,
    /// Whether a query is held up at the disk. The next might wait for what that one holds, and
    /// nobody could tell that from waiting for the database: it does not begin.
    pub is_held_up: Arc<AtomicBool>,
}

impl Gate {
    async fn pass<T>(&self, query: impl Future<Output = T>) -> T {
        once_more().await;
        while self.is_held_up.load(Ordering::Relaxed) {
            once_more().await;
        }
        let mut query = pin!(query);
        let answer = poll_fn(|context| {
            let poll = query.as_mut().poll(context);
            self.is_reading.store(poll.is_pending(), Ordering::Relaxed);
            poll
        })
        .await;
        once_more().await;
        answer
    }
}

/// Waits for its next turn.
async fn once_more() {
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
    async fn open_account(&self, new: NewAccount) -> Result<Being, Refusal> {
        self.store.open_account(new).await
    }

    async fn start_session(&self, being: &BeingId, token: TokenHash) -> Result<(), Refusal> {
        self.store.start_session(being, token).await
    }

    async fn end_session(&self, token: TokenHash) -> Result<(), Refusal> {
        self.store.end_session(token).await
    }

    async fn found_space(&self, by: &Actor, name: Name) -> Result<Being, Refusal> {
        self.store.found_space(by, name).await
    }

    async fn make_invite(
        &self,
        by: &Actor,
        space: &SpaceId,
        token: TokenHash,
    ) -> Result<(), Refusal> {
        self.store.make_invite(by, space, token).await
    }

    async fn accept_invite(&self, by: &Actor, token: TokenHash) -> Result<Being, Refusal> {
        self.store.accept_invite(by, token).await
    }

    async fn send(&self, by: &Actor, space: &SpaceId, new: NewIntention) -> Result<Sent, Refusal> {
        self.store.send(by, space, new).await
    }

    async fn edit(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        edit: Edit,
    ) -> Result<Intention, Refusal> {
        self.store.edit(by, space, message, edit).await
    }

    async fn delete(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        epoch: Option<Epoch>,
    ) -> Result<(), Refusal> {
        self.store.delete(by, space, message, epoch).await
    }

    async fn stop(&self, by: &Actor, space: &SpaceId, message: MessageId) -> Result<(), Refusal> {
        self.store.stop(by, space, message).await
    }

    async fn retry(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<Intention, Refusal> {
        self.store.retry(by, space, message).await
    }

    async fn append(&self, answer: &Answer, offset: u64, text: String) -> Result<(), Refusal> {
        self.store.append(answer, offset, text).await
    }

    async fn finish(&self, answer: &Answer, text: String, ending: Ending) -> Result<(), Refusal> {
        self.store.finish(answer, text, ending).await
    }

    async fn change_being(
        &self,
        by: &Actor,
        id: &BeingId,
        patch: BeingPatch,
    ) -> Result<Being, Refusal> {
        self.store.change_being(by, id, patch).await
    }

    async fn add_being(
        &self,
        by: &Actor,
        space: &SpaceId,
        new: NewBeing,
    ) -> Result<Being, Refusal> {
        self.store.add_being(by, space, new).await
    }

    async fn remove_being(&self, by: &Actor, space: &SpaceId, id: &BeingId) -> Result<(), Refusal> {
        self.store.remove_being(by, space, id).await
    }

    async fn put_provider(
        &self,
        by: &Actor,
        name: ProviderName,
        base_url: BaseUrl,
        key: KeyChange,
    ) -> Result<(), Refusal> {
        self.store.put_provider(by, name, base_url, key).await
    }

    async fn remove_provider(&self, by: &Actor, name: &ProviderName) -> Result<(), Refusal> {
        self.store.remove_provider(by, name).await
    }

    async fn has_accounts(&self) -> Result<bool, Refusal> {
        self.store.has_accounts().await
    }

    async fn account(&self, id: &BeingId) -> Result<Option<Account>, Refusal> {
        self.store.account(id).await
    }

    async fn session(&self, token: &TokenHash) -> Result<Option<Actor>, Refusal> {
        self.store.session(token).await
    }

    async fn being(&self, id: &BeingId) -> Result<Option<Being>, Refusal> {
        self.store.being(id).await
    }

    async fn settings(&self, by: &Actor, id: &BeingId) -> Result<Option<BeingSettings>, Refusal> {
        self.store.settings(by, id).await
    }

    async fn brief(&self, answer: &Answer) -> Result<Brief, Refusal> {
        self.store.brief(answer).await
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

    async fn standing(&self, space: &SpaceId, being: &BeingId) -> Result<Standing, Refusal> {
        self.pass(self.store.standing(space, being)).await
    }

    async fn sync(&self, space: &SpaceId) -> Result<(Cursor, SpaceSync), Refusal> {
        self.pass(self.store.sync(space)).await
    }

    async fn changes_since(&self, space: &SpaceId, since: Seq) -> Result<Missed, Refusal> {
        self.pass(self.store.changes_since(space, since)).await
    }

    async fn history(
        &self,
        space: &SpaceId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<HistoryPage, Refusal> {
        self.pass(self.store.history(space, before, limit)).await
    }

    async fn head(&self, space: &SpaceId) -> Result<Cursor, Refusal> {
        self.pass(self.store.head(space)).await
    }

    async fn close(&self) {
        self.store.close().await
    }
}
