//! Announcements for screen readers, through a live region.

use leptos::prelude::*;

use super::SpaceModel;
use protocol::{BeingId, FailureReason, IntentionState, MessageId, Seq};

/// What a being has said.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// The position of the change it is about.
    pub seq: Seq,
    pub owner: BeingId,
    pub text: String,
}

impl SpaceModel {
    /// The latest announcement.
    pub fn announcement(self) -> Option<Announcement> {
        self.announced.track();
        self.state.try_with_value(|state| state.announcement.clone()).flatten()
    }

    /// Announces new messages of others once, as they arrive, and answers once they end; never
    /// history or the reader's own messages.
    pub(super) fn announce(self, id: MessageId, is_new: bool) {
        let row = self.state.with_value(|state| {
            let timeline = state.client.replica().timeline();
            let row = timeline.get(id).filter(|row| row.owner_id != state.client.me().id)?;
            let has_arrived = row.state != IntentionState::Active && timeline.after(id).is_none();
            let is_due = has_arrived || !is_new;
            let reason = row.reason.map_or("", FailureReason::in_words);
            is_due.then(|| (row.seq, row.owner_id.clone(), row.content.clone(), reason))
        });
        if let Some((seq, owner, content, reason)) = row {
            // Its words: nobody wants to hear the asterisks.
            let words = self.markdown().and_then(|markdown| markdown.words(&content));
            let text = format!("{} {reason}", words.unwrap_or(content)).trim_end().to_owned();
            let announcement = Announcement { seq, owner, text };
            self.state.try_update_value(|state| state.announcement = Some(announcement));
            self.announced.notify();
        }
    }
}
