//! What is kept. [`Store`] is the contract; everything below `store/` is the only SQL there is.
//!
//! Always true:
//! - A change and its position commit together, and only what is committed is published.
//! - Publishing happens in commit order, before the command is answered.
//! - A refusal, and an error, have changed nothing.
//! - No query reads more rows than it answers with, bar a constant.
//! - The content of a space comes out only for a member: see [`ForMembers`].

mod cache;
mod committed;
mod directory;
mod for_members;
mod inbox;
mod positions;
mod postgres;
mod prompt;
mod search;
mod sql;
mod sqlite;
mod tracked;
mod tx;
mod window;

use async_trait::async_trait;
use protocol::{
    AnswerVersion, Being, BeingId, BeingSettings, Cursor, HistoryPage, Intention, MessageId, Seq,
    SpaceId, SpaceListing, SpaceSync, SyncEvent,
};

pub use self::{
    committed::{Committed, CommittedInbox, Publish},
    directory::Directory,
    for_members::ForMembers,
    inbox::{HeadQuestion, InboxRow, Inboxes, Mentions},
    positions::{Place, Positions},
    postgres::{PostgresAddress, PostgresError, PostgresStore, PostgresTx},
    prompt::{PromptContext, PromptMessage},
    search::{Found, Search, Searches},
    sqlite::{BegunLog, PreparationError, SqliteStore, SqliteTx},
    tracked::{DetailsRow, MemberRow, ReactionRow, Tracked},
    tx::{
        BeingRow, BeingRows, Commit, InboxRows, MessageReactions, MessageRow, MessageRows,
        ReactionRows, SpaceRows, Tx, TxError, TxResult, WriteConnection, updated,
    },
    window::Window,
};
use crate::domain::{
    command::{AnswerRun, Command, Executable, FromOutcome, Outcome},
    endpoint::Endpoint,
    policy::Membership,
    refusal::Refusal,
    token::TokenHash,
};

/// Commands write, queries read. Both answer with a [`Refusal`]; a database that does not answer is
/// [`Refusal::Unavailable`].
#[async_trait]
pub trait Store: Inboxes + Directory + Searches + Send + Sync + 'static {
    /// Carries a command out: what it did is on disk, and published, before it is answered.
    async fn submit(&self, command: Command) -> Result<Outcome, Refusal>;

    async fn has_accounts(&self) -> Result<bool, Refusal>;
    async fn account(&self, id: &BeingId) -> Result<Option<Account>, Refusal>;
    /// The being that a token signs in, unless its session has ended or expired.
    async fn session(&self, token: &TokenHash) -> Result<Option<BeingId>, Refusal>;
    /// Whether a being administers this server. Asked for each command: the right may have been taken.
    async fn is_admin(&self, being: &BeingId) -> Result<bool, Refusal>;
    async fn being(&self, id: &BeingId) -> Result<Option<Being>, Refusal>;
    /// The being that made a space; it may have left.
    async fn founder(&self, space: &SpaceId) -> Result<Option<BeingId>, Refusal>;
    /// The being that made a being: an AI being, or a space.
    async fn maker(&self, id: &BeingId) -> Result<Option<BeingId>, Refusal>;
    /// The AI beings in a space that a being has made, by their ids.
    async fn made_in(&self, space: &SpaceId, maker: &BeingId) -> Result<Vec<BeingId>, Refusal>;
    async fn have_a_space_in_common(&self, one: &BeingId, other: &BeingId)
    -> Result<bool, Refusal>;
    /// How an AI being answers. Who may see it is a rule: see
    /// [`domain::settings_for`](crate::domain::settings_for).
    async fn settings(&self, id: &BeingId) -> Result<Option<BeingSettings>, Refusal>;
    /// Every provider, by name, with its key.
    async fn providers(&self) -> Result<Vec<Endpoint>, Refusal>;
    async fn spaces_of(&self, being: &BeingId) -> Result<Vec<SpaceListing>, Refusal>;
    /// The space that an invite opens.
    async fn invited_to(&self, token: &TokenHash) -> Result<Being, Refusal>;
    async fn membership(&self, space: &SpaceId, being: &BeingId) -> Result<Membership, Refusal>;
    /// The present history and position of a space.
    async fn head(&self, space: &SpaceId) -> Result<Cursor, Refusal>;

    /// The messages and settings that an answer is made from.
    async fn prompt_context(&self, run: &AnswerRun) -> Result<PromptContext, Refusal>;
    /// The owner of a message, and what a provider said about it where it is an answer that failed. Who
    /// may read that is a rule: see [`domain::answers::failure_for`](crate::domain::answers::failure_for).
    async fn failure(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<(BeingId, Option<String>)>>, Refusal>;
    /// The versions of an answer that have ended, oldest first; `None` for what is no answer.
    async fn versions(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<Vec<AnswerVersion>>>, Refusal>;
    /// The whole of a space as a first visit needs it.
    async fn sync(&self, space: &SpaceId) -> Result<ForMembers<(Cursor, SpaceSync)>, Refusal>;
    /// The changes after `since`, a position that the space has reached: each row once, in its present
    /// state, oldest position first.
    async fn changes_since(
        &self,
        space: &SpaceId,
        since: Seq,
    ) -> Result<ForMembers<ChangesSince>, Refusal>;
    /// At most `limit` messages that are there, oldest first, with their reactions; whether there are
    /// more on either side is of the same moment.
    async fn history(
        &self,
        space: &SpaceId,
        window: Window,
        limit: usize,
    ) -> Result<ForMembers<HistoryPage>, Refusal>;
    /// One message, with its reactions; `None` where none is there, or it was deleted.
    async fn message(
        &self,
        space: &SpaceId,
        message: MessageId,
    ) -> Result<ForMembers<Option<Intention>>, Refusal>;

    /// Finishes the commands that were begun, refuses later ones as [`Refusal::Unavailable`], and lets go
    /// of the files: a query that needs them is refused, too.
    async fn close(&self);
}

/// Commands with typed answers, for every store.
pub trait Execute {
    fn execute<C: Executable>(
        &self,
        command: C,
    ) -> impl Future<Output = Result<C::Answer, Refusal>> + Send;
}

impl<S: Store + ?Sized> Execute for S {
    fn execute<C: Executable>(
        &self,
        command: C,
    ) -> impl Future<Output = Result<C::Answer, Refusal>> + Send {
        let outcome = self.submit(command.into());
        async {
            let answer = C::Answer::from_outcome(outcome.await?);
            Ok(answer.expect("a command is answered with an outcome of its kind"))
        }
    }
}

pub struct Account {
    pub password_hash: String,
}

/// The changes that a cursor has missed.
#[derive(Debug, Clone)]
pub enum ChangesSince<E = SyncEvent> {
    Changes {
        head: Seq,
        changes: Vec<(Seq, E)>,
    },
    /// More rows than [`CATCH_UP_LIMIT_ROWS`](protocol::limits::CATCH_UP_LIMIT_ROWS).
    TooMany,
}
