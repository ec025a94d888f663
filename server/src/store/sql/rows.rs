//! Rows as the database holds them, to what the protocol says of them.

use super::{
    super::tx::{BeingRow, MessageRow},
    query::Columns,
};
use crate::domain::clock::Moment;
use protocol::{
    AnswerVersion, Being, Epoch, FailureReason, Hue, Intention, IntentionId, MessageId, Seq,
    SpaceDetails, VersionCount,
};

/// The details of a space, and the position of their last change.
pub(in crate::store) const DETAILS: &str =
    "topic, is_archived, is_open, persons IS NOT NULL, details_seq";

/// Details from the columns of [`DETAILS`], of which the first is at `at`.
pub(in crate::store) fn details(row: &impl Columns, at: usize) -> sqlx::Result<SpaceDetails> {
    Ok(SpaceDetails {
        topic: row.try_get(at)?,
        archived: row.try_get(at + 1)?,
        open: row.try_get(at + 2)?,
        direct: row.try_get(at + 3)?,
    })
}

/// The columns of an intention, in the order in which [`message`] reads them.
pub(in crate::store) const INTENTION: &str = "number, id, owner_id, state, content, created_at, \
     modified_at, reply_to, seq, is_deleted, sent_hash, reason, begun, reasoning, reasoning_began, \
     reasoning_millis, versions";

/// An intention, from the columns of [`INTENTION`]. Its reactions have columns of their own.
pub(in crate::store) fn message(row: &impl Columns) -> sqlx::Result<MessageRow> {
    let modified_at: Option<i64> = row.try_get(6)?;
    let reply_to: Option<i64> = row.try_get(7)?;
    let failure: Option<String> = row.try_get(11)?;
    let started_at: Option<i64> = row.try_get(12)?;
    let reasoning_began: Option<i64> = row.try_get(14)?;
    let reasoning_millis: Option<i64> = row.try_get(15)?;
    let intention = Intention {
        message_id: MessageId(unsigned(row.try_get(0)?)),
        id: parsed::<IntentionId>(row.try_get(1)?)?,
        owner_id: parsed(row.try_get(2)?)?,
        state: parsed(row.try_get(3)?)?,
        reason: failure.as_deref().map(reason),
        content: row.try_get(4)?,
        reasoning: row.try_get(13)?,
        reasoning_millis: reasoning_millis.map(unsigned),
        created_at: Moment(row.try_get(5)?).to_timestamp(),
        modified_at: modified_at.map(|at| Moment(at).to_timestamp()),
        reply_to: reply_to.map(|number| MessageId(unsigned(number))),
        versions: versions(row.try_get(16)?),
        reactions: vec![],
        reactions_seq: Seq(0),
        seq: Seq(unsigned(row.try_get(8)?)),
    };
    Ok(MessageRow {
        intention,
        is_deleted: row.try_get(9)?,
        sent_hash: row.try_get(10)?,
        started_at: started_at.map(|seq| Seq(unsigned(seq))),
        reasoning_began: reasoning_began.map(Moment),
    })
}

/// A version of an answer, after the position at which it began.
pub(in crate::store) fn version(row: &impl Columns) -> sqlx::Result<AnswerVersion> {
    let failure: Option<String> = row.try_get(3)?;
    Ok(AnswerVersion {
        content: row.try_get(1)?,
        state: parsed(row.try_get(2)?)?,
        reason: failure.as_deref().map(reason),
        ended_at: Moment(row.try_get(4)?).to_timestamp(),
    })
}

/// The columns of a being `b` as a member `m`, in the order in which [`member`] reads them.
pub(in crate::store) const MEMBER: &str =
    "b.id, b.kind, b.name, b.hue, b.made_by, m.seq, m.has_left";

/// A being, its maker, and whether it has left, from the columns of [`MEMBER`].
pub(in crate::store) fn member(row: &impl Columns) -> sqlx::Result<(BeingRow, bool)> {
    let made_by: Option<String> = row.try_get(4)?;
    let hue: i64 = row.try_get(3)?;
    let being = Being {
        id: parsed(row.try_get(0)?)?,
        kind: parsed(row.try_get(1)?)?,
        name: row.try_get(2)?,
        hue: Hue::from(hue as u16),
        seq: Seq(unsigned(row.try_get(5)?)),
    };
    let made_by = made_by.map(parsed).transpose()?;
    Ok((BeingRow { being, made_by }, row.try_get(6)?))
}

pub(in crate::store) fn epoch(text: String) -> sqlx::Result<Epoch> {
    parsed(text)
}

/// Positions are written as they were read: below 2^63, and never negative.
pub(in crate::store) fn unsigned(number: i64) -> u64 {
    number.max(0) as u64
}

pub(in crate::store) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(in crate::store) fn parsed<T: std::str::FromStr>(text: String) -> sqlx::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))
}

fn versions(count: i64) -> VersionCount {
    u16::try_from(count).unwrap_or(u16::MAX).into()
}

/// As it stands on the wire. One that a later build wrote is none that this one knows.
fn reason(text: &str) -> FailureReason {
    text.parse().unwrap_or(FailureReason::Unknown)
}

/// A list as one parameter.
pub(in crate::store) fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).expect("a list of texts and numbers is JSON")
}
