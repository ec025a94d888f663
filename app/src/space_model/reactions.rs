//! The reactions to a message, with the reader's own as they are meant to be.

use client::Command;

use super::{SpaceModel, State};
use crate::shell::isolated;
use protocol::{MessageId, Reaction};

/// So many of those who reacted are named.
const NAMED_MAX: usize = 20;

impl SpaceModel {
    /// The kinds of reactions, and whether the reader's is among each. Tracks the message.
    pub fn reactions(self, id: MessageId) -> Vec<(Reaction, bool)> {
        self.track_message(id);
        let kinds = |state: &State| {
            let mut kinds = Vec::new();
            for kind in state.client.reactions(id) {
                let is_mine = kind.by.contains(&state.client.me().id);
                kinds.push((kind, is_mine));
            }
            kinds
        };
        self.state.try_with_value(kinds).unwrap_or_default()
    }

    /// Adds the reader's reaction, or takes it back where it is there.
    pub fn toggle_reaction(self, message: MessageId, emoji: String) {
        let is_mine = |state: &State| {
            let kinds = state.client.reactions(message);
            let kind = kinds.iter().find(|kind| kind.emoji == emoji);
            kind.is_some_and(|kind| kind.by.contains(&state.client.me().id))
        };
        let Some(is_mine) = self.state.try_with_value(is_mine) else { return };
        self.command(Command::React { message, emoji, is_there: !is_mine });
    }

    /// The names of those who reacted in this way, in the order in which they did.
    pub fn who_reacted(self, message: MessageId, emoji: &str) -> String {
        let names = |state: &State| {
            let mut names = String::new();
            let kinds = state.client.reactions(message);
            let Some(kind) = kinds.iter().find(|kind| kind.emoji == emoji) else { return names };
            for by in kind.by.iter().take(NAMED_MAX) {
                if !names.is_empty() {
                    names.push_str(", ");
                }
                match state.client.replica().roster().get(by) {
                    _ if *by == state.client.me().id => names.push_str("you"),
                    Some(being) => names.push_str(&isolated(&being.name)),
                    None => names.push_str(by.as_str()),
                }
            }
            if kind.by.len() > NAMED_MAX {
                names.push_str(", and ");
                names.push_str(&(kind.by.len() - NAMED_MAX).to_string());
                names.push_str(" more");
            }
            names
        };
        self.state.try_with_value(names).unwrap_or_default()
    }
}
