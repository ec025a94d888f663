//! The only place where the replica meets signals. An event goes into the replica, and the one
//! change that comes out touches one signal: no list is ever replaced by another, except by a
//! `space-sync`.
//!
//! The screen reads texts from the replica itself; the signals only say what to read again.

mod actions;
mod growth;
mod inner;
mod keeping;
mod overlay;
mod pages;
mod tabs;
mod visits;
mod voice;
mod wire;
mod word;

use std::collections::HashMap;

use leptos::prelude::*;

use growth::Growth;
use inner::{Held, Inner};
pub use overlay::Pending;
pub use pages::Page;
use pages::Pages;
pub use visits::{kept_visits, space_at};

use crate::{
    backend::Visit,
    protocol::{Being, BeingId, Intention, MessageId, SpaceId},
    replica::{Change, Entry, Link},
};

/// Who goes on within so many minutes has not begun anew.
const SOON_MINUTES: u32 = 5;

/// One space on the screen. A handle to copy around; it lives as long as the page that opened it.
#[derive(Clone, Copy)]
pub struct Session {
    inner: Held,
    pages: Pages,
    roster_changed: Trigger,
    outbox_changed: Trigger,
    link_changed: Trigger,
    has_earlier: RwSignal<bool>,
    /// Earlier messages are on their way.
    is_loading: RwSignal<bool>,
    is_revoked: RwSignal<bool>,
    /// What a screen reader is to say: at most one message, and the change that it is about.
    announced: Trigger,
    /// Something that went wrong, in words.
    notice: RwSignal<Option<String>>,
    space_changed: Trigger,
    /// I said something.
    spoke: Trigger,
    /// The focus is to go to the composer.
    composer_wanted: Trigger,
}

impl Session {
    /// Shows what was first seen. Nothing is fetched until [`start`](Self::start).
    pub fn new(visit: Visit) -> Self {
        let inner = Inner::new(visit, use_context());
        let replica = &inner.replica;
        let ids: Vec<_> = replica.timeline().iter().map(|row| row.message_id).collect();
        let has_earlier = replica.timeline().has_earlier();
        Self {
            pages: Pages::new(ids),
            roster_changed: Trigger::new(),
            outbox_changed: Trigger::new(),
            link_changed: Trigger::new(),
            has_earlier: RwSignal::new(has_earlier),
            is_loading: RwSignal::new(false),
            is_revoked: RwSignal::new(false),
            announced: Trigger::new(),
            notice: RwSignal::default(),
            space_changed: Trigger::new(),
            spoke: Trigger::new(),
            composer_wanted: Trigger::new(),
            inner: Held::new(inner),
        }
    }

    pub fn pages(self) -> Vec<Page> {
        self.pages.get()
    }

    pub fn roster(self) -> Vec<BeingId> {
        self.roster_changed.track();
        let ids =
            |inner: &Inner| inner.replica.roster().iter().map(|being| being.id.clone()).collect();
        self.inner.try_with_value(ids).unwrap_or_default()
    }

    pub fn outbox(self) -> Vec<Entry> {
        self.outbox_changed.track();
        let entries = |inner: &Inner| inner.outbox.iter().cloned().collect();
        self.inner.try_with_value(entries).unwrap_or_default()
    }

    pub fn link(self) -> Link {
        self.link_changed.track();
        self.link_untracked()
    }

    fn link_untracked(self) -> Link {
        self.inner.try_with_value(|inner| inner.link).unwrap_or(Link::Fine)
    }

    pub fn has_earlier(self) -> bool {
        self.has_earlier.get()
    }

    /// Whether earlier messages are on their way.
    pub fn is_loading(self) -> bool {
        self.is_loading.get()
    }

    /// Whether it is known that nothing was said here.
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
        self.inner.with_value(|inner| inner.space.clone())
    }

    pub fn me(self) -> BeingId {
        self.inner.with_value(|inner| inner.me.id.clone())
    }

    pub fn space_name(self) -> String {
        self.space_changed.track();
        let name = |inner: &Inner| inner.replica.roster().space().map(|space| space.name.clone());
        self.inner.with_value(name).unwrap_or_default()
    }

    /// Runs what reads it again whenever I say something.
    pub fn spoke(self) {
        self.spoke.track();
    }

    /// Runs what reads it again whenever the focus is to go to the composer.
    pub fn wants_composer(self) {
        self.composer_wanted.track();
    }

    pub fn want_composer(self) {
        self.composer_wanted.notify();
    }

    /// Reads something of a message, and reads it again whenever the message changes.
    pub fn message<T>(self, id: MessageId, read: impl FnOnce(&Intention) -> T) -> Option<T> {
        self.message_trigger(id).track();
        self.message_untracked(id, read)
    }

    pub fn message_untracked<T>(
        self,
        id: MessageId,
        read: impl FnOnce(&Intention) -> T,
    ) -> Option<T> {
        let row = |inner: &Inner| inner.replica.timeline().get(id).map(read);
        self.inner.try_with_value(row).flatten()
    }

    /// Whether a message goes on where the one above it ended: the same being, soon after.
    pub fn follows(self, id: MessageId) -> bool {
        self.message_trigger(id).track();
        let follows = |inner: &Inner| {
            let timeline = inner.replica.timeline();
            let (above, this) = (timeline.before(id)?, timeline.get(id)?);
            let (before, at) = (&above.created_at, &this.created_at);
            Some(above.owner_id == this.owner_id && is_soon_after(before.as_str(), at.as_str()))
        };
        self.inner.try_with_value(follows).flatten().unwrap_or(false)
    }

    /// Who said a message; none when they do not belong here any more. Who reads it listens to the
    /// message alone: a being outlives all that was said, and would remember whoever listened to it.
    pub fn author(self, id: MessageId) -> Option<Being> {
        self.message_trigger(id).track();
        let author = |inner: &Inner| {
            let row = inner.replica.timeline().get(id)?;
            inner.replica.roster().get(&row.owner_id).cloned()
        };
        self.inner.try_with_value(author).flatten()
    }

    /// Reads a being of this space; none when it does not belong.
    pub fn being<T>(self, id: &BeingId, read: impl FnOnce(&Being) -> T) -> Option<T> {
        self.being_trigger(id).track();
        self.inner.try_with_value(|inner| inner.replica.roster().get(id).map(read)).flatten()
    }

    /// What I am making of a message that I edit; none when I do not.
    pub fn draft(self, id: MessageId) -> Option<String> {
        self.inner.try_with_value(|inner| inner.drafts.get(&id).cloned()).flatten()
    }

    pub fn set_draft(self, id: MessageId, draft: Option<String>) {
        self.inner.try_update_value(|inner| match draft {
            Some(draft) => inner.drafts.insert(id, draft),
            None => inner.drafts.remove(&id),
        });
    }

    /// What a being is called here, or its id once it has left.
    pub fn name_of(self, id: &BeingId) -> String {
        self.being(id, |being| being.name.clone()).unwrap_or_else(|| id.to_string())
    }

    /// A row that is about to go may ask once more; what is gone gets no trigger to stay.
    fn message_trigger(self, id: MessageId) -> ArcTrigger {
        let trigger = |inner: &mut Inner| {
            inner.replica.timeline().get(id)?;
            Some(inner.messages.entry(id).or_default().clone())
        };
        self.inner.try_update_value(trigger).flatten().unwrap_or_default()
    }

    fn being_trigger(self, id: &BeingId) -> ArcTrigger {
        let trigger = |inner: &mut Inner| inner.beings.entry(id.clone()).or_default().clone();
        self.inner.try_update_value(trigger).unwrap_or_default()
    }

    /// Carries one change from the replica to the one signal it concerns.
    fn show(self, change: Change) {
        match change {
            Change::Replaced => self.show_all(),
            Change::MessageAdded(id) => {
                self.settle_outbox(id);
                self.announce(id, true);
                self.pages.insert(id);
                self.touch_below(id);
            }
            Change::MessageChanged(id) => self.touch_message(id),
            Change::AnswerEnded(id) => {
                self.announce(id, false);
                self.touch_message(id);
            }
            Change::TextAppended(id) => self.grow(id),
            Change::MessageRemoved(id) => {
                self.pages.remove(id);
                self.inner.try_update_value(|inner| {
                    inner.messages.remove(&id);
                    inner.growth.forget(id);
                    inner.taken_back.retain(|held| *held != id);
                });
                self.touch_below(id);
            }
            Change::EarlierLoaded(ids) => {
                let last = ids.last().copied();
                self.pages.put_in_front(ids);
                self.show_has_earlier();
                last.into_iter().for_each(|id| self.touch_below(id));
            }
            Change::BeingAdded(id) | Change::BeingRemoved(id) => {
                self.roster_changed.notify();
                self.touch_being(&id);
            }
            Change::BeingChanged(id) => self.touch_being(&id),
            Change::SpaceChanged => self.space_changed.notify(),
            Change::WentLive => {}
            Change::Revoked => {
                self.is_revoked.set(true);
                self.forget_visit();
            }
        }
    }

    fn show_all(self) {
        let ids: Vec<_> = self.inner.with_value(|inner| {
            inner.replica.timeline().iter().map(|row| row.message_id).collect()
        });
        ids.iter().for_each(|id| self.settle_outbox(*id));
        let beings = self.inner.try_update_value(|inner| {
            inner.messages.clear();
            inner.growth = Growth::default();
            inner.beings.clone()
        });
        self.pages.replace(ids);
        self.roster_changed.notify();
        self.show_has_earlier();
        // Every row of a message is built anew; what shows a being stays, and reads it again.
        beings.into_iter().flat_map(HashMap::into_values).for_each(|trigger| trigger.notify());
        self.space_changed.notify();
    }

    fn show_has_earlier(self) {
        let has_earlier = self.inner.with_value(|inner| inner.replica.timeline().has_earlier());
        if self.has_earlier.get_untracked() != has_earlier {
            self.has_earlier.set(has_earlier);
        }
    }

    fn touch_message(self, id: MessageId) {
        let trigger = self.inner.with_value(|inner| inner.messages.get(&id).cloned());
        trigger.into_iter().for_each(|trigger| trigger.notify());
    }

    /// The message below one that came or went may follow another now.
    fn touch_below(self, id: MessageId) {
        let below = self.inner.with_value(|inner| inner.replica.timeline().after(id));
        below.into_iter().for_each(|id| self.touch_message(id));
    }

    /// What shows a being reads it again, and so does all that it said.
    fn touch_being(self, id: &BeingId) {
        let (trigger, said) = self.inner.with_value(|inner| {
            let rows = inner.replica.timeline().iter().filter(|row| row.owner_id == *id);
            (inner.beings.get(id).cloned(), rows.map(|row| row.message_id).collect::<Vec<_>>())
        });
        trigger.into_iter().for_each(|trigger| trigger.notify());
        said.into_iter().for_each(|id| self.touch_message(id));
    }
}

/// Of two moments in RFC 3339. Across midnight one begins anew.
fn is_soon_after(before: &str, at: &str) -> bool {
    let minute = |moment: &str| {
        // The low half of a digit is what it stands for.
        let digit = |at| u32::from(moment.as_bytes().get(at).copied().unwrap_or_default() & 0xf);
        (digit(11) * 10 + digit(12)) * 60 + digit(14) * 10 + digit(15)
    };
    let between = minute(at).checked_sub(minute(before));
    before.get(..10) == at.get(..10) && between.is_some_and(|minutes| minutes < SOON_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::is_soon_after;

    #[test]
    fn who_goes_on_within_five_minutes_has_not_begun_anew() {
        for (before, at, is_soon) in [
            ("2026-11-23T14:01:20.123Z", "2026-11-23T14:01:20.123Z", true),
            ("2026-11-23T13:58:59.000Z", "2026-11-23T14:02:00.000Z", true),
            ("2026-11-23T14:01:00.000Z", "2026-11-23T14:06:00.000Z", false),
            ("2026-11-23T14:01:00.000Z", "2026-11-23T14:59:00.000Z", false),
            // A clock that was set back.
            ("2026-11-23T14:01:00.000Z", "2026-11-23T14:00:00.000Z", false),
            ("2026-11-23T23:59:00.000Z", "2026-11-24T00:00:00.000Z", false),
            ("2025-11-23T14:01:00.000Z", "2026-11-23T14:01:00.000Z", false),
        ] {
            assert_eq!(is_soon_after(before, at), is_soon, "{before} {at}");
        }
    }
}
