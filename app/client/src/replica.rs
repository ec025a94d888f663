//! The client's copy of one space: a pure state machine without I/O, clock or signals. It takes
//! events and returns the one thing that each of them changed.
//!
//! Always true:
//! - The cursor only moves forward within an epoch, one live position at a time; only a
//!   `space-sync` may set it otherwise.
//! - An event at or before the cursor, or a row no newer than the one held, changes nothing.
//! - Of what its timeline covers, a replica that is whole holds exactly what a fresh sync plus history
//!   would hold. A row that is absent there was therefore deleted, and no late response brings it back.
//! - In the middle of a catch-up a replica is not whole: a row that was created before the cursor and
//!   changed after it is still to come. The rest of that catch-up brings it, or another catch-up from
//!   the cursor; the single changes after the cursor do not.

mod reactions;
mod roster;
mod timeline;

pub use reactions::set_reaction;
pub use roster::Roster;
pub use timeline::{Bounds, Timeline};

use protocol::{
    Being, BeingLeft, BeingUpdated, CaughtUp, Cursor, Heartbeat, HistoryPage, Intention, MessageId,
    SpaceSync, SyncEvent, limits::PAGE_DEFAULT_MESSAGES,
};

use crate::{
    change::Change,
    position::{self, Next, OutOfSync},
    request::PageRequest,
};

#[derive(Debug, Clone, Default)]
pub struct Replica {
    cursor: Option<Cursor>,
    live: bool,
    has_holes: bool,
    roster: Roster,
    timeline: Timeline,
}

impl Replica {
    pub fn bounded(bounds: Bounds) -> Self {
        Self { timeline: Timeline::bounded(bounds), ..Self::default() }
    }

    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// A new connection starts with the catch-up, in which positions may skip.
    pub fn handle_reconnect(&mut self) {
        self.live = false;
    }

    /// Whether every position is seen from here on.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether no row at or before the cursor is missing.
    pub fn is_whole(&self) -> bool {
        !self.has_holes
    }

    /// From here on this replica is fed from the stream of another tab, whose replica knows no more
    /// than this one.
    pub fn handle_leader(&mut self, is_live: bool) {
        self.live = is_live;
        self.has_holes &= !is_live;
    }

    /// The `space-sync` that the server would send at this position; `None` before the first one, in
    /// the middle of a catch-up, and where all messages shown were deleted and earlier ones are not
    /// loaded: it would read as a space without messages.
    pub fn snapshot(&self) -> Option<(Cursor, SpaceSync)> {
        let cursor = self.cursor.clone().filter(|_| self.is_whole())?;
        let live = self.timeline.live();
        let more = live.len().saturating_sub(PAGE_DEFAULT_MESSAGES);
        let intentions: Vec<_> = live.skip(more).cloned().collect();
        if intentions.is_empty() && self.timeline.live_has_earlier() {
            return None;
        }
        let sync = SpaceSync {
            space: self.roster.space()?.clone(),
            details: self.roster.details().clone(),
            beings: self.roster.iter().cloned().collect(),
            intentions,
            has_earlier: self.timeline.live_has_earlier() || more > 0,
            last_message_id: cursor.seq.as_message(),
        };
        Some((cursor, sync))
    }

    /// Applies one event. `id` is the SSE `id:` that came with it.
    pub fn handle_event(
        &mut self,
        id: Option<Cursor>,
        event: SyncEvent,
    ) -> Result<Option<Change>, OutOfSync> {
        match event {
            SyncEvent::CaughtUp(CaughtUp { last_message_id }) => {
                position::require_head(self.cursor.as_ref(), last_message_id.created_at())?;
                self.live = true;
                self.has_holes = false;
                return Ok(Some(Change::WentLive));
            }
            SyncEvent::Heartbeat(Heartbeat { last_message_id }) => {
                position::require_head(self.cursor.as_ref(), last_message_id.created_at())?;
                return Ok(None);
            }
            SyncEvent::AccessRevoked => return Ok(Some(Change::Revoked)),
            SyncEvent::SpaceSync(sync) => {
                self.cursor = Some(id.ok_or(OutOfSync::Unplaced)?);
                self.has_holes = false;
                self.roster = Roster::new(sync.space, sync.details, sync.beings);
                self.timeline.replace(sync.intentions, sync.has_earlier);
                return Ok(Some(Change::Replaced));
            }
            _ => {}
        }

        let next = position::next(self.cursor.as_ref(), id, !self.live)?;
        let Some(Next { cursor: id, skips }) = next else { return Ok(None) };
        let change = match event {
            SyncEvent::BeingUpdated(BeingUpdated { data }) => self.roster.put(data),
            SyncEvent::BeingLeft(BeingLeft { being_id }) => self.roster.remove(&being_id, id.seq),
            SyncEvent::SpaceChanged(details) => self.roster.put_details(details),
            SyncEvent::Unknown => None,
            of_a_message => self.timeline.handle_event(id.seq, of_a_message)?,
        };
        self.cursor = Some(id);
        self.has_holes |= skips;
        Ok(change)
    }

    /// Applies the message in a command's response. `asked_at` is the cursor at which the command
    /// was sent: a response from before a change of epoch belongs to another history.
    pub fn handle_response(
        &mut self,
        asked_at: Option<&Cursor>,
        intention: Intention,
    ) -> Option<Change> {
        let cursor = self.same_history(asked_at)?.seq;
        self.timeline.put_response(cursor, intention)
    }

    /// The same for a response that is a being of this space.
    pub fn handle_being_response(
        &mut self,
        asked_at: Option<&Cursor>,
        being: Being,
    ) -> Option<Change> {
        let cursor = self.same_history(asked_at)?.seq;
        let news = self.roster.get(&being.id).is_some() || being.seq > cursor;
        news.then(|| self.roster.put(being)).flatten()
    }

    /// The page before what is shown; `None` if there is none, or a page is on its way.
    pub fn begin_earlier(&mut self) -> Option<PageRequest> {
        self.timeline.begin_earlier()
    }

    /// The page after what is shown; `None` if that reaches the end, or a page is on its way.
    pub fn begin_later(&mut self) -> Option<PageRequest> {
        self.timeline.begin_later()
    }

    /// The page around a place in the log, instead of a page that is on its way.
    pub fn begin_around(&mut self, place: MessageId) -> PageRequest {
        self.timeline.begin_around(place)
    }

    /// Applies a requested page. One that was requested before a `space-sync`, or before another one, is
    /// outdated and changes nothing.
    pub fn handle_page(&mut self, request: PageRequest, page: HistoryPage) -> Option<Change> {
        self.timeline.put_page(request, page)
    }

    /// A requested page will not arrive.
    pub fn abandon_page(&mut self, request: PageRequest) {
        self.timeline.abandon_page(request);
    }

    /// Shows the newest messages. Returns whether others were shown.
    pub fn show_newest(&mut self) -> bool {
        self.timeline.show_newest()
    }

    /// Lets go of messages that are far from the reader's place, if many are shown. Returns whether it did.
    pub fn keep_around(&mut self, place: MessageId) -> bool {
        self.timeline.keep_around(place)
    }

    fn same_history(&self, asked_at: Option<&Cursor>) -> Option<&Cursor> {
        let held = self.cursor.as_ref()?;
        (asked_at?.epoch == held.epoch).then_some(held)
    }
}
