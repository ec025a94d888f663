//! Spaces as a whole: how they come about, what they are called, who finds them, and their end.

use std::collections::BTreeSet;

use protocol::{
    Being, BeingId, BeingKind, Hue, Name, OutOfBounds, Seq, SpaceDetails, SpaceId,
    limits::{DIRECT_MAX_PERSONS, NAME_MAX_CHARACTERS},
};

use super::{
    actor, answers,
    command::{BeginDirect, Begun, ChangeSpace, CreateSpace, DeleteSpace, JoinSpace},
    handle,
    members::Members,
    membership::join,
    policy,
    refusal::Refusal,
    space,
};
use crate::store::{Tx, TxResult};

pub(super) async fn create(tx: &mut impl Tx, new: &CreateSpace) -> TxResult<Being> {
    let founder = tx.being(&new.by).await?.ok_or(Refusal::UnknownBeing)?.being;
    let id = free_id(tx, &new.name, "space").await?;
    let space = insert(tx, id, new.name.as_str(), &new.by).await?;
    let id = SpaceId::from(space.id.clone());
    let space = join(tx, &id, space).await?;
    join(tx, &id, founder).await?;
    Ok(space)
}

/// There is one writer, and it looks before it makes a second: so there is one space, however many ask at once.
pub(super) async fn begin_direct(tx: &mut impl Tx, begin: &BeginDirect) -> TxResult<Begun> {
    let persons = persons_of(tx, begin).await?;
    let ids: Vec<_> = persons.iter().map(|person| person.id.clone()).collect();
    if let Some(id) = tx.direct_space(&ids).await? {
        let space = space(tx, &id).await?.members.space.clone();
        return Ok(Begun { space, is_new: false });
    }
    let id = free_direct_id(tx).await?;
    let name = direct_name(persons.iter().map(|person| person.name.as_str()));
    let space = insert(tx, id, &name, &begin.by).await?;
    let id = SpaceId::from(space.id.clone());
    tx.make_direct(&id, &ids).await?;
    let space = join(tx, &id, space).await?;
    for person in persons {
        join(tx, &id, person).await?;
    }
    Ok(Begun { space, is_new: true })
}

/// The persons of a direct space, each once, by their ids: the caller, and others that the caller may know of.
async fn persons_of(tx: &mut impl Tx, begin: &BeginDirect) -> TxResult<Vec<Being>> {
    let mut ids: BTreeSet<_> = begin.with.iter().collect();
    ids.insert(&begin.by);
    let refused = |problem: &str| OutOfBounds::new("beings", problem);
    if ids.len() < 2 {
        return Err(refused("name nobody else").into());
    }
    if ids.len() > DIRECT_MAX_PERSONS {
        return Err(refused(&format!("are more than {DIRECT_MAX_PERSONS} persons")).into());
    }
    let is_admin = tx.is_admin(&begin.by).await?;
    let mut persons = vec![];
    for id in ids {
        let is_known =
            *id == begin.by || is_admin || tx.have_a_space_in_common(&begin.by, id).await?;
        let person = tx.being(id).await?.filter(|_| is_known).ok_or(Refusal::UnknownBeing)?.being;
        if person.kind != BeingKind::Person {
            return Err(refused("are not all persons").into());
        }
        persons.push(person);
    }
    Ok(persons)
}

pub(super) async fn change(tx: &mut impl Tx, change: &ChangeSpace) -> TxResult<SpaceDetails> {
    let ChangeSpace { by, space: id, topic, archived, open } = change;
    let members = keepers(tx, by, id).await?;
    let before = &members.details;
    if before.direct && *open == Some(true) {
        return Err(Refusal::NotAllowed("A direct space can't be opened.").into());
    }
    let after = SpaceDetails {
        topic: topic.as_ref().map_or_else(|| before.topic.clone(), |topic| topic.as_str().into()),
        archived: archived.unwrap_or(before.archived),
        open: open.unwrap_or(before.open),
        direct: before.direct,
    };
    if after != *before {
        let place = tx.next(id);
        tx.put_details(place, &after).await?;
    }
    Ok(after)
}

pub(super) async fn delete(tx: &mut impl Tx, delete: &DeleteSpace) -> TxResult<()> {
    let DeleteSpace { by, space: id } = delete;
    let members = keepers(tx, by, id).await?;
    if members.details.direct {
        return Err(
            Refusal::NotAllowed("A direct space can't be deleted: it is not one's own.").into()
        );
    }
    for being in members.present.values().filter(|being| being.kind == BeingKind::Ai) {
        answers::cancel_answers_of(tx, id, &being.id).await?;
    }
    tx.delete_space(id).await
}

/// A space that is neither open nor the caller's is not told of.
pub(super) async fn join_open(tx: &mut impl Tx, join_open: &JoinSpace) -> TxResult<Being> {
    let JoinSpace { by, space: id } = join_open;
    let members = space(tx, id).await?.members;
    policy::may_join_open(members.membership(by), &members.details)?;
    let being = tx.being(by).await?.ok_or(Refusal::UnknownBeing)?.being;
    join(tx, id, being).await?;
    Ok(members.space.clone())
}

/// What a direct space of these persons is called.
pub(super) fn direct_name<'a>(persons: impl Iterator<Item = &'a str>) -> String {
    let name = persons.collect::<Vec<_>>().join(", ");
    match name.char_indices().nth(NAME_MAX_CHARACTERS) {
        None => name,
        Some(_) => name.chars().take(NAME_MAX_CHARACTERS - 1).chain(['…']).collect(),
    }
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

/// An id that tells nobody whose space it is.
async fn free_direct_id(tx: &mut impl Tx) -> TxResult<BeingId> {
    loop {
        let id = format!("@direct-{}", tx.rng().below(1_000_000_000));
        let id: BeingId = id.parse()?;
        if tx.being(&id).await?.is_none() {
            return Ok(id);
        }
    }
}

/// A space that is a member of itself next.
async fn insert(tx: &mut impl Tx, id: BeingId, name: &str, founder: &BeingId) -> TxResult<Being> {
    let (hue, name, kind) = (Hue::of(&id), name.to_owned(), BeingKind::Space);
    let space = Being { hue, id, name, kind, seq: Seq(0) };
    let epoch = tx.rng().epoch();
    tx.insert_being(&space, Some(founder)).await?;
    tx.insert_space(&space, founder, &epoch).await?;
    Ok(space)
}

/// The members of a space that the being may change.
async fn keepers(
    tx: &mut impl Tx,
    by: &BeingId,
    id: &SpaceId,
) -> TxResult<std::sync::Arc<Members>> {
    let members = space(tx, id).await?.members;
    let (actor, membership) = (actor(tx, by).await?, members.membership(by));
    policy::may_change_space(&actor, membership, members.founder.as_ref(), &members.details)?;
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direct_space_is_called_after_its_persons() {
        let long = "x".repeat(NAME_MAX_CHARACTERS);
        for (persons, name) in [
            (vec!["Ada", "Ben"], "Ada, Ben".to_owned()),
            (vec!["Ada", "Ada", "Ben"], "Ada, Ada, Ben".to_owned()),
            (vec![&long, "Ben"], format!("{}…", &long[1..])),
            (vec!["Ada", &long[4..]], format!("Ada, {}…", &long[6..])),
            (vec!["Ada", &long[5..]], format!("Ada, {}", &long[5..])),
        ] {
            assert_eq!(direct_name(persons.into_iter()), name);
        }
    }
}
