//! The client's copy of one space: a pure machine without I/O, clock or signals. Events go in, the
//! one thing that each changed comes out.
//!
//! Always true:
//! - The cursor only moves forward within an epoch, one live position at a time; only a `space-sync`
//!   may set it otherwise.
//! - An event at or behind the cursor, or a row no newer than the one held, changes nothing.
//! - Between `floor` and the cursor the replica holds exactly what a fresh sync plus history would
//!   hold. So a row that is absent there was deleted, and no late answer brings it back.

mod connection;
mod lead;
mod outbox;
mod roster;
mod timeline;

pub use connection::{Action, Connection, Input, Link, Millis, Time};
pub use lead::{Lead, Sign, Step, is_level};
pub use outbox::{Act, Entry, Outbox, Standing};
pub use roster::Roster;
pub use timeline::Timeline;

use crate::protocol::{
    Being, BeingId, Cursor, HistoryPage, Intention, MessageId, SpaceSync, SyncEvent,
    limits::PAGE_DEFAULT_MESSAGES,
};

/// What the screen has to do about an event: at most one small thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Everything is new.
    Replaced,
    MessageAdded(MessageId),
    MessageChanged(MessageId),
    /// An answer was seen to grow, and has ended.
    AnswerEnded(MessageId),
    TextAppended(MessageId),
    MessageRemoved(MessageId),
    /// These came in front, oldest first.
    EarlierLoaded(Vec<MessageId>),
    BeingAdded(BeingId),
    BeingChanged(BeingId),
    BeingRemoved(BeingId),
    SpaceChanged,
    /// The missed is told; from here on every position is seen.
    WentLive,
    /// The being does not belong here any more.
    Revoked,
}

/// The stream has proved that something was missed: reconnect from the cursor, at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missed {
    #[error("a position was skipped")]
    Gap,
    #[error("the head is beyond what was applied")]
    Behind,
    #[error("text was appended to a message of another length")]
    Offset,
    #[error("a change came before anything it could change, or without its position")]
    Unplaced,
}

#[derive(Debug, Clone, Default)]
pub struct Replica {
    cursor: Option<Cursor>,
    live: bool,
    roster: Roster,
    timeline: Timeline,
}

impl Replica {
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// A new connection begins: what comes first is catch-up, whose positions may jump.
    pub fn handle_reconnect(&mut self) {
        self.live = false;
    }

    /// Whether every position is seen from here on.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Another replica, which knows no more than this one, is fed by a stream; from here on this one
    /// is fed with the same.
    pub fn handle_leader(&mut self, is_live: bool) {
        self.live = is_live;
    }

    /// What a `space-sync` at this position would say; none before the first one.
    pub fn snapshot(&self) -> Option<(Cursor, SpaceSync)> {
        let cursor = self.cursor.clone()?;
        let newest = self.timeline.iter().rev().take(PAGE_DEFAULT_MESSAGES);
        let mut intentions: Vec<_> = newest.cloned().collect();
        intentions.reverse();
        let is_all = self.timeline.iter().count() == intentions.len();
        let sync = SpaceSync {
            space: self.roster.space()?.clone(),
            beings: self.roster.iter().cloned().collect(),
            intentions,
            has_earlier: self.timeline.has_earlier() || !is_all,
            last_message_id: cursor.seq.as_message(),
        };
        Some((cursor, sync))
    }

    /// Applies one event. `id` is the SSE `id:` that came with it.
    pub fn handle_event(
        &mut self,
        id: Option<Cursor>,
        event: SyncEvent,
    ) -> Result<Option<Change>, Missed> {
        match event {
            SyncEvent::CaughtUp { last_message_id } => {
                self.require_head(last_message_id)?;
                self.live = true;
                return Ok(Some(Change::WentLive));
            }
            SyncEvent::Heartbeat { last_message_id } => {
                self.require_head(last_message_id)?;
                return Ok(None);
            }
            SyncEvent::AccessRevoked => return Ok(Some(Change::Revoked)),
            SyncEvent::SpaceSync(sync) => {
                self.cursor = Some(id.ok_or(Missed::Unplaced)?);
                self.roster = Roster::new(sync.space, sync.beings);
                self.timeline.replace(sync.intentions, sync.has_earlier);
                return Ok(Some(Change::Replaced));
            }
            _ => {}
        }

        let id = id.ok_or(Missed::Unplaced)?;
        let held = self.cursor.as_ref().ok_or(Missed::Unplaced)?;
        if id.epoch != held.epoch {
            return Err(Missed::Gap);
        }
        if id.seq <= held.seq {
            return Ok(None);
        }
        if self.live && id.seq != held.seq.next() {
            return Err(Missed::Gap);
        }
        let change = match event {
            SyncEvent::BeingUpdated { data } => self.roster.put(data),
            SyncEvent::BeingLeft { being_id } => self.roster.remove(&being_id, id.seq),
            SyncEvent::Unknown => None,
            of_a_message => self.timeline.handle_event(id.seq, of_a_message)?,
        };
        self.cursor = Some(id);
        Ok(change)
    }

    /// Applies the message that a command was answered with. `asked_at` is the cursor at which the
    /// command was sent: an answer from before a change of epoch speaks of another history.
    pub fn handle_answer(
        &mut self,
        asked_at: Option<&Cursor>,
        intention: Intention,
    ) -> Option<Change> {
        let cursor = self.same_history(asked_at)?.seq;
        self.timeline.put_answer(cursor, intention)
    }

    /// The same for an answer that is a being of this space.
    pub fn handle_being_answer(
        &mut self,
        asked_at: Option<&Cursor>,
        being: Being,
    ) -> Option<Change> {
        let cursor = self.same_history(asked_at)?.seq;
        let news = self.roster.get(&being.id).is_some() || being.seq > cursor;
        news.then(|| self.roster.put(being)).flatten()
    }

    /// The id to ask history before, when there is earlier history and it is not being asked for.
    pub fn begin_page(&mut self) -> Option<MessageId> {
        self.timeline.begin_page()
    }

    /// Applies the page that [`begin_page`](Self::begin_page) asked for; one that was asked for
    /// before a `space-sync` is of no use any more and changes nothing.
    pub fn handle_page(&mut self, page: HistoryPage) -> Option<Change> {
        self.timeline.put_page(page)
    }

    /// The page that was asked for will not come.
    pub fn abandon_page(&mut self) {
        self.timeline.abandon_page();
    }

    fn require_head(&self, head: MessageId) -> Result<(), Missed> {
        let held = self.cursor.as_ref().ok_or(Missed::Behind)?;
        if head.created_at() > held.seq { Err(Missed::Behind) } else { Ok(()) }
    }

    fn same_history(&self, asked_at: Option<&Cursor>) -> Option<&Cursor> {
        let held = self.cursor.as_ref()?;
        (asked_at?.epoch == held.epoch).then_some(held)
    }
}
