//! The ways into a space, and out of it.

use protocol::{Being, BeingKind, Hue, Seq, SpaceId, limits::INVITE_DAYS};

use super::{
    actor, answers,
    command::{AcceptInvite, AddBeing, CreateInvite, RemoveBeing},
    policy, providers,
    refusal::Refusal,
    space,
    spaces::free_id,
};
use crate::store::{Tx, TxResult};

/// Makes the being a member, at the next position; a member stays as it is. Whether it may is asked before.
pub(super) async fn join(tx: &mut impl Tx, id: &SpaceId, being: Being) -> TxResult<Being> {
    let members = space(tx, id).await?.members;
    if let Some(member) = members.present.get(&being.id) {
        return Ok(member.clone());
    }
    let place = tx.next(id);
    tx.put_member(place, being).await
}

pub(super) async fn create_invite(tx: &mut impl Tx, new: &CreateInvite) -> TxResult<()> {
    let members = space(tx, &new.space).await?.members;
    policy::may_take_part(members.membership(&new.by))?;
    policy::may_let_in(BeingKind::Person, &members.details)?;
    let expires_at = tx.now().plus_days(INVITE_DAYS);
    tx.insert_invite(&new.space, &new.by, &new.token, expires_at).await
}

pub(super) async fn accept_invite(tx: &mut impl Tx, accept: &AcceptInvite) -> TxResult<Being> {
    let id = tx.invited_to(&accept.token).await?.ok_or(Refusal::UnknownInvite)?;
    let being = tx.being(&accept.by).await?.ok_or(Refusal::UnknownBeing)?.being;
    let members = space(tx, &id).await?.members;
    if !members.present.contains_key(&accept.by) {
        policy::may_let_in(being.kind, &members.details)?;
    }
    join(tx, &id, being).await?;
    Ok(members.space.clone())
}

pub(super) async fn add_being(tx: &mut impl Tx, new: &AddBeing) -> TxResult<Being> {
    let members = space(tx, &new.space).await?.members;
    policy::may_take_part(members.membership(&new.by))?;
    policy::may_let_in(BeingKind::Ai, &members.details)?;
    if let Some(settings) = &new.settings {
        providers::require_provider(tx, &new.by, settings).await?;
    }
    let id = free_id(tx, &new.name, "being").await?;
    let being = Being {
        hue: new.hue.unwrap_or(Hue::of(&id)),
        id: id.clone(),
        name: new.name.as_str().to_owned(),
        kind: BeingKind::Ai,
        seq: Seq(0),
    };
    tx.insert_being(&being, Some(&new.by)).await?;
    let joined = join(tx, &new.space, being).await?;
    if let Some(settings) = &new.settings {
        tx.put_settings(&id, settings).await?;
        tx.set_answering(&new.space, &id, settings).await?;
    }
    Ok(joined)
}

pub(super) async fn remove_being(tx: &mut impl Tx, remove: &RemoveBeing) -> TxResult<()> {
    let RemoveBeing { by, space: id, being } = remove;
    let members = space(tx, id).await?.members;
    let membership = members.membership(by);
    policy::may_take_part(membership)?;
    let kind = members.present.get(being).ok_or(Refusal::UnknownBeing)?.kind;
    let made_by = tx.being(being).await?.and_then(|row| row.made_by);
    let actor = actor(tx, by).await?;
    let founder = members.founder.as_ref();
    policy::may_remove_being(&actor, membership, being, kind, founder, made_by.as_ref())?;
    policy::may_let_go(kind, &members.details)?;
    if kind == BeingKind::Ai {
        answers::cancel_answers_of(tx, id, being).await?;
    }
    if kind == BeingKind::Person && by != being {
        // A person who was removed would come back by the link that let them in, or by one of their own.
        tx.delete_invites(id).await?;
    }
    let place = tx.next(id);
    tx.remove_member(place, being).await
}
