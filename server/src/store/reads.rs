//! The queries. Each runs on any connection: a reader's, or the writer's inside its transaction.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use app::protocol::{
    Being, BeingId, Epoch, HistoryPage, Intention, IntentionState, MessageId, Seq, SpaceId,
    SpaceListing, limits::CATCH_UP_LIMIT_ROWS,
};
use sqlx::{Row, SqliteConnection};

use super::{
    Account, Answer, Brief, Missed, Said,
    ledger::{Beings, SESSIONS_REMEMBERED_MAX, Session, SpaceLog},
    providers,
    rows::{self, INTENTION, IntentionRow, MEMBER, MemberRow, signed, unsigned},
};
use crate::{
    chance::TokenHash,
    clock::Moment,
    policy::{Actor, Standing},
};

type Reader = SqliteConnection;

pub(super) async fn position(
    on: &mut Reader,
    space: &SpaceId,
) -> sqlx::Result<Option<(Epoch, Seq)>> {
    let row = sqlx::query("SELECT epoch, head FROM spaces WHERE id = $1")
        .bind(space.as_str())
        .fetch_optional(on)
        .await?;
    row.map(|row| Ok((rows::epoch(row.try_get(0)?)?, Seq(unsigned(row.try_get(1)?))))).transpose()
}

/// A space with all its beings; for the ledger.
pub(super) async fn space_log(on: &mut Reader, space: &SpaceId) -> sqlx::Result<Option<SpaceLog>> {
    let Some((epoch, head)) = position(on, space).await? else { return Ok(None) };
    let sql = format!(
        "SELECT {MEMBER}, s.answers_when FROM members m JOIN beings b ON b.id = m.being_id \
         LEFT JOIN being_settings s ON s.being_id = m.being_id WHERE m.space_id = $1"
    );
    let all = sqlx::query(&sql).bind(space.as_str()).fetch_all(on).await?;
    let (mut itself, mut founder) = (None, None);
    let (mut members, mut departed) = (BTreeMap::new(), BTreeMap::new());
    let mut answering = BTreeMap::new();
    for row in all {
        let when: Option<String> = row.try_get(7)?;
        let row = <MemberRow as sqlx::FromRow<_>>::from_row(&row)?;
        if let Some(when) = when.filter(|_| !row.has_left) {
            answering.insert(row.being.id.clone(), rows::answers_when(&when)?);
        }
        if row.being.id == *space.as_being() {
            (itself, founder) = (Some(row.being), row.made_by);
        } else if row.has_left {
            departed.insert(row.being.id, row.being.seq);
        } else {
            members.insert(row.being.id.clone(), row.being);
        }
    }
    let space = itself.ok_or(sqlx::Error::RowNotFound)?;
    let beings = Beings { space, founder, members, answering, departed };
    Ok(Some(SpaceLog { epoch, head, beings: Arc::new(beings) }))
}

pub(super) async fn standing(
    on: &mut Reader,
    space: &SpaceId,
    being: &BeingId,
) -> sqlx::Result<Standing> {
    let row = sqlx::query("SELECT has_left FROM members WHERE space_id = $1 AND being_id = $2")
        .bind(space.as_str())
        .bind(being.as_str())
        .fetch_optional(on)
        .await?;
    let has_left = row.map(|row| row.try_get::<i64, _>(0)).transpose()?;
    Ok(match has_left {
        Some(0) => Standing::Member,
        Some(_) => Standing::Left,
        None => Standing::Stranger,
    })
}

pub(super) async fn intention(
    on: &mut Reader,
    space: &SpaceId,
    message: MessageId,
) -> sqlx::Result<Option<IntentionRow>> {
    let sql = format!("SELECT {INTENTION} FROM intentions WHERE space_id = $1 AND number = $2");
    sqlx::query_as(&sql).bind(space.as_str()).bind(signed(message.0)).fetch_optional(on).await
}

pub(super) async fn history(
    on: &mut Reader,
    space: &SpaceId,
    before: Option<MessageId>,
    limit: usize,
) -> sqlx::Result<HistoryPage> {
    let sql = format!(
        "SELECT {INTENTION} FROM intentions \
         WHERE space_id = $1 AND number < $2 AND is_deleted = 0 ORDER BY number DESC LIMIT $3"
    );
    let mut newest_first: Vec<IntentionRow> = sqlx::query_as(&sql)
        .bind(space.as_str())
        .bind(before.map_or(i64::MAX, |message| signed(message.0)))
        .bind(signed(limit as u64 + 1))
        .fetch_all(on)
        .await?;
    let has_earlier = newest_first.len() > limit;
    newest_first.truncate(limit);
    let intentions = newest_first.into_iter().rev().map(|row| row.intention).collect();
    Ok(HistoryPage { intentions, has_earlier })
}

/// Two ranges of two indexes on (space, seq); a caller wants them from one snapshot.
pub(super) async fn changes_since(
    on: &mut Reader,
    space: &SpaceId,
    since: Seq,
) -> sqlx::Result<Missed> {
    let limit = signed(CATCH_UP_LIMIT_ROWS as u64 + 1);
    let sql = format!(
        "SELECT {INTENTION} FROM intentions WHERE space_id = $1 AND seq > $2 \
         ORDER BY seq LIMIT $3"
    );
    let said: Vec<IntentionRow> = sqlx::query_as(&sql)
        .bind(space.as_str())
        .bind(signed(since.0))
        .bind(limit)
        .fetch_all(&mut *on)
        .await?;
    let sql = format!(
        "SELECT {MEMBER} FROM members m JOIN beings b ON b.id = m.being_id \
         WHERE m.space_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3"
    );
    let changed: Vec<MemberRow> = sqlx::query_as(&sql)
        .bind(space.as_str())
        .bind(signed(since.0))
        .bind(limit)
        .fetch_all(on)
        .await?;
    if said.len() + changed.len() > CATCH_UP_LIMIT_ROWS {
        return Ok(Missed::TooMany);
    }
    let said = said.into_iter().map(|row| row.into_event(since));
    let mut changes: Vec<_> = said.chain(changed.into_iter().map(MemberRow::into_event)).collect();
    changes.sort_unstable_by_key(|(seq, _)| *seq);
    // Every position is the last change of some row, until that row changes again: so the highest
    // position found is the head of this snapshot.
    let head = changes.last().map_or(since, |(seq, _)| *seq);
    Ok(Missed::Changes { head, changes })
}

pub(super) async fn being(on: &mut Reader, id: &BeingId) -> sqlx::Result<Option<MemberRow>> {
    sqlx::query_as("SELECT id, kind, name, hue, made_by, 0, 0 FROM beings WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(on)
        .await
}

pub(super) async fn have_a_space_in_common(
    on: &mut Reader,
    one: &BeingId,
    other: &BeingId,
) -> sqlx::Result<bool> {
    let found = sqlx::query(
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

/// None where the answer has ended, or was begun anew, since.
pub(super) async fn brief(
    on: &mut Reader,
    answer: &Answer,
    beings: &Beings,
) -> sqlx::Result<Option<Brief>> {
    let row = intention(on, &answer.space, answer.message).await?;
    let Some(row) = row.filter(|row| row.begun == Some(answer.begun)) else { return Ok(None) };
    let owner = row.intention.owner_id;
    let Some(being) = beings.members.get(&owner).cloned() else { return Ok(None) };
    let settings = providers::settings(on, &owner).await?;
    let limit = settings.as_ref().map_or(1, |settings| settings.context_messages);
    let asked = row.intention.reply_to.unwrap_or(answer.message);
    let page = history(on, &answer.space, Some(MessageId(asked.0 + 1)), limit).await?;
    let is_said =
        |row: &Intention| row.state != IntentionState::Active && !row.content.trim().is_empty();
    let said = |row: Intention| {
        let member = beings.members.get(&row.owner_id);
        let name = member.map_or_else(|| row.owner_id.to_string(), |being| being.name.clone());
        Said { by: row.owner_id, name, text: row.content }
    };
    let is_asked = page.intentions.last().is_some_and(|last| last.message_id == asked);
    let conversation = page.intentions.into_iter().filter(is_said).map(said).collect();
    Ok(Some(Brief { being, space: beings.space.clone(), settings, is_asked, conversation }))
}

pub(super) async fn spaces_of(on: &mut Reader, id: &BeingId) -> sqlx::Result<Vec<SpaceListing>> {
    // SQLite keeps to the order of a CROSS JOIN: from the few memberships outwards.
    let found = sqlx::query(
        "SELECT b.id, b.kind, b.name, b.hue, b.made_by, itself.seq, 0, s.head \
         FROM members m \
         CROSS JOIN spaces s CROSS JOIN members itself CROSS JOIN beings b \
         WHERE m.being_id = $1 AND m.has_left = 0 AND s.id = m.space_id \
         AND itself.space_id = s.id AND itself.being_id = s.id AND b.id = s.id",
    )
    .bind(id.as_str())
    .fetch_all(on)
    .await?;
    let listing = |row: &sqlx::sqlite::SqliteRow| {
        let space = <MemberRow as sqlx::FromRow<_>>::from_row(row)?.being;
        Ok(SpaceListing { space, last_message_id: MessageId(unsigned(row.try_get(7)?)) })
    };
    let mut spaces = found.iter().map(listing).collect::<sqlx::Result<Vec<_>>>()?;
    spaces.sort_by_cached_key(|listing| listing.space.name.to_lowercase());
    Ok(spaces)
}

pub(super) async fn account(on: &mut Reader, id: &BeingId) -> sqlx::Result<Option<Account>> {
    let row = sqlx::query("SELECT password_hash FROM accounts WHERE being_id = $1")
        .bind(id.as_str())
        .fetch_optional(on)
        .await?;
    row.map(|row| Ok(Account { password_hash: row.try_get(0)? })).transpose()
}

pub(super) async fn has_accounts(on: &mut Reader) -> sqlx::Result<bool> {
    let row = sqlx::query("SELECT 1 FROM accounts LIMIT 1").fetch_optional(on).await?;
    Ok(row.is_some())
}

pub(super) async fn session(
    on: &mut Reader,
    token: &TokenHash,
    now: Moment,
) -> sqlx::Result<Option<Session>> {
    let sql = format!("{SESSIONS} AND s.token_hash = $2");
    let row = sqlx::query(&sql).bind(now.0).bind(&token.0).fetch_optional(on).await?;
    row.map(|row| session_of(&row)).transpose().map(|found| found.map(|(_, session)| session))
}

/// So many as are remembered, those that last longest.
pub(super) async fn sessions(
    on: &mut Reader,
    now: Moment,
) -> sqlx::Result<HashMap<TokenHash, Session>> {
    let sql = format!("{SESSIONS} ORDER BY s.expires_at DESC LIMIT $2");
    let limit = signed(SESSIONS_REMEMBERED_MAX as u64);
    let all = sqlx::query(&sql).bind(now.0).bind(limit).fetch_all(on).await?;
    all.iter().map(session_of).collect()
}

const SESSIONS: &str = "SELECT s.token_hash, s.being_id, a.administers, s.expires_at \
     FROM sessions s CROSS JOIN accounts a \
     WHERE a.being_id = s.being_id AND s.expires_at > $1";

fn session_of(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<(TokenHash, Session)> {
    let id = rows::parsed(row.try_get(1)?)?;
    let actor = Actor { id, administers: row.try_get::<i64, _>(2)? != 0 };
    Ok((TokenHash(row.try_get(0)?), Session { actor, until: Moment(row.try_get(3)?) }))
}

/// The space that an invite opens, unless it is unknown or has expired.
pub(super) async fn invited_to(
    on: &mut Reader,
    token: &TokenHash,
    now: Moment,
) -> sqlx::Result<Option<SpaceId>> {
    let row = sqlx::query("SELECT space_id FROM invites WHERE token_hash = $1 AND expires_at > $2")
        .bind(&token.0)
        .bind(now.0)
        .fetch_optional(on)
        .await?;
    row.map(|row| rows::parsed(row.try_get(0)?)).transpose()
}

/// The being alone, without a position in any space.
pub(super) fn nowhere(row: MemberRow) -> Being {
    Being { seq: Seq(0), ..row.being }
}
