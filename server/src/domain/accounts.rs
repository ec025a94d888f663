//! Accounts and their sessions.

use protocol::{Being, BeingId, BeingKind, Hue, Seq, limits::SESSION_DAYS};

use super::{
    command::CreateAccount, membership::join, policy, refusal::Refusal, space, token::TokenHash,
};
use crate::store::{Tx, TxResult};

pub(super) async fn create(tx: &mut impl Tx, new: &CreateAccount) -> TxResult<Being> {
    let is_first = !tx.has_accounts().await?;
    let invited_to = match &new.invite {
        Some(token) => Some(tx.invited_to(token).await?.ok_or(Refusal::UnknownInvite)?),
        None if is_first => None,
        None => return Err(Refusal::InviteRequired.into()),
    };
    if new.id.is_everyone() || tx.being(&new.id).await?.is_some() {
        return Err(Refusal::HandleTaken(new.id.to_string()).into());
    }
    if let Some(id) = &invited_to {
        policy::may_let_in(BeingKind::Person, &space(tx, id).await?.members.details)?;
    }
    let being = Being {
        id: new.id.clone(),
        name: new.name.as_str().to_owned(),
        kind: BeingKind::Person,
        hue: Hue::of(&new.id),
        seq: Seq(0),
    };
    tx.insert_being(&being, None).await?;
    let inbox = tx.rng().epoch();
    tx.insert_account(&new.id, &new.password_hash, is_first, &inbox).await?;
    start_session(tx, &new.id, &new.session).await?;
    if let Some(id) = invited_to {
        join(tx, &id, being.clone()).await?;
    }
    Ok(being)
}

pub(super) async fn start_session(
    tx: &mut impl Tx,
    being: &BeingId,
    token: &TokenHash,
) -> TxResult<()> {
    let expires_at = tx.now().plus_days(SESSION_DAYS);
    tx.insert_session(being, token, expires_at).await
}
