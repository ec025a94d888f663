//! Reactions to messages.

use std::collections::BTreeMap;

use protocol::{
    BeingId, Intention, MessageId, OutOfBounds, Reaction, ReactionAdded, ReactionRemoved, Seq,
    SyncEvent,
    limits::{REACTION_KINDS_MAX, REACTIONS_MAX},
};
use server::domain::{command::SetReaction, refusal::Refusal};

use super::{Model, details::may_add};

/// The reactions that a message ever had: at which position each changed last, and whether it is there.
#[derive(Debug, Clone, Default)]
pub struct Reactions(BTreeMap<(String, BeingId), (Seq, bool)>);

impl Model {
    pub(super) fn set_reaction(&mut self, set: &SetReaction) -> Result<Seq, Refusal> {
        let SetReaction { by, space: id, message, emoji, is_there, epoch: None } = set else {
            unreachable!("{set:?} is not simulated");
        };
        let space = self.space_for(by, id)?;
        let (seq, may_add) = (space.head.next(), may_add(space));
        let stored = space.messages.get_mut(message).filter(|stored| !stored.is_deleted);
        let Reactions(reactions) = &mut stored.ok_or(Refusal::UnknownMessage)?.reactions;
        let key = (emoji.as_str().to_owned(), by.clone());
        if reactions.get(&key).is_some_and(|(_, was_there)| *was_there) == *is_there {
            return Ok(reactions.values().map(|(seq, _)| *seq).max().unwrap_or_default());
        }
        if *is_there {
            may_add?;
        }
        let mut present: Vec<_> = reactions.iter().filter(|(_, (_, is_there))| *is_there).collect();
        let count = present.len();
        present.dedup_by_key(|((emoji, _), _)| emoji.as_str());
        let is_new = present.iter().all(|((emoji, _), _)| *emoji != key.0);
        if *is_there && (count == REACTIONS_MAX || is_new && present.len() == REACTION_KINDS_MAX) {
            return Err(OutOfBounds::new("emoji", "").into());
        }
        reactions.insert(key.clone(), (seq, *is_there));
        space.next();
        self.publish(id, seq, told(*message, &key, *is_there));
        Ok(seq)
    }
}

impl Reactions {
    /// The message as a page brings it.
    pub fn on(&self, row: &Intention) -> Intention {
        let mut present: Vec<_> = self.0.iter().filter(|(_, (_, is_there))| *is_there).collect();
        present.sort_by_key(|(_, (seq, _))| *seq);
        let mut reactions: Vec<Reaction> = vec![];
        for ((emoji, by), _) in present {
            match reactions.iter_mut().find(|kind| kind.emoji == *emoji) {
                Some(kind) => kind.by.push(by.clone()),
                None => reactions.push(Reaction { emoji: emoji.clone(), by: vec![by.clone()] }),
            }
        }
        let reactions_seq = self.0.values().map(|(seq, _)| *seq).max().unwrap_or_default();
        Intention { reactions, reactions_seq, ..row.clone() }
    }

    /// Each, with the event that tells it.
    pub fn told(&self, message: MessageId) -> impl Iterator<Item = (Seq, SyncEvent)> {
        self.0.iter().map(move |(key, (seq, is_there))| (*seq, told(message, key, *is_there)))
    }
}

fn told(message_id: MessageId, (emoji, by): &(String, BeingId), is_there: bool) -> SyncEvent {
    let (emoji, being_id) = (emoji.clone(), by.clone());
    match is_there {
        true => SyncEvent::ReactionAdded(ReactionAdded { message_id, emoji, being_id }),
        false => SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }),
    }
}
