//! The only place where the client meets signals, and all it does is apply changes: each notifies one
//! signal, and no list is ever replaced, except by a `space-sync`.
//!
//! The screen reads texts from the client itself; signals only tell it what to read again.

mod actions;
mod announcer;
mod applying;
mod inbox;
mod pages;
mod reactions;
mod replies;
mod state;
mod streaming;
mod windows;

use client::{Edit, Entry, PendingChange, SpaceSnapshot, Status};
use leptos::prelude::*;

pub use announcer::Announcement;
pub use pages::Page;
use pages::Pages;
pub use replies::Quote;
pub use state::LoadedVersions;
use state::{State, StateHandle};

use protocol::{Being, BeingId, Intention, MessageId, SpaceDetails, SpaceId, Timestamp};

/// Consecutive messages by one author within this window are grouped.
const GROUP_WINDOW_MINUTES: u32 = 5;

/// One space on the screen. A `Copy` handle that lives as long as the page that created it.
#[derive(Clone, Copy)]
pub struct SpaceModel {
    state: StateHandle,
    pages: Pages,
    roster_changed: Trigger,
    outbox_changed: Trigger,
    status_changed: Trigger,
    has_earlier: RwSignal<bool>,
    /// Earlier messages have been requested.
    is_loading: RwSignal<bool>,
    is_revoked: RwSignal<bool>,
    /// The announcement for screen readers has changed.
    announced: Trigger,
    /// An error message for the reader.
    notice: RwSignal<Option<String>>,
    space_changed: Trigger,
    /// The reader has sent a message.
    message_sent: Trigger,
    /// The composer is to take the focus.
    composer_focus: Trigger,
    returned: RwSignal<Option<String>>,
    is_markdown_loaded: Trigger,
}

impl SpaceModel {
    /// Shows the snapshot. Nothing is requested until [`start`](Self::start).
    pub fn new(snapshot: SpaceSnapshot) -> Self {
        let state = State::new(snapshot, use_context(), use_context());
        let replica = state.client.replica();
        let ids: Vec<_> = replica.timeline().shown().map(|row| row.message_id).collect();
        let has_earlier = replica.timeline().has_earlier();
        let this = Self {
            pages: Pages::new(ids),
            roster_changed: Trigger::new(),
            outbox_changed: Trigger::new(),
            status_changed: Trigger::new(),
            has_earlier: RwSignal::new(has_earlier),
            is_loading: RwSignal::new(false),
            is_revoked: RwSignal::new(false),
            announced: Trigger::new(),
            notice: RwSignal::default(),
            space_changed: Trigger::new(),
            message_sent: Trigger::new(),
            composer_focus: Trigger::new(),
            returned: RwSignal::default(),
            is_markdown_loaded: Trigger::new(),
            state: StateHandle::new(state),
        };
        this.tell_who_is_here();
        this
    }

    pub fn pages(self) -> Vec<Page> {
        self.pages.get()
    }

    pub fn roster(self) -> Vec<BeingId> {
        self.roster_changed.track();
        let ids = |state: &State| {
            state.client.replica().roster().iter().map(|being| being.id.clone()).collect()
        };
        self.state.try_with_value(ids).unwrap_or_default()
    }

    pub fn outbox(self) -> Vec<Entry> {
        self.outbox_changed.track();
        let entries = |state: &State| state.client.outbox().iter().cloned().collect();
        self.state.try_with_value(entries).unwrap_or_default()
    }

    pub fn status(self) -> Status {
        self.status_changed.track();
        self.state.try_with_value(|state| state.client.status()).unwrap_or(Status::Online)
    }

    pub fn has_earlier(self) -> bool {
        self.has_earlier.get()
    }

    /// Whether earlier messages have been requested.
    pub fn is_loading(self) -> bool {
        self.is_loading.get()
    }

    /// Whether the space is known to have no messages.
    pub fn is_empty(self) -> bool {
        self.pages.is_empty()
    }

    pub fn is_revoked(self) -> bool {
        self.is_revoked.get()
    }

    pub fn notice(self) -> RwSignal<Option<String>> {
        self.notice
    }

    pub fn space(self) -> SpaceId {
        self.state.with_value(|state| state.client.space().clone())
    }

    pub fn me(self) -> BeingId {
        self.state.with_value(|state| state.client.me().id.clone())
    }

    pub fn founder(self) -> Option<BeingId> {
        self.state.with_value(|state| state.client.founder().cloned())
    }

    pub fn is_founder(self, id: &BeingId) -> bool {
        self.state.with_value(|state| state.client.founder() == Some(id))
    }

    /// Whether the reader may rename the space, and remove others from it.
    pub fn keeps_space(self) -> bool {
        self.state.with_value(|state| state.client.keeps_space())
    }

    /// Whether the reader may change how an AI being answers.
    pub fn may_change(self, ai: &BeingId) -> bool {
        self.state.with_value(|state| state.client.may_change(ai))
    }

    pub fn space_name(self) -> String {
        self.space_changed.track();
        self.state.with_value(|state| state.client.space_name())
    }

    /// What the space has besides its being. Tracks it.
    pub fn details<T>(self, read: impl FnOnce(&SpaceDetails) -> T) -> T {
        self.space_changed.track();
        self.state.with_value(|state| read(state.client.details()))
    }

    /// The sign-in page, which returns to this space.
    pub fn sign_in_url(self) -> String {
        self.state.with_value(|state| state.client.sign_in_path())
    }

    /// Tracks that the reader sends a message.
    pub fn on_message_sent(self) {
        self.message_sent.track();
    }

    /// Tracks that the composer is to take the focus.
    pub fn on_composer_focus(self) {
        self.composer_focus.track();
    }

    pub fn focus_composer(self) {
        self.composer_focus.notify();
    }

    /// Reads part of a message, and tracks the message.
    pub fn message<T>(self, id: MessageId, read: impl FnOnce(&Intention) -> T) -> Option<T> {
        self.track_message(id);
        self.message_untracked(id, read)
    }

    pub fn message_untracked<T>(
        self,
        id: MessageId,
        read: impl FnOnce(&Intention) -> T,
    ) -> Option<T> {
        let row = |state: &State| state.client.replica().timeline().get(id).map(read);
        self.state.try_with_value(row).flatten()
    }

    /// The text of a message, with the reader's unacknowledged edit applied.
    pub fn text(self, id: MessageId) -> Option<String> {
        match self.pending(id) {
            Some(PendingChange::Edit(content)) => Some(content),
            _ => self.message(id, |row| row.content.clone()),
        }
    }

    /// The reader's unacknowledged change to a message.
    pub fn pending(self, id: MessageId) -> Option<PendingChange> {
        self.track_message(id);
        self.state.try_with_value(|state| state.client.pending(id)).flatten()
    }

    /// Tracks a message without reading it.
    pub fn track_message(self, id: MessageId) {
        self.message_trigger(id).track();
    }

    /// When the message above was written. Tracks the message, which is notified when that changes.
    pub fn written_above(self, id: MessageId) -> Option<Timestamp> {
        self.track_message(id);
        let above =
            |state: &State| Some(state.client.replica().timeline().before(id)?.created_at.clone());
        self.state.try_with_value(above).flatten()
    }

    /// Has every message read itself again, because what time says about it has changed.
    pub fn refresh_messages(self) {
        let triggers = |state: &State| state.messages.values().cloned().collect::<Vec<_>>();
        let triggers = self.state.try_with_value(triggers).unwrap_or_default();
        triggers.into_iter().for_each(|trigger| trigger.notify());
    }

    /// Whether a message continues the one above it: same author, within the grouping window.
    pub fn follows(self, id: MessageId) -> bool {
        self.track_message(id);
        let follows = |state: &State| {
            let timeline = state.client.replica().timeline();
            let (above, this) = (timeline.before(id)?, timeline.get(id)?);
            let (before, at) = (&above.created_at, &this.created_at);
            Some(above.owner_id == this.owner_id && is_within_group(before.as_str(), at.as_str()))
        };
        self.state.try_with_value(follows).flatten().unwrap_or(false)
    }

    /// The author of a message; `None` if no longer a member. This tracks the message only: a being
    /// outlives its messages, and its trigger would hold on to every subscriber.
    pub fn author(self, id: MessageId) -> Option<Being> {
        self.track_message(id);
        let author = |state: &State| {
            let row = state.client.replica().timeline().get(id)?;
            state.client.replica().roster().get(&row.owner_id).cloned()
        };
        self.state.try_with_value(author).flatten()
    }

    /// Reads part of a being of this space and tracks it; `None` if it is not a member.
    pub fn being<T>(self, id: &BeingId, read: impl FnOnce(&Being) -> T) -> Option<T> {
        self.being_trigger(id).track();
        self.being_untracked(id, read)
    }

    /// The same, untracked.
    pub fn being_untracked<T>(self, id: &BeingId, read: impl FnOnce(&Being) -> T) -> Option<T> {
        let being = |state: &State| state.client.replica().roster().get(id).map(read);
        self.state.try_with_value(being).flatten()
    }

    /// The unsaved edit of a message; `None` if it is not being edited.
    pub fn edit_of(self, id: MessageId) -> Option<Edit> {
        let edit =
            |state: &State| state.client.edits().iter().find(|edit| edit.message == id).cloned();
        self.state.try_with_value(edit).flatten()
    }

    /// The edits that are open and differ from their messages.
    pub fn open_edits(self) -> Vec<Edit> {
        let edits = |state: &State| {
            let timeline = state.client.replica().timeline();
            let has_news =
                |edit: &&Edit| edit.has_news(timeline.get(edit.message).map(|row| &*row.content));
            state.client.edits().iter().filter(has_news).cloned().collect()
        };
        self.state.try_with_value(edits).unwrap_or_default()
    }

    /// A text that goes back to the composer: of a refused message, or of an edit whose message is gone.
    pub fn returned(self) -> RwSignal<Option<String>> {
        self.returned
    }

    /// What the composer says from now on: another tab has written it.
    pub fn draft_changed(self) -> RwSignal<Option<String>> {
        self.state.with_value(|state| state.draft_changed)
    }

    /// Puts it behind what was returned just before, and not taken yet.
    pub(super) fn return_text(self, text: String) {
        self.returned.try_update(|returned| {
            let before = returned.take().map(|before| before + "\n");
            *returned = Some(before.unwrap_or_default() + &text);
        });
    }

    /// The being's name, or its id once it has left.
    pub fn name_of(self, id: &BeingId) -> String {
        self.being(id, |being| being.name.clone()).unwrap_or_else(|| id.to_string())
    }

    /// A row that is being removed may ask once more; a message that is gone gets no lasting
    /// trigger.
    fn message_trigger(self, id: MessageId) -> ArcTrigger {
        let trigger = |state: &mut State| {
            state.client.replica().timeline().get(id)?;
            Some(state.messages.get_or_default(id).clone())
        };
        self.state.try_update_value(trigger).flatten().unwrap_or_default()
    }

    fn being_trigger(self, id: &BeingId) -> ArcTrigger {
        let trigger = |state: &mut State| state.beings.get_or_default(id.clone()).clone();
        self.state.try_update_value(trigger).unwrap_or_default()
    }
}

/// Compares two RFC 3339 timestamps. A new day starts a new group.
fn is_within_group(before: &str, at: &str) -> bool {
    let minute = |moment: &str| {
        // The low four bits of an ASCII digit are its value.
        let digit = |at| u32::from(moment.as_bytes().get(at).copied().unwrap_or_default() & 0xf);
        (digit(11) * 10 + digit(12)) * 60 + digit(14) * 10 + digit(15)
    };
    let between = minute(at).checked_sub(minute(before));
    before.get(..10) == at.get(..10)
        && between.is_some_and(|minutes| minutes < GROUP_WINDOW_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::is_within_group;

    #[test]
    fn messages_within_five_minutes_are_grouped() {
        for (before, at, is_grouped) in [
            ("2026-11-23T14:01:20.123Z", "2026-11-23T14:01:20.123Z", true),
            ("2026-11-23T13:58:59.000Z", "2026-11-23T14:02:00.000Z", true),
            ("2026-11-23T14:01:00.000Z", "2026-11-23T14:06:00.000Z", false),
            ("2026-11-23T14:01:00.000Z", "2026-11-23T14:59:00.000Z", false),
            // The clock was set back.
            ("2026-11-23T14:01:00.000Z", "2026-11-23T14:00:00.000Z", false),
            ("2026-11-23T23:59:00.000Z", "2026-11-24T00:00:00.000Z", false),
            ("2025-11-23T14:01:00.000Z", "2026-11-23T14:01:00.000Z", false),
        ] {
            assert_eq!(is_within_group(before, at), is_grouped, "{before} {at}");
        }
    }
}
