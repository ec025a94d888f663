//! Edits under way: an editor is open, and what is typed in it is saved like the composer's text.
//!
//! Always true: an edit whose message is gone is given back to the composer.

use protocol::{Epoch, MessageId};

use super::state::State;
use crate::{
    change::Change,
    effect::StoragePurpose,
    storage::{Found, Operation, Store, Write, id_in},
    tab_message::TabMessage,
};

/// An edit under way: its editor is open.
#[derive(Debug, Clone)]
pub struct Edit {
    pub message: MessageId,
    pub text: String,
    /// It was found on the device, and nobody has typed in it since.
    pub is_restored: bool,
    /// Contains the epoch: in another one the same id is another message.
    key: String,
    is_due: bool,
}

impl State {
    /// Opens the editor of a message, or saves what was typed in it after the debounce.
    pub fn save_edit(&mut self, message: MessageId, text: String) {
        let Some(key) = self.edit_key_now(message) else { return };
        let edit = Edit { message, text, is_restored: false, key, is_due: true };
        self.put_edit(edit);
        self.save_drafts_soon();
    }

    /// The editor was closed, and what was typed in it is not wanted any more.
    pub fn close_edit(&mut self, message: MessageId) {
        let is_it = |edit: &Edit| edit.message == message;
        if let Some(at) = self.edits.iter().position(is_it) {
            let edit = self.edits.remove(at);
            self.stored_texts.discard(&edit.key);
            self.flush_drafts();
            self.edit_is_over(edit.key);
        }
    }

    /// Another tab in which the same message is edited saves its own text again.
    pub fn edit_is_over(&mut self, key: String) {
        let (before, text, reply) = (String::new(), String::new(), None);
        self.post(&TabMessage::Draft { key, before, text, reply });
    }

    pub fn edit_writes(&mut self) -> Vec<Write> {
        let mut writes = Vec::new();
        for at in 0..self.edits.len() {
            let edit = &mut self.edits[at];
            if !std::mem::take(&mut edit.is_due) {
                continue;
            }
            let edit = edit.clone();
            let row = self.replica.timeline().get(edit.message);
            let says_nothing = !edit.has_news(row.map(|row| &*row.content));
            writes.extend(self.text_write(edit.key, edit.text, says_nothing));
        }
        writes
    }

    pub fn has_unsaved_edit(&self) -> bool {
        self.edits.iter().any(|edit| edit.is_due)
    }

    pub fn edits_are_due(&mut self) {
        self.edits.iter_mut().for_each(|edit| edit.is_due = true);
    }

    pub fn edit_is_due(&mut self, key: &str) {
        let of_it = self.edits.iter_mut().filter(|edit| edit.key == key);
        of_it.for_each(|edit| edit.is_due = true);
    }

    pub fn restore_edits(&mut self) {
        let prefix = self.edit_scope();
        self.store(StoragePurpose::LoadEdits, Operation::Read { store: Store::Drafts, prefix });
    }

    pub fn on_edits_loaded(&mut self, found: Found) {
        for (key, value) in found {
            let Some((message, text)) = id_in(&key).zip(value.into_text()) else { continue };
            self.stored_texts.add(&key, &text);
            let edit = Edit { message, text, is_restored: true, key, is_due: false };
            let row = self.replica.timeline().get(message);
            // It may have been sent, and its removal failed.
            if edit.has_news(row.map(|row| &*row.content)) {
                self.put_edit(edit);
                self.show(Change::EditRestored(message));
            } else {
                self.stored_texts.discard(&edit.key);
                self.save_drafts_soon();
            }
        }
        self.return_edits();
    }

    /// Gives the edits back whose messages are gone: deleted, or of a history that is over.
    pub fn return_edits(&mut self) {
        if !self.replica.is_live() {
            return; // what is shown may be old
        }
        let timeline = self.replica.timeline();
        let is_there = |edit: &Edit| {
            let is_of_now = self.edit_key_now(edit.message).as_ref() == Some(&edit.key);
            let is_loaded = timeline.covers(edit.message);
            is_of_now && (!is_loaded || timeline.get(edit.message).is_some())
        };
        let (kept, gone) = self.edits.iter().cloned().partition::<Vec<_>, _>(is_there);
        self.edits = kept;
        for edit in gone {
            self.stored_texts.discard(&edit.key);
            self.show(Change::EditReturned(edit.text));
            // Together with the draft that the composer makes of it.
            self.save_drafts_soon();
        }
    }

    fn put_edit(&mut self, edit: Edit) {
        match self.edits.iter_mut().find(|held| held.message == edit.message) {
            Some(held) => *held = edit,
            None => self.edits.push(edit),
        }
    }

    fn edit_key_now(&self, message: MessageId) -> Option<String> {
        self.replica.cursor().map(|cursor| self.edit_key(&cursor.epoch, message))
    }

    pub fn edit_key(&self, epoch: &Epoch, message: MessageId) -> String {
        format!("{}{epoch} {message}", self.edit_scope())
    }

    /// The prefix of the keys of edits. The composer's key is not one of them, nor does it begin theirs:
    /// an earlier build takes the last key that does for the composer's. An id contains no slash.
    fn edit_scope(&self) -> String {
        format!("{} {}/", self.me.id, self.space)
    }
}

impl Edit {
    /// Whether it says something that its message does not say.
    pub fn has_news(&self, said: Option<&str>) -> bool {
        !self.text.trim().is_empty() && said != Some(&*self.text)
    }
}
