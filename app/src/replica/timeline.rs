//! The messages of a space, from `floor` on: a window that grows backwards, page by page.

use std::collections::BTreeMap;

use super::{Change, Missed};
use crate::protocol::{HistoryPage, Intention, IntentionState, MessageId, Seq, SyncEvent};

#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: BTreeMap<MessageId, Intention>,
    /// Everything from here on is loaded; 0 when all is.
    floor: MessageId,
    page: Page,
}

/// The page that is on its way.
#[derive(Debug, Clone, Default)]
enum Page {
    #[default]
    None,
    /// With the changes to its rows since: its answer may have been read before them.
    Asked(Vec<(Seq, SyncEvent)>),
    /// Asked for before a `space-sync`. Until it came or was given up no other is asked for, lest
    /// the one be taken for the other.
    Outdated,
}

impl Default for MessageId {
    /// Before the first message.
    fn default() -> Self {
        Self(0)
    }
}

impl Timeline {
    pub(super) fn replace(&mut self, newest: Vec<Intention>, has_earlier: bool) {
        self.floor = floor_of(&newest, has_earlier);
        self.rows = newest.into_iter().map(|row| (row.message_id, row)).collect();
        if !matches!(self.page, Page::None) {
            self.page = Page::Outdated;
        }
    }

    pub fn get(&self, id: MessageId) -> Option<&Intention> {
        self.rows.get(&id)
    }

    /// The loaded messages, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Intention> {
        self.rows.values()
    }

    /// The loaded message before one.
    pub fn before(&self, id: MessageId) -> Option<&Intention> {
        self.rows.range(..id).next_back().map(|(_, row)| row)
    }

    /// The id of the message after one.
    pub fn after(&self, id: MessageId) -> Option<MessageId> {
        self.rows.range(MessageId(id.0 + 1)..).next().map(|(id, _)| *id)
    }

    pub fn has_earlier(&self) -> bool {
        self.floor > MessageId(0)
    }

    pub(super) fn handle_event(
        &mut self,
        seq: Seq,
        event: SyncEvent,
    ) -> Result<Option<Change>, Missed> {
        let message_id = match &event {
            SyncEvent::IntentionCreated { message_id, .. }
            | SyncEvent::IntentionUpdated { message_id, .. }
            | SyncEvent::IntentionAppended { message_id, .. }
            | SyncEvent::IntentionDeleted { message_id } => *message_id,
            _ => return Ok(None),
        };
        if message_id < self.floor {
            if let Page::Asked(passed_over) = &mut self.page {
                passed_over.push((seq, event));
            }
            return Ok(None);
        }
        self.apply(seq, message_id, event)
    }

    fn apply(
        &mut self,
        seq: Seq,
        message_id: MessageId,
        event: SyncEvent,
    ) -> Result<Option<Change>, Missed> {
        let held = self.rows.get_mut(&message_id);
        if held.as_ref().is_some_and(|row| row.seq >= seq) {
            return Ok(None); // another road was faster
        }
        Ok(match event {
            SyncEvent::IntentionCreated { data, .. } | SyncEvent::IntentionUpdated { data, .. } => {
                self.put(data)
            }
            SyncEvent::IntentionAppended { offset, text, .. } => {
                // A page may know of a deletion whose event is still on its way.
                let Some(row) = held else { return Ok(None) };
                if row.content.len() as u64 != offset {
                    return Err(Missed::Offset);
                }
                row.content.push_str(&text);
                row.seq = seq;
                Some(Change::TextAppended(message_id))
            }
            _ => self.rows.remove(&message_id).map(|_| Change::MessageRemoved(message_id)),
        })
    }

    pub(super) fn put_answer(&mut self, cursor: Seq, row: Intention) -> Option<Change> {
        if row.message_id < self.floor {
            return None; // its page, or its event, will bring it
        }
        let was_deleted = !self.rows.contains_key(&row.message_id) && row.seq <= cursor;
        if was_deleted { None } else { self.put(row) }
    }

    fn put(&mut self, row: Intention) -> Option<Change> {
        let id = row.message_id;
        match self.rows.get_mut(&id) {
            Some(held) if held.seq >= row.seq => None,
            Some(held) => {
                let has_grown = held.state == IntentionState::Active;
                let has_ended = has_grown && row.state != IntentionState::Active;
                *held = row;
                Some(if has_ended { Change::AnswerEnded(id) } else { Change::MessageChanged(id) })
            }
            None => {
                self.rows.insert(id, row);
                Some(Change::MessageAdded(id))
            }
        }
    }

    pub(super) fn begin_page(&mut self) -> Option<MessageId> {
        if !self.has_earlier() || !matches!(self.page, Page::None) {
            return None;
        }
        self.page = Page::Asked(Vec::new());
        Some(self.floor)
    }

    pub(super) fn abandon_page(&mut self) {
        self.page = Page::None;
    }

    pub(super) fn put_page(&mut self, mut page: HistoryPage) -> Option<Change> {
        let Page::Asked(passed_over) = std::mem::take(&mut self.page) else { return None };
        let ceiling = self.floor;
        // What is not before it was not asked for.
        page.intentions.retain(|row| row.message_id < ceiling);
        self.floor = floor_of(&page.intentions, page.has_earlier);
        for row in page.intentions {
            self.rows.insert(row.message_id, row);
        }
        for (seq, event) in passed_over {
            self.replay(seq, event);
        }
        let loaded = self.rows.range(self.floor..ceiling).map(|(id, _)| *id).collect();
        Some(Change::EarlierLoaded(loaded))
    }

    /// Lays a change over the page, which was read before or after it. What the page does not hold
    /// was deleted when it was read, or lies below it.
    fn replay(&mut self, seq: Seq, event: SyncEvent) {
        let id = match &event {
            SyncEvent::IntentionUpdated { message_id, .. }
            | SyncEvent::IntentionAppended { message_id, .. }
            | SyncEvent::IntentionDeleted { message_id } => *message_id,
            _ => return,
        };
        if self.rows.contains_key(&id) {
            // An offset cannot differ here: the page was read at or after the position that the
            // replica had when it asked, and every later change is replayed.
            let _ = self.apply(seq, id, event);
        }
    }
}

fn floor_of(rows: &[Intention], has_earlier: bool) -> MessageId {
    match rows.first() {
        Some(oldest) if has_earlier => oldest.message_id,
        _ => MessageId(0),
    }
}
