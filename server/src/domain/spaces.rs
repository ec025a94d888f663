//! Creating a space.

use protocol::{Being, BeingId, BeingKind, Hue, Name, Seq, SpaceId};

use super::{command::CreateSpace, handle, membership::join, refusal::Refusal};
use crate::store::{Tx, TxResult};

pub(super) async fn create(tx: &mut impl Tx, new: &CreateSpace) -> TxResult<Being> {
    let founder = tx.being(&new.by).await?.ok_or(Refusal::UnknownBeing)?.being;
    let id = free_id(tx, &new.name, "space").await?;
    let space = Being {
        hue: Hue::of(&id),
        id,
        name: new.name.as_str().to_owned(),
        kind: BeingKind::Space,
        seq: Seq(0),
    };
    let id = SpaceId::from(space.id.clone());
    let epoch = tx.rng().epoch();
    tx.insert_being(&space, Some(&new.by)).await?;
    tx.insert_space(&space, &new.by, &epoch).await?;
    let space = join(tx, &id, space).await?;
    join(tx, &id, founder).await?;
    Ok(space)
}

/// An id made from a name, which no being has: the plain one where it is free, else numbered at random,
/// so that the thousandth space of one name costs no more queries than the second.
pub(super) async fn free_id(tx: &mut impl Tx, name: &Name, fallback: &str) -> TxResult<BeingId> {
    let mut attempt = 0;
    loop {
        let id = handle::of_name(name, fallback, attempt);
        if !id.is_everyone() && tx.being(&id).await?.is_none() {
            return Ok(id);
        }
        attempt = if attempt == 0 { 1 } else { tx.rng().below(100_000) };
    }
}
