//! What a transaction found, when it began, of what its commands are about.

use std::collections::{BTreeSet, HashMap};

use protocol::{IntentionId, SpaceId};

use super::super::{
    super::tx::MessageRow,
    queries::{self, Position},
    query::Columns,
    rows,
};
use crate::domain::{
    command::{Command, SendMessage},
    members::SpaceState,
};

/// The rows of the spaces and the sends that a batch is about; None where there is no such row.
#[derive(Default)]
pub struct Found {
    spaces: HashMap<SpaceId, Option<Position>>,
    sent: HashMap<SpaceId, HashMap<IntentionId, Option<MessageRow>>>,
}

impl Found {
    /// What a batch of commands is about: its spaces, in the order of their ids, and the ids of its sends.
    pub fn asked<'c>(
        commands: impl Iterator<Item = &'c Command> + Clone,
    ) -> (BTreeSet<&'c SpaceId>, Vec<(&'c SpaceId, IntentionId)>) {
        let sends = commands.clone().filter_map(|command| match command {
            Command::SendMessage(SendMessage { space, id, .. }) => Some((space, *id)),
            _ => None,
        });
        let sends = sends.collect();
        (commands.filter_map(Command::space).collect(), sends)
    }

    /// None of these was found, until a row is [added](Self::add_space).
    pub fn none_of(spaces: &BTreeSet<&SpaceId>, sends: &[(&SpaceId, IntentionId)]) -> Self {
        let mut found = Self::default();
        found.spaces.extend(spaces.iter().map(|space| ((*space).clone(), None)));
        for (space, id) in sends {
            found.put_sent(space, *id, None);
        }
        found
    }

    /// Adds a row of a space: its id, its epoch, its head and its revision.
    pub fn add_space(&mut self, row: &impl Columns) -> sqlx::Result<()> {
        let space: SpaceId = rows::parsed(row.try_get(0)?)?;
        self.spaces.insert(space, Some(queries::stands(row, 1)?));
        Ok(())
    }

    /// Adds a row of a message, behind whose columns stands its space.
    pub fn add_sent(&mut self, row: &impl Columns) -> sqlx::Result<()> {
        let message = rows::message(row)?;
        let space: SpaceId = rows::parsed(row.try_get(row.len() - 1)?)?;
        self.put_sent(&space, message.intention.id, Some(message));
        Ok(())
    }

    /// What would most likely be found: spaces as they are remembered, and no message. None where a
    /// command is no send, or its space is not remembered.
    pub fn assumed<'c>(
        commands: impl Iterator<Item = &'c Command>,
        remembered: impl Fn(&SpaceId) -> Option<SpaceState>,
    ) -> Option<Self> {
        let mut found = Self::default();
        for command in commands {
            let Command::SendMessage(SendMessage { space, id, .. }) = command else { return None };
            if !found.spaces.contains_key(space) {
                let SpaceState { epoch, head, revision, .. } = remembered(space)?;
                found.spaces.insert(space.clone(), Some(Position { epoch, head, revision }));
            }
            found.put_sent(space, *id, None);
        }
        (!found.spaces.is_empty()).then_some(found)
    }

    /// None where nobody has looked.
    pub(super) fn space(&self, id: &SpaceId) -> Option<&Option<Position>> {
        self.spaces.get(id)
    }

    /// The message that was sent under this id before; None where nobody has looked.
    pub(super) fn sent(&self, space: &SpaceId, id: IntentionId) -> Option<Option<&MessageRow>> {
        self.sent.get(space)?.get(&id).map(Option::as_ref)
    }

    fn put_sent(&mut self, space: &SpaceId, id: IntentionId, row: Option<MessageRow>) {
        match self.sent.get_mut(space) {
            Some(sent) => sent.insert(id, row).and(None),
            None => self.sent.insert(space.clone(), HashMap::from([(id, row)])),
        };
    }
}
