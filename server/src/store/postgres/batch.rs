//! What a batch of commands says to the database: each kind of row in one statement, however many there are.

use sqlx::PgConnection;

use super::super::{
    positions::Moved,
    sql::{
        Found, MessageBatch, NewMessage, WriteMentions,
        rows::{INTENTION, signed},
    },
};
use crate::domain::command::Command;

/// Locks the spaces that commands are about, in the order of their ids, and looks up the sends.
pub(super) async fn find<'c>(
    connection: &mut PgConnection,
    commands: impl Iterator<Item = &'c Command> + Clone + Send,
) -> sqlx::Result<Found> {
    let (spaces, sends) = Found::asked(commands);
    let mut found = Found::none_of(&spaces, &sends);
    if !spaces.is_empty() {
        let spaces: Vec<&str> = spaces.iter().map(|space| space.as_str()).collect();
        let lock = "SELECT id, epoch, head, revision FROM spaces \
             WHERE id = ANY($1) AND is_deleted = 0 ORDER BY id FOR NO KEY UPDATE";
        for row in &sqlx::query(lock).bind(spaces).fetch_all(&mut *connection).await? {
            found.add_space(row)?;
        }
    }
    if !sends.is_empty() {
        let spaces: Vec<&str> = sends.iter().map(|(space, _)| space.as_str()).collect();
        let ids: Vec<String> = sends.iter().map(|(_, id)| id.to_string()).collect();
        let sql = format!(
            "SELECT {INTENTION}, space_id FROM intentions WHERE (space_id, id) IN \
             (SELECT * FROM UNNEST($1::text[], $2::text[]))"
        );
        for row in &sqlx::query(&sql).bind(spaces).bind(ids).fetch_all(connection).await? {
            found.add_sent(row)?;
        }
    }
    Ok(found)
}

/// Writes all messages that wait.
pub(super) async fn insert(
    connection: &mut PgConnection,
    pending: &mut MessageBatch,
) -> sqlx::Result<()> {
    if pending.is_empty() {
        return Ok(());
    }
    let (mut spaces, mut numbers, mut ids, mut owners) = (vec![], vec![], vec![], vec![]);
    let (mut states, mut contents, mut moments) = (vec![], vec![], vec![]);
    let (mut replies, mut begun) = (vec![], vec![]);
    for NewMessage { space, intention, created_at, is_answer } in pending.take(pending.len()) {
        let seq = signed(intention.seq.0);
        spaces.push(space.to_string());
        numbers.push(seq);
        ids.push(intention.id.to_string());
        owners.push(intention.owner_id.to_string());
        states.push(intention.state.as_str());
        contents.push(intention.content);
        moments.push(created_at.0);
        replies.push(intention.reply_to.map(|message| signed(message.0)));
        begun.push(is_answer.then_some(seq));
    }
    let insert = "INSERT INTO intentions \
         (space_id, number, id, owner_id, state, content, created_at, reply_to, begun, seq) \
         SELECT said.*, said.number FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], \
         $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[]) \
         AS said(space_id, number, id, owner_id, state, content, created_at, reply_to, begun)";
    sqlx::query(insert)
        .bind(spaces)
        .bind(numbers)
        .bind(ids)
        .bind(owners)
        .bind(states)
        .bind(contents)
        .bind(moments)
        .bind(replies)
        .bind(begun)
        .execute(connection)
        .await
        .map(drop)
}

/// Writes what waits, and where each space stands.
pub(super) async fn write(
    connection: &mut PgConnection,
    pending: &mut MessageBatch,
    mentions: &WriteMentions,
    moved: &[Moved<'_>],
) -> sqlx::Result<()> {
    insert(connection, pending).await?;
    for (statement, list) in mentions.delete.iter().chain(&mentions.insert) {
        sqlx::query(statement).bind(list).execute(&mut *connection).await?;
    }
    if moved.is_empty() {
        return Ok(());
    }
    let spaces: Vec<&str> = moved.iter().map(|it| it.space.as_str()).collect();
    let heads: Vec<i64> = moved.iter().map(|it| signed(it.head.0)).collect();
    let revisions: Vec<i64> = moved.iter().map(|it| signed(it.revision)).collect();
    let update = "UPDATE spaces SET head = moved.head, revision = moved.revision \
         FROM UNNEST($1::text[], $2::bigint[], $3::bigint[]) AS moved(id, head, revision) \
         WHERE spaces.id = moved.id";
    let update = sqlx::query(update).bind(spaces).bind(heads).bind(revisions);
    match update.execute(connection).await?.rows_affected() == moved.len() as u64 {
        true => Ok(()),
        false => Err(sqlx::Error::RowNotFound),
    }
}
