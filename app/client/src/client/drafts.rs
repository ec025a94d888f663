//! Unsent texts: the composer's, and those of edits (`edits.rs`). They are saved on the device after a
//! pause in typing. Their keys contain the author and the space, so that another user who signs in here
//! does not see them.
//!
//! Always true:
//! - A text leaves the disk only in a transaction that stores what it was sent as, once that was
//!   delivered, or because its author has cleared or discarded it; and never a text that another tab has
//!   stored in its place since.
//! - All tabs of a device share the draft of a space. A tab shows what is typed in another one, unless its
//!   own reader has typed something else. Then each tab keeps its own draft, and the first of them that
//!   leaves the screen joins the two.

use protocol::{Cursor, IntentionId};

use super::{delivery::STORE_AGAIN_MILLIS, replies::reply_in, state::State};
use crate::{
    change::Change,
    effect::{Effect, StoragePurpose, Timer},
    outbox::Op,
    storage::{Found, Operation, StorageError, Store, Value, Write},
    tab_message::TabMessage,
};

/// Debounce: what is written is saved this long after the first unsaved keystroke.
const DRAFT_DEBOUNCE_MILLIS: u64 = 300;

/// The composer's text, as far as the tabs of a device share it.
#[derive(Debug, Default)]
pub struct Draft {
    pub text: String,
    /// The message that it replies to, by the position that created it.
    pub reply: Option<Cursor>,
    pub is_due: bool,
    /// What this tab last told the others, or heard from them.
    shared: String,
    shared_reply: Option<Cursor>,
    /// What another tab has stored in its place.
    other: Option<String>,
    /// The draft was sent while it was being read from the disk: what is read is not shown.
    is_read_stale: bool,
}

/// The texts that this tab has stored, or has found on the disk.
#[derive(Debug, Default)]
pub struct StoredTexts {
    /// By key, oldest first. Of those under one key only one is on the disk: the last, unless it could not
    /// be stored, or another tab has stored another.
    texts: Vec<(String, String)>,
    /// The removals of texts that were sent, each with the entry that it was sent as.
    sent: Vec<(IntentionId, Write)>,
    /// The removals of texts that were discarded.
    pub discarded: Vec<Write>,
}

impl StoredTexts {
    pub fn add(&mut self, key: &str, text: &str) {
        self.texts.push((key.to_owned(), text.to_owned()));
    }

    /// The text has reached the disk: those before it are gone from there.
    fn settle(&mut self, key: &str, text: &str) {
        let is_it = |(of, held): &(String, String)| of == key && held == text;
        let Some(last) = self.texts.iter().rposition(is_it) else { return };
        let mut at = 0;
        self.texts.retain(|(of, _)| {
            at += 1;
            of != key || at > last
        });
    }

    /// Another tab stores this text under the key, or nothing.
    fn replace(&mut self, key: &str, text: &str) {
        self.texts.retain(|(of, _)| of != key);
        if !text.is_empty() {
            self.add(key, text);
        }
    }

    /// The removal of what this tab may have under a key; `None` if it has nothing there.
    pub fn removal(&mut self, key: &str) -> Option<Write> {
        let (mine, others) =
            std::mem::take(&mut self.texts).into_iter().partition::<Vec<_>, _>(|(of, _)| of == key);
        self.texts = others;
        let texts: Vec<_> = mine.into_iter().map(|(_, text)| text).collect();
        let key = key.to_owned();
        (!texts.is_empty()).then_some(Write::RemoveText { store: Store::Drafts, key, texts })
    }

    pub fn discard(&mut self, key: &str) {
        let removal = self.removal(key);
        self.discarded.extend(removal);
    }

    /// The text under this key is sent as this entry.
    fn send(&mut self, key: &str, id: IntentionId) {
        let removal = self.removal(key);
        self.sent.extend(removal.map(|removal| (id, removal)));
    }

    /// The removals that belong to an entry: they happen as it is stored, or once it is delivered.
    pub fn sent_as(&self, id: IntentionId) -> impl Iterator<Item = Write> {
        let of_it = self.sent.iter().filter(move |(of, _)| *of == id);
        of_it.map(|(_, removal)| removal.clone())
    }

    pub fn has_sent(&self, id: IntentionId) -> bool {
        self.sent.iter().any(|(of, _)| *of == id)
    }

    /// The text is a draft again: what was sent in its place takes it with it no more.
    fn take_back(&mut self, key: &str, text: &str, is_sent: impl Fn(IntentionId) -> bool) {
        for (id, write) in &mut self.sent {
            if let Write::RemoveText { key: of, texts, .. } = write
                && of == key
                && !is_sent(*id)
            {
                texts.retain(|held| held != text);
            }
        }
    }

    /// They have happened.
    pub fn forget_sent(&mut self, id: IntentionId) {
        self.sent.retain(|(of, _)| *of != id);
    }
}

impl State {
    /// Saves the draft after the debounce. A blank draft is deleted at once; one that was sent was
    /// deleted as its message was stored.
    pub fn save_draft(&mut self, text: String) {
        if text == self.draft.text {
            return;
        }
        let is_blank = text.trim().is_empty();
        self.draft.text = text;
        self.draft.is_due = true;
        if is_blank {
            self.flush_drafts();
        } else {
            self.save_drafts_soon();
        }
    }

    pub fn save_drafts_soon(&mut self) {
        if !std::mem::replace(&mut self.is_draft_due, true) {
            self.emit(Effect::SetTimer(Timer::Draft, DRAFT_DEBOUNCE_MILLIS));
        }
    }

    pub fn flush_drafts(&mut self) {
        if std::mem::take(&mut self.is_draft_due) {
            self.emit(Effect::ClearTimer(Timer::Draft));
        }
        let mut writes = self.edit_writes();
        if std::mem::take(&mut self.draft.is_due) {
            let (key, text) = (self.scope(), self.draft.text.clone());
            let is_blank = text.trim().is_empty();
            self.share_draft();
            writes.extend(self.text_write(key, text, is_blank));
            writes.extend(self.reply_write());
        }
        writes.append(&mut self.stored_texts.discarded);
        self.keep(StoragePurpose::SaveDrafts, writes);
    }

    pub fn text_write(&mut self, key: String, text: String, says_nothing: bool) -> Option<Write> {
        if says_nothing {
            return self.stored_texts.removal(&key);
        }
        self.stored_texts.add(&key, &text);
        Some(Write::Put { store: Store::Drafts, key, value: Value::Text(text) })
    }

    pub fn on_drafts_saved(&mut self, operation: Operation, result: &Result<Found, StorageError>) {
        let Operation::Write(writes) = operation else { return };
        if *result == Err(StorageError::Unavailable) {
            // The next key has it saved sooner.
            self.emit(Effect::SetTimer(Timer::Draft, STORE_AGAIN_MILLIS));
            self.is_draft_due = false;
        }
        for write in writes {
            match (write, result) {
                (Write::Put { key, value: Value::Text(text), .. }, Ok(_)) => {
                    self.stored_texts.settle(&key, &text);
                }
                (Write::Put { key, .. }, Err(_))
                    if key == self.scope() || key == self.reply_key() =>
                {
                    self.draft.is_due = true;
                }
                (Write::Put { key, .. }, Err(_)) => self.edit_is_due(&key),
                (removal, Err(_)) => self.stored_texts.discarded.push(removal),
                (_, Ok(_)) => {}
            }
        }
    }

    /// The page may never be seen again: what is not saved is saved, and two different drafts become one.
    pub fn leave_drafts(&mut self) {
        if let Some(other) = self.draft.other.take()
            && !self.draft.text.trim().is_empty()
        {
            if other.contains(&self.draft.text) {
                self.draft.text.clone_from(&other);
            } else if !self.draft.text.contains(&other) {
                self.draft.text = format!("{other}\n{}", self.draft.text);
            }
            self.draft.is_due = true;
            self.draft.shared = other;
            self.show(Change::DraftChanged(self.draft.text.clone()));
        }
        self.flush_drafts();
    }

    /// The browser has thrown away what it kept. Another tab may have stored its draft since, which this one
    /// may not have heard in the back/forward cache.
    pub fn save_drafts_again(&mut self) {
        self.draft.is_due = !self.draft.text.trim().is_empty() || self.draft.reply.is_some();
        self.edits_are_due();
        self.reload_draft();
        if self.has_unsaved_text() {
            self.save_drafts_soon();
        }
    }

    /// Tells the other tabs what has become of the draft; also that it is stored again, since another may
    /// have been in its place.
    fn share_draft(&mut self) {
        let (text, reply) = (self.draft.text.clone(), self.draft.reply.clone());
        let before = std::mem::replace(&mut self.draft.shared, text.clone());
        let reply_before = std::mem::replace(&mut self.draft.shared_reply, reply.clone());
        if !(before.is_empty() && text.is_empty() && reply_before == reply) {
            self.post(&TabMessage::Draft { key: self.scope(), before, text, reply });
        }
    }

    pub fn on_tab_draft(&mut self, key: String, before: &str, text: String, reply: Option<Cursor>) {
        if key != self.scope() {
            // Another tab has stored an edit. This tab may have had its own text of it there.
            self.edit_is_due(&key);
            return self.save_drafts_soon();
        }
        let mine = &self.draft.text;
        let is_same = *mine == text;
        // One that is only stored again stays where it is.
        let is_news = mine.trim().is_empty() && before != text;
        if is_same || mine == before || is_news {
            self.stored_texts.replace(&key, &text);
            let is_old_reply = is_same && reply == self.draft.shared_reply;
            self.draft.shared_reply.clone_from(&reply);
            self.draft.shared.clone_from(&text);
            self.draft.other = None;
            self.draft.text = text;
            // The other tab may be unable to store it, so this one does as it is left.
            self.draft.is_due |= !is_same;
            if !is_old_reply {
                self.draft.is_due |= self.draft.reply != reply;
                self.set_reply(reply);
                let record = self.reply_record().unwrap_or_default();
                self.stored_texts.replace(&self.reply_key(), &record);
            }
            if !is_same {
                self.show(Change::DraftChanged(self.draft.text.clone()));
            }
        } else if text.trim().is_empty() {
            // What the other tab has removed was in the place of this tab's.
            self.draft.other = None;
            self.draft.is_due = true;
            self.save_drafts_soon();
        } else {
            self.draft.other = Some(text);
        }
    }

    /// The operation is what an unsent text was sent as: it is not a draft any more. It leaves the disk
    /// in the transaction that stores the operation.
    pub fn send_text(&mut self, op: &Op) {
        let id = op.id();
        match op {
            Op::Send(_) => {
                self.draft.text.clear();
                self.set_reply(None);
                self.draft.is_due = false;
                self.draft.other = None;
                self.draft.is_read_stale = true;
                self.share_draft();
                for key in [self.scope(), self.reply_key()] {
                    self.stored_texts.send(&key, id);
                }
            }
            Op::Edit { epoch, message_id, .. } => {
                let key = self.edit_key(epoch, *message_id);
                self.edits.retain(|edit| edit.message != *message_id);
                self.edit_is_over(key.clone());
                self.stored_texts.send(&key, id);
            }
            Op::Delete { .. } | Op::React { .. } => {}
        }
        if !self.has_unsaved_text() && std::mem::take(&mut self.is_draft_due) {
            self.emit(Effect::ClearTimer(Timer::Draft));
        }
    }

    fn has_unsaved_text(&self) -> bool {
        self.draft.is_due || self.has_unsaved_edit() || !self.stored_texts.discarded.is_empty()
    }

    pub fn restore_draft(&mut self) {
        self.flush_drafts();
        self.load_draft(StoragePurpose::LoadDraft);
    }

    pub fn reload_draft(&mut self) {
        self.load_draft(StoragePurpose::ReloadDraft);
    }

    fn load_draft(&mut self, purpose: StoragePurpose) {
        self.draft.is_read_stale = false;
        // Of both of its keys.
        let prefix = self.scope().trim_end().to_owned();
        self.store(purpose, Operation::Read { store: Store::Drafts, prefix });
    }

    /// Takes the draft on the disk as if another tab had just told it. A draft that is not due is one that was
    /// on the disk before.
    pub fn on_draft_reloaded(&mut self, found: Found) {
        let (text, record) = self.draft_in(found);
        let reply = reply_in(&record, &text);
        if text.is_empty() && record.is_empty() && self.draft.text.is_empty() && self.draft.is_due {
            return; // a reply without words that was thrown away with all else is stored again
        }
        let is_known = text == self.draft.text && reply == self.draft.reply;
        if is_known || self.draft.is_read_stale {
            return;
        }
        let before = if self.draft.is_due { String::new() } else { self.draft.text.clone() };
        // One that is missing may have been sent, or thrown away with all else.
        let before = if text.is_empty() { String::new() } else { before };
        self.on_tab_draft(self.scope(), &before, text, reply);
    }

    pub fn on_draft_loaded(&mut self, found: Found) {
        let is_stale = self.draft.is_read_stale;
        let found = if is_stale { Found::new() } else { found };
        let (text, record) = self.draft_in(found);
        for (key, stored) in [(self.scope(), &text), (self.reply_key(), &record)] {
            if !stored.is_empty() {
                self.stored_texts.add(&key, stored);
                let outbox = &self.outbox;
                let said = |id| outbox.get(id).and_then(|entry| entry.op.content()) == Some(&text);
                self.stored_texts.take_back(&key, stored, said);
            }
        }
        let reply = reply_in(&record, &text);
        if self.draft.shared_reply.is_none() {
            self.draft.shared_reply.clone_from(&reply);
        }
        if self.draft.reply.is_none() {
            self.set_reply(reply);
        }
        if self.draft.text.trim().is_empty() {
            self.draft.text.clone_from(&text);
        }
        if self.draft.shared.is_empty() {
            self.draft.shared.clone_from(&text);
        }
        self.show(Change::DraftRestored(text));
    }
}
