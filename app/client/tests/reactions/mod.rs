//! The reactions of a model's space, each with the position of its last change. One that was removed stays
//! as a tombstone, until its message is deleted. For the model servers of two simulations.

use std::collections::BTreeMap;

use protocol::{
    BeingId, Intention, MessageId, Reaction, ReactionAdded, ReactionRemoved, Seq, SyncEvent,
};

/// An emoji, and whose reaction it is.
type Key = (&'static str, BeingId);

#[derive(Clone, Default)]
pub struct Reactions(BTreeMap<MessageId, BTreeMap<Key, (Seq, bool)>>);

impl Reactions {
    /// Adds the reaction, or removes it where it is there.
    pub fn toggle(&mut self, seq: Seq, message: MessageId, key: Key) -> SyncEvent {
        let of_message = self.0.entry(message).or_default();
        let is_there = !of_message.get(&key).is_some_and(|(_, is_there)| *is_there);
        let event = told(message, &key, is_there);
        of_message.insert(key, (seq, is_there));
        event
    }

    /// The position of the last change of the message's reactions.
    pub fn seq(&self, message: MessageId) -> Seq {
        let all = self.0.get(&message).into_iter().flat_map(BTreeMap::values);
        all.map(|(seq, _)| *seq).max().unwrap_or_default()
    }

    pub fn has(&self, message: MessageId, key: &Key) -> bool {
        let all = self.0.get(&message);
        all.and_then(|all| all.get(key)).is_some_and(|(_, is_there)| *is_there)
    }

    /// The message is deleted.
    pub fn forget(&mut self, message: MessageId) {
        self.0.remove(&message);
    }

    /// The message as a page brings it.
    pub fn on(&self, row: &Intention) -> Intention {
        let Some(all) = self.0.get(&row.message_id) else { return row.clone() };
        let mut present: Vec<_> = all.iter().filter(|(_, (_, is_there))| *is_there).collect();
        present.sort_by_key(|(_, (seq, _))| *seq);
        let mut reactions: Vec<Reaction> = Vec::new();
        for ((emoji, by), _) in present {
            match reactions.iter_mut().find(|kind| kind.emoji == *emoji) {
                Some(kind) => kind.by.push(by.clone()),
                None => reactions.push(Reaction { emoji: (*emoji).into(), by: vec![by.clone()] }),
            }
        }
        let reactions_seq = all.values().map(|(seq, _)| *seq).max().unwrap_or_default();
        Intention { reactions, reactions_seq, ..row.clone() }
    }

    /// Each in its present state.
    pub fn rows(&self) -> impl Iterator<Item = (Seq, SyncEvent)> {
        self.0.iter().flat_map(|(message, all)| {
            all.iter().map(|(key, (seq, is_there))| (*seq, told(*message, key, *is_there)))
        })
    }
}

fn told(message_id: MessageId, (emoji, by): &Key, is_there: bool) -> SyncEvent {
    let (emoji, being_id) = ((*emoji).to_owned(), by.clone());
    match is_there {
        true => SyncEvent::ReactionAdded(ReactionAdded { message_id, emoji, being_id }),
        false => SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }),
    }
}

/// The message with its reactions in one order: a replica that was told the present state of each by a
/// catch-up may have them in another one than their rows.
pub fn unordered(mut row: Intention) -> Intention {
    row.reactions.iter_mut().for_each(|kind| kind.by.sort());
    row.reactions.sort_by(|one, other| one.emoji.cmp(&other.emoji));
    row
}
