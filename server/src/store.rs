//! What is kept. [`Store`] is the contract; everything below `store/` is the only SQL there is.
//!
//! Always true:
//! - A change and its position commit together, and only what is committed is published.
//! - Publishing happens in commit order, before the command is answered.
//! - A refusal, and an error, have changed nothing.
//! - No query reads more rows than it answers with, bar a constant.

mod accounts;
mod answers;
mod beings;
mod intentions;
mod ledger;
mod providers;
mod reads;
mod rows;
mod spaces;
mod sqlite;
mod unit;
mod writer;

use std::sync::Arc;

use app::protocol::{
    Being, BeingId, BeingSettings, Content, Cursor, Epoch, FailureReason, HistoryPage, Hue,
    Intention, IntentionId, MessageId, Name, Seq, SpaceId, SpaceListing, SpaceSync, SyncEvent,
};
use async_trait::async_trait;

pub use sqlite::SqliteStore;

use crate::{
    ai::{
        endpoint::{BaseUrl, Endpoint, Key, ProviderName},
        settings::Settings,
    },
    chance::TokenHash,
    policy::{Actor, Standing},
    refusal::Refusal,
};

/// Commands write, queries read. Both answer with a [`Refusal`]; a database that does not answer is
/// [`Refusal::Unavailable`].
#[async_trait]
pub trait Store: Send + Sync + 'static {
    async fn open_account(&self, new: NewAccount) -> Result<Being, Refusal>;
    async fn start_session(&self, being: &BeingId, token: TokenHash) -> Result<(), Refusal>;
    async fn end_session(&self, token: TokenHash) -> Result<(), Refusal>;

    async fn found_space(&self, by: &Actor, name: Name) -> Result<Being, Refusal>;
    async fn make_invite(
        &self,
        by: &Actor,
        space: &SpaceId,
        token: TokenHash,
    ) -> Result<(), Refusal>;
    async fn accept_invite(&self, by: &Actor, token: TokenHash) -> Result<Being, Refusal>;

    async fn send(&self, by: &Actor, space: &SpaceId, new: NewIntention) -> Result<Sent, Refusal>;
    async fn edit(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        edit: Edit,
    ) -> Result<Intention, Refusal>;
    async fn delete(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        epoch: Option<Epoch>,
    ) -> Result<(), Refusal>;
    /// Ends an AI being's answer; one that has ended already stays as it is.
    async fn stop(&self, by: &Actor, space: &SpaceId, message: MessageId) -> Result<(), Refusal>;

    /// Begins an AI being's answer anew, in its place; one that grows stays as it is.
    async fn retry(
        &self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<Intention, Refusal>;
    /// Adds to an answer, whose text so far has `offset` bytes. Refused once the answer has ended.
    async fn append(&self, answer: &Answer, offset: u64, text: String) -> Result<(), Refusal>;
    /// Adds the last of its text to an answer, and ends it.
    async fn finish(&self, answer: &Answer, text: String, ending: Ending) -> Result<(), Refusal>;

    async fn change_being(
        &self,
        by: &Actor,
        id: &BeingId,
        patch: BeingPatch,
    ) -> Result<Being, Refusal>;
    async fn add_being(&self, by: &Actor, space: &SpaceId, new: NewBeing)
    -> Result<Being, Refusal>;
    async fn remove_being(&self, by: &Actor, space: &SpaceId, id: &BeingId) -> Result<(), Refusal>;
    async fn put_provider(
        &self,
        by: &Actor,
        name: ProviderName,
        base_url: BaseUrl,
        key: KeyChange,
    ) -> Result<(), Refusal>;
    async fn remove_provider(&self, by: &Actor, name: &ProviderName) -> Result<(), Refusal>;

    async fn has_accounts(&self) -> Result<bool, Refusal>;
    async fn account(&self, id: &BeingId) -> Result<Option<Account>, Refusal>;
    /// Who the token signs in, if anyone and not expired.
    async fn session(&self, token: &TokenHash) -> Result<Option<Actor>, Refusal>;
    async fn being(&self, id: &BeingId) -> Result<Option<Being>, Refusal>;
    /// How an AI being answers, for who may change that.
    async fn settings(&self, by: &Actor, id: &BeingId) -> Result<Option<BeingSettings>, Refusal>;
    /// What an answer is made from.
    async fn brief(&self, answer: &Answer) -> Result<Brief, Refusal>;
    /// Every provider, by name, with its key.
    async fn providers(&self) -> Result<Vec<Endpoint>, Refusal>;
    async fn spaces_of(&self, being: &BeingId) -> Result<Vec<SpaceListing>, Refusal>;
    /// The space that an invite opens.
    async fn invited_to(&self, token: &TokenHash) -> Result<Being, Refusal>;
    async fn standing(&self, space: &SpaceId, being: &BeingId) -> Result<Standing, Refusal>;
    /// The whole of a space as a first visit needs it.
    async fn sync(&self, space: &SpaceId) -> Result<(Cursor, SpaceSync), Refusal>;
    /// What changed after `since`, each row once and in its present state, oldest position first.
    async fn changes_since(&self, space: &SpaceId, since: Seq) -> Result<Missed, Refusal>;
    /// The `limit` newest messages before one, oldest first.
    async fn history(
        &self,
        space: &SpaceId,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<HistoryPage, Refusal>;
    /// The present history and position of a space.
    async fn head(&self, space: &SpaceId) -> Result<Cursor, Refusal>;

    /// Finishes what was begun, refuses what comes after, and lets go of the files.
    async fn close(&self);
}

/// What the store tells of what it has committed. It is called in commit order, never twice for
/// one change, and must not block.
pub trait Publish: Send + Sync + 'static {
    fn publish(&self, committed: &Committed);
}

/// Consecutive changes of one space that are on disk. Only a store makes one, so what takes one
/// cannot send what is not committed.
#[derive(Debug, Clone)]
pub struct Committed {
    space: SpaceId,
    epoch: Epoch,
    changes: Vec<(Seq, SyncEvent)>,
}

impl Committed {
    /// Private to the store: see [`unit`].
    fn new(space: SpaceId, epoch: Epoch, changes: Vec<(Seq, SyncEvent)>) -> Self {
        Self { space, epoch, changes }
    }

    pub fn space(&self) -> &SpaceId {
        &self.space
    }

    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// In the order of their positions, each one more than the one before.
    pub fn changes(&self) -> &[(Seq, SyncEvent)] {
        &self.changes
    }
}

impl<P: Publish> Publish for Arc<P> {
    fn publish(&self, committed: &Committed) {
        P::publish(self, committed);
    }
}

impl<A: Publish, B: Publish> Publish for (A, B) {
    fn publish(&self, committed: &Committed) {
        self.0.publish(committed);
        self.1.publish(committed);
    }
}

pub struct NewAccount {
    pub id: BeingId,
    pub name: Name,
    pub password_hash: String,
    pub invite: Option<TokenHash>,
    /// It is signed in as it is opened: both or neither.
    pub session: TokenHash,
}

pub struct Account {
    pub password_hash: String,
}

/// What a message says from now on. With a `seq`, only if that was its last change; with an `epoch`,
/// only in that history.
#[derive(Debug, Clone)]
pub struct Edit {
    pub content: Content,
    pub seq: Option<Seq>,
    pub epoch: Option<Epoch>,
}

#[derive(Debug, Clone)]
pub struct NewIntention {
    pub id: IntentionId,
    pub content: Content,
    pub reply_to: Option<MessageId>,
}

/// The answer to a send: the same however often it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub intention: Intention,
    /// Whether this very command made it.
    pub is_new: bool,
}

#[derive(Debug, Clone, Default)]
pub struct BeingPatch {
    pub name: Option<Name>,
    pub hue: Option<Hue>,
    pub settings: Option<Settings>,
}

/// An AI being to be brought along.
pub struct NewBeing {
    pub name: Name,
    pub hue: Option<Hue>,
    pub settings: Option<Settings>,
}

/// The present text of an answer. Who still writes an earlier one, that has ended or was begun anew
/// since, holds another `begun`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Answer {
    pub space: SpaceId,
    pub message: MessageId,
    /// The position at which it began.
    pub begun: Seq,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Complete,
    Cancelled,
    Failed(FailureReason),
}

/// What an answer is made from.
#[derive(Debug, Clone)]
pub struct Brief {
    pub being: Being,
    pub space: Being,
    /// None where the being has none: it was given none, or they were taken away.
    pub settings: Option<BeingSettings>,
    /// Whether what it answers is there still.
    pub is_asked: bool,
    /// What was said, oldest first; the last is what the answer answers.
    pub conversation: Vec<Said>,
}

#[derive(Debug, Clone)]
pub struct Said {
    pub by: BeingId,
    pub name: String,
    pub text: String,
}

/// What becomes of the key that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// It stays, unless the base URL is another: a key is for nobody else's eyes.
    Keep,
    Set(Key),
    Remove,
}

/// What a cursor has missed.
#[derive(Debug, Clone)]
pub enum Missed {
    Changes {
        head: Seq,
        changes: Vec<(Seq, SyncEvent)>,
    },
    /// More rows than [`CATCH_UP_LIMIT_ROWS`](app::protocol::limits::CATCH_UP_LIMIT_ROWS).
    TooMany,
}
