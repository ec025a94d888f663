//! What a reader does in a space. Each is a command to the client; what comes of it is a change.

use std::{collections::VecDeque, sync::Arc};

use client::{Command, Effect, Entry, Input, Op, PendingChange};
use leptos::prelude::*;

use super::{LoadedVersions, SpaceModel, State, state::SendTaker};
use crate::{
    mention,
    platform::{Browser, GrowingMarkdown, Markdown},
};
use protocol::{BeingId, Intention, IntentionId, MessageId};

impl SpaceModel {
    /// Goes live from the cursor of the snapshot shown. Does nothing without a browser.
    pub fn start(self) {
        let Some(browser) = self.browser() else { return };
        browser.driver.start(Box::new(move |input| self.take(input)));
        self.take(Input::Start { is_visible: browser.document.is_visible() });
        if let Some(markdown) = self.markdown() {
            markdown.load(Box::new(move || self.is_markdown_loaded.notify()));
        }
    }

    /// Takes what has happened, one after the other, also where one leads to the next at once.
    fn take(self, input: Input) {
        let is_taking = self.state.try_update_value(|state| {
            let is_taking = state.inputs.is_some();
            state.inputs.get_or_insert_default().push_back(input);
            is_taking
        });
        if is_taking != Some(false) {
            return;
        }
        while let Some((effects, browser)) = self.state.try_update_value(State::next).flatten() {
            for effect in effects {
                match effect {
                    Effect::Show(change) => self.show(change),
                    effect => browser.driver.execute(effect),
                }
            }
        }
    }

    pub(super) fn command(self, command: Command) {
        self.take(Input::Command(command));
    }

    /// Sends a message: it is in the outbox at once, and in the space when the server accepts it.
    pub fn send_message(self, content: String) {
        self.command(Command::Send(content));
        self.message_sent.notify();
    }

    /// Edits a message of mine.
    pub fn edit(self, id: MessageId, content: String) {
        self.command(Command::Edit(id, content));
    }

    /// Deletes a message of mine.
    pub fn delete(self, id: MessageId) {
        self.command(Command::Delete(id));
    }

    /// Removes a refused operation.
    pub fn discard(self, id: IntentionId) {
        self.command(Command::Discard { id, is_any: false });
    }

    /// Removes an operation that will not be sent any more.
    pub fn throw_away(self, id: IntentionId) {
        self.command(Command::Discard { id, is_any: true });
    }

    /// Removes a refused operation so that it can be edited: an edit opens again in its message;
    /// the text of anything else goes back to the composer.
    pub fn edit_again(self, id: IntentionId) {
        let refused = |state: &State| state.client.outbox().get(id).map(|entry| entry.op.clone());
        let Some(op) = self.state.try_with_value(refused).flatten() else { return };
        let reply_to = op.reply_to();
        self.discard(id);
        match op {
            Op::Edit { message_id, content, .. }
                if self.message_untracked(message_id, |_| ()).is_some() =>
            {
                self.open_editor(message_id, content);
            }
            op => {
                if reply_to.is_some() {
                    self.reply_to(reply_to);
                }
                op.content().into_iter().for_each(|text| self.return_text(text.to_owned()));
            }
        }
    }

    /// Opens the editor of the reader's last message. Returns whether it did: not while a later one is on
    /// its way, which the reader would mean.
    pub fn edit_last_message(self) -> bool {
        let last = self.state.try_with_value(|state| {
            let client = &state.client;
            let is_mine = |row: &&Intention| row.owner_id == client.me().id;
            let id = client.replica().timeline().live().rev().find(is_mine)?.message_id;
            let is_on_its_way = |entry: &Entry| entry.op.changes().is_none() && !entry.is_refused();
            let is_busy = client.pending(id) == Some(PendingChange::Deletion)
                || client.edits().iter().any(|edit| edit.message == id)
                || client.outbox().iter().any(is_on_its_way);
            (!is_busy).then_some(id)
        });
        let Some(id) = last.flatten() else { return false };
        if !self.shows(id) {
            self.jump_to(id);
        }
        untrack(|| self.text(id)).into_iter().for_each(|text| self.open_editor(id, text));
        true
    }

    fn open_editor(self, id: MessageId, text: String) {
        self.save_edit(id, text);
        self.notify_message(id);
    }

    /// Sends a refused operation again.
    pub fn resend(self, id: IntentionId) {
        self.command(Command::Resend(id));
    }

    /// Stops an answer for everyone. Its event updates the screen.
    pub fn stop(self, id: MessageId) {
        self.command(Command::Stop(id));
    }

    /// Marks a message and all after it as unread.
    pub fn mark_unread(self, id: MessageId) {
        self.command(Command::MarkUnread(id));
    }

    /// Generates an answer again, in its place.
    pub fn retry(self, id: MessageId) {
        self.command(Command::Retry(id));
    }

    /// Loads the earlier versions of an answer and passes them to `take`.
    pub fn load_versions(self, id: MessageId, take: impl FnOnce(LoadedVersions) + 'static) {
        let take = SendTaker::new(take);
        self.state.try_update_value(|state| state.on_versions.push((id, take)));
        self.command(Command::LoadVersions(id));
    }

    /// Creates an invite link and passes it to `show`.
    pub fn invite(self, show: impl FnOnce(String) + 'static) {
        let show = SendTaker::new(show);
        self.state.try_update_value(|state| state.on_invite = Some(show));
        self.command(Command::Invite);
    }

    /// Removes another member. Its event updates the screen.
    pub fn remove_member(self, id: BeingId) {
        self.command(Command::RemoveMember(id));
    }

    /// Leaves the space and navigates away.
    pub fn leave(self) {
        self.command(Command::Leave);
    }

    /// Opens the editor of a message with this text, or saves on the device what was typed in it.
    pub fn save_edit(self, id: MessageId, text: String) {
        self.command(Command::SaveEdit(id, text));
    }

    /// Closes the editor of a message, and discards what was typed in it.
    pub fn close_edit(self, id: MessageId) {
        self.command(Command::CloseEdit(id));
    }

    /// Saves the text in the composer on the device.
    pub fn save_draft(self, draft: String) {
        self.command(Command::SaveDraft(draft));
    }

    /// Passes the saved draft to `take`; an empty text if there is none.
    pub fn restore_draft(self, take: impl FnOnce(String) + 'static) {
        let take = SendTaker::new(take);
        self.state.try_update_value(|state| state.on_draft = Some(take));
        self.command(Command::RestoreDraft);
    }

    pub fn can_copy(self) -> bool {
        self.browser().is_some_and(|browser| browser.document.can_copy())
    }

    pub fn copy(self, text: &str, on_copied: impl FnOnce() + 'static) {
        if let Some(browser) = self.browser() {
            browser.document.copy(text, Box::new(on_copied));
        }
    }

    /// The browser's clock, in milliseconds; `None` without a browser.
    pub fn now(self) -> Option<u64> {
        Some(self.browser()?.timers.now().0)
    }

    /// In Unicode's compatibility form; as it is where there is no browser.
    pub fn normalized(self, text: &str) -> String {
        let in_form = |browser: Browser| browser.document.normalized(text);
        self.browser().map_or_else(|| text.to_owned(), in_form)
    }

    /// Whether the primary pointer is a finger.
    pub fn has_coarse_pointer(self) -> bool {
        self.browser().is_some_and(|browser| browser.document.has_coarse_pointer())
    }

    /// The text of a message as HTML. Tracks that it can be rendered, where it cannot yet.
    pub fn html(self, text: &str) -> Option<String> {
        self.track_markdown();
        self.markdown()?.html(text)
    }

    /// Tracks that texts can be rendered.
    pub fn track_markdown(self) {
        self.is_markdown_loaded.track();
    }

    /// A renderer for a text that grows; `None` while there is none.
    pub fn growing_markdown(self) -> Option<Box<dyn GrowingMarkdown>> {
        self.markdown()?.grow()
    }

    /// Whom texts may mention, from now on.
    pub(super) fn tell_who_is_here(self) {
        if let Some(markdown) = self.markdown() {
            let mut beings = untrack(|| self.roster());
            beings.push(BeingId::everyone());
            markdown.know(beings);
        }
    }

    /// The beings that a message mentions and that are not here: others than the space, and than all. Tracks
    /// the message, which is notified when one of them comes or goes, and, if it may mention somebody, that
    /// texts can be read.
    pub fn absent(self, id: MessageId) -> Vec<BeingId> {
        let text = self.text(id).filter(|text| text.contains(mention::SIGNS));
        let Some(text) = text else { return Vec::new() };
        self.track_markdown();
        let mentioned = self.markdown().and_then(|markdown| markdown.mentions(&text));
        let is_absent = |state: &State, being: &BeingId| {
            !being.is_everyone() && state.client.replica().roster().get(being).is_none()
        };
        let mut absent = mentioned.unwrap_or_default();
        self.state.try_with_value(|state| absent.retain(|being| is_absent(state, being)));
        absent
    }

    pub(super) fn markdown(self) -> Option<Arc<dyn Markdown>> {
        self.state.try_with_value(|state| state.markdown.clone()).flatten()
    }

    pub(super) fn browser(self) -> Option<Browser> {
        self.state.try_with_value(|state| state.browser.clone()).flatten()
    }
}

impl State {
    /// Passes the next input to the client; `None` once there is none.
    fn next(&mut self) -> Option<(Vec<Effect>, Browser)> {
        let browser = self.browser.clone();
        let next = self.inputs.as_mut().and_then(VecDeque::pop_front).zip(browser);
        let Some((input, browser)) = next else {
            self.inputs = None;
            return None;
        };
        let timers = &browser.timers;
        let effects = self.client.handle(input, timers.now(), &mut || timers.random());
        Some((effects, browser))
    }
}
