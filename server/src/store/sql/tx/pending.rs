//! Messages that wait to be written together.

use protocol::{Intention, MessageId, SpaceId};

use crate::domain::clock::Moment;

#[derive(Default)]
pub struct MessageBatch(Vec<NewMessage>);

/// A message as it is inserted.
pub struct NewMessage {
    pub space: SpaceId,
    pub intention: Intention,
    pub created_at: Moment,
    /// Its text begins where it does.
    pub is_answer: bool,
}

impl MessageBatch {
    pub fn push(&mut self, space: &SpaceId, new: &Intention, created_at: Moment, is_answer: bool) {
        let (space, intention) = (space.clone(), new.clone());
        self.0.push(NewMessage { space, intention, created_at, is_answer });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes so many of the first.
    pub fn take(&mut self, count: usize) -> impl Iterator<Item = NewMessage> {
        self.0.drain(..count)
    }

    /// The newest message of a space that waits.
    pub fn newest(&self, space: &SpaceId) -> Option<MessageId> {
        let newest = self.0.iter().rev().find(|new| new.space == *space);
        newest.map(|new| new.intention.message_id)
    }
}
