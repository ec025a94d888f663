//! The messages of a space from `floor` on: a window that grows backwards, page by page.

use protocol::{
    HistoryPage, Intention, IntentionAppended, IntentionCreated, IntentionDeleted, IntentionState,
    IntentionUpdated, MessageId, ReactionAdded, ReactionRemoved, ReasoningAppended, Seq, SyncEvent,
};

use super::{OutOfSync, reactions::Reacted};
use crate::{change::Change, sorted_map::SortedMap};

#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: SortedMap<MessageId, Intention>,
    /// Every message from here on is loaded; 0 when all are.
    floor: MessageId,
    page: Page,
    /// The reactions to messages that are not held. A catch-up tells a message that has changed since
    /// behind the reactions to it; and a page may lack one whose deletion is still on its way.
    early: Vec<Reacted>,
}

/// The page of history that has been requested.
#[derive(Debug, Clone, Default)]
enum Page {
    #[default]
    None,
    /// The changes to its rows since the request: the page may have been read before them.
    Asked(Vec<(Seq, SyncEvent)>),
    /// Requested before a `space-sync`. No other page is requested until it has arrived or was
    /// abandoned, so that the two cannot be confused.
    Outdated,
}

impl Timeline {
    pub(super) fn replace(&mut self, newest: Vec<Intention>, has_earlier: bool) {
        self.floor = floor_of(&newest, has_earlier);
        self.rows.clear();
        self.early.clear();
        newest.into_iter().for_each(|row| self.rows.insert(row.message_id, row));
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

    /// The loaded message before another.
    pub fn before(&self, id: MessageId) -> Option<&Intention> {
        self.rows.before(&id).last().map(|(_, row)| row)
    }

    /// The id of the message after another.
    pub fn after(&self, id: MessageId) -> Option<MessageId> {
        self.rows.after(&id).first().map(|(id, _)| *id)
    }

    /// Whether a message with this id would be loaded if there is one.
    pub fn covers(&self, id: MessageId) -> bool {
        id >= self.floor
    }

    pub fn has_earlier(&self) -> bool {
        self.floor > MessageId(0)
    }

    pub(super) fn handle_event(
        &mut self,
        seq: Seq,
        event: SyncEvent,
    ) -> Result<Option<Change>, OutOfSync> {
        let Some(message_id) = message_of(&event) else { return Ok(None) };
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
        if row.message_id < self.floor {
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
        // Ignore rows that were not requested.
        page.intentions.retain(|row| row.message_id < ceiling);
        self.floor = floor_of(&page.intentions, page.has_earlier);
        for row in page.intentions {
            self.rows.insert(row.message_id, row);
        }
        for (seq, event) in passed_over {
            self.replay(seq, event);
        }
        let loaded = self.rows.before(&ceiling).iter().map(|(id, _)| *id).collect();
        Some(Change::EarlierLoaded(loaded))
    }

    /// Applies a change to the page, which was read before or after it. A row that the page lacks
    /// had been deleted when the page was read, or lies below it.
    fn replay(&mut self, seq: Seq, event: SyncEvent) {
        let Some(id) = message_of(&event) else { return };
        if self.rows.get(&id).is_some() {
            // An offset cannot differ here: the page was read at or after the replica's position at
            // the time of the request, and every later change is replayed.
            let _ = self.apply(seq, id, event);
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
