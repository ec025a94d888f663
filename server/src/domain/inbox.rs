//! What a member has read of a space, and of what it wants to hear. Nobody else is told.

use super::{
    command::{MarkRead, SetLevel},
    messaging::member,
    refusal::Refusal,
    space,
};
use crate::store::{Tx, TxResult};

/// The position only goes forward, unless the command says that it goes back.
pub(super) async fn mark_read(tx: &mut impl Tx, read: &MarkRead) -> TxResult<()> {
    let MarkRead { by, space: id, up_to, epoch, goes_back } = read;
    member(tx, by, id, epoch.as_ref()).await?;
    let head = space(tx, id).await?.head.as_message();
    if *up_to > head {
        return Err(Refusal::UnknownMessage.into());
    }
    let row = tx.inbox_row(id, by).await?.ok_or(Refusal::NotMember)?;
    let read_up_to = row.read_up_to.min(head);
    let moves = if *goes_back { *up_to < read_up_to } else { *up_to > read_up_to };
    match moves {
        true => tx.set_read(id, by, *up_to).await,
        false => Ok(()),
    }
}

pub(super) async fn set_level(tx: &mut impl Tx, set: &SetLevel) -> TxResult<()> {
    let SetLevel { by, space: id, level } = set;
    member(tx, by, id, None).await?;
    let row = tx.inbox_row(id, by).await?.ok_or(Refusal::NotMember)?;
    match row.level == *level {
        true => Ok(()),
        false => tx.set_level(id, by, *level).await,
    }
}
