//! Whom a message mentions: the persons of its space that its text names, and the one whose message it
//! answers. Never an AI being, which has no inbox, and never who says it.

use protocol::{BeingId, BeingKind, Intention, SpaceId};

use super::{actor, members::Members, policy, space};
use crate::store::{Mentions, Tx, TxResult};

/// Settles whom a message mentions. `answered` is the owner of the message that it answers.
pub(super) async fn settle(
    tx: &mut impl Tx,
    id: &SpaceId,
    said: &Intention,
    answered: Option<&BeingId>,
) -> TxResult<()> {
    let mentions = of(tx, id, said, answered).await?;
    tx.set_mentions(id, said, mentions);
    Ok(())
}

/// The same, where the message that is answered is yet to be looked up.
pub(super) async fn settle_reply(tx: &mut impl Tx, id: &SpaceId, said: &Intention) -> TxResult<()> {
    let answered = match said.reply_to {
        Some(message) => tx.message(id, message).await?.map(|row| row.intention.owner_id),
        None => None,
    };
    settle(tx, id, said, answered.as_ref()).await
}

async fn of(
    tx: &mut impl Tx,
    id: &SpaceId,
    said: &Intention,
    answered: Option<&BeingId>,
) -> TxResult<Mentions> {
    let named = markdown::mentions(&said.content);
    if named.is_empty() && answered.is_none() {
        return Ok(Mentions::Persons(vec![]));
    }
    let members = space(tx, id).await?.members;
    if named.iter().any(BeingId::is_everyone) {
        let is_founder = members.founder.as_ref() == Some(&said.owner_id);
        if is_founder || policy::may_mention_everyone(&actor(tx, &said.owner_id).await?) {
            return Ok(Mentions::Everyone);
        }
    }
    Ok(Mentions::Persons(persons(&members, &said.owner_id, named, answered)))
}

fn persons(
    members: &Members,
    owner: &BeingId,
    named: Vec<BeingId>,
    answered: Option<&BeingId>,
) -> Vec<BeingId> {
    let is_person =
        |id: &BeingId| members.present.get(id).is_some_and(|being| being.kind == BeingKind::Person);
    let mut persons: Vec<_> = named.into_iter().chain(answered.cloned()).collect();
    persons.retain(|id| id != owner && !id.is_everyone() && is_person(id));
    persons.sort_unstable();
    persons.dedup();
    persons
}
