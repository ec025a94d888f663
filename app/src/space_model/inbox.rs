//! What is new in the reader's spaces, and how far this one is read.

use client::{Command, SpaceNews};
use leptos::prelude::*;

use super::{SpaceModel, State};
use protocol::{Level, MessageId};

impl SpaceModel {
    /// The reader's spaces, as they are listed.
    pub fn spaces(self) -> RwSignal<Vec<SpaceNews>> {
        self.state.with_value(|state| state.spaces)
    }

    /// How many messages in all spaces call for the reader.
    pub fn calls(self) -> u64 {
        self.spaces().with(|spaces| spaces.iter().map(|of| of.calls).sum())
    }

    /// How many messages are unread in this space.
    pub fn unread(self) -> u64 {
        self.read_open(|news| news.unread).unwrap_or_default()
    }

    /// Whether anything is unread in this space, also where the reader wants to hear nothing of it.
    pub fn has_unread(self) -> bool {
        self.state.try_with_value(|state| state.client.has_unread()).unwrap_or_default()
    }

    /// Of what the reader wants to hear from this space.
    pub fn level(self) -> Level {
        self.read_open(|news| news.level).unwrap_or_default()
    }

    /// `None` once the page is gone, too.
    fn read_open<T>(self, read: impl FnOnce(&SpaceNews) -> T) -> Option<T> {
        let of = |state: &State| (state.spaces, state.client.space().clone());
        let (spaces, space) = self.state.try_with_value(of)?;
        let is_it = |of: &&SpaceNews| of.space.id == *space.as_being();
        spaces.try_with(|spaces| spaces.iter().find(is_it).map(read)).flatten()
    }

    pub(super) fn show_spaces(self) {
        let of = |state: &State| (state.spaces, state.client.spaces().to_vec());
        if let Some((signal, spaces)) = self.state.try_with_value(of) {
            signal.try_set(spaces);
        }
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
