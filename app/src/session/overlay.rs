//! What I wrote and what is not in the space yet, laid over what is.

use leptos::prelude::*;

use super::{Inner, Session};
use crate::{
    protocol::MessageId,
    replica::{Act, Entry},
};

/// What will become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    Edit(String),
    Deletion,
}

impl Session {
    /// What a message says, or will say once a change of mine is made.
    pub fn text(self, id: MessageId) -> Option<String> {
        match self.pending(id) {
            Some(Pending::Edit(content)) => Some(content),
            _ => self.message(id, |row| row.content.clone()),
        }
    }

    /// What I changed of a message that is not in the space yet.
    pub fn pending(self, id: MessageId) -> Option<Pending> {
        self.message_trigger(id).track();
        let pending = |inner: &Inner| match inner.outbox.change_of(id) {
            Some(Act::Edit { content, .. }) => Some(Pending::Edit(content.clone())),
            Some(_) => Some(Pending::Deletion),
            None => inner.taken_back.contains(&id).then_some(Pending::Deletion),
        };
        self.inner.try_with_value(pending).flatten()
    }

    /// A message of mine has arrived, by whichever road.
    pub(super) fn settle_outbox(self, id: MessageId) {
        let settled = self.inner.try_update_value(|inner| {
            let row = inner.replica.timeline().get(id)?;
            let (uuid, is_mine) = (row.id, row.owner_id == inner.me.id);
            is_mine.then(|| inner.outbox.handle_accepted(uuid)).flatten()
        });
        if let Some(entry) = settled.flatten() {
            // One tab lets it go for all.
            if self.leads() {
                self.let_go(&entry);
            } else {
                self.inner.try_update_value(|inner| inner.outbox.leave(entry));
            }
            self.show_outbox();
            self.send_next();
        }
    }

    /// Of what was kept, some may have arrived before the tab died.
    pub(super) fn settle_known(self) {
        let mine = self.inner.try_with_value(|inner| {
            let rows = inner.replica.timeline().iter();
            let is_kept = |id| inner.outbox.get(id).is_some();
            rows.filter(|row| is_kept(row.id)).map(|row| row.message_id).collect::<Vec<_>>()
        });
        mine.into_iter().flatten().for_each(|id| self.settle_outbox(id));
    }

    pub(super) fn show_outbox(self) {
        // The page may be gone by the time that an answer comes.
        let touched = self.inner.try_update_value(|inner| {
            let overlaid: Vec<_> = inner.outbox.changed().collect();
            let before = std::mem::replace(&mut inner.overlaid, overlaid.clone());
            [before, overlaid].concat()
        });
        if let Some(touched) = touched {
            self.outbox_changed.notify();
            touched.into_iter().for_each(|id| self.touch_message(id));
        }
    }

    pub(super) fn has_nothing_unsent(self) -> bool {
        self.inner.try_with_value(|inner| inner.outbox.iter().next().is_none()) == Some(true)
    }

    /// A command was answered: it is in the space.
    pub(super) fn settle(self, act: &Act) {
        let entry = self.inner.try_update_value(|inner| {
            if let Act::Delete { message_id, .. } = act
                && inner.replica.timeline().get(*message_id).is_some()
            {
                inner.taken_back.push(*message_id);
            }
            inner.outbox.handle_accepted(act.id())
        });
        let entry: Option<Entry> = entry.flatten();
        entry.iter().for_each(|entry| self.let_go(entry));
    }
}
