//! The verbs of one transaction after the other. What is read and written by a verb is the same for every
//! database; how a transaction begins, and how what waits is written with its commit, is the
//! [`Database`]'s.
//!
//! Always true:
//! - Messages wait in `pending` until the commit, or until a command of the same batch looks at them.
//! - Nothing is remembered of a transaction that did not commit.

mod beings;
mod deletion;
mod found;
mod inbox;
mod index;
mod messages;
mod pending;
mod reactions;
mod spaces;

use std::{collections::HashMap, sync::Arc};

use protocol::{IntentionId, MessageId, SpaceId};

pub use self::{
    found::Found,
    inbox::{PendingMentions, WriteMentions},
    index::{FROM_THE_BEGINNING, WordIndex},
    pending::{MessageBatch, NewMessage},
};
use self::{inbox::Told, index::Backlog};
use super::{
    super::{
        cache::SpaceCache,
        committed::CommittedInbox,
        positions::Positions,
        tx::{BeingRows, Commit, TxError},
    },
    queries,
    query::{Columns, Connection, Query},
};
use crate::domain::{answers, clock::Moment, members::SpaceState, rng::Rng, token::TokenHash};

/// The database that a writer writes to.
pub trait Database: Send {
    type Connection: Connection;

    /// The connection, for whatever looks at rows while a transaction is open in it.
    fn rows(&mut self) -> sqlx::Result<&mut Self::Connection>;
    /// Writes all messages that wait.
    fn flush(
        &mut self,
        pending: &mut MessageBatch,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Removes the words of messages of space $1 from the index: of those that stand behind a `SELECT` of
    /// columns of `intentions`.
    fn forget_words(from: &str) -> String;
    /// Words were removed from the index, or an earlier server may have removed some.
    fn words_removed(&mut self);
}

pub struct SqlTx<D> {
    pub(in crate::store) db: D,
    pub(in crate::store) rng: Arc<Rng>,
    pub(in crate::store) now: Moment,
    pub(in crate::store) cache: Arc<SpaceCache>,
    pub(in crate::store) positions: Positions,
    /// Messages that are not written yet.
    pub(in crate::store) pending: MessageBatch,
    pub(in crate::store) mentions: PendingMentions,
    told: Told,
    /// What is not indexed yet.
    backlog: Backlog,
    /// The messages that this transaction creates, by the ids that they were sent under.
    created: HashMap<SpaceId, HashMap<IntentionId, MessageId>>,
    /// What the database held, when the transaction began, of the spaces and the ids that its commands
    /// name.
    pub(in crate::store) found: Found,
    /// The sessions that this transaction ends.
    ended_sessions: Vec<TokenHash>,
    /// What an earlier server left is dealt with.
    pub(in crate::store) is_recovered: bool,
    /// Content of deleted spaces may be left.
    has_deleted: bool,
}

impl<D: Database> SqlTx<D> {
    pub(in crate::store) fn new(db: D, cache: Arc<SpaceCache>, rng: Arc<Rng>) -> Self {
        Self {
            db,
            rng,
            now: Moment(0),
            cache,
            positions: Positions::default(),
            pending: MessageBatch::default(),
            mentions: PendingMentions::default(),
            told: vec![],
            backlog: Backlog::default(),
            created: HashMap::new(),
            found: Found::default(),
            ended_sessions: vec![],
            is_recovered: false,
            has_deleted: false,
        }
    }

    /// Before anything else is written: forgets what has expired, and ends the answers that nobody
    /// writes any more. Once that is committed, nothing is left to do.
    pub(in crate::store) async fn recover_rows(&mut self) -> sqlx::Result<()> {
        if self.is_recovered {
            return Ok(());
        }
        let recovered = async {
            self.delete_expired().await?;
            answers::interrupt_all(self).await
        };
        let interrupted = recovered.await.map_err(failure)?;
        self.find_deleted().await?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "answers were being written when the server ended");
        }
        Ok(())
    }

    pub(in crate::store) fn forget(&mut self) {
        self.positions.clear();
        self.pending.clear();
        self.mentions.clear();
        self.told.clear();
        self.created.clear();
        self.found = Found::default();
        self.ended_sessions.clear();
    }

    /// The transaction is on the disk: what there is to publish. From here on that is remembered.
    pub(in crate::store) fn committed(&mut self) -> Commit {
        self.is_recovered = true;
        self.ended_sessions.drain(..).for_each(|token| self.cache.forget_session(&token));
        let committed = self.positions.committed().into_iter();
        let mut deleted = vec![];
        let spaces = committed.filter_map(|(space, state, committed)| {
            match state {
                Some(state) => {
                    self.backlog.grew(&space);
                    self.cache.put(&space, state);
                }
                None => {
                    self.cache.remove(&space);
                    deleted.push(space);
                }
            }
            committed
        });
        let spaces = spaces.collect();
        let told = |(being, cursor, space, event)| CommittedInbox::new(being, cursor, space, event);
        let inboxes = self.told.drain(..).map(told).collect();
        Commit { spaces, inboxes, deleted }
    }

    /// Nobody can say what became of the transaction: nothing is remembered of what it was about to change.
    pub(in crate::store) fn abandoned(&mut self) {
        self.cache.abandon_commit();
        // Where the commit failed, nobody can say whether they have ended.
        self.ended_sessions.drain(..).for_each(|token| self.cache.forget_session(&token));
        self.forget();
    }

    fn rows(&mut self) -> sqlx::Result<&mut D::Connection> {
        self.db.rows()
    }

    /// Writes the messages that wait, because a command is about to look at them.
    async fn flush(&mut self) -> sqlx::Result<()> {
        self.db.flush(&mut self.pending).await
    }

    /// Writes the messages that wait, if this is one of them.
    async fn flush_for(&mut self, space: &SpaceId, message: MessageId) -> sqlx::Result<()> {
        match self.positions.is_written_here(space, message.created_at()) {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    async fn load_space(&mut self, id: &SpaceId) -> sqlx::Result<Option<SpaceState>> {
        let position = match self.found.space(id) {
            Some(found) => found.clone(),
            None => queries::locked_position(self.rows()?, id).await?,
        };
        let Some(position) = position else { return Ok(None) };
        let remembered = self.cache.get(id).filter(|state| state.revision == position.revision);
        let state = match remembered {
            Some(state) => SpaceState { head: position.head, epoch: position.epoch, ..state },
            None => match queries::space_state(self.rows()?, id).await? {
                Some(state) => state,
                None => return Ok(None),
            },
        };
        self.positions.load(id.clone(), state.clone());
        Ok(Some(state))
    }

    /// Writes a change of one message, and with it the message itself where it waits. The index follows.
    async fn change(
        &mut self,
        space: &SpaceId,
        message: MessageId,
        update: Query<'_>,
    ) -> sqlx::Result<()> {
        self.flush_for(space, message).await?;
        self.backlog.changed();
        self.run_on_one(update).await
    }

    /// Fails where there is no such row.
    async fn run_on_one(&mut self, query: Query<'_>) -> sqlx::Result<()> {
        match self.run(query).await? {
            0 => Err(sqlx::Error::RowNotFound),
            _ => Ok(()),
        }
    }

    async fn run(&mut self, query: Query<'_>) -> sqlx::Result<u64> {
        query.execute(self.rows()?).await
    }

    /// The first column of every row, as text.
    async fn texts(&mut self, query: Query<'_>) -> sqlx::Result<Vec<String>> {
        let rows = query.fetch_all(self.rows()?).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }
}

impl From<sqlx::Error> for TxError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// The error of a rule that refuses nothing.
pub(super) fn failure(error: TxError) -> sqlx::Error {
    match error {
        TxError::Failed(error) => match error.downcast::<sqlx::Error>() {
            Ok(error) => *error,
            Err(error) => sqlx::Error::Protocol(error.to_string()),
        },
        TxError::Refused(refusal) => sqlx::Error::Protocol(refusal.to_string()),
    }
}
