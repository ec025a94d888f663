//! Answers of AI beings: messages that grow.
//!
//! Always true:
//! - An answer begins in the transaction of the message that it answers, so a crash forgets no question.
//! - What a model thinks is no part of what it says: it names nobody, and nobody answers it.
//! - Only the writer of its present run can change an answer that grows: see [`AnswerRun`].
//!
//! [`AnswerRun`]: super::command::AnswerRun

use protocol::{
    BeingId, FailureReason, Intention, IntentionState, MessageId, Seq, SpaceId, VersionCount,
    limits::{ANSWERS_TO_ONE_MESSAGE_MAX, CONSECUTIVE_AI_TURNS_MAX, REASONING_MAX_MILLIS},
};

use super::{
    beings,
    clock::Moment,
    command::{AnswerOutcome, AnswerPart, AppendToAnswer, EndAnswer, RetryAnswer, StopAnswer},
    mentions,
    messaging::present,
    policy,
    refusal::Refusal,
    space, turn_taking,
};
use crate::store::{MessageRow, Store, Tx, TxResult};

/// What a provider said about an answer that failed, for a being that may change who was to give it.
pub async fn failure_for(
    store: &dyn Store,
    by: &BeingId,
    space: &SpaceId,
    message: MessageId,
) -> Result<String, Refusal> {
    let answer = store.failure(space, message).await?.for_being(store, by).await?;
    let (owner, detail) = answer.ok_or(Refusal::UnknownMessage)?;
    beings::require_change(store, by, &owner).await?;
    detail.ok_or(Refusal::UnknownMessage)
}

/// Begins the answers to a message, at most `turns` of them.
pub(super) async fn begin(
    tx: &mut impl Tx,
    id: &SpaceId,
    said: &Intention,
    turns: usize,
) -> TxResult<()> {
    let members = space(tx, id).await?.members;
    // In an archived space nobody asks any more; an answer that ends there may have asked.
    if members.answering.is_empty() || members.details.archived {
        return Ok(());
    }
    let called = turn_taking::who_answers(&members.answering, &said.owner_id, &said.content);
    for being in called.take(turns.min(ANSWERS_TO_ONE_MESSAGE_MAX)) {
        let place = tx.next(id);
        let answer = Intention {
            id: tx.rng().intention_id(tx.now()),
            message_id: place.seq().as_message(),
            owner_id: being.clone(),
            state: IntentionState::Active,
            reason: None,
            content: String::new(),
            reasoning: String::new(),
            reasoning_millis: None,
            created_at: tx.now().to_timestamp(),
            modified_at: None,
            reply_to: Some(said.message_id),
            versions: VersionCount::default(),
            reactions: vec![],
            reactions_seq: Seq(0),
            seq: place.seq(),
        };
        tx.insert_message(place, answer, true).await?;
    }
    Ok(())
}

pub(super) async fn append(tx: &mut impl Tx, append: &AppendToAnswer) -> TxResult<()> {
    let AppendToAnswer { run, part, offset, text } = append;
    tx.space(&run.space).await?.ok_or(Refusal::AnswerEnded)?;
    let place = tx.next(&run.space);
    let grew = match part {
        AnswerPart::Reasoning => tx.append_reasoning(place, run, *offset, text).await?,
        AnswerPart::Content => tx.append_to_answer(place, run, *offset, text).await?,
    };
    match grew {
        true => Ok(()),
        false => Err(Refusal::AnswerEnded.into()),
    }
}

/// An answer that is complete for the first time is a message like any other: it may be answered in
/// turn.
pub(super) async fn end(tx: &mut impl Tx, end: &EndAnswer) -> TxResult<()> {
    let EndAnswer { run, reasoning, text, outcome, detail } = end;
    tx.space(&run.space).await?.ok_or(Refusal::AnswerEnded)?;
    let row = tx.message(&run.space, run.message).await?.filter(|row| {
        row.started_at == Some(run.started_at) && row.intention.state == IntentionState::Active
    });
    let mut answer = row.ok_or(Refusal::AnswerEnded)?;
    answer.intention.reasoning.push_str(reasoning);
    answer.intention.content.push_str(text);
    let answer = settled(answer, tx.now());
    let ended = end_as(tx, &run.space, answer, *outcome, detail.as_deref()).await?;
    if *outcome == AnswerOutcome::Complete && run.started_at == run.message.created_at() {
        let turns = turns_left(tx, &run.space).await?;
        begin(tx, &run.space, &ended, turns).await?;
    }
    Ok(())
}

pub(super) async fn stop(tx: &mut impl Tx, stop: &StopAnswer) -> TxResult<()> {
    policy::may_take_part(space(tx, &stop.space).await?.members.membership(&stop.by))?;
    let row = present(tx, &stop.space, stop.message).await?;
    if row.intention.state == IntentionState::Active {
        let answer = settled(row, tx.now());
        end_as(tx, &stop.space, answer, AnswerOutcome::Cancelled, None).await?;
    }
    Ok(())
}

pub(super) async fn retry(tx: &mut impl Tx, retry: &RetryAnswer) -> TxResult<Intention> {
    let members = space(tx, &retry.space).await?.members;
    policy::may_take_part(members.membership(&retry.by))?;
    let row = present(tx, &retry.space, retry.message).await?;
    if row.started_at.is_none() {
        return Err(Refusal::NotAnAnswer.into());
    }
    if row.intention.state == IntentionState::Active {
        return Ok(row.intention);
    }
    policy::may_add(&members.details)?;
    if !members.present.contains_key(&row.intention.owner_id) {
        return Err(Refusal::UnknownBeing.into());
    }
    if let Some(question) = row.intention.reply_to {
        present(tx, &retry.space, question).await?;
    }
    let keeps = is_worth_keeping(&row.intention);
    let versions = row.intention.versions;
    let place = tx.next(&retry.space);
    let restarted = Intention {
        state: IntentionState::Active,
        reason: None,
        content: String::new(),
        versions: if keeps { versions.next() } else { versions },
        reasoning: String::new(),
        reasoning_millis: None,
        ..row.intention
    };
    tx.restart_answer(place, restarted, keeps).await
}

/// An answer that was stopped before its first word says nothing.
fn is_worth_keeping(ended: &Intention) -> bool {
    ended.state == IntentionState::Failed || !ended.content.trim().is_empty()
}

/// Cancels the answers that a being was still writing in a space that it leaves.
pub(super) async fn cancel_answers_of(
    tx: &mut impl Tx,
    space: &SpaceId,
    being: &BeingId,
) -> TxResult<()> {
    for (space, message) in tx.active_answers(Some((space, being))).await? {
        let row = present(tx, &space, message).await?;
        let answer = settled(row, tx.now());
        end_as(tx, &space, answer, AnswerOutcome::Cancelled, None).await?;
    }
    Ok(())
}

/// Ends the answers that an earlier server was writing when it ended: nobody knows when. Returns how many there were.
pub async fn interrupt_all(tx: &mut impl Tx) -> TxResult<usize> {
    let active = tx.active_answers(None).await?;
    for (id, message) in &active {
        space(tx, id).await?;
        let row = present(tx, id, *message).await?;
        let outcome = AnswerOutcome::Failed(FailureReason::Interrupted);
        end_as(tx, id, row.intention, outcome, None).await?;
    }
    Ok(active.len())
}

async fn end_as(
    tx: &mut impl Tx,
    space: &SpaceId,
    answer: Intention,
    outcome: AnswerOutcome,
    detail: Option<&str>,
) -> TxResult<Intention> {
    let (state, reason) = match outcome {
        AnswerOutcome::Complete => (IntentionState::Complete, None),
        AnswerOutcome::Cancelled => (IntentionState::Cancelled, None),
        AnswerOutcome::Failed(reason) => (IntentionState::Failed, Some(reason)),
    };
    let place = tx.next(space);
    let ended = tx.end_answer(place, Intention { state, reason, ..answer }, detail).await?;
    mentions::settle_reply(tx, space, &ended).await?;
    Ok(ended)
}

/// An answer that ends now, and with it its reasoning, if no text has ended that.
fn settled(row: MessageRow, now: Moment) -> Intention {
    let MessageRow { intention: mut answer, reasoning_began, .. } = row;
    if !answer.reasoning.is_empty() && answer.reasoning_millis.is_none() {
        let millis = reasoning_began.map_or(0, |began| now.millis_since(began));
        answer.reasoning_millis = Some(millis.min(REASONING_MAX_MILLIS));
    }
    answer
}

async fn turns_left(tx: &mut impl Tx, id: &SpaceId) -> TxResult<usize> {
    if space(tx, id).await?.members.answering.len() < 2 {
        return Ok(0);
    }
    let authors = tx.newest_authors(id, CONSECUTIVE_AI_TURNS_MAX).await?;
    Ok(turn_taking::turns_left(&authors))
}
