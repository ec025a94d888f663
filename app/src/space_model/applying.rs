//! Applies changes: each notifies the signals that it concerns, and no others.

use client::{Change, Original};
use leptos::prelude::*;

use super::{SpaceModel, State, streaming::Streaming};
use crate::mention;
use protocol::{BeingId, MessageId};

impl SpaceModel {
    /// Passes one change of the replica on to the one signal it concerns.
    pub(super) fn show(self, change: Change) {
        match change {
            Change::Replaced => self.show_all(),
            Change::MessageAdded(id) => {
                self.announce(id, true);
                if self.shows(id) {
                    self.pages.insert(id);
                    self.notify_below(id);
                }
            }
            Change::MessageChanged(id) => {
                self.notify_message(id);
                self.notify_quotes(id);
            }
            Change::ReactionsChanged(id) => self.notify_message(id),
            Change::AnswerEnded(id) => {
                self.announce(id, false);
                self.notify_message(id);
                self.notify_quotes(id);
            }
            Change::TextAppended(id) => self.text_appended(id),
            Change::MessageRemoved(id) => {
                self.pages.remove(id);
                self.state.try_update_value(|state| {
                    state.messages.remove(&id);
                    state.streaming.forget(id);
                });
                self.notify_below(id);
                self.notify_quotes(id);
            }
            Change::EarlierLoaded(ids) => {
                let last = ids.last().copied();
                ids.iter().for_each(|id| self.notify_quotes(*id));
                self.pages.prepend(ids);
                self.show_ends();
                last.into_iter().for_each(|id| self.notify_below(id));
            }
            Change::LaterLoaded(ids) => {
                self.pages.append(ids);
                self.show_ends();
            }
            Change::WindowOpened => {
                self.pages.replace(self.shown());
                self.show_ends();
            }
            Change::Trimmed => self.trim(),
            Change::Crowded => self.state.with_value(|state| state.crowded).notify(),
            Change::Reached(id) => {
                if let Some(reached) = self.state.try_with_value(|state| state.reached) {
                    reached.try_set(Some(id));
                }
            }
            Change::BeingAdded(id) | Change::BeingRemoved(id) => {
                self.tell_who_is_here();
                self.roster_changed.notify();
                self.notify_being(&id);
                self.notify_mentions(&id);
            }
            Change::BeingChanged(id) => self.notify_being(&id),
            Change::SpaceChanged => self.space_changed.notify(),
            Change::WentLive => {}
            Change::InboxChanged => self.show_spaces(),
            Change::Revoked => self.is_revoked.set(true),
            Change::OutboxChanged => self.outbox_changed.notify(),
            Change::StatusChanged => self.status_changed.notify(),
            Change::LoadingChanged(is_loading) => drop(self.is_loading.try_set(is_loading)),
            Change::Notice(notice) => drop(self.notice.try_set(notice)),
            Change::DraftRestored(text) => {
                let take = self.state.try_update_value(|state| state.on_draft.take());
                take.flatten().into_iter().for_each(|taker| taker.take(text.clone()));
            }
            Change::DraftChanged(text) => {
                let signal = self.state.try_with_value(|state| state.draft_changed);
                signal.into_iter().for_each(|signal| drop(signal.try_set(Some(text.clone()))));
            }
            Change::ReplyChanged => {
                let trigger = self.state.try_with_value(|state| state.reply_changed);
                trigger.into_iter().for_each(|trigger| trigger.notify());
            }
            Change::OriginalChanged(id) => self.notify_quotes(id),
            Change::EditRestored(id) => self.notify_message(id),
            Change::EditReturned(text) => self.return_text(text),
            Change::VersionsLoaded(id, versions) => {
                let take = self.state.try_update_value(|state| {
                    let at = state.on_versions.iter().position(|(of, _)| *of == id)?;
                    Some(state.on_versions.swap_remove(at).1)
                });
                take.flatten().into_iter().for_each(|taker| taker.take(versions.clone()));
            }
            Change::InviteMade(url) => {
                let take = self.state.try_update_value(|state| state.on_invite.take());
                take.flatten().into_iter().for_each(|taker| taker.take(url.clone()));
            }
        }
    }

    fn show_all(self) {
        let ids = self.shown();
        let beings = self.state.try_update_value(|state| {
            state.messages.clear();
            state.streaming = Streaming::default();
            state.beings.values().cloned().collect::<Vec<_>>()
        });
        self.tell_who_is_here();
        self.pages.replace(ids);
        self.roster_changed.notify();
        self.show_ends();
        // Every message row is rendered again; views of a being stay and read it again.
        beings.into_iter().flatten().for_each(|trigger| trigger.notify());
        self.space_changed.notify();
    }

    fn shown(self) -> Vec<MessageId> {
        let ids = |state: &State| {
            state.client.replica().timeline().shown().map(|row| row.message_id).collect()
        };
        self.state.with_value(ids)
    }

    /// Whether there is more before and after what is shown.
    fn show_ends(self) {
        let (has_earlier, has_later, later) = self.state.with_value(|state| {
            let timeline = state.client.replica().timeline();
            (timeline.has_earlier(), timeline.has_later(), state.has_later)
        });
        for (signal, is_so) in [(self.has_earlier, has_earlier), (later, has_later)] {
            if signal.get_untracked() != is_so {
                signal.set(is_so);
            }
        }
    }

    /// Removes from the screen what the client has let go of.
    fn trim(self) {
        self.pages.retain(|id| self.shows(id));
        self.state.try_update_value(|state| {
            let timeline = state.client.replica().timeline();
            state.messages.retain(|id| timeline.shows(*id));
        });
        self.show_ends();
        // What they quote may be gone, and its changes pass unseen from now on.
        self.notify_where(&|row, _| row.reply_to.is_some());
        let first = self.shown().first().copied();
        first.into_iter().for_each(|id| self.notify_message(id));
    }

    pub(super) fn notify_message(self, id: MessageId) {
        let trigger = self.state.with_value(|state| state.messages.get(&id).cloned());
        trigger.into_iter().for_each(|trigger| trigger.notify());
    }

    /// The grouping of the message below one that was added or removed may have changed.
    fn notify_below(self, id: MessageId) {
        let below = self.state.with_value(|state| state.client.replica().timeline().after(id));
        below.into_iter().for_each(|id| self.notify_message(id));
    }

    /// Notifies the views of a being, of all its messages, and of the replies to them.
    fn notify_being(self, id: &BeingId) {
        let trigger = self.state.with_value(|state| state.beings.get(id).cloned());
        trigger.into_iter().for_each(|trigger| trigger.notify());
        self.notify_where(&|row, state| {
            let is_quoted = |of| {
                let original = state.client.original(of);
                matches!(original, Original::There(row) if row.owner_id == *id)
            };
            row.owner_id == *id || row.reply_to.is_some_and(is_quoted)
        });
        let trigger = self.state.try_with_value(|state| state.quotes_changed);
        trigger.into_iter().for_each(|trigger| trigger.notify());
    }

    /// Notifies the messages that may mention a being which has come or gone.
    fn notify_mentions(self, id: &BeingId) {
        self.notify_where(&|row, _| may_mention(&row.content, id));
    }
}

/// Whether the handle stands in the text, behind what begins a mention.
fn may_mention(text: &str, id: &BeingId) -> bool {
    let handle = &id.as_str().as_bytes()[1..];
    text.split(mention::SIGNS).skip(1).any(|rest| {
        rest.as_bytes().get(..handle.len()).is_some_and(|head| head.eq_ignore_ascii_case(handle))
    })
}

#[cfg(test)]
mod tests {
    use super::may_mention;

    #[test]
    fn a_text_may_mention_whose_handle_stands_behind_an_at_sign() {
        let sage = "@sage".parse().expect("an id");
        for (text, may) in [
            ("@sage", true),
            ("Ask ＠Sage.", true),
            ("@ada, @SAGE-2", true),
            ("@sag", false),
            ("sage", false),
            ("sage@ada", false),
            ("@ sage", false),
            ("", false),
        ] {
            assert_eq!(may_mention(text, &sage), may, "{text}");
        }
    }
}
