//! The message that the composer's text replies to. It is part of the draft: kept with it, shared with it, and
//! gone when it is sent.
//!
//! Always true: it is stored together with the text that it belongs to, and holds for that text only. So
//! a text that a build stores which knows no replies, or another tab, replies to nothing by mistake. Its
//! key is none that such a build reads.

use protocol::{Cursor, MessageId};

use super::state::State;
use crate::{
    change::Change,
    storage::{Found, Write},
};

impl State {
    /// The message that the composer replies to. In another history the same id is another message.
    pub fn replying_to(&self) -> Option<MessageId> {
        let to = self.draft.reply.as_ref()?;
        let is_of_now = self.replica.cursor().is_some_and(|cursor| cursor.epoch == to.epoch);
        is_of_now.then(|| to.seq.as_message())
    }

    pub fn reply_to(&mut self, message: Option<MessageId>) {
        let place = |epoch, message: MessageId| Cursor { epoch, seq: message.created_at() };
        self.set_reply(self.epoch().zip(message).map(|(epoch, message)| place(epoch, message)));
        self.draft.is_due = true;
        self.save_drafts_soon();
    }

    pub fn set_reply(&mut self, to: Option<Cursor>) {
        if self.draft.reply != to {
            self.draft.reply = to;
            self.show(Change::ReplyChanged);
        }
    }

    pub fn reply_key(&self) -> String {
        [self.me.id.as_str(), " ", self.space.as_being().as_str(), ":reply"].concat()
    }

    /// The record that the device keeps beside the present draft.
    pub fn reply_record(&self) -> Option<String> {
        let to = self.draft.reply.as_ref()?.to_string();
        Some([&to, "\n", &self.draft.text].concat())
    }

    pub fn reply_write(&mut self) -> Option<Write> {
        let (key, record) = (self.reply_key(), self.reply_record());
        let is_none = record.is_none();
        self.text_write(key, record.unwrap_or_default(), is_none)
    }

    /// The draft among what is stored, and the record of its reply.
    pub fn draft_in(&self, found: Found) -> (String, String) {
        let (scope, reply_key) = (self.scope(), self.reply_key());
        let (mut text, mut record) = (String::new(), String::new());
        for (key, value) in found {
            let Some(value) = value.into_text() else { continue };
            if key == scope {
                text = value;
            } else if key == reply_key {
                record = value;
            }
        }
        (text, record)
    }
}

/// What the text replies to, by a record.
pub fn reply_in(record: &str, text: &str) -> Option<Cursor> {
    let (to, of) = record.split_once('\n')?;
    if of == text { to.parse().ok() } else { None }
}
