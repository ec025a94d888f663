//! The queries. Each runs on any connection: a reader's, or the writer's inside its transaction.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    super::{
        ChangesSince,
        cache::{SESSIONS_REMEMBERED_MAX, Session},
        prompt::{PromptContext, PromptMessage},
        tx::{BeingRow, MessageRow},
        window::Window,
    },
    history, providers,
    query::{Columns, Connection, query},
    rows::{self, DETAILS, INTENTION, MEMBER, signed, unsigned},
    tracked,
};
use crate::{
    domain::{
        clock::Moment,
        command::AnswerRun,
        members::{Members, SpaceState},
        policy::Membership,
        token::TokenHash,
    },
    store::Account,
};
use protocol::{
    AnswerVersion, BeingId, Epoch, Intention, IntentionId, IntentionState, MessageId, Seq, SpaceId,
    SpaceListing, limits::CATCH_UP_LIMIT_ROWS,
};

/// Where a space's log stands.
#[derive(Debug, Clone)]
pub(in crate::store) struct Position {
    pub epoch: Epoch,
    pub head: Seq,
    pub revision: u64,
}

pub(in crate::store) async fn position(
    on: &mut impl Connection,
    space: &SpaceId,
) -> sqlx::Result<Option<Position>> {
    let row = query(POSITION).bind(space.as_str()).fetch_optional(on).await?;
    row.map(|row| stands(&row, 0)).transpose()
}

/// The same, which nobody changes before this transaction has ended.
pub(in crate::store) async fn locked_position<C: Connection>(
    on: &mut C,
    space: &SpaceId,
) -> sqlx::Result<Option<Position>> {
    let sql = format!("{POSITION}{}", C::DIALECT.locking());
    let row = query(&sql).bind(space.as_str()).fetch_optional(on).await?;
    row.map(|row| stands(&row, 0)).transpose()
}

const POSITION: &str = "SELECT epoch, head, revision FROM spaces WHERE id = $1 AND is_deleted = 0";

/// Where a space stands, from the three columns that begin at `at`.
pub(in crate::store) fn stands(row: &impl Columns, at: usize) -> sqlx::Result<Position> {
    Ok(Position {
        epoch: rows::epoch(row.try_get(at)?)?,
        head: Seq(unsigned(row.try_get(at + 1)?)),
        revision: unsigned(row.try_get(at + 2)?),
    })
}

/// A space with all its beings; for the cache.
pub(in crate::store) async fn space_state(
    on: &mut impl Connection,
    space: &SpaceId,
) -> sqlx::Result<Option<SpaceState>> {
    let sql = format!(
        "SELECT epoch, head, revision, {DETAILS} FROM spaces WHERE id = $1 AND is_deleted = 0"
    );
    let row = query(&sql).bind(space.as_str()).fetch_optional(on).await?;
    let Some(row) = row else { return Ok(None) };
    let (Position { epoch, head, revision }, details) = (stands(&row, 0)?, rows::details(&row, 3)?);
    let sql = format!(
        "SELECT {MEMBER}, s.answers_when FROM members m JOIN beings b ON b.id = m.being_id \
         LEFT JOIN being_settings s ON s.being_id = m.being_id WHERE m.space_id = $1"
    );
    let all = query(&sql).bind(space.as_str()).fetch_all(on).await?;
    let (mut itself, mut founder) = (None, None);
    let (mut present, mut former) = (BTreeMap::new(), BTreeMap::new());
    let mut answering = BTreeMap::new();
    for row in &all {
        let when: Option<String> = row.try_get(7)?;
        let (BeingRow { being, made_by }, has_left) = rows::member(row)?;
        if let Some(when) = when.filter(|_| !has_left) {
            answering.insert(being.id.clone(), rows::parsed(when)?);
        }
        if being.id == *space.as_being() {
            (itself, founder) = (Some(being), made_by);
        } else if has_left {
            former.insert(being.id, being.seq);
        } else {
            present.insert(being.id.clone(), being);
        }
    }
    let space = itself.ok_or(sqlx::Error::RowNotFound)?;
    let members = Arc::new(Members { space, details, founder, present, answering, former });
    Ok(Some(SpaceState { epoch, head, revision, members }))
}

pub(in crate::store) async fn membership(
    on: &mut impl Connection,
    space: &SpaceId,
    being: &BeingId,
) -> sqlx::Result<Membership> {
    let row = query("SELECT has_left FROM members WHERE space_id = $1 AND being_id = $2")
        .bind(space.as_str())
        .bind(being.as_str())
        .fetch_optional(on)
        .await?;
    let has_left = row.map(|row| row.try_get::<i64>(0)).transpose()?;
    Ok(match has_left {
        Some(0) => Membership::Member,
        Some(_) => Membership::Left,
        None => Membership::Stranger,
    })
}

pub(in crate::store) async fn message(
    on: &mut impl Connection,
    space: &SpaceId,
    message: MessageId,
) -> sqlx::Result<Option<MessageRow>> {
    let sql = format!("SELECT {INTENTION} FROM intentions WHERE space_id = $1 AND number = $2");
    let found = query(&sql).bind(space.as_str()).bind(signed(message.0));
    found.fetch_optional(on).await?.map(|row| rows::message(&row)).transpose()
}

pub(in crate::store) async fn message_sent_as(
    on: &mut impl Connection,
    space: &SpaceId,
    id: IntentionId,
) -> sqlx::Result<Option<MessageRow>> {
    let sql = format!("SELECT {INTENTION} FROM intentions WHERE space_id = $1 AND id = $2");
    let found = query(&sql).bind(space.as_str()).bind(id.to_string());
    found.fetch_optional(on).await?.map(|row| rows::message(&row)).transpose()
}

/// The owner of a message, and what a provider said about it.
pub(in crate::store) async fn failure(
    on: &mut impl Connection,
    space: &SpaceId,
    message: MessageId,
) -> sqlx::Result<Option<(BeingId, Option<String>)>> {
    let found = query(
        "SELECT owner_id, failure_detail FROM intentions \
         WHERE space_id = $1 AND number = $2 AND is_deleted = 0",
    );
    let row = found.bind(space.as_str()).bind(signed(message.0)).fetch_optional(on).await?;
    row.map(|row| Ok((rows::parsed(row.try_get(0)?)?, row.try_get(1)?))).transpose()
}

/// The versions of an answer that have ended, oldest first; `None` for what is no answer, or was deleted.
pub(in crate::store) async fn versions(
    on: &mut impl Connection,
    space: &SpaceId,
    message: MessageId,
) -> sqlx::Result<Option<Vec<AnswerVersion>>> {
    let found = query(
        "SELECT begun, content, state, reason, ended_at FROM earlier_versions \
         WHERE space_id = $1 AND number = $2 UNION ALL \
         SELECT begun, content, state, reason, coalesce(ended_at, created_at) FROM intentions \
         WHERE space_id = $1 AND number = $2 AND is_deleted = 0 AND begun IS NOT NULL",
    );
    let found = found.bind(space.as_str()).bind(signed(message.0)).fetch_all(on).await?;
    let version = |row| Ok((Columns::try_get::<i64>(row, 0)?, rows::version(row)?));
    let mut versions = found.iter().map(version).collect::<sqlx::Result<Vec<_>>>()?;
    versions.sort_unstable_by_key(|(begun, _)| *begun);
    let ended = |(_, version): (i64, AnswerVersion)| {
        (version.state != IntentionState::Active).then_some(version)
    };
    Ok((!versions.is_empty()).then(|| versions.into_iter().filter_map(ended).collect()))
}

/// A range of an index on (space, seq) for each kind of row; a caller wants them from one snapshot.
pub(in crate::store) async fn changes_since<C: Connection>(
    on: &mut C,
    space: &SpaceId,
    since: Seq,
) -> sqlx::Result<ChangesSince> {
    let sql = tracked::changed_since::<C::Row>();
    let found = query(&sql)
        .bind(space.as_str())
        .bind(signed(since.0))
        .bind(signed(CATCH_UP_LIMIT_ROWS as u64 + 1))
        .fetch_all(on)
        .await?;
    if found.len() > CATCH_UP_LIMIT_ROWS {
        return Ok(ChangesSince::TooMany);
    }
    let event = |row| tracked::event(row, since);
    let mut changes = found.iter().map(event).collect::<sqlx::Result<Vec<_>>>()?;
    changes.sort_unstable_by_key(|(seq, _)| *seq);
    // Every position is the last change of some row, until that row changes again: so the highest
    // position found is the head of this snapshot.
    let head = changes.last().map_or(since, |(seq, _)| *seq);
    Ok(ChangesSince::Changes { head, changes })
}

/// The being alone, without a position in any space.
pub(in crate::store) async fn being(
    on: &mut impl Connection,
    id: &BeingId,
) -> sqlx::Result<Option<BeingRow>> {
    let found = query("SELECT id, kind, name, hue, made_by, 0, 0 FROM beings WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(on)
        .await?;
    Ok(found.map(|row| rows::member(&row)).transpose()?.map(|(row, _)| row))
}

pub(in crate::store) async fn is_admin(
    on: &mut impl Connection,
    id: &BeingId,
) -> sqlx::Result<bool> {
    let found = query("SELECT 1 FROM accounts WHERE being_id = $1 AND administers != 0")
        .bind(id.as_str())
        .fetch_optional(on)
        .await?;
    Ok(found.is_some())
}

pub(in crate::store) async fn made_in(
    on: &mut impl Connection,
    space: &SpaceId,
    maker: &BeingId,
) -> sqlx::Result<Vec<BeingId>> {
    let sql = "SELECT m.being_id FROM members m JOIN beings b ON b.id = m.being_id \
        WHERE m.space_id = $1 AND m.has_left = 0 AND b.made_by = $2 AND b.kind = 'ai' \
        ORDER BY m.being_id";
    let all = query(sql).bind(space.as_str()).bind(maker.as_str()).fetch_all(on).await?;
    all.iter().map(|row| rows::parsed(row.try_get(0)?)).collect()
}

pub(in crate::store) async fn have_a_space_in_common(
    on: &mut impl Connection,
    one: &BeingId,
    other: &BeingId,
) -> sqlx::Result<bool> {
    let found = query(
        "SELECT 1 FROM members a \
         CROSS JOIN members b \
         WHERE a.being_id = $1 AND b.space_id = a.space_id AND b.being_id = $2 \
         AND a.has_left = 0 AND b.has_left = 0 LIMIT 1",
    )
    .bind(one.as_str())
    .bind(other.as_str())
    .fetch_optional(on)
    .await?;
    Ok(found.is_some())
}

/// None where the answer has ended, or was begun again, since.
pub(in crate::store) async fn prompt_context(
    on: &mut impl Connection,
    run: &AnswerRun,
    members: &Members,
) -> sqlx::Result<Option<PromptContext>> {
    let row = message(on, &run.space, run.message).await?;
    let Some(row) = row.filter(|row| row.started_at == Some(run.started_at)) else {
        return Ok(None);
    };
    let owner = row.intention.owner_id;
    let Some(being) = members.present.get(&owner).cloned() else { return Ok(None) };
    let settings = providers::settings(on, &owner).await?;
    let limit = settings.as_ref().map_or(1, |settings| settings.context_messages);
    let asked = row.intention.reply_to.unwrap_or(run.message);
    let window = Window::Before(MessageId(asked.0 + 1));
    let page = history::page(on, &run.space, window, limit).await?;
    let is_said =
        |row: &Intention| row.state != IntentionState::Active && !row.content.trim().is_empty();
    let said = |row: Intention| {
        let member = members.present.get(&row.owner_id);
        let name = member.map_or_else(|| row.owner_id.to_string(), |being| being.name.clone());
        PromptMessage { by: row.owner_id, name, text: row.content }
    };
    let is_asked = page.intentions.last().is_some_and(|last| last.message_id == asked);
    let conversation = page.intentions.into_iter().filter(is_said).map(said).collect();
    let space = members.space.clone();
    Ok(Some(PromptContext { being, space, settings, is_asked, conversation }))
}

pub(in crate::store) async fn spaces_of(
    on: &mut impl Connection,
    id: &BeingId,
) -> sqlx::Result<Vec<SpaceListing>> {
    // SQLite keeps to the order of a CROSS JOIN: from the few memberships outwards.
    let found = query(
        "SELECT b.id, b.kind, b.name, b.hue, b.made_by, itself.seq, 0, s.head \
         FROM members m \
         CROSS JOIN spaces s CROSS JOIN members itself CROSS JOIN beings b \
         WHERE m.being_id = $1 AND m.has_left = 0 AND s.id = m.space_id \
         AND itself.space_id = s.id AND itself.being_id = s.id AND b.id = s.id",
    )
    .bind(id.as_str())
    .fetch_all(on)
    .await?;
    let mut spaces = found.iter().map(listing).collect::<sqlx::Result<Vec<_>>>()?;
    spaces.sort_by_cached_key(|listing| listing.space.name.to_lowercase());
    Ok(spaces)
}

fn listing(row: &impl Columns) -> sqlx::Result<SpaceListing> {
    let space = rows::member(row)?.0.being;
    Ok(SpaceListing { space, last_message_id: MessageId(unsigned(row.try_get(7)?)) })
}

pub(in crate::store) async fn account(
    on: &mut impl Connection,
    id: &BeingId,
) -> sqlx::Result<Option<Account>> {
    let row = query("SELECT password_hash FROM accounts WHERE being_id = $1")
        .bind(id.as_str())
        .fetch_optional(on)
        .await?;
    row.map(|row| Ok(Account { password_hash: row.try_get(0)? })).transpose()
}

pub(in crate::store) async fn has_accounts(on: &mut impl Connection) -> sqlx::Result<bool> {
    let row = query("SELECT 1 FROM accounts LIMIT 1").fetch_optional(on).await?;
    Ok(row.is_some())
}

pub(in crate::store) async fn session(
    on: &mut impl Connection,
    token: &TokenHash,
    now: Moment,
) -> sqlx::Result<Option<Session>> {
    let sql = format!("{SESSIONS} AND s.token_hash = $2");
    let row = query(&sql).bind(now.0).bind(&token.0).fetch_optional(on).await?;
    Ok(row.map(|row| session_of(&row)).transpose()?.map(|(_, session)| session))
}

/// So many as are remembered, those that last longest.
pub(in crate::store) async fn sessions(
    on: &mut impl Connection,
    now: Moment,
) -> sqlx::Result<HashMap<TokenHash, Session>> {
    let sql = format!("{SESSIONS} ORDER BY s.expires_at DESC LIMIT $2");
    let limit = signed(SESSIONS_REMEMBERED_MAX as u64);
    let all = query(&sql).bind(now.0).bind(limit).fetch_all(on).await?;
    all.iter().map(session_of).collect()
}

const SESSIONS: &str =
    "SELECT s.token_hash, s.being_id, s.expires_at FROM sessions s WHERE s.expires_at > $1";

fn session_of(row: &impl Columns) -> sqlx::Result<(TokenHash, Session)> {
    let being = rows::parsed(row.try_get(1)?)?;
    Ok((TokenHash(row.try_get(0)?), Session { being, until: Moment(row.try_get(2)?) }))
}

/// The space that an invite opens, unless it is unknown or has expired.
pub(in crate::store) async fn invited_to(
    on: &mut impl Connection,
    token: &TokenHash,
    now: Moment,
) -> sqlx::Result<Option<SpaceId>> {
    let row = query("SELECT space_id FROM invites WHERE token_hash = $1 AND expires_at > $2")
        .bind(&token.0)
        .bind(now.0)
        .fetch_optional(on)
        .await?;
    row.map(|row| rows::parsed(row.try_get(0)?)).transpose()
}
