//! The messages that others reply to, as far as they are not among those that are shown. Each is asked for
//! once, one after the other, when its quote is on the screen.
//!
//! Always true: what is held is as new as the stream, or as the answer that is on its way. It is forgotten when
//! everything is replaced, since changes may then have been missed.

use protocol::{Cursor, ErrorCode, Intention, MessageId, SyncEvent};

use super::state::State;
use crate::{
    change::Change,
    request::{ApiError, Purpose, Request, Response},
    sorted_map::SortedMap,
};

/// More than are on any screen. Beyond, the oldest messages are forgotten.
const HELD_MAX: usize = 200;

/// A message that another one replies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Original<'a> {
    /// It is not loaded, or it may still come.
    Unknown,
    Deleted,
    There(&'a Intention),
}

#[derive(Default)]
pub struct Originals {
    held: SortedMap<MessageId, Intention>,
    deleted: Vec<MessageId>,
    wanted: Vec<MessageId>,
    /// The first that is wanted is on its way.
    is_asked: bool,
    /// It has changed since it was asked for.
    is_outdated: bool,
}

impl State {
    pub fn original(&self, id: MessageId) -> Original<'_> {
        let timeline = self.replica.timeline();
        if let Some(row) = timeline.get(id) {
            return Original::There(row);
        }
        // In the middle of a catch-up it may be about to come.
        let is_covered = timeline.covers(id) && self.replica.is_whole();
        match self.originals.held.get(&id) {
            Some(row) => Original::There(row),
            None if is_covered || self.originals.deleted.contains(&id) => Original::Deleted,
            None => Original::Unknown,
        }
    }

    pub fn want_original(&mut self, id: MessageId) {
        let is_unknown = matches!(self.original(id), Original::Unknown);
        if is_unknown && !self.originals.wanted.contains(&id) {
            self.originals.wanted.push(id);
            self.ask_for_original();
        }
    }

    /// The page is alive: nothing that was asked before has been heard.
    pub fn begin_originals(&mut self) {
        self.originals.is_asked = false;
        self.ask_for_original();
    }

    pub fn ask_for_original(&mut self) {
        let next = self.originals.wanted.first().filter(|_| !self.originals.is_asked).copied();
        if let Some(id) = next {
            self.originals.is_asked = true;
            self.originals.is_outdated = false;
            self.call(Purpose::Original(id), Request::Message(id));
        }
    }

    pub fn on_original(
        &mut self,
        id: MessageId,
        asked_at: Option<&Cursor>,
        result: Result<Response, ApiError>,
    ) {
        let of_now = self.epoch();
        let originals = &mut self.originals;
        let is_awaited = originals.is_asked && originals.wanted.first() == Some(&id);
        if !is_awaited || asked_at.map(|cursor| &cursor.epoch) != of_now.as_ref() {
            return;
        }
        originals.is_asked = false;
        let row = match result {
            Ok(Response::Intention(row)) => Some(row),
            Err(ApiError::Refused { error, .. }) if error.code == ErrorCode::UnknownMessage => None,
            // It stays unknown.
            Ok(_) | Err(ApiError::Refused { .. }) => {
                originals.wanted.remove(0);
                return self.ask_for_original();
            }
            // Once the stream is there again.
            Err(_) => return,
        };
        if !std::mem::take(&mut originals.is_outdated) {
            originals.wanted.remove(0);
            match row {
                Some(row) => originals.held.insert(id, row),
                None => originals.deleted.push(id),
            }
            if originals.held.iter().count() > HELD_MAX {
                // The farthest from what is read: not the one that has just come.
                let ids = || originals.held.iter().map(|(id, _)| *id);
                let end = if ids().next() == Some(id) { ids().next_back() } else { ids().next() };
                end.into_iter().for_each(|id| drop(originals.held.remove(&id)));
            }
            self.show(Change::OriginalChanged(id));
        }
        self.ask_for_original();
    }

    /// Events about messages that are not shown change nothing else.
    pub fn update_original(&mut self, event: &SyncEvent) {
        let (id, row) = match event {
            SyncEvent::IntentionUpdated(event) => (event.message_id, Some(&event.data)),
            SyncEvent::IntentionDeleted(event) => (event.message_id, None),
            _ => return,
        };
        let originals = &mut self.originals;
        originals.is_outdated |= originals.wanted.first() == Some(&id);
        let Some(held) = originals.held.get_mut(&id) else { return };
        match row {
            Some(row) if held.seq >= row.seq => return,
            Some(row) => *held = row.clone(),
            None => {
                originals.held.remove(&id);
                originals.deleted.push(id);
            }
        }
        self.show(Change::OriginalChanged(id));
    }
}
