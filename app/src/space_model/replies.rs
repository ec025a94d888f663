//! What messages reply to, and the message that the composer replies to.

use client::{Command, Original};
use leptos::prelude::*;

use super::{SpaceModel, State};
use protocol::{Intention, MessageId};

/// What a quote says of the message that it is of.
#[derive(Default)]
pub struct Quote {
    /// The name; empty where the message is not there.
    pub author: String,
    /// As it was written.
    pub text: String,
}

impl SpaceModel {
    /// The next message replies to this one, or to none. The writer goes on in the composer.
    pub fn reply_to(self, id: Option<MessageId>) {
        self.command(Command::ReplyTo(id));
        self.focus_composer();
    }

    /// The message that the composer replies to.
    pub fn replying_to(self) -> Option<MessageId> {
        let replying_to = |state: &State| {
            state.reply_changed.track();
            state.client.replying_to()
        };
        self.state.try_with_value(replying_to).flatten()
    }

    /// What is quoted of a message; `by` is the message that replies to it, if it is in the space already.
    /// Tracks that, and asks for what is not known.
    pub fn quote(self, by: Option<MessageId>, of: MessageId) -> Quote {
        match by {
            Some(by) => self.track_message(by),
            None => drop(self.state.try_with_value(|state| state.quotes_changed.track())),
        }
        let mut is_unknown = false;
        let quote = self.state.try_with_value(|state| match state.client.original(of) {
            Original::Unknown => {
                is_unknown = true;
                Quote { author: String::new(), text: "An earlier message".to_owned() }
            }
            Original::Deleted => {
                Quote { author: String::new(), text: "The message was deleted.".to_owned() }
            }
            Original::There(row) => {
                let author = state.client.replica().roster().get(&row.owner_id);
                let name = author.map_or(row.owner_id.as_str(), |author| &author.name);
                Quote { author: name.to_owned(), text: row.content.clone() }
            }
        });
        if is_unknown {
            self.command(Command::LoadOriginal(of));
        }
        quote.unwrap_or_default()
    }

    /// Whether a message stands directly below another. Tracks it.
    pub fn is_below(self, id: MessageId, other: MessageId) -> bool {
        self.track_message(id);
        let above = |state: &State| Some(state.client.replica().timeline().before(id)?.message_id);
        self.state.try_with_value(above).flatten() == Some(other)
    }

    /// The address of a message.
    pub fn permalink(self, id: MessageId) -> String {
        ["/spaces/", self.space().as_being().as_str(), "?at=", &id.to_string()].concat()
    }

    /// Has those quote a message again that reply to it.
    pub(super) fn notify_quotes(self, of: MessageId) {
        self.notify_where(&|row, _| row.reply_to == Some(of));
        let trigger = self.state.try_with_value(|state| state.quotes_changed);
        trigger.into_iter().for_each(|trigger| trigger.notify());
    }

    /// Notifies the messages that fit.
    pub(super) fn notify_where(self, fits: &dyn Fn(&Intention, &State) -> bool) {
        let mut messages = Vec::new();
        self.state.with_value(|state| {
            let rows = state.client.replica().timeline().iter();
            messages.extend(rows.filter(|row| fits(row, state)).map(|row| row.message_id));
        });
        messages.into_iter().for_each(|id| self.notify_message(id));
    }
}
