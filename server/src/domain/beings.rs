//! Changing a being: told in every space that it belongs to, in one transaction.

use protocol::{Being, BeingId, BeingKind, BeingSettings, OutOfBounds, SpaceId};

use super::{
    actor,
    command::ChangeBeing,
    policy::{self, Actor},
    providers,
    refusal::Refusal,
    space,
    spaces::direct_name,
};
use crate::store::{Store, Tx, TxResult};

/// How an AI being answers, for a being that may change it.
pub async fn settings_for(
    store: &dyn Store,
    by: &BeingId,
    id: &BeingId,
) -> Result<Option<BeingSettings>, Refusal> {
    require_change(store, by, id).await?;
    let mut settings = store.settings(id).await?;
    if let Some(settings) = &mut settings
        && settings.request_extra.is_some()
        && !store.is_admin(by).await?
    {
        settings.request_extra = None;
    }
    Ok(settings)
}

/// Refuses a being that may not change another.
pub(super) async fn require_change(
    store: &dyn Store,
    by: &BeingId,
    id: &BeingId,
) -> Result<(), Refusal> {
    let being = store.being(id).await?.ok_or(Refusal::UnknownBeing)?;
    if by == id {
        return Ok(());
    }
    let made_by = store.maker(id).await?;
    let in_common = store.have_a_space_in_common(by, id).await?;
    let actor = Actor { id: by.clone(), is_admin: store.is_admin(by).await? };
    policy::may_change_being(&actor, id, being.kind, made_by.as_ref(), in_common)
}

pub(super) async fn change(tx: &mut impl Tx, change: &ChangeBeing) -> TxResult<Being> {
    let ChangeBeing { by, being: id, name, hue, settings } = change;
    let row = tx.being(id).await?.ok_or(Refusal::UnknownBeing)?;
    if by != id {
        let in_common = tx.have_a_space_in_common(by, id).await?;
        let actor = actor(tx, by).await?;
        policy::may_change_being(&actor, id, row.being.kind, row.made_by.as_ref(), in_common)?;
    }
    if row.being.kind == BeingKind::Space && name.is_some() {
        policy::may_name(&space(tx, &SpaceId::from(id.clone())).await?.members.details)?;
    }
    if let Some(settings) = settings {
        if row.being.kind != BeingKind::Ai {
            return Err(OutOfBounds::new("settings", "are those of an AI being only").into());
        }
        providers::require_provider(tx, by, settings).await?;
        tx.put_settings(id, settings).await?;
        for id in tx.spaces_with(id).await? {
            space(tx, &id).await?;
            tx.set_answering(&id, &change.being, settings).await?;
        }
    }
    let before = row.being;
    let mut after = before.clone();
    if let Some(name) = name {
        after.name = name.as_str().to_owned();
    }
    if let Some(hue) = hue {
        after.hue = *hue;
    }
    if after == before {
        return Ok(after);
    }
    tx.update_being(&after).await?;
    for id in tx.spaces_with(id).await? {
        space(tx, &id).await?;
        let place = tx.next(&id);
        tx.put_member(place, after.clone()).await?;
        name_direct(tx, &id).await?;
    }
    Ok(after)
}

/// A direct space is called after its persons.
async fn name_direct(tx: &mut impl Tx, id: &SpaceId) -> TxResult<()> {
    let members = space(tx, id).await?.members;
    let persons = members.present.values().filter(|being| being.kind == BeingKind::Person);
    let name = direct_name(persons.map(|person| person.name.as_str()));
    if members.details.direct && name != members.space.name {
        let renamed = Being { name, ..members.space.clone() };
        tx.update_being(&renamed).await?;
        let place = tx.next(id);
        tx.put_member(place, renamed).await?;
    }
    Ok(())
}
