//! Sending a message, editing it, and taking it back.

use protocol::{BeingId, Epoch, Intention, IntentionState, MessageId, Seq, SpaceId, VersionCount};

use super::{
    answers,
    command::{DeleteMessage, EditMessage, SendMessage, Sent},
    mentions,
    policy::{self, Membership},
    refusal::Refusal,
    space,
    token::sha256,
};
use crate::store::{MessageRow, Tx, TxResult};

pub(super) async fn send(tx: &mut impl Tx, new: &SendMessage) -> TxResult<Sent> {
    let members = space(tx, &new.space).await?.members;
    policy::may_take_part(members.membership(&new.by))?;
    // A repetition is answered first, whatever has become of the message that it replies to.
    if let Some(row) = tx.message_sent_as(&new.space, new.id).await? {
        return Ok(Sent { intention: first_result(row, new)?, is_new: false });
    }
    policy::may_add(&members.details)?;
    let answered = match new.reply_to {
        Some(message) => {
            let row = tx.message(&new.space, message).await?.ok_or(Refusal::UnknownMessage)?;
            Some(row.intention.owner_id)
        }
        None => None,
    };
    let place = tx.next(&new.space);
    let intention = Intention {
        id: new.id,
        message_id: place.seq().as_message(),
        owner_id: new.by.clone(),
        state: IntentionState::Complete,
        reason: None,
        content: new.content.as_str().to_owned(),
        reasoning: String::new(),
        reasoning_millis: None,
        created_at: tx.now().to_timestamp(),
        modified_at: None,
        reply_to: new.reply_to,
        versions: VersionCount::default(),
        reactions: vec![],
        reactions_seq: Seq(0),
        seq: place.seq(),
    };
    tx.insert_message(place, intention.clone(), false).await?;
    mentions::settle(tx, &new.space, &intention, answered.as_ref()).await?;
    answers::begin(tx, &new.space, &intention, usize::MAX).await?;
    Ok(Sent { intention, is_new: true })
}

pub(super) async fn edit(tx: &mut impl Tx, edit: &EditMessage) -> TxResult<Intention> {
    let EditMessage { by, space, message, content, seq, epoch } = edit;
    let row = own_message(tx, by, space, *message, epoch.as_ref()).await?;
    if row.intention.content == content.as_str() {
        return Ok(row.intention);
    }
    policy::may_add(&self::space(tx, space).await?.members.details)?;
    if seq.is_some_and(|seq| seq != row.intention.seq) {
        return Err(Refusal::ChangedSince.into());
    }
    let sent_hash = sent_hash(&row);
    let place = tx.next(space);
    let edited = Intention {
        content: content.as_str().to_owned(),
        modified_at: Some(tx.now().to_timestamp()),
        ..row.intention
    };
    let edited = tx.edit_message(place, edited, &sent_hash).await?;
    mentions::settle_reply(tx, space, &edited).await?;
    Ok(edited)
}

pub(super) async fn delete(tx: &mut impl Tx, delete: &DeleteMessage) -> TxResult<()> {
    let DeleteMessage { by, space, message, epoch } = delete;
    let row = own_message(tx, by, space, *message, epoch.as_ref()).await?;
    let place = tx.next(space);
    tx.delete_message(place, *message, &sent_hash(&row)).await
}

/// A message, for its owner. In another history than `epoch`, where one is named, its id says nothing:
/// not even that there is no such message.
async fn own_message(
    tx: &mut impl Tx,
    by: &BeingId,
    id: &SpaceId,
    message: MessageId,
    epoch: Option<&Epoch>,
) -> TxResult<MessageRow> {
    let membership = member(tx, by, id, epoch).await?;
    let row = present(tx, id, message).await?;
    policy::may_edit(by, membership, &row.intention.owner_id)?;
    Ok(row)
}

/// Whoever takes part in the space, and in this history of it where one is named.
pub(super) async fn member(
    tx: &mut impl Tx,
    by: &BeingId,
    id: &SpaceId,
    epoch: Option<&Epoch>,
) -> TxResult<Membership> {
    let state = space(tx, id).await?;
    let membership = state.members.membership(by);
    policy::may_take_part(membership)?;
    if epoch.is_some_and(|epoch| *epoch != state.epoch) {
        return Err(Refusal::AnotherHistory.into());
    }
    Ok(membership)
}

/// A message that is there.
pub(super) async fn present(
    tx: &mut impl Tx,
    space: &SpaceId,
    message: MessageId,
) -> TxResult<MessageRow> {
    let row = tx.message(space, message).await?;
    Ok(row.filter(|row| !row.is_deleted).ok_or(Refusal::UnknownMessage)?)
}

/// The answer to the first send of this id; its message may have changed, or gone, since.
fn first_result(row: MessageRow, new: &SendMessage) -> Result<Intention, Refusal> {
    let content = new.content.as_str();
    let repeats = row.intention.owner_id == new.by
        && row.intention.reply_to == new.reply_to
        && match &row.sent_hash {
            Some(hash) => *hash == sha256(content.as_bytes()),
            None => row.intention.content == content,
        };
    if !repeats {
        return Err(Refusal::IdTaken);
    }
    Ok(Intention {
        state: IntentionState::Complete,
        content: content.to_owned(),
        modified_at: None,
        seq: row.intention.message_id.created_at(),
        ..row.intention
    })
}

fn sent_hash(row: &MessageRow) -> String {
    let first = || sha256(row.intention.content.as_bytes());
    row.sent_hash.clone().unwrap_or_else(first)
}
