//! The row verbs of one transaction: what the rules need of a database, and no rule among them. And the
//! connection that runs one transaction after the other, which is all that a writer needs of a database.
//!
//! Always true:
//! - A verb that changes a tracked row takes the [`Place`] of the change by value: the row, its position
//!   and its event are written together, and no position can be used twice.
//! - A refused command has written nothing. So the rules refuse before their first write.
//! - A verb that changes a row fails where there is no such row, and with it the transaction: no event
//!   tells of a change that is not in the database.

mod inbox;
mod reactions;

use std::error::Error;

use protocol::{
    Being, BeingId, BeingKind, Epoch, Intention, IntentionId, MessageId, Seq, SpaceDetails,
    SpaceId, SyncEvent,
};

use super::{
    committed::{Committed, CommittedInbox},
    positions::Place,
};
use crate::domain::{
    clock::Moment,
    command::{AnswerRun, Command},
    endpoint::{BaseUrl, Key, OptionsChange, ProviderName},
    members::SpaceState,
    refusal::Refusal,
    rng::Rng,
    settings::Settings,
    token::TokenHash,
};

pub use inbox::InboxRows;
pub use reactions::{MessageReactions, ReactionRows};

pub type TxResult<T> = Result<T, TxError>;

/// Why a command was not carried out.
#[derive(Debug)]
pub enum TxError {
    /// A rule refuses it. The transaction goes on without it.
    Refused(Refusal),
    /// The database failed. All of the transaction is rolled back.
    Failed(Box<dyn Error + Send + Sync>),
}

impl<R: Into<Refusal>> From<R> for TxError {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

/// A message as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    pub intention: Intention,
    /// A tombstone keeps its row, without the content.
    pub is_deleted: bool,
    /// SHA-256 of the content that was first sent, in hex, once the content has changed: a late
    /// repetition of the send is still recognised.
    pub sent_hash: Option<String>,
    /// Of an AI being's answer: the position at which its present text began.
    pub started_at: Option<Seq>,
    /// Of an answer: when the first of its reasoning came.
    pub reasoning_began: Option<Moment>,
}

/// A being as a row, with the being that made it: of an AI being and of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeingRow {
    /// Its `seq` is that of a space's membership, or 0 outside of any space.
    pub being: Being,
    pub made_by: Option<BeingId>,
}

/// The connection that a writer writes with. It is one transaction at a time: its verbs are asked
/// between [`begin`](Self::begin) and [`commit`](Self::commit) or [`roll_back`](Self::roll_back).
pub trait WriteConnection: Tx {
    /// Begins a transaction for these commands. It may look up in one visit what they are about; its
    /// verbs answer the same without that.
    fn begin<'c>(
        &mut self,
        now: Moment,
        commands: impl Iterator<Item = &'c Command> + Clone + Send,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Makes all of it durable. Only now do its changes become [`Committed`]. Where it fails, the
    /// transaction is yet to be rolled back.
    fn commit(&mut self) -> impl Future<Output = sqlx::Result<Commit>> + Send;
    /// Leaves everything as it was before: the rows, the positions, and what is remembered.
    fn roll_back(&mut self) -> impl Future<Output = ()> + Send;
    /// Lets go of the database.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// What a transaction has changed, to be published.
#[derive(Debug, Default)]
pub struct Commit {
    /// One for each space that has changed.
    pub spaces: Vec<Committed>,
    /// In the order in which they were written.
    pub inboxes: Vec<CommittedInbox>,
    /// The spaces that do not exist any more.
    pub deleted: Vec<SpaceId>,
}

/// One transaction. Reads see its own writes.
pub trait Tx: SpaceRows + MessageRows + ReactionRows + BeingRows + InboxRows {}

impl<T: SpaceRows + MessageRows + ReactionRows + BeingRows + InboxRows> Tx for T {}

/// The rows of spaces and their members.
pub trait SpaceRows: Send {
    /// The moment of the transaction: the same for all of its commands.
    fn now(&self) -> Moment;
    fn rng(&self) -> &Rng;

    // Spaces and their logs.

    /// The space as this transaction sees it. Its position can be taken from here on.
    fn space(&mut self, id: &SpaceId) -> impl Future<Output = TxResult<Option<SpaceState>>> + Send;
    /// The place of the space's next change. A place that is dropped takes no position; one that another
    /// change has overtaken is a mistake, on which the verb that takes it fails or panics. Panics where
    /// [`space`](Self::space) was not asked first.
    fn next(&mut self, space: &SpaceId) -> Place;
    /// The space's being is inserted before. It becomes a member of itself by
    /// [`put_member`](Self::put_member), at its first position.
    fn insert_space(
        &mut self,
        space: &Being,
        founder: &BeingId,
        epoch: &Epoch,
    ) -> impl Future<Output = TxResult<()>> + Send;

    /// Makes a space that was just inserted the one of these persons, who are sorted by their ids.
    fn make_direct(
        &mut self,
        space: &SpaceId,
        persons: &[BeingId],
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// The direct space of exactly these persons, who are sorted by their ids.
    fn direct_space(
        &mut self,
        persons: &[BeingId],
    ) -> impl Future<Output = TxResult<Option<SpaceId>>> + Send;
    /// There is no such space from here on: it has no members any more, and the inboxes of those that it had
    /// tell so. Its being stays, without a name. No answer may grow in it.
    fn delete_space(&mut self, space: &SpaceId) -> impl Future<Output = TxResult<()>> + Send;

    // Details: a tracked kind, of one row.

    fn put_details(
        &mut self,
        place: Place,
        details: &SpaceDetails,
    ) -> impl Future<Output = TxResult<()>> + Send;

    // Members: a tracked kind.

    /// Makes a being a member, or says of a member that it has changed. Its `seq` becomes the place's.
    /// One that answers does so again only after [`set_answering`](Self::set_answering). One that joins
    /// has read up to the place, and its inbox, where it has one, tells so.
    fn put_member(
        &mut self,
        place: Place,
        being: Being,
    ) -> impl Future<Output = TxResult<Being>> + Send;
    /// It no longer answers, either. It stays known as a being that has left, and its inbox tells so.
    fn remove_member(
        &mut self,
        place: Place,
        being: &BeingId,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// The spaces that a being belongs to, in the order of their ids.
    fn spaces_with(
        &mut self,
        being: &BeingId,
    ) -> impl Future<Output = TxResult<Vec<SpaceId>>> + Send;
    /// Whether there is a space that both belong to at present.
    fn have_a_space_in_common(
        &mut self,
        one: &BeingId,
        other: &BeingId,
    ) -> impl Future<Output = TxResult<bool>> + Send;
    /// From here on the member answers when its settings, which are put already, say so. It takes no
    /// position, because no client is told; the space's revision counts it.
    fn set_answering(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        settings: &Settings,
    ) -> impl Future<Output = TxResult<()>> + Send;
}

/// The rows of messages, and of answers, which are messages that grow.
pub trait MessageRows: Send {
    // Messages: a tracked kind.

    /// A message, or its tombstone.
    fn message(
        &mut self,
        space: &SpaceId,
        message: MessageId,
    ) -> impl Future<Output = TxResult<Option<MessageRow>>> + Send;
    /// The message, or the tombstone, that was sent under this id.
    fn message_sent_as(
        &mut self,
        space: &SpaceId,
        id: IntentionId,
    ) -> impl Future<Output = TxResult<Option<MessageRow>>> + Send;
    /// Inserts a message that is sent now, whose id is free in the space: its `message_id` and its `seq`
    /// are the place's. With `is_answer`, its text begins at the place, too. A database may write it as
    /// late as at the commit, which then is what fails.
    fn insert_message(
        &mut self,
        place: Place,
        intention: Intention,
        is_answer: bool,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// Writes the content, and that it was changed now.
    fn edit_message(
        &mut self,
        place: Place,
        edited: Intention,
        sent_hash: &str,
    ) -> impl Future<Output = TxResult<Intention>> + Send;
    /// Leaves a tombstone: without content, reasoning, mentions, reactions or earlier versions, and no active
    /// answer any more.
    fn delete_message(
        &mut self,
        place: Place,
        message: MessageId,
        sent_hash: &str,
    ) -> impl Future<Output = TxResult<()>> + Send;

    // Answers: messages that grow.

    /// Adds to a run's text, if it is active, of this run, and `offset` bytes long; else writes nothing,
    /// takes no position, and says false. The first text settles how long the reasoning took.
    fn append_to_answer(
        &mut self,
        place: Place,
        run: &AnswerRun,
        offset: u64,
        text: &str,
    ) -> impl Future<Output = TxResult<bool>> + Send;
    /// The same for its reasoning, of which `offset` are the bytes. The first of it began now.
    fn append_reasoning(
        &mut self,
        place: Place,
        run: &AnswerRun,
        offset: u64,
        text: &str,
    ) -> impl Future<Output = TxResult<bool>> + Send;
    /// Writes the state, the reason, the content, the reasoning, that it ended now, and what the provider
    /// said where it failed: no event
    /// tells that.
    fn end_answer(
        &mut self,
        place: Place,
        ended: Intention,
        detail: Option<&str>,
    ) -> impl Future<Output = TxResult<Intention>> + Send;
    /// Writes an active answer without text, reasoning and mentions, which begins at the place, and its count of
    /// versions. With `keeps`, what it was until now becomes an earlier version; of those, the newest stay
    /// that the count has room for.
    fn restart_answer(
        &mut self,
        place: Place,
        restarted: Intention,
        keeps: bool,
    ) -> impl Future<Output = TxResult<Intention>> + Send;
    /// Every active answer; with `of`, those of one being in one space.
    fn active_answers(
        &mut self,
        of: Option<(&SpaceId, &BeingId)>,
    ) -> impl Future<Output = TxResult<Vec<(SpaceId, MessageId)>>> + Send;
    /// The kinds of the beings that wrote the newest messages, newest first: deleted messages and growing
    /// answers are among them.
    fn newest_authors(
        &mut self,
        space: &SpaceId,
        limit: usize,
    ) -> impl Future<Output = TxResult<Vec<BeingKind>>> + Send;
}

/// The rows of beings, their accounts, sessions and invites, and of AI beings' providers.
pub trait BeingRows: Send {
    // Beings and accounts.

    /// The being alone, without a position in any space.
    fn being(&mut self, id: &BeingId) -> impl Future<Output = TxResult<Option<BeingRow>>> + Send;
    fn insert_being(
        &mut self,
        being: &Being,
        made_by: Option<&BeingId>,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// Writes its name and its hue. The spaces that it belongs to are told by
    /// [`put_member`](SpaceRows::put_member), in each of them.
    fn update_being(&mut self, being: &Being) -> impl Future<Output = TxResult<()>> + Send;
    fn has_accounts(&mut self) -> impl Future<Output = TxResult<bool>> + Send;
    fn is_admin(&mut self, being: &BeingId) -> impl Future<Output = TxResult<bool>> + Send;
    /// And its inbox, in which nothing has happened.
    fn insert_account(
        &mut self,
        being: &BeingId,
        password_hash: &str,
        is_admin: bool,
        inbox: &Epoch,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// Changes nothing where the hash is another than `before`.
    fn replace_password_hash(
        &mut self,
        being: &BeingId,
        before: &str,
        hash: &str,
    ) -> impl Future<Output = TxResult<()>> + Send;
    fn insert_session(
        &mut self,
        being: &BeingId,
        token: &TokenHash,
        expires_at: Moment,
    ) -> impl Future<Output = TxResult<()>> + Send;
    fn delete_session(&mut self, token: &TokenHash) -> impl Future<Output = TxResult<()>> + Send;

    // Invites.

    fn insert_invite(
        &mut self,
        space: &SpaceId,
        made_by: &BeingId,
        token: &TokenHash,
        expires_at: Moment,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// The space that an invite opens, unless it is unknown or has expired.
    fn invited_to(
        &mut self,
        token: &TokenHash,
    ) -> impl Future<Output = TxResult<Option<SpaceId>>> + Send;
    fn delete_invites(&mut self, space: &SpaceId) -> impl Future<Output = TxResult<()>> + Send;
    /// Forgets the sessions and the invites that have expired.
    fn delete_expired(&mut self) -> impl Future<Output = TxResult<()>> + Send;

    // AI beings and their providers.

    /// How the being answers; a field that was not given stays as it is. From now on in each space where
    /// [`set_answering`](SpaceRows::set_answering)
    /// says so.
    fn put_settings(
        &mut self,
        being: &BeingId,
        settings: &Settings,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// The base URL of a provider.
    fn provider(&mut self, name: &str) -> impl Future<Output = TxResult<Option<String>>> + Send;
    /// Writes the provider, and its key in the place of the one it had.
    fn put_provider(
        &mut self,
        name: &ProviderName,
        base_url: &BaseUrl,
        key: Option<&Key>,
    ) -> impl Future<Output = TxResult<()>> + Send;
    /// Changes what is given of the provider's options.
    fn set_provider_options(
        &mut self,
        name: &ProviderName,
        options: &OptionsChange,
    ) -> impl Future<Output = TxResult<()>> + Send;
    fn delete_provider(
        &mut self,
        name: &ProviderName,
    ) -> impl Future<Output = TxResult<bool>> + Send;
}

/// The event of a change that leaves the message there.
pub fn updated(intention: Intention) -> SyncEvent {
    let message_id = intention.message_id;
    SyncEvent::IntentionUpdated(protocol::IntentionUpdated { message_id, data: intention })
}
