//! The row verbs of messages, and of answers, which are messages that grow.

use std::collections::HashMap;

use super::{
    super::{
        super::{
            positions::Place,
            tx::{MessageRow, MessageRows, TxResult, updated},
        },
        queries,
        query::{Columns, Connection, query},
        rows::{self, signed},
    },
    Database, SqlTx,
};
use crate::domain::command::AnswerRun;
use protocol::{
    BeingId, BeingKind, FailureReason, Intention, IntentionAppended, IntentionCreated,
    IntentionDeleted, IntentionId, MessageId, ReasoningAppended, SpaceId, SyncEvent,
    limits::REASONING_MAX_MILLIS,
};

/// Makes an earlier version of what an answer is, and forgets those that are too many.
const KEEP: &str = "INSERT INTO earlier_versions \
     (space_id, number, begun, content, state, reason, ended_at) \
     SELECT space_id, number, begun, content, state, reason, coalesce(ended_at, created_at) \
     FROM intentions WHERE space_id = $1 AND number = $2; \
     DELETE FROM earlier_versions WHERE space_id = $1 AND number = $2 AND begun NOT IN \
     (SELECT begun FROM earlier_versions WHERE space_id = $1 AND number = $2 \
     ORDER BY begun DESC LIMIT $5); ";
const RESTART: &str = "UPDATE intentions SET state = 'active', reason = NULL, content = '', \
     seq = $3, begun = $3, versions = $4, failure_detail = NULL, ended_at = NULL, \
     reasoning = '', reasoning_began = NULL, reasoning_millis = NULL \
     WHERE space_id = $1 AND number = $2";

/// Of a message that is changed, where the index of words may have it: $1 is its space, $2 its number.
const NOTE: &str = "INSERT INTO search_changed (space_id, number) \
     SELECT space_id, $2 FROM search_spaces WHERE space_id = $1 AND indexed_up_to >= $2 \
     ON CONFLICT (space_id, number) DO NOTHING; ";

impl<D: Database> MessageRows for SqlTx<D> {
    async fn message(
        &mut self,
        space: &SpaceId,
        message: MessageId,
    ) -> TxResult<Option<MessageRow>> {
        self.flush_for(space, message).await?;
        Ok(queries::message(self.rows()?, space, message).await?)
    }

    async fn message_sent_as(
        &mut self,
        space: &SpaceId,
        id: IntentionId,
    ) -> TxResult<Option<MessageRow>> {
        let created = self.created.get(space).and_then(|created| created.get(&id)).copied();
        if let Some(message) = created {
            return self.message(space, message).await;
        }
        match self.found.sent(space, id) {
            // It was looked up before the first command, and may have changed by an earlier one.
            Some(Some(row)) if self.positions.has_moved(space) => {
                let message = row.intention.message_id;
                self.message(space, message).await
            }
            Some(Some(row)) => Ok(Some(row.clone())),
            Some(None) => Ok(None),
            None => Ok(queries::message_sent_as(self.rows()?, space, id).await?),
        }
    }

    async fn insert_message(
        &mut self,
        place: Place,
        intention: Intention,
        is_answer: bool,
    ) -> TxResult<()> {
        let space = place.space();
        self.pending.push(space, &intention, self.now, is_answer);
        let message_id = intention.message_id;
        match self.created.get_mut(space) {
            Some(created) => created.insert(intention.id, message_id),
            None => {
                let created = HashMap::from([(intention.id, message_id)]);
                self.created.insert(space.clone(), created).and(None)
            }
        };
        let created = IntentionCreated { message_id, data: intention };
        self.positions.spend(place, SyncEvent::IntentionCreated(created));
        Ok(())
    }

    async fn edit_message(
        &mut self,
        place: Place,
        edited: Intention,
        sent_hash: &str,
    ) -> TxResult<Intention> {
        let edited = Intention { seq: place.seq(), ..edited };
        let sql = format!(
            "{NOTE}UPDATE intentions SET content = $3, modified_at = $4, seq = $5, sent_hash = $6 \
             WHERE space_id = $1 AND number = $2"
        );
        let update = query(&sql)
            .bind(place.space().as_str())
            .bind(signed(edited.message_id.0))
            .bind(&edited.content)
            .bind(self.now.0)
            .bind(signed(edited.seq.0))
            .bind(sent_hash);
        self.change(place.space(), edited.message_id, update).await?;
        self.positions.spend(place, updated(edited.clone()));
        Ok(edited)
    }

    async fn delete_message(
        &mut self,
        place: Place,
        message: MessageId,
        sent_hash: &str,
    ) -> TxResult<()> {
        let sql = format!(
            "{NOTE}DELETE FROM earlier_versions WHERE space_id = $1 AND number = $2; \
             DELETE FROM reactions WHERE space_id = $1 AND number = $2; \
             UPDATE intentions SET content = '', state = 'complete', is_deleted = 1, seq = $3, \
             sent_hash = $4, failure_detail = NULL, versions = 1, ended_at = NULL, \
             reasoning = '', reasoning_began = NULL, reasoning_millis = NULL \
             WHERE space_id = $1 AND number = $2"
        );
        let update = query(&sql)
            .bind(place.space().as_str())
            .bind(signed(message.0))
            .bind(signed(place.seq().0))
            .bind(sent_hash);
        self.change(place.space(), message, update).await?;
        self.forget_mentions(place.space(), message);
        let deleted = IntentionDeleted { message_id: message };
        self.positions.spend(place, SyncEvent::IntentionDeleted(deleted));
        Ok(())
    }

    async fn append_to_answer(
        &mut self,
        place: Place,
        run: &AnswerRun,
        offset: u64,
        text: &str,
    ) -> TxResult<bool> {
        self.flush_for(&run.space, run.message).await?;
        let dialect = D::Connection::DIALECT;
        let (least, greatest) = (dialect.least(), dialect.greatest());
        let sql = format!(
            "UPDATE intentions SET content = content || $4, seq = $5, reasoning_millis = CASE \
             WHEN $6 = 0 AND reasoning_began IS NOT NULL \
             THEN {least}($8, {greatest}(0, $7 - reasoning_began)) ELSE reasoning_millis END \
             WHERE space_id = $1 AND number = $2 AND begun = $3 AND state = 'active' \
             AND octet_length(content) = $6 RETURNING reasoning_millis"
        );
        let update = query(&sql)
            .bind(run.space.as_str())
            .bind(signed(run.message.0))
            .bind(signed(run.started_at.0))
            .bind(text)
            .bind(signed(place.seq().0))
            .bind(signed(offset))
            .bind(self.now.0)
            .bind(signed(REASONING_MAX_MILLIS));
        let Some(row) = update.fetch_optional(self.rows()?).await? else { return Ok(false) };
        let millis: Option<i64> = row.try_get(0)?;
        let reasoning_millis = millis.filter(|_| offset == 0).map(rows::unsigned);
        let (message_id, text) = (run.message, text.to_owned());
        let appended = IntentionAppended { message_id, offset, text, reasoning_millis };
        self.positions.spend(place, SyncEvent::IntentionAppended(appended));
        Ok(true)
    }

    async fn append_reasoning(
        &mut self,
        place: Place,
        run: &AnswerRun,
        offset: u64,
        text: &str,
    ) -> TxResult<bool> {
        self.flush_for(&run.space, run.message).await?;
        let update = query(
            "UPDATE intentions SET reasoning = reasoning || $4, seq = $5, \
             reasoning_began = coalesce(reasoning_began, $7) \
             WHERE space_id = $1 AND number = $2 AND begun = $3 AND state = 'active' \
             AND octet_length(reasoning) = $6",
        )
        .bind(run.space.as_str())
        .bind(signed(run.message.0))
        .bind(signed(run.started_at.0))
        .bind(text)
        .bind(signed(place.seq().0))
        .bind(signed(offset))
        .bind(self.now.0);
        if self.run(update).await? == 0 {
            return Ok(false);
        }
        let appended = ReasoningAppended { message_id: run.message, offset, text: text.to_owned() };
        self.positions.spend(place, SyncEvent::ReasoningAppended(appended));
        Ok(true)
    }

    async fn end_answer(
        &mut self,
        place: Place,
        ended: Intention,
        detail: Option<&str>,
    ) -> TxResult<Intention> {
        let ended = Intention { seq: place.seq(), ..ended };
        let sql = format!(
            "{NOTE}UPDATE intentions SET state = $3, reason = $4, content = $5, seq = $6, \
             failure_detail = $7, ended_at = $8, reasoning = $9, reasoning_millis = $10 \
             WHERE space_id = $1 AND number = $2"
        );
        let update = query(&sql)
            .bind(place.space().as_str())
            .bind(signed(ended.message_id.0))
            .bind(ended.state.as_str())
            .bind(ended.reason.map(FailureReason::as_str))
            .bind(&ended.content)
            .bind(signed(ended.seq.0))
            .bind(detail)
            .bind(self.now.0)
            .bind(&ended.reasoning)
            .bind(ended.reasoning_millis.map(signed));
        self.change(place.space(), ended.message_id, update).await?;
        self.positions.spend(place, updated(ended.clone()));
        Ok(ended)
    }

    async fn restart_answer(
        &mut self,
        place: Place,
        restarted: Intention,
        keeps: bool,
    ) -> TxResult<Intention> {
        let restarted = Intention { seq: place.seq(), ..restarted };
        let sql = format!("{NOTE}{}{RESTART}", if keeps { KEEP } else { "" });
        let count = i64::from(restarted.versions.get());
        let update = query(&sql)
            .bind(place.space().as_str())
            .bind(signed(restarted.message_id.0))
            .bind(signed(restarted.seq.0))
            .bind(count)
            .bind(count - 1);
        self.change(place.space(), restarted.message_id, update).await?;
        self.forget_mentions(place.space(), restarted.message_id);
        self.positions.spend(place, updated(restarted.clone()));
        Ok(restarted)
    }

    async fn active_answers(
        &mut self,
        of: Option<(&SpaceId, &BeingId)>,
    ) -> TxResult<Vec<(SpaceId, MessageId)>> {
        self.flush().await?;
        let sql = match of {
            Some(_) => {
                "SELECT space_id, number FROM intentions \
                 WHERE state = 'active' AND space_id = $1 AND owner_id = $2 ORDER BY number"
            }
            None => {
                "SELECT space_id, number FROM intentions WHERE state = 'active' \
                 ORDER BY space_id, number"
            }
        };
        let mut found = query(sql);
        if let Some((space, being)) = of {
            found = found.bind(space.as_str()).bind(being.as_str());
        }
        let found = found.fetch_all(self.rows()?).await?;
        let answer = |row: &<D::Connection as Connection>::Row| {
            let number = rows::unsigned(row.try_get(1)?);
            Ok((rows::parsed(row.try_get(0)?)?, MessageId(number)))
        };
        Ok(found.iter().map(answer).collect::<sqlx::Result<_>>()?)
    }

    async fn newest_authors(&mut self, space: &SpaceId, limit: usize) -> TxResult<Vec<BeingKind>> {
        self.flush().await?;
        let head = self.positions.get(space).map_or(u64::MAX, |state| state.head.0);
        let newest = query(
            "SELECT b.kind FROM intentions i CROSS JOIN beings b \
             WHERE b.id = i.owner_id AND i.space_id = $1 AND i.number <= $2 \
             ORDER BY i.number DESC LIMIT $3",
        )
        .bind(space.as_str())
        .bind(signed(head))
        .bind(signed(limit as u64));
        let kinds = self.texts(newest).await?;
        Ok(kinds.into_iter().map(rows::parsed).collect::<sqlx::Result<_>>()?)
    }
}
