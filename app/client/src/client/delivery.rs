//! The outbox on its way: onto the disk, to the server, and off the disk again. Only the leader sends.

use protocol::{EditIntention, ErrorCode, IntentionId, MessageId, Seq};

use super::state::{State, Step};
use crate::{
    effect::{Effect, StoragePurpose, Timer},
    leader_election,
    outbox::{DeliveryState, Entry, Op, StoredEntry},
    reconnect::SLOW_MILLIS,
    request::{ApiError, Purpose, Request, Response, Window},
    storage::{Found, Operation, StorageError, Store, Value, Write, id_in},
    tab_message::TabMessage,
};

/// How long to wait for the browser to store an entry before it is sent unstored.
const STORE_MAX_MILLIS: u64 = 2_000;
/// When to try again to store what could not be stored.
pub const STORE_AGAIN_MILLIS: u64 = 10_000;

impl State {
    pub fn write(&mut self, op: Op) {
        let id = op.id();
        self.send_text(&op);
        self.outbox.push(op, self.clock.0);
        self.show_outbox();
        self.then(Step::StoreEntry(id));
    }

    /// Stores an entry in its present state, and lets it be sent once that is done. Where the
    /// browser stores nothing, it is sent all the same.
    pub fn store_entry(&mut self, id: IntentionId) {
        let Some(entry) = self.outbox.get(id) else { return };
        let is_first = entry.state == DeliveryState::Storing;
        // Its text may be on the disk as that of a draft, and so may those of earlier ones, which could not
        // be stored. In one transaction: whenever the tab dies, a text is in one of the two.
        let is_draft = |entry: &&Entry| self.stored_texts.has_sent(entry.id());
        let earlier = self.outbox.unstored_like(id).filter(is_draft);
        let mut writes = Vec::new();
        for entry in std::iter::once(entry).chain(earlier) {
            writes.push(self.entry_put(entry));
            writes.extend(self.stored_texts.sent_as(entry.id()));
        }
        self.keep(StoragePurpose::StoreEntry(id), writes);
        let wait = if is_first { STORE_MAX_MILLIS } else { STORE_AGAIN_MILLIS };
        self.emit(Effect::SetTimer(Timer::Store(id), wait));
    }

    pub fn on_entry_stored(&mut self, operation: Operation, result: Result<Found, StorageError>) {
        let is_stored = result.is_ok();
        let Operation::Write(writes) = operation else { return };
        let puts: Vec<_> =
            writes.into_iter().filter(|write| write.store() == Store::Outbox).collect();
        if is_stored {
            self.entries_stored += 1;
            let ids = puts.iter().filter_map(|put| id_in(put.key()));
            ids.for_each(|id| self.stored_texts.forget_sent(id));
        }
        let is_full = result == Err(StorageError::Unavailable);
        let gone = puts.into_iter().filter(|put| !self.on_put(put, is_stored, is_full));
        let gone: Vec<_> = gone.collect();
        if is_stored {
            // They were acknowledged or discarded while they were being stored.
            self.keep(StoragePurpose::Release, gone.into_iter().map(Write::reversed).collect());
        }
        self.post(&TabMessage::Outbox);
    }

    /// Returns whether the entry is still in the outbox.
    fn on_put(&mut self, put: &Write, is_stored: bool, is_full: bool) -> bool {
        let Some(id) = id_in(put.key()) else { return true };
        if self.outbox.get(id).is_some_and(|entry| self.entry_put(entry) != *put) {
            return true; // its state has changed, and the new one is being stored
        }
        self.emit(Effect::ClearTimer(Timer::Store(id)));
        if is_full && self.outbox.get(id).is_some_and(Entry::is_refused) {
            // Until then the other tabs show it as on its way.
            self.emit(Effect::SetTimer(Timer::Store(id), STORE_AGAIN_MILLIS));
        }
        self.entry_stored(id, is_stored)
    }

    pub fn on_store_timeout(&mut self, id: IntentionId) {
        match self.outbox.get(id).map(|entry| &entry.state) {
            Some(DeliveryState::Storing) => drop(self.entry_stored(id, false)),
            // The leader sends it anyway.
            Some(DeliveryState::Waiting) if self.leads() => {}
            Some(DeliveryState::Waiting | DeliveryState::Refused(_)) => {
                self.then(Step::StoreEntry(id));
            }
            None => {}
        }
    }

    /// Returns whether the entry is still in the outbox.
    fn entry_stored(&mut self, id: IntentionId, is_stored: bool) -> bool {
        let is_here = self.outbox.handle_stored(id, is_stored);
        if is_here && !is_stored && !self.leads() {
            // No other tab will ever see it, so this one has to send it; but one that was refused waits for
            // its author.
            if !self.outbox.get(id).is_some_and(Entry::is_refused) {
                self.then(Step::Elect(leader_election::Input::MustLead));
            }
            // Unless another tab takes the lead first.
            self.emit(Effect::SetTimer(Timer::Store(id), STORE_AGAIN_MILLIS));
        }
        self.then(Step::SendNext);
        is_here
    }

    /// The browser has thrown away what it kept. What this tab still holds is stored again: a tab that
    /// found it missing on the disk would take it for delivered.
    pub fn on_storage_lost(&mut self) {
        let ids = self.outbox.handle_storage_lost();
        ids.into_iter().for_each(|id| self.then(Step::StoreEntry(id)));
        self.then(Step::SaveSnapshot);
    }

    /// Loads the stored outbox: entries of a tab that died, of another tab, or of a page that was
    /// left.
    pub fn reload_outbox(&mut self) {
        let operation = Operation::Read { store: Store::Outbox, prefix: self.scope() };
        let purpose = StoragePurpose::LoadOutbox { entries_stored: self.entries_stored };
        self.store(purpose, operation);
    }

    pub fn on_outbox_loaded(&mut self, entries_stored: u32, result: Result<Found, StorageError>) {
        // Where the browser stores nothing, the outbox in memory is all there is.
        let Ok(found) = result else { return self.then(Step::SendNext) };
        if entries_stored != self.entries_stored {
            // It may have been read before an entry of this tab was stored.
            return self.then(Step::ReloadOutbox);
        }
        let texts = found.into_iter().filter_map(|(_, value)| value.into_text());
        self.outbox.reload(texts.filter_map(|json| StoredEntry::read(&json)).collect());
        let deferred = self.outbox.take_deferred(self.leads());
        if !deferred.is_empty() {
            self.then(Step::Release(deferred));
        }
        // Some may have been acknowledged before their tab died.
        let rows = self.replica.timeline().iter();
        let is_stored = |id| self.outbox.get(id).is_some();
        let arrived: Vec<_> =
            rows.filter(|row| is_stored(row.id)).map(|row| row.message_id).collect();
        arrived.into_iter().for_each(|id| self.settle_arrived(id));
        self.show_outbox();
        self.then(Step::SendNext);
    }

    /// Sends the oldest operation, if this tab leads.
    pub fn send_next(&mut self) {
        if !self.leads() || self.is_paused {
            return;
        }
        let Some(op) = self.outbox.next_to_send() else { return };
        let request = match op.clone() {
            Op::Send(intention) => Request::Send(intention),
            Op::Edit { epoch, message_id: message, content, .. } => {
                let edit = EditIntention { content, seq: self.version_of(message) };
                Request::Edit { message, epoch, edit }
            }
            Op::Delete { epoch, message_id: message, .. } => Request::Delete { message, epoch },
            Op::React { epoch, message_id: message, emoji, is_there, .. } => {
                Request::React { message, epoch, emoji, is_there }
            }
        };
        self.call(Purpose::Deliver(op), request);
        self.emit(Effect::SetTimer(Timer::Unanswered, SLOW_MILLIS));
    }

    /// The version that an edit replaces: the one held here when it is sent. An earlier attempt
    /// that arrives after a later edit then finds another version.
    fn version_of(&self, message: MessageId) -> Option<Seq> {
        self.replica.timeline().get(message).map(|row| row.seq)
    }

    pub fn on_delivered(
        &mut self,
        op: Op,
        asked_at: Option<&protocol::Cursor>,
        result: Result<Response, ApiError>,
        random: f64,
    ) {
        self.emit(Effect::ClearTimer(Timer::Unanswered));
        self.is_unanswered = false;
        self.is_at_gate = matches!(result, Err(ApiError::Gate));
        self.then(Step::RefreshStatus);
        match result {
            Ok(response) => {
                match response {
                    Response::Intention(intention) => self.apply_response(asked_at, intention),
                    Response::Reacted(seq) => self.hold_reacted(&op, seq),
                    _ => {}
                }
                self.settle(&op);
            }
            // The message is already gone, as requested.
            Err(ApiError::Refused { error, .. })
                if matches!(op, Op::Delete { .. }) && error.code == ErrorCode::UnknownMessage =>
            {
                self.settle(&op);
            }
            // Signed out; the stream may not know it yet.
            Err(error @ ApiError::Refused { status: 401, .. }) => {
                self.then(Step::WhyRefused);
                self.send_later(op.id(), &error, random);
            }
            Err(ApiError::Refused { error, .. }) if op.is_reaction() && is_final(error.code) => {
                self.undo_reaction(&op, error);
            }
            Err(ApiError::Refused { error, .. }) if is_final(error.code) => {
                self.outbox.handle_refused(op.id(), error);
                self.then(Step::StoreEntry(op.id()));
                self.show_outbox();
                self.then(Step::SendNext);
            }
            // The message has changed, and the stream may take long to say so.
            Err(error @ ApiError::Refused { .. }) => self.look_up(op, error, random),
            Err(error) => self.send_later(op.id(), &error, random),
        }
    }

    /// The server has acknowledged an operation.
    pub fn settle(&mut self, op: &Op) {
        if let Op::Delete { message_id, .. } = op
            && self.replica.timeline().get(*message_id).is_some()
        {
            self.deleted_locally.push(*message_id);
        }
        if let Some(entry) = self.outbox.handle_accepted(op.id()) {
            self.then(Step::Release(vec![entry]));
        }
        self.show_outbox();
        if let Op::Delete { message_id, .. } = op {
            self.show(crate::change::Change::MessageChanged(*message_id));
        }
        self.then(Step::SendNext);
    }

    fn look_up(&mut self, op: Op, error: ApiError, random: f64) {
        let Some(message) = op.changes() else { return self.send_later(op.id(), &error, random) };
        let request = Request::History(Window::Before(MessageId(message.0 + 1)));
        self.call(Purpose::LookUp { op, error }, request);
    }

    pub fn on_looked_up(
        &mut self,
        op: &Op,
        error: &ApiError,
        asked_at: Option<&protocol::Cursor>,
        result: Result<Response, ApiError>,
        random: f64,
    ) {
        if let Ok(Response::History(page)) = result {
            let is_it = |row: &protocol::Intention| op.changes() == Some(row.message_id);
            let row = page.intentions.into_iter().find(is_it);
            row.into_iter().for_each(|row| self.apply_response(asked_at, row));
        }
        self.send_later(op.id(), error, random);
        // It may be this very change that another tab has delivered, and a later one since.
        self.then(Step::ReloadOutbox);
    }

    fn send_later(&mut self, id: IntentionId, error: &ApiError, random: f64) {
        let wait = self.outbox.handle_unanswered(id, random);
        if !self.leads() {
            // The tab that leads by now may have delivered it, and taken it off the disk.
            self.then(Step::ReloadOutbox);
        }
        if let ApiError::RetryLater { retry_after_seconds } = error {
            self.is_paused = true;
            let pause = wait.max(retry_after_seconds * 1000);
            self.emit(Effect::SetTimer(Timer::Pause, pause));
            // A retry that was scheduled earlier waits as well.
            self.emit(Effect::ClearTimer(Timer::Retry));
        } else {
            self.emit(Effect::SetTimer(Timer::Retry, wait));
        }
    }

    /// Removes acknowledged or discarded entries from the disk. In the same transaction the snapshot
    /// is saved: whenever the tab dies, what the user wrote is on the device in one of the two.
    pub fn release(&mut self, entries: &[Entry]) {
        let mut writes: Vec<_> = self.snapshot_write().into_iter().collect();
        for entry in entries {
            writes.push(Write::Remove { store: Store::Outbox, key: self.entry_key(entry) });
            // It was never stored, and its text is still a draft on the disk.
            writes.extend(self.stored_texts.sent_as(entry.id()));
            self.stored_texts.forget_sent(entry.id());
        }
        self.keep(StoragePurpose::Release, writes);
    }

    pub fn on_released(&mut self, operation: Operation, result: Result<Found, StorageError>) {
        if let (Err(_), Operation::Write(mut writes)) = (result, operation) {
            // A full device may still remove.
            let all = writes.len();
            writes.retain(|write| !write.is_put());
            if writes.len() < all {
                return self.keep(StoragePurpose::Release, writes);
            }
        }
        self.post(&TabMessage::Outbox);
    }

    /// Keys sort in the order in which their entries were written.
    fn entry_key(&self, entry: &Entry) -> String {
        format!("{}{:015} {}", self.scope(), entry.written_at, entry.id())
    }

    fn entry_put(&self, entry: &Entry) -> Write {
        let (key, text) = (self.entry_key(entry), StoredEntry::write(entry));
        Write::Put { store: Store::Outbox, key, value: Value::Text(text) }
    }

    pub fn keep(&mut self, purpose: StoragePurpose, writes: Vec<Write>) {
        if !writes.is_empty() {
            self.store(purpose, Operation::Write(writes));
        }
    }
}

/// Whether a refused change stays refused until its author does something about it.
fn is_final(code: ErrorCode) -> bool {
    use ErrorCode::*;
    match code {
        // A change made by another tab or device is on its way here.
        ChangedSince => false,
        // Trying again changes nothing. A code that this build does not know is shown with its sentence.
        Malformed | NoSession | WrongPassword | CrossOrigin | NotMember | NotAllowed
        | InviteRequired | UnknownSpace | UnknownMessage | UnknownBeing | UnknownInvite
        | UnknownProvider | UnknownRoute | WrongMethod | CutOff | TooSlow | HandleTaken
        | IdTaken | AnotherHistory | NotAnAnswer | AnswerEnded | TooLarge | OutOfBounds
        | SlowDown | ProviderUnavailable | Unavailable | Unknown => true,
    }
}
