//! The providers of AI beings.

use protocol::{BeingId, OutOfBounds};

use super::{
    actor,
    command::{KeyChange, PutProvider, RemoveProvider},
    endpoint::GUIDE,
    policy,
    refusal::Refusal,
    settings::Settings,
};
use crate::store::{Tx, TxResult};

pub(super) async fn put(tx: &mut impl Tx, put: &PutProvider) -> TxResult<()> {
    require_admin(tx, &put.by).await?;
    let key = match &put.key {
        KeyChange::Keep => None,
        KeyChange::Set(key) => Some(key),
        KeyChange::Remove => None,
    };
    let is_as_before = put.key == KeyChange::Keep
        && tx.provider(put.name.as_str()).await?.is_some_and(|url| url == put.base_url.as_str());
    if !is_as_before {
        tx.put_provider(&put.name, &put.base_url, key).await?;
    }
    if put.options.is_none() {
        return Ok(());
    }
    tx.set_provider_options(&put.name, &put.options).await
}

pub(super) async fn remove(tx: &mut impl Tx, remove: &RemoveProvider) -> TxResult<()> {
    require_admin(tx, &remove.by).await?;
    match tx.delete_provider(&remove.name).await? {
        true => Ok(()),
        false => Err(Refusal::UnknownProvider.into()),
    }
}

/// Refuses settings whose provider nobody has configured, and those that only an administrator may set.
pub(super) async fn require_provider(
    tx: &mut impl Tx,
    by: &BeingId,
    settings: &Settings,
) -> TxResult<()> {
    if settings.change_request_extra() {
        require_admin(tx, by).await?;
    }
    let name = settings.as_wire().provider.as_str();
    if name == GUIDE || tx.provider(name).await?.is_some() {
        return Ok(());
    }
    Err(OutOfBounds::new("provider", "is not configured").into())
}

async fn require_admin(tx: &mut impl Tx, by: &BeingId) -> TxResult<()> {
    let actor = actor(tx, by).await?;
    Ok(policy::may_configure_providers(&actor)?)
}
