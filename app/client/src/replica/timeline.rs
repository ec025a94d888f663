//! The messages of a space that a client holds: the live end, from `floor` on; and, while the reader is
//! somewhere in the past, what is shown of that instead.
//!
//! Always true:
//! - Every message from the floor on is loaded, and every message of the shown past. The two do not touch:
//!   once they do, they are one.
//! - A change is applied wherever its message is held, whatever is shown.

mod paging;
mod span;

use protocol::{
    Intention, IntentionAppended, IntentionCreated, IntentionDeleted, IntentionState,
    IntentionUpdated, MessageId, ReactionAdded, ReactionRemoved, ReasoningAppended, Seq, SyncEvent,
};

use super::{OutOfSync, reactions::Reacted};
use crate::{change::Change, sorted_map::SortedMap};
use paging::Page;
pub use span::Bounds;
use span::Span;

#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: SortedMap<MessageId, Intention>,
    /// Every message from here on is loaded; 0 when all are.
    floor: MessageId,
    /// The messages on the screen, while these are not the newest.
    past: Option<Span>,
    /// The page that is on its way.
    page: Option<Page>,
    /// The number of the last page that was requested.
    pages_begun: u32,
    bounds: Bounds,
    /// The reactions to messages that are not held. A catch-up tells a message that has changed since
    /// behind the reactions to it; and a page may lack one whose deletion is still on its way.
    early: Vec<Reacted>,
}

impl Timeline {
    pub(super) fn bounded(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    pub(super) fn replace(&mut self, newest: Vec<Intention>, has_earlier: bool) {
        self.floor = floor_of(&newest, has_earlier);
        self.past = None;
        self.rows.clear();
        self.early.clear();
        newest.into_iter().for_each(|row| self.rows.insert(row.message_id, row));
        self.page = None;
    }

    pub fn get(&self, id: MessageId) -> Option<&Intention> {
        self.rows.get(&id)
    }

    /// All messages that are held, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Intention> {
        self.rows.values()
    }

    /// The newest messages, without a gap up to the end.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &Intention> + ExactSizeIterator {
        self.rows.between(&self.floor, None).iter().map(|(_, row)| row)
    }

    /// The messages that are shown, without a gap.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Intention> + ExactSizeIterator {
        self.shown_rows().iter().map(|(_, row)| row)
    }

    fn shown_rows(&self) -> &[(MessageId, Intention)] {
        let to = self.past.map(|past| past.to);
        self.rows.between(&self.shown_from(), to.as_ref())
    }

    fn shown_from(&self) -> MessageId {
        self.past.map_or(self.floor, |past| past.from)
    }

    pub fn shows(&self, id: MessageId) -> bool {
        self.past.map_or(id >= self.floor, |past| past.contains(id))
    }

    /// The message shown before another.
    pub fn before(&self, id: MessageId) -> Option<&Intention> {
        let (above, row) = self.rows.before(&id).last()?;
        self.shows(*above).then_some(row)
    }

    /// The id of the message shown after another.
    pub fn after(&self, id: MessageId) -> Option<MessageId> {
        let (below, _) = self.rows.after(&id).first()?;
        self.shows(*below).then_some(*below)
    }

    /// What follows a place without a gap, as far as it is loaded.
    pub fn after_place(&self, place: MessageId) -> impl Iterator<Item = &Intention> {
        let from = MessageId(place.0.saturating_add(1));
        let past = self.past.filter(|past| past.contains(from));
        let is_loaded = past.is_some() || from >= self.floor;
        let rows = self.rows.between(&from, past.map(|past| past.to).as_ref());
        rows.iter().map(|(_, row)| row).filter(move |_| is_loaded)
    }

    /// Whether a message with this id would be loaded if there is one.
    pub fn covers(&self, id: MessageId) -> bool {
        id >= self.floor || self.past.is_some_and(|past| past.contains(id))
    }

    /// Whether every message from this one to the end is loaded.
    pub fn covers_all_from(&self, id: MessageId) -> bool {
        id >= self.floor
    }

    /// Whether there are messages before those that are shown.
    pub fn has_earlier(&self) -> bool {
        self.shown_from() > MessageId(0)
    }

    /// Whether there are messages before those at the live end.
    pub fn live_has_earlier(&self) -> bool {
        self.floor > MessageId(0)
    }

    /// Whether there are messages after those that are shown.
    pub fn has_later(&self) -> bool {
        self.past.is_some()
    }

    pub(super) fn handle_event(
        &mut self,
        seq: Seq,
        event: SyncEvent,
    ) -> Result<Option<Change>, OutOfSync> {
        let Some(message_id) = message_of(&event) else { return Ok(None) };
        // A page may bring its message as it was before, also one that is held now.
        if let Some(page) = self.page.as_mut().filter(|_| message_id < self.floor) {
            page.note(seq, &event);
        }
        if !self.covers(message_id) {
            return Ok(None);
        }
        self.apply(seq, message_id, event)
    }

    fn apply(
        &mut self,
        seq: Seq,
        message_id: MessageId,
        event: SyncEvent,
    ) -> Result<Option<Change>, OutOfSync> {
        match Reacted::of(seq, &event) {
            Some(reacted) => Ok(self.react(reacted)),
            None => self.apply_to_row(seq, message_id, event),
        }
    }

    fn react(&mut self, reacted: Reacted) -> Option<Change> {
        let id = reacted.message;
        match self.rows.get_mut(&id) {
            Some(row) => reacted.apply(row).then_some(Change::ReactionsChanged(id)),
            None => {
                self.early.push(reacted);
                None
            }
        }
    }

    /// The reactions to a message that have come before it.
    fn take_early(&mut self, id: MessageId) -> Vec<Reacted> {
        self.early.extract_if(.., |reacted| reacted.message == id).collect()
    }

    fn apply_to_row(
        &mut self,
        seq: Seq,
        message_id: MessageId,
        event: SyncEvent,
    ) -> Result<Option<Change>, OutOfSync> {
        let held = self.rows.get_mut(&message_id);
        if held.as_ref().is_some_and(|row| row.seq >= seq) {
            return Ok(None); // a response was faster
        }
        Ok(match event {
            SyncEvent::IntentionCreated(IntentionCreated { data, .. })
            | SyncEvent::IntentionUpdated(IntentionUpdated { data, .. }) => self.put(data),
            SyncEvent::IntentionAppended(appended) => {
                // A page may already reflect a deletion whose event is still on its way.
                let Some(row) = held else { return Ok(None) };
                append(&mut row.content, appended.offset, &appended.text)?;
                row.reasoning_millis = row.reasoning_millis.or(appended.reasoning_millis);
                row.seq = seq;
                Some(Change::TextAppended(message_id))
            }
            SyncEvent::ReasoningAppended(ReasoningAppended { offset, text, .. }) => {
                let Some(row) = held else { return Ok(None) };
                append(&mut row.reasoning, offset, &text)?;
                row.seq = seq;
                Some(Change::TextAppended(message_id))
            }
            _ => {
                self.take_early(message_id);
                self.rows.remove(&message_id).map(|_| Change::MessageRemoved(message_id))
            }
        })
    }

    pub(super) fn put_response(&mut self, cursor: Seq, row: Intention) -> Option<Change> {
        if !self.covers(row.message_id) {
            return None; // its page, or its event, will bring it
        }
        let was_deleted = self.rows.get(&row.message_id).is_none() && row.seq <= cursor;
        if was_deleted { None } else { self.put(row) }
    }

    /// Takes a row as an event or a response brings it: without its reactions.
    fn put(&mut self, row: Intention) -> Option<Change> {
        let id = row.message_id;
        match self.rows.get_mut(&id) {
            Some(held) if held.seq >= row.seq => None,
            Some(held) => {
                let has_grown = held.state == IntentionState::Active;
                let has_ended = has_grown && row.state != IntentionState::Active;
                let reactions = std::mem::take(&mut held.reactions);
                *held = Intention { reactions, reactions_seq: held.reactions_seq, ..row };
                Some(if has_ended { Change::AnswerEnded(id) } else { Change::MessageChanged(id) })
            }
            None => {
                self.rows.insert(id, row);
                for reacted in self.take_early(id) {
                    self.react(reacted);
                }
                self.bound_live();
                Some(Change::MessageAdded(id))
            }
        }
    }
}

/// The message that an event is about.
fn message_of(event: &SyncEvent) -> Option<MessageId> {
    match event {
        SyncEvent::IntentionCreated(IntentionCreated { message_id, .. })
        | SyncEvent::IntentionUpdated(IntentionUpdated { message_id, .. })
        | SyncEvent::IntentionAppended(IntentionAppended { message_id, .. })
        | SyncEvent::ReasoningAppended(ReasoningAppended { message_id, .. })
        | SyncEvent::IntentionDeleted(IntentionDeleted { message_id })
        | SyncEvent::ReactionAdded(ReactionAdded { message_id, .. })
        | SyncEvent::ReactionRemoved(ReactionRemoved { message_id, .. }) => Some(*message_id),
        _ => None,
    }
}

/// Adds text at the place where the server has it.
fn append(held: &mut String, offset: u64, text: &str) -> Result<(), OutOfSync> {
    if held.len() as u64 != offset {
        return Err(OutOfSync::Offset);
    }
    held.push_str(text);
    Ok(())
}

fn floor_of(rows: &[Intention], has_earlier: bool) -> MessageId {
    match rows.first() {
        Some(oldest) if has_earlier => oldest.message_id,
        _ => MessageId(0),
    }
}
