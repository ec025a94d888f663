//! What the reader has read in the space on the screen, and what the list of spaces shows.
//!
//! Always true:
//! - A message is read once it was in view while the page was visible. What arrives at the end of a page
//!   that is visible and scrolled to its end is never unread.
//! - One's own messages are never unread.

use protocol::{Level, MessageId, PutReadBody, limits::COUNT_MAX_MESSAGES};

use super::state::{State, Step};
use crate::{
    backoff::backoff_millis,
    change::Change,
    effect::{Effect, Timer},
    inbox::{Read, SpaceNews},
    input::Lifecycle,
    request::{ApiError, Purpose, Request, Response},
};

/// Between one read and the next; the first is sent at once.
const REST_MILLIS: u64 = 1_000;

impl State {
    /// How far the open space is read, as the inbox says.
    pub fn read_up_to(&self) -> Option<MessageId> {
        self.inbox.get(&self.space)?.read_up_to
    }

    /// The last message that is read; `None` while the inbox is not known.
    pub fn position(&self) -> Option<MessageId> {
        self.inbox.cursor()?;
        self.inbox.get(&self.space)?;
        Some(self.reads.position(self.read_up_to()).unwrap_or_default())
    }

    fn is_reading(&self) -> bool {
        let is_elsewhere = self.jump.is_some() || self.replica.timeline().has_later();
        self.is_visible && self.is_at_end && !self.has_marked_unread && !is_elsewhere
    }

    /// Messages up to this one were in view.
    pub fn look(&mut self, up_to: Option<MessageId>, is_at_end: bool) {
        self.is_at_end = is_at_end && !self.replica.timeline().has_later();
        if let Some(up_to) = up_to.filter(|_| self.is_visible && !self.has_marked_unread) {
            self.note_read(up_to);
        }
        self.read_along();
    }

    pub fn read_along(&mut self) {
        if self.is_reading() {
            let newest = self.replica.timeline().iter().next_back().map(|row| row.message_id);
            newest.into_iter().for_each(|id| self.note_read(id));
        }
        self.refresh_open();
    }

    fn note_read(&mut self, up_to: MessageId) {
        let Some(position) = self.position() else { return };
        let is_news = up_to > position
            && (!self.covers(position) || self.others_after(position).any(|id| id <= up_to));
        let read = Read { up_to, goes_back: false };
        if is_news && self.reads.note(read, self.read_up_to()) {
            self.then(Step::SendRead);
        }
    }

    /// This message, and what follows it, is unread again; also what is in view.
    pub fn mark_unread(&mut self, message: MessageId) {
        let up_to = MessageId(message.0.saturating_sub(1));
        self.reads.note(Read { up_to, goes_back: true }, self.read_up_to());
        self.has_marked_unread = true;
        self.set_first_unread(self.first_after(up_to));
        self.then(Step::SendRead);
        self.refresh_open();
    }

    pub fn send_read(&mut self) {
        let Some(epoch) = self.replica.cursor().map(|cursor| cursor.epoch.clone()) else { return };
        if let Some(Read { up_to, goes_back }) = self.reads.begin() {
            let body = PutReadBody { up_to, epoch: Some(epoch), unread: goes_back };
            self.call(Purpose::Read, Request::Read(body));
        }
    }

    pub fn on_read_answered(&mut self, result: &Result<Response, ApiError>, random: f64) {
        let wait = match result {
            Ok(_) => {
                self.reads.settle(self.read_up_to());
                REST_MILLIS
            }
            Err(ApiError::Refused { .. }) => {
                self.reads.refuse();
                REST_MILLIS
            }
            Err(error) => {
                let wait = backoff_millis(self.reads.fail(), random);
                match error {
                    ApiError::RetryLater { retry_after_seconds } => {
                        wait.max(retry_after_seconds * 1000)
                    }
                    _ => wait,
                }
            }
        };
        self.emit(Effect::SetTimer(Timer::Read, wait));
        self.refresh_open();
    }

    /// The next read need not wait any longer.
    pub fn wake_reads(&mut self) {
        self.reads.wake();
        self.then(Step::SendRead);
    }

    /// What happens to the page.
    pub fn read_on(&mut self, event: Lifecycle) {
        match event {
            Lifecycle::Hidden | Lifecycle::Gone => {
                // A mark as unread holds until the reader comes back.
                self.has_marked_unread = false;
                // The line has served; the next one is before what comes from here on.
                if self.open_counts().0 == 0 {
                    self.set_first_unread(None);
                }
                self.wake_reads();
            }
            Lifecycle::Online => self.wake_reads(),
            Lifecycle::Shown | Lifecycle::Restored => self.read_along(),
            Lifecycle::Offline => {}
        }
    }

    /// A message is about to be shown.
    pub fn on_arrival(&mut self, id: MessageId) {
        let row = self.replica.timeline().get(id);
        if !self.is_reading()
            && self.first_unread.is_none()
            && row.is_some_and(|row| row.owner_id != self.me.id)
            && self.position().is_some_and(|position| position < id)
        {
            // Not this one, where an earlier one is unread that is not loaded.
            self.first_unread = self.find_first_unread();
        }
        self.read_along();
    }

    /// The first message of others after a position, if what follows that is loaded.
    pub fn first_after(&self, position: MessageId) -> Option<MessageId> {
        let mut after = self.replica.timeline().after_place(position);
        Some(after.find(|row| row.owner_id != self.me.id)?.message_id)
    }

    /// Where the line stands as the page opens.
    pub fn find_first_unread(&self) -> Option<MessageId> {
        let position = self.position()?;
        self.first_after(position).or_else(|| {
            // All that is unread may be loaded, where much of the reader's own stands before it.
            let unread = self.inbox.get(&self.space)?.unread;
            let last = unread.checked_sub(1).filter(|_| unread < COUNT_MAX_MESSAGES)?;
            let live = self.replica.timeline().live().rev();
            let others = live.filter(|row| row.owner_id != self.me.id);
            let first = others.map(|row| row.message_id).nth(last as usize)?;
            (first > position).then_some(first)
        })
    }

    pub fn set_first_unread(&mut self, id: Option<MessageId>) {
        let before = std::mem::replace(&mut self.first_unread, id);
        if before != id {
            let changed = before.into_iter().chain(id);
            changed.for_each(|id| self.show(Change::MessageChanged(id)));
        }
    }

    /// Whether all that is after a position is loaded.
    pub fn covers(&self, position: MessageId) -> bool {
        self.replica.timeline().covers_all_from(MessageId(position.0.saturating_add(1)))
    }

    /// The loaded messages of others after a position, newest first.
    fn others_after(&self, position: MessageId) -> impl Iterator<Item = MessageId> {
        let after = self.replica.timeline().iter().rev();
        let after = after.take_while(move |row| row.message_id > position);
        after.filter(|row| row.owner_id != self.me.id).map(|row| row.message_id)
    }

    /// What is unread in the open space, and how much of it mentions the reader. What is loaded is counted
    /// here, since the two streams tell of a message one after the other.
    pub fn open_counts(&self) -> (u64, u64) {
        let Some((position, of)) = self.position().zip(self.inbox.get(&self.space)) else {
            return (0, 0);
        };
        if !self.covers(position) {
            return (of.unread, of.mentions);
        }
        let unread = self.others_after(position).take(COUNT_MAX_MESSAGES as usize).count() as u64;
        (unread, of.mentions.min(unread))
    }

    /// Counts the unread messages of the open space again.
    pub fn refresh_open(&mut self) {
        let counts = self.open_counts();
        let is_it = |news: &&mut SpaceNews| news.space.id == *self.space.as_being();
        let Some(open) = self.shown_spaces.iter_mut().find(is_it) else { return };
        if open.level != Level::Nothing && (open.unread, open.mentions) != counts {
            (open.unread, open.mentions) = counts;
            self.show(Change::InboxChanged);
        }
    }

    /// The list of spaces, after a change of the inbox.
    pub fn show_inbox(&mut self) {
        let shown = self.list_spaces();
        if shown != self.shown_spaces {
            self.shown_spaces = shown;
            self.show(Change::InboxChanged);
        }
        self.read_along();
    }

    pub fn list_spaces(&self) -> Vec<SpaceNews> {
        self.inbox.list(Some((&self.space, self.open_counts())), self.my_name())
    }

    /// As it is now, where that is known.
    pub fn my_name(&self) -> &str {
        self.replica.roster().get(&self.me.id).map_or(&self.me.name, |me| &me.name)
    }
}
