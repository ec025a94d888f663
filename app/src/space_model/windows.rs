//! Which part of the history is on the screen.

use client::{Command, Original};
use leptos::prelude::*;

use super::{SpaceModel, State};
use protocol::MessageId;

impl SpaceModel {
    /// Loads the page before the oldest message shown, unless it has been requested or there is
    /// none.
    pub fn load_earlier(self) {
        self.command(Command::LoadEarlier);
    }

    /// Loads the page after the newest message shown, in the same way.
    pub fn load_later(self) {
        self.command(Command::LoadLater);
    }

    /// Shows a message, wherever it stands in the history, unless it is known to be gone.
    pub fn jump_to(self, id: MessageId) {
        let is_gone = |state: &State| state.client.original(id) == Original::Deleted;
        if self.state.try_with_value(is_gone) == Some(false) {
            self.command(Command::Jump(id));
        }
    }

    /// Shows the newest messages.
    pub fn show_newest(self) {
        self.command(Command::ShowNewest);
    }

    /// Of the many messages that are shown, the reader is at this one.
    pub fn keep_around(self, id: MessageId) {
        self.command(Command::KeepAround(id));
    }

    /// Whether what is shown does not reach the end.
    pub fn has_later(self) -> bool {
        let signal = self.state.try_with_value(|state| state.has_later);
        signal.and_then(|signal| signal.try_get()).unwrap_or_default()
    }

    /// Tracks that many messages are shown.
    pub fn on_crowded(self) {
        self.state.with_value(|state| state.crowded).track();
    }

    /// The message that the reader wanted to see, once it is shown.
    pub fn reached(self) -> RwSignal<Option<MessageId>> {
        self.state.with_value(|state| state.reached)
    }

    pub(super) fn shows(self, id: MessageId) -> bool {
        let shows = |state: &State| state.client.replica().timeline().shows(id);
        self.state.try_with_value(shows).unwrap_or_default()
    }
}
