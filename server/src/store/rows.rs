//! Rows as the database holds them, to what the protocol says of them.

use app::protocol::{
    AnswersWhen, Being, BeingId, BeingKind, Epoch, FailureReason, Hue, Intention, IntentionId,
    IntentionState, MessageId, Seq, SyncEvent,
};
use sqlx::{Row, sqlite::SqliteRow};

use crate::clock::Moment;

/// The columns of an intention, in the order in which [`IntentionRow`] reads them.
pub(super) const INTENTION: &str = "number, id, owner_id, state, content, created_at, \
     modified_at, reply_to, seq, is_deleted, sent_hash, reason, begun";

pub(super) struct IntentionRow {
    pub intention: Intention,
    pub is_deleted: bool,
    pub sent_hash: Option<String>,
    /// Of an AI being's answer: where its present text began.
    pub begun: Option<Seq>,
}

impl sqlx::FromRow<'_, SqliteRow> for IntentionRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let modified_at: Option<i64> = row.try_get(6)?;
        let reply_to: Option<i64> = row.try_get(7)?;
        let failure: Option<String> = row.try_get(11)?;
        let begun: Option<i64> = row.try_get(12)?;
        let intention = Intention {
            message_id: MessageId(unsigned(row.try_get(0)?)),
            id: parsed::<IntentionId>(row.try_get(1)?)?,
            owner_id: parsed(row.try_get(2)?)?,
            state: state(row.try_get(3)?)?,
            reason: failure.as_deref().map(reason),
            content: row.try_get(4)?,
            created_at: Moment(row.try_get(5)?).to_timestamp(),
            modified_at: modified_at.map(|at| Moment(at).to_timestamp()),
            reply_to: reply_to.map(|number| MessageId(unsigned(number))),
            seq: Seq(unsigned(row.try_get(8)?)),
        };
        let is_deleted = row.try_get::<i64, _>(9)? != 0;
        let begun = begun.map(|seq| Seq(unsigned(seq)));
        Ok(Self { intention, is_deleted, sent_hash: row.try_get(10)?, begun })
    }
}

impl IntentionRow {
    /// The row as the one event that brings it to a client whose cursor is `since`.
    pub fn into_event(self, since: Seq) -> (Seq, SyncEvent) {
        let data = self.intention;
        let (seq, message_id) = (data.seq, data.message_id);
        let event = if self.is_deleted {
            SyncEvent::IntentionDeleted { message_id }
        } else if message_id.created_at() > since {
            SyncEvent::IntentionCreated { message_id, data }
        } else {
            SyncEvent::IntentionUpdated { message_id, data }
        };
        (seq, event)
    }
}

/// The columns of a being `b` as a member `m`, in the order in which [`MemberRow`] reads them.
pub(super) const MEMBER: &str = "b.id, b.kind, b.name, b.hue, b.made_by, m.seq, m.has_left";

pub(super) struct MemberRow {
    pub being: Being,
    pub made_by: Option<BeingId>,
    pub has_left: bool,
}

impl sqlx::FromRow<'_, SqliteRow> for MemberRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let made_by: Option<String> = row.try_get(4)?;
        let hue: i64 = row.try_get(3)?;
        let being = Being {
            id: parsed(row.try_get(0)?)?,
            kind: kind(row.try_get(1)?)?,
            name: row.try_get(2)?,
            hue: Hue(hue as u16),
            seq: Seq(unsigned(row.try_get(5)?)),
        };
        let made_by = made_by.map(parsed).transpose()?;
        Ok(Self { being, made_by, has_left: row.try_get::<i64, _>(6)? != 0 })
    }
}

impl MemberRow {
    pub fn into_event(self) -> (Seq, SyncEvent) {
        let seq = self.being.seq;
        let event = if self.has_left {
            SyncEvent::BeingLeft { being_id: self.being.id }
        } else {
            SyncEvent::BeingUpdated { data: self.being }
        };
        (seq, event)
    }
}

pub(super) fn epoch(text: String) -> sqlx::Result<Epoch> {
    parsed(text)
}

/// Positions are written as they were read: below 2^63, and never negative.
pub(super) fn unsigned(number: i64) -> u64 {
    number.max(0) as u64
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn parsed<T: std::str::FromStr>(text: String) -> sqlx::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))
}

fn state(text: &str) -> sqlx::Result<IntentionState> {
    use IntentionState::*;
    let states = [Active, Complete, Cancelled, Failed];
    one_of(&states, IntentionState::as_str, text)
}

/// As it stands on the wire. One that a later build wrote is none that this one knows.
fn reason(text: &str) -> FailureReason {
    serde_json::from_value(text.into()).unwrap_or(FailureReason::Unknown)
}

pub(super) fn reason_text(reason: FailureReason) -> String {
    let text = serde_json::to_value(reason).ok().and_then(|text| text.as_str().map(str::to_owned));
    text.unwrap_or_default()
}

pub(super) fn answers_when(text: &str) -> sqlx::Result<AnswersWhen> {
    use AnswersWhen::*;
    one_of(&[Mentioned, EveryMessage], AnswersWhen::as_str, text)
}

pub(super) fn kind(text: &str) -> sqlx::Result<BeingKind> {
    use BeingKind::*;
    one_of(&[Person, Ai, Space], BeingKind::as_str, text)
}

fn one_of<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> sqlx::Result<T> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| sqlx::Error::Decode(format!("{text:?} is none of its kind").into()))
}
