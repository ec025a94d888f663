//! Where the reader is in the history of the space: pages, and jumps to a message.
//!
//! Always true: while the reader wants to be elsewhere than is shown, nothing counts as read because it
//! arrives.

use protocol::MessageId;

use super::state::State;
use crate::{
    change::Change,
    request::{ApiError, PageRequest, Purpose, Request, Response},
};

const GONE: &str = "This message is not here any more.";

/// Where the reader wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    Message(MessageId),
    /// At the first unread message; this was the last that was read.
    After(MessageId),
    /// Where they were before everything was replaced.
    Back(MessageId),
}

impl Jump {
    fn place(self) -> MessageId {
        match self {
            Self::Message(id) | Self::Back(id) => id,
            Self::After(id) => MessageId(id.0.saturating_add(1)),
        }
    }
}

impl State {
    pub fn load_earlier(&mut self) {
        let page = self.replica.begin_earlier();
        page.into_iter().for_each(|page| self.request_page(page));
    }

    pub fn load_later(&mut self) {
        let page = self.replica.begin_later();
        page.into_iter().for_each(|page| self.request_page(page));
    }

    fn request_page(&mut self, page: PageRequest) {
        self.show(Change::LoadingChanged(true));
        self.call(Purpose::Page(page), Request::History(page.window));
    }

    pub fn jump(&mut self, to: Jump) {
        self.jump = Some(to);
        self.go_on_jumping();
    }

    /// As the page opens: more is unread than what it came with.
    pub fn seek_first_unread(&mut self) {
        let unread = self.inbox.get(&self.space).map_or(0, |of| of.unread);
        let position = self.position().filter(|_| unread > 0 && self.jump.is_none());
        let is_loaded = |id| self.replica.timeline().covers_all_from(id);
        let is_found = self.first_unread.is_some_and(is_loaded);
        if let Some(position) = position.filter(|position| !is_found && !self.covers(*position)) {
            self.jump = Some(Jump::After(position));
        }
    }

    /// Shows what the reader wants to see, or asks for it.
    pub fn go_on_jumping(&mut self) {
        let Some(jump) = self.jump else { return };
        if self.is_known(jump) {
            self.arrive(jump);
        } else if !self.is_to_come(jump) {
            let page = self.replica.begin_around(jump.place());
            self.request_page(page);
        }
    }

    /// Whether the place is loaded, and no change that may be about it is still on its way.
    fn is_known(&self, jump: Jump) -> bool {
        let (timeline, place) = (self.replica.timeline(), jump.place());
        timeline.get(place).is_some() || timeline.covers(place) && !self.is_to_come(jump)
    }

    /// Whether the stream will bring it.
    fn is_to_come(&self, jump: Jump) -> bool {
        let is_ahead = |cursor: &protocol::Cursor| jump.place().0 > cursor.seq.0;
        !self.replica.is_live() && self.replica.cursor().is_some_and(is_ahead)
    }

    fn arrive(&mut self, jump: Jump) {
        self.jump = None;
        let at = match jump {
            Jump::Back(id) => id,
            Jump::Message(id) => {
                if self.replica.timeline().get(id).is_none() {
                    self.show(Change::Notice(Some(GONE.into())));
                }
                id
            }
            Jump::After(position) => {
                let first = self.first_after(position);
                self.set_first_unread(first);
                first.unwrap_or(jump.place())
            }
        };
        if !self.replica.timeline().shows(at) {
            self.show_newest();
        }
        if self.replica.timeline().get(at).is_some() {
            self.show(Change::Reached(at));
        }
    }

    /// The middle of what is shown, where that is not the end.
    pub fn read_at(&self) -> Option<MessageId> {
        let timeline = self.replica.timeline();
        let mut shown = timeline.shown();
        let middle = shown.len() / 2;
        shown.nth(middle).filter(|_| timeline.has_later()).map(|row| row.message_id)
    }

    pub fn on_page(&mut self, request: PageRequest, result: Result<Response, ApiError>) {
        let change = match result {
            Ok(Response::History(page)) => {
                self.show(Change::Notice(None));
                self.replica.handle_page(request, page)
            }
            Ok(_) => {
                self.replica.abandon_page(request);
                None
            }
            Err(error) => {
                self.replica.abandon_page(request);
                let is_over = !self.replica.timeline().is_loading();
                let jump = if is_over { self.jump.take() } else { None };
                // Nobody has asked for the other two.
                if matches!(jump, None | Some(Jump::Message(_))) {
                    self.show(Change::Notice(Some(error.to_string())));
                }
                None
            }
        };
        self.show(Change::LoadingChanged(self.replica.timeline().is_loading()));
        let has_opened = change == Some(Change::WindowOpened);
        change.into_iter().for_each(|change| self.take_change(change));
        if let Some(jump) = self.jump.filter(|_| has_opened) {
            self.arrive(jump);
        }
    }

    pub fn show_newest(&mut self) {
        self.jump = None;
        let was_elsewhere = self.replica.show_newest();
        self.show(Change::LoadingChanged(self.replica.timeline().is_loading()));
        if was_elsewhere {
            self.take_change(Change::WindowOpened);
        }
    }

    pub fn keep_around(&mut self, place: MessageId) {
        // The page that the reader wants to see is on its way; the next message asks again.
        if self.jump.is_none() && self.replica.keep_around(place) {
            self.show(Change::LoadingChanged(false));
            self.show(Change::Trimmed);
        }
    }
}
