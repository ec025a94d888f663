//! Answers of AI beings: messages that grow.
//!
//! Always true:
//! - An answer begins in the transaction of what it answers, so no question is forgotten by a crash.
//! - Only the writer of its present text can change an answer that grows: see [`Answer`].

use app::protocol::{
    BeingId, BeingKind, FailureReason, Intention, IntentionId, IntentionState, MessageId, SpaceId,
    SyncEvent,
    limits::{ANSWERS_TO_ONE_MESSAGE_MAX, CONSECUTIVE_AI_TURNS_MAX},
};

use super::{
    Answer, Ending, reads,
    rows::{self, IntentionRow, reason_text, signed},
    unit::{Done, Unit},
};
use crate::{
    ai::turns,
    policy::{self, Actor},
    refusal::Refusal,
};

impl Unit {
    /// Begins the answers to a message, at most `turns` of them.
    pub(super) async fn begin_answers(
        &mut self,
        space: &SpaceId,
        said: &Intention,
        turns: usize,
    ) -> Done<()> {
        let beings = self.log(space).await?.beings;
        let called = turns::who_answers(&beings.answering, &said.owner_id, &said.content);
        for id in called.take(turns.min(ANSWERS_TO_ONE_MESSAGE_MAX)) {
            let seq = self.next_seq(space).await?;
            let answer = Intention {
                id: self.intention_id(),
                message_id: seq.as_message(),
                owner_id: id.clone(),
                state: IntentionState::Active,
                reason: None,
                content: String::new(),
                created_at: self.now.to_timestamp(),
                modified_at: None,
                reply_to: Some(said.message_id),
                seq,
            };
            if !self.create(space, &answer, Some(seq)).await? {
                // An id that was made just now is nobody's, or chance is broken.
                return Err(sqlx::Error::RowNotFound.into());
            }
        }
        Ok(())
    }

    pub(super) async fn append(&mut self, answer: &Answer, offset: u64, text: &str) -> Done<()> {
        let space = &answer.space;
        let seq = self.next_seq(space).await?;
        let update = sqlx::query(
            "UPDATE intentions SET content = content || $4, seq = $5 \
             WHERE space_id = $1 AND number = $2 AND begun = $3 AND state = 'active' \
             AND octet_length(content) = $6",
        )
        .bind(space.as_str())
        .bind(signed(answer.message.0))
        .bind(signed(answer.begun.0))
        .bind(text)
        .bind(signed(seq.0))
        .bind(signed(offset));
        if self.run(update).await? == 0 {
            return Err(Refusal::AnswerEnded.into());
        }
        let (message_id, text) = (answer.message, text.to_owned());
        self.record(space, SyncEvent::IntentionAppended { message_id, offset, text });
        Ok(())
    }

    /// An answer that is complete for the first time is a message like any other: it may be answered
    /// in turn.
    pub(super) async fn finish(&mut self, answer: &Answer, text: &str, ending: Ending) -> Done<()> {
        let row = reads::intention(&mut self.connection, &answer.space, answer.message).await?;
        let grows = |row: &IntentionRow| {
            row.begun == Some(answer.begun) && row.intention.state == IntentionState::Active
        };
        let row = row.filter(grows).ok_or(Refusal::AnswerEnded)?;
        let mut ended = row.intention;
        ended.content.push_str(text);
        let ended = self.end(&answer.space, ended, ending).await?;
        if ending == Ending::Complete && answer.begun == answer.message.created_at() {
            let turns = self.turns_left(&answer.space).await?;
            self.begin_answers(&answer.space, &ended, turns).await?;
        }
        Ok(())
    }

    pub(super) async fn stop(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
    ) -> Done<()> {
        policy::may_take_part(self.standing(space, &by.id).await?)?;
        let row = self.message(space, message).await?;
        if row.intention.state == IntentionState::Active {
            self.end(space, row.intention, Ending::Cancelled).await?;
        }
        Ok(())
    }

    pub(super) async fn retry(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
    ) -> Done<Intention> {
        let beings = self.log(space).await?.beings;
        policy::may_take_part(beings.standing(&by.id))?;
        let row = self.message(space, message).await?;
        if row.begun.is_none() {
            return Err(Refusal::NotAnAnswer.into());
        }
        if row.intention.state == IntentionState::Active {
            return Ok(row.intention);
        }
        if !beings.members.contains_key(&row.intention.owner_id) {
            return Err(Refusal::UnknownBeing.into());
        }
        if let Some(question) = row.intention.reply_to {
            self.message(space, question).await?;
        }
        let begun = Intention {
            state: IntentionState::Active,
            reason: None,
            content: String::new(),
            seq: self.next_seq(space).await?,
            ..row.intention
        };
        let update = sqlx::query(
            "UPDATE intentions SET state = 'active', reason = NULL, content = '', seq = $3, \
             begun = $3 WHERE space_id = $1 AND number = $2",
        )
        .bind(space.as_str())
        .bind(signed(message.0))
        .bind(signed(begun.seq.0));
        self.run(update).await?;
        self.record_update(space, begun.clone());
        Ok(begun)
    }

    /// What a being that goes was still writing.
    pub(super) async fn end_answers_of(&mut self, space: &SpaceId, id: &BeingId) -> Done<()> {
        let found = sqlx::query(
            "SELECT number FROM intentions \
             WHERE space_id = $1 AND state = 'active' AND owner_id = $2",
        )
        .bind(space.as_str())
        .bind(id.as_str());
        for message in self.numbers(found).await? {
            let row = self.message(space, MessageId(message)).await?;
            self.end(space, row.intention, Ending::Cancelled).await?;
        }
        Ok(())
    }

    /// Ends what an earlier server was still writing when it ended.
    pub(super) async fn interrupt_answers(&mut self) -> Done<usize> {
        let found = sqlx::query("SELECT DISTINCT space_id FROM intentions WHERE state = 'active'");
        let mut interrupted = 0;
        for space in self.texts(found).await? {
            let space: SpaceId = rows::parsed(space)?;
            let found = sqlx::query(
                "SELECT number FROM intentions WHERE space_id = $1 AND state = 'active'",
            )
            .bind(space.as_str());
            for message in self.numbers(found).await? {
                let row = self.message(&space, MessageId(message)).await?;
                let ending = Ending::Failed(FailureReason::Interrupted);
                self.end(&space, row.intention, ending).await?;
                interrupted += 1;
            }
        }
        Ok(interrupted)
    }

    async fn end(&mut self, space: &SpaceId, answer: Intention, ending: Ending) -> Done<Intention> {
        let (state, reason) = match ending {
            Ending::Complete => (IntentionState::Complete, None),
            Ending::Cancelled => (IntentionState::Cancelled, None),
            Ending::Failed(reason) => (IntentionState::Failed, Some(reason)),
        };
        let ended = Intention { state, reason, seq: self.next_seq(space).await?, ..answer };
        let update = sqlx::query(
            "UPDATE intentions SET state = $3, reason = $4, content = $5, seq = $6 \
             WHERE space_id = $1 AND number = $2",
        )
        .bind(space.as_str())
        .bind(signed(ended.message_id.0))
        .bind(state.as_str())
        .bind(reason.map(reason_text))
        .bind(&ended.content)
        .bind(signed(ended.seq.0));
        self.run(update).await?;
        self.record_update(space, ended.clone());
        Ok(ended)
    }

    async fn turns_left(&mut self, space: &SpaceId) -> Done<usize> {
        let log = self.log(space).await?;
        if log.beings.answering.len() < 2 {
            return Ok(0);
        }
        let newest = sqlx::query(
            "SELECT b.kind FROM intentions i CROSS JOIN beings b \
             WHERE b.id = i.owner_id AND i.space_id = $1 AND i.number <= $2 ORDER BY i.number DESC LIMIT $3",
        )
        .bind(space.as_str())
        .bind(signed(log.head.0))
        .bind(signed(CONSECUTIVE_AI_TURNS_MAX as u64));
        let kinds = self.texts(newest).await?;
        let kinds =
            kinds.iter().map(|text| rows::kind(text)).collect::<sqlx::Result<Vec<BeingKind>>>()?;
        Ok(turns::turns_left(&kinds))
    }

    /// A UUIDv7, as any sender of a message makes one.
    fn intention_id(&self) -> IntentionId {
        let mut random = [0; 10];
        self.chance.fill(&mut random);
        let millis = u64::try_from(self.now.0).unwrap_or(0);
        IntentionId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}
