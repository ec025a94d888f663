//! Pages of history, and what is let go where there are too many messages.

use protocol::{HistoryPage, MessageId, Seq, SyncEvent};

use super::{Bounds, Span, Timeline, floor_of, message_of};
use crate::{
    change::Change,
    request::{PageRequest, Window},
};

/// A page that has been requested.
#[derive(Debug, Clone)]
pub(super) struct Page {
    request: PageRequest,
    /// The changes since the request to what is before the floor: the page may have been read before them.
    passed: Vec<(Seq, SyncEvent)>,
}

impl Page {
    pub fn note(&mut self, seq: Seq, event: &SyncEvent) {
        self.passed.push((seq, event.clone()));
    }
}

impl Timeline {
    /// `None` if there is nothing earlier, or a page is on its way.
    pub(in super::super) fn begin_earlier(&mut self) -> Option<PageRequest> {
        let is_free = self.page.is_none() && self.has_earlier();
        is_free.then(|| self.begin(Window::Before(self.shown_from())))
    }

    /// `None` if there is nothing later, or a page is on its way.
    pub(in super::super) fn begin_later(&mut self) -> Option<PageRequest> {
        let to = self.past.filter(|_| self.page.is_none())?.to;
        Some(self.begin(Window::After(MessageId(to.0.saturating_sub(1)))))
    }

    /// Takes the place of a page that is on its way.
    pub(in super::super) fn begin_around(&mut self, place: MessageId) -> PageRequest {
        self.begin(Window::Around(place))
    }

    fn begin(&mut self, window: Window) -> PageRequest {
        self.pages_begun += 1;
        let request = PageRequest { number: self.pages_begun, window };
        self.page = Some(Page { request, passed: Vec::new() });
        request
    }

    pub fn is_loading(&self) -> bool {
        self.page.is_some()
    }

    pub(in super::super) fn abandon_page(&mut self, request: PageRequest) {
        self.page.take_if(|page| page.request == request);
    }

    /// Takes a page, unless something else was requested since, or what is shown no longer begins or ends
    /// where the page does.
    pub(in super::super) fn put_page(
        &mut self,
        request: PageRequest,
        mut page: HistoryPage,
    ) -> Option<Change> {
        let Page { passed, .. } = self.page.take_if(|page| page.request == request)?;
        let (floor, shown_from) = (self.floor, self.shown_from());
        let from = floor_of(&page.intentions, page.has_earlier);
        let last = page.intentions.last().map(|row| row.message_id);
        // From the floor on, the rows that are held are as new as the stream; the page may be older.
        let reaches_floor = !page.has_later || last.is_some_and(|last| last >= floor);
        page.intentions.retain(|row| row.message_id < floor);
        let to = last.filter(|_| !reaches_floor).map(next);
        match request.window {
            Window::Before(ceiling) => {
                if ceiling != shown_from {
                    return None;
                }
                page.intentions.retain(|row| row.message_id < ceiling);
                self.set_shown_from(from);
            }
            // Says nothing about where it ends.
            _ if last.is_none() && page.has_later => return None,
            Window::After(place) => {
                let past = self.past.filter(|past| past.to == next(place))?;
                page.intentions.retain(|row| row.message_id > place);
                self.show_span(past.from, to);
            }
            Window::Around(_) => {
                if self.past.is_some() {
                    self.rows.retain(|id| *id >= floor);
                }
                self.show_span(from.min(floor), to);
            }
        }
        for row in page.intentions {
            self.rows.insert(row.message_id, row);
        }
        for (seq, event) in passed {
            self.replay(seq, event);
        }
        let ids = |rows: &[(MessageId, _)]| rows.iter().map(|(id, _)| *id).collect();
        Some(match request.window {
            Window::Before(ceiling) => {
                Change::EarlierLoaded(ids(self.rows.between(&self.shown_from(), Some(&ceiling))))
            }
            Window::After(place) => {
                let to = self.past.map(|past| past.to);
                Change::LaterLoaded(ids(self.rows.between(&next(place), to.as_ref())))
            }
            Window::Around(_) => Change::WindowOpened,
        })
    }

    /// `to`: up to where it does not touch what is live.
    fn show_span(&mut self, from: MessageId, to: Option<MessageId>) {
        self.past = to.map(|to| Span { from, to });
        if to.is_none() {
            self.floor = from;
        }
    }

    fn set_shown_from(&mut self, from: MessageId) {
        match &mut self.past {
            Some(past) => past.from = from,
            None => self.floor = from,
        }
    }

    /// Applies a change to the page, which was read before or after it. A row that the page lacks
    /// had been deleted when the page was read, or lies outside of it.
    fn replay(&mut self, seq: Seq, event: SyncEvent) {
        let Some(id) = message_of(&event) else { return };
        if self.rows.get(&id).is_some() {
            // An offset cannot differ here: the page was read at or after the replica's position at
            // the time of the request, and every later change is replayed.
            let _ = self.apply(seq, id, event);
        }
    }

    /// Shows the newest messages. Returns whether anything else was shown.
    pub(in super::super) fn show_newest(&mut self) -> bool {
        let was_past = self.past.take().is_some();
        self.page.take_if(|page| was_past || matches!(page.request.window, Window::Around(_)));
        if was_past {
            self.release();
        }
        was_past
    }

    pub fn is_crowded(&self) -> bool {
        self.shown().len() > self.bounds.crowded
    }

    /// Lets go of the messages that are far from the reader's place, if there are too many. Returns whether
    /// there were.
    pub(in super::super) fn keep_around(&mut self, place: MessageId) -> bool {
        if !self.is_crowded() {
            return false;
        }
        let Bounds { shown: kept, live, .. } = self.bounds;
        let shown = self.shown_rows();
        let at = shown.partition_point(|(id, _)| *id < place);
        let start = at.saturating_sub(kept / 2).min(shown.len() - kept);
        let end = start + kept;
        let from = if start > 0 { shown[start].0 } else { self.shown_from() };
        let cut = shown.get(end).map(|(id, _)| *id);
        let (rest, live_from) =
            (shown.len() - end, shown[shown.len().saturating_sub(live.max(1))].0);
        match (self.past, cut) {
            (Some(past), cut) => self.past = Some(Span { from, to: cut.unwrap_or(past.to) }),
            (None, Some(to)) if rest > live => {
                self.floor = live_from;
                self.past = Some(Span { from, to });
            }
            // The few to the end stay.
            (None, _) => self.floor = from,
        }
        self.page = None;
        self.release();
        true
    }

    /// Bounds the newest messages while the screen shows older ones. It waits for a page that is on its way: that
    /// page may end where the newest messages begin.
    pub(super) fn bound_live(&mut self) {
        if self.page.is_some() {
            return;
        }
        let live = self.rows.between(&self.floor, None);
        let kept = self.bounds.live;
        if self.past.is_some() && live.len() > 2 * kept {
            self.floor = live[live.len() - kept].0;
            self.release();
        }
    }

    fn release(&mut self) {
        let (floor, past) = (self.floor, self.past);
        self.rows.retain(|id| *id >= floor || past.is_some_and(|past| past.contains(*id)));
    }
}

/// The place after a message.
fn next(id: MessageId) -> MessageId {
    MessageId(id.0.saturating_add(1))
}
