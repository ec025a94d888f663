//! The client's copy of a being's inbox: a pure state machine. It takes the events of the inbox's log and
//! says of each whether something may look different now.
//!
//! Always true:
//! - The cursor only moves forward within an epoch, one live position at a time; only an `inbox-sync` may
//!   set it otherwise.
//! - An event at or before the cursor changes nothing. A `space-heads` has no position: it is state, and the
//!   last one holds.
//! - The order of the spaces is by name, and does not change with what is new in them.

mod news;
mod reads;
mod snapshot;
mod tab_message;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use protocol::{
    Cursor, InboxEvent, InboxPosition, InboxSync, SpaceEntry, SpaceHead, SpaceId, SpaceListing,
};

use crate::{
    change::Change,
    position::{self, Next, OutOfSync},
};
pub use news::{SpaceNews, count_in_digits, others_in};
pub use reads::{Read, Reads};
pub(crate) use snapshot::INBOX;
pub use snapshot::{InboxSnapshot, inbox_key};
pub(crate) use tab_message::InboxMessage;

#[derive(Debug, Clone, Default)]
pub struct Inbox {
    cursor: Option<Cursor>,
    /// In the middle of a catch-up some changes before the cursor are still to come, and positions skip.
    is_catching_up: bool,
    entries: Vec<Entry>,
    arrivals: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub of: SpaceEntry,
    /// Orders the spaces by when something new was last heard of; 0 where that was before this page.
    pub arrived: u64,
}

impl Inbox {
    /// `spaces` gives the order, and is all there is where no inbox was stored.
    pub fn new(spaces: Vec<SpaceListing>, stored: Option<InboxSnapshot>) -> Self {
        let mut this = Self::default();
        let entry = |SpaceListing { space, last_message_id }| {
            let (read_up_to, unread, mentions) = (None, 0, 0);
            let last_message_id = Some(last_message_id);
            let (level, direct) = Default::default();
            let of =
                SpaceEntry { space, last_message_id, read_up_to, unread, mentions, level, direct };
            Entry { of, arrived: 0 }
        };
        this.entries = spaces.into_iter().map(entry).collect();
        if let Some(InboxSnapshot { cursor, sync }) = stored {
            this.replace(cursor, sync.spaces);
        }
        this
    }

    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// By name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn get(&self, space: &SpaceId) -> Option<&SpaceEntry> {
        self.entries.iter().find(|entry| is_of(entry, space)).map(|entry| &entry.of)
    }

    /// As they are listed, with the position of each.
    pub fn listings(&self) -> Vec<SpaceListing> {
        let listing = |Entry { of, .. }: &Entry| {
            let last_message_id = of.last_message_id.unwrap_or_default();
            SpaceListing { space: of.space.clone(), last_message_id }
        };
        self.entries.iter().map(listing).collect()
    }

    /// Those with news come first, the newest before all. The open one, of which its page knows what is unread,
    /// keeps its place. `me` is the name of the reader.
    pub fn list(&self, open: Option<(&SpaceId, (u64, u64))>, me: &str) -> Vec<SpaceNews> {
        let (mut listed, mut arrivals) = (Vec::new(), Vec::<u64>::new());
        for entry in &self.entries {
            let of = &entry.of;
            let open = open.filter(|(space, _)| is_of(entry, space));
            let counts = open.map_or((of.unread, of.mentions), |(_, counts)| counts);
            let news = SpaceNews::new(of, counts, me);
            if news.unread > 0 && open.is_none() {
                let at = arrivals.partition_point(|arrived| *arrived >= entry.arrived);
                arrivals.insert(at, entry.arrived);
                listed.insert(at, news);
            } else {
                listed.push(news);
            }
        }
        listed
    }

    /// A new connection starts with the catch-up, in which positions may skip.
    pub fn handle_reconnect(&mut self) {
        self.is_catching_up = true;
    }

    /// Whether nothing before the cursor is missing.
    pub fn is_whole(&self) -> bool {
        !self.is_catching_up
    }

    /// What a device stores, and a tab tells another; `None` in the middle of a catch-up.
    pub fn snapshot(&self) -> Option<InboxSnapshot> {
        let cursor = self.cursor.clone().filter(|_| self.is_whole())?;
        let spaces = self.entries.iter().map(|entry| entry.of.clone()).collect();
        let last_position = cursor.seq;
        Some(InboxSnapshot { cursor, sync: InboxSync { spaces, last_position } })
    }

    /// Whether the state that another tab has at this position is older than this one.
    pub fn is_beyond(&self, cursor: &Cursor) -> bool {
        let is_it = |mine: &Cursor| mine.epoch == cursor.epoch && mine.seq > cursor.seq;
        self.is_whole() && self.cursor.as_ref().is_some_and(is_it)
    }

    /// From here on, what another tab says that has seen every change up to this position.
    pub fn handle_leader(&mut self) {
        self.is_catching_up = false;
    }

    /// Applies one event. `id` is the SSE `id:` that came with it.
    pub fn handle_event(
        &mut self,
        id: Option<Cursor>,
        event: InboxEvent,
    ) -> Result<Option<Change>, OutOfSync> {
        match event {
            InboxEvent::CaughtUp(InboxPosition { last_position }) => {
                position::require_head(self.cursor.as_ref(), last_position)?;
                self.is_catching_up = false;
                return Ok(Some(Change::WentLive));
            }
            InboxEvent::Heartbeat(InboxPosition { last_position }) => {
                position::require_head(self.cursor.as_ref(), last_position)?;
                return Ok(None);
            }
            InboxEvent::AccessRevoked => return Ok(Some(Change::Revoked)),
            InboxEvent::SpaceHeads(heads) => {
                heads.spaces.into_iter().for_each(|head| self.put_head(head));
                return Ok(Some(Change::InboxChanged));
            }
            InboxEvent::InboxSync(sync) => {
                self.replace(id.ok_or(OutOfSync::Unplaced)?, sync.spaces);
                return Ok(Some(Change::InboxChanged));
            }
            _ => {}
        }
        let next = position::next(self.cursor.as_ref(), id, self.is_catching_up)?;
        let Some(Next { cursor, .. }) = next else { return Ok(None) };
        self.cursor = Some(cursor);
        match event {
            InboxEvent::SpaceJoined(joined) => self.put(joined.data),
            InboxEvent::SpaceLeft(left) => {
                self.entries.retain(|entry| !is_of(entry, &left.space_id));
            }
            InboxEvent::ReadMoved(moved) => {
                if let Some(entry) = self.get_mut(&moved.space_id) {
                    entry.of.read_up_to = Some(moved.up_to);
                    if entry.of.last_message_id <= Some(moved.up_to) {
                        (entry.of.unread, entry.of.mentions) = (0, 0);
                    }
                }
            }
            InboxEvent::LevelChanged(changed) => {
                if let Some(entry) = self.get_mut(&changed.space_id) {
                    entry.of.level = changed.level;
                }
            }
            _ => {}
        }
        Ok(Some(Change::InboxChanged))
    }

    fn replace(&mut self, cursor: Cursor, spaces: Vec<SpaceEntry>) {
        self.cursor = Some(cursor);
        let is_there = |entry: &Entry| spaces.iter().any(|of| of.space.id == entry.of.space.id);
        self.entries.retain(is_there);
        spaces.into_iter().for_each(|of| self.put(of));
    }

    /// Replaces the entry of a space that is listed; others are passed over.
    pub fn put_kept(&mut self, of: SpaceEntry) {
        if let Some(held) = self.get_mut(&SpaceId::from(of.space.id.clone())) {
            held.of = of;
        }
    }

    fn put(&mut self, of: SpaceEntry) {
        if let Some(held) = self.get_mut(&SpaceId::from(of.space.id.clone())) {
            held.of = of;
            return;
        }
        let is_later = |entry: &Entry| by_name(&entry.of.space.name, &of.space.name).is_gt();
        let at = self.entries.iter().position(is_later).unwrap_or(self.entries.len());
        self.entries.insert(at, Entry { of, arrived: 0 });
    }

    fn put_head(&mut self, head: SpaceHead) {
        let arrived = self.arrivals + 1;
        let Some(held) = self.get_mut(&head.space_id) else { return };
        let is_news = head.last_message_id > held.of.last_message_id && head.unread > 0;
        held.of.last_message_id = head.last_message_id;
        (held.of.unread, held.of.mentions) = (head.unread, head.mentions);
        if let Some(space) = head.space {
            held.of.space = space;
        }
        if is_news {
            held.arrived = arrived;
            self.arrivals = arrived;
        }
    }

    fn get_mut(&mut self, space: &SpaceId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| is_of(entry, space))
    }
}

fn is_of(entry: &Entry, space: &SpaceId) -> bool {
    entry.of.space.id == *space.as_being()
}

/// Close to the order of the server, which knows the letters of all scripts.
fn by_name(one: &str, other: &str) -> Ordering {
    let letters =
        |name: &str| name.bytes().map(|letter| letter.to_ascii_lowercase()).collect::<Vec<_>>();
    letters(one).cmp(&letters(other))
}
