//! What is new in the reader's spaces, and how far this one is read.

use client::{Command, SpaceNews};
use leptos::prelude::*;

use super::{SpaceModel, State};
use protocol::{BeingId, Level, MessageId};

impl SpaceModel {
    /// The reader's spaces, in the order in which they are listed.
    pub fn spaces(self) -> Vec<BeingId> {
        let ids = |spaces: &[SpaceNews]| spaces.iter().map(|of| of.space.id.clone()).collect();
        self.read_spaces(ids).unwrap_or_default()
    }

    pub fn space_news(self, id: &BeingId) -> Option<SpaceNews> {
        self.read_spaces(|spaces| spaces.iter().find(|of| of.space.id == *id).cloned()).flatten()
    }

    /// How many messages in all spaces mention the reader.
    pub fn mentions(self) -> u64 {
        self.read_spaces(|spaces| spaces.iter().map(|of| of.mentions).sum()).unwrap_or_default()
    }

    /// How many messages are unread in this space.
    pub fn unread(self) -> u64 {
        let space = self.space();
        self.space_news(space.as_being()).map_or(0, |news| news.unread)
    }

    pub fn unread_untracked(self) -> u64 {
        untrack(|| self.unread())
    }

    /// Of what the reader wants to hear from this space.
    pub fn level(self) -> Level {
        let space = self.space();
        self.space_news(space.as_being()).map_or(Level::default(), |news| news.level)
    }

    fn read_spaces<T>(self, read: impl FnOnce(&[SpaceNews]) -> T) -> Option<T> {
        self.state.try_with_value(|state| state.inbox_changed)?.track();
        self.state.try_with_value(|state| read(state.client.spaces()))
    }

    /// Whether the line stands before a message that says that it is new. Tracks the message.
    pub fn is_first_unread(self, id: MessageId) -> bool {
        self.track_message(id);
        let is_it = |state: &State| state.client.first_unread() == Some(id);
        self.state.try_with_value(is_it).unwrap_or_default()
    }

    /// The reader has scrolled: to this message, or to the end.
    pub fn look(self, up_to: Option<MessageId>, is_at_end: bool) {
        self.command(Command::Look { up_to, is_at_end });
    }

    pub fn set_level(self, level: Level) {
        self.command(Command::SetLevel(level));
    }

    /// Shows a number at the app's icon.
    pub fn badge(self, count: u64) {
        if let Some(browser) = self.browser() {
            browser.document.badge(count);
        }
    }
}
