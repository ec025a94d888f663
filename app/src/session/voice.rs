//! What a screen reader is told.

use leptos::prelude::*;

use super::Session;
use crate::protocol::{FailureReason, IntentionState, MessageId, Seq};

impl Session {
    /// At most one message, and the change that it is about.
    pub fn announcement(self) -> Option<(Seq, String)> {
        self.announced.track();
        self.inner.try_with_value(|inner| inner.announcement.clone()).flatten()
    }

    /// New messages of others are said once, as they come, and answers once they have ended; history
    /// and what I wrote are not.
    pub(super) fn announce(self, id: MessageId, is_new: bool) {
        let row = self.inner.with_value(|inner| {
            let timeline = inner.replica.timeline();
            let row = timeline.get(id).filter(|row| row.owner_id != inner.me.id)?;
            let has_come = row.state != IntentionState::Active && timeline.after(id).is_none();
            let is_to_be_said = has_come || !is_new;
            let reason = row.reason.map_or("", FailureReason::in_words);
            let words = format!("{} {reason}", row.content);
            is_to_be_said.then(|| (row.seq, row.owner_id.clone(), words))
        });
        if let Some((seq, owner, words)) = row {
            let name = untrack(|| self.name_of(&owner));
            let words = format!("{name}: {}", words.trim_end());
            self.inner.try_update_value(|inner| inner.announcement = Some((seq, words)));
            self.announced.notify();
        }
    }
}
