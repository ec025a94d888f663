//! The stream of the inbox. One tab of a browser leads, whichever space it shows, and tells the others what
//! it hears. It goes on while it is hidden, since what is new concerns who looks elsewhere. Where the
//! browser has no Web Locks or no Broadcast Channel, each tab that holds the stream of its space has one.

use protocol::{Cursor, Endpoint, InboxEvent, endpoint::GetInbox, json::from_json};

use super::state::{State, Step};
use crate::{
    change::Change,
    effect::{Channel, Effect, Lock, LockMode, StoragePurpose, Timer},
    inbox::{Inbox, InboxMessage, inbox_key},
    input::{Lifecycle, StreamSignal},
    leader_election,
    position::OutOfSync,
    reconnect::{self, Status},
    request::{Purpose, Request},
    storage::{Operation, Store, Value, Write},
};

/// Debounce: the inbox is saved this long after the first unsaved change.
const SAVE_DEBOUNCE_MILLIS: u64 = 1_000;

impl State {
    pub fn join_inbox(&mut self) {
        self.emit(Effect::Join(Channel::Inbox, inbox_key(&self.me.id)));
        self.then(Step::ElectInbox(leader_election::Input::Start));
    }

    pub fn elect_inbox(&mut self, input: leader_election::Input) {
        use leader_election::Action;
        for action in self.inbox_election.handle_input(input, self.now) {
            match action {
                Action::QueueForLock => self.request_inbox_lock(LockMode::Queue),
                Action::StealLock => self.request_inbox_lock(LockMode::Steal),
                Action::ReleaseLock => {
                    self.emit(Effect::ReleaseLock(Lock::Inbox));
                    self.emit(Effect::ClearTimer(Timer::InboxElection));
                    self.emit(Effect::Leave(Channel::Inbox));
                }
                Action::AskLeader => self.post_inbox(&InboxMessage::Ask),
                Action::SetTimer(at) => {
                    self.emit(Effect::SetTimer(Timer::InboxElection, at.since(self.now)));
                }
                Action::Lead | Action::Follow => self.then(Step::HoldInbox),
            }
        }
    }

    fn request_inbox_lock(&mut self, mode: LockMode) {
        if self.is_alone {
            return self.then(Step::ElectInbox(leader_election::Input::LockGranted));
        }
        self.emit(Effect::RequestLock(Lock::Inbox, inbox_key(&self.me.id), mode));
    }

    /// Opens the stream, or closes it.
    pub fn hold_inbox(&mut self) {
        let may = !self.is_alone || !self.reconnect.is_idle();
        let is_wanted = may && self.inbox_election.is_leading();
        if is_wanted == self.inbox_stream.is_idle() {
            let input = if is_wanted { reconnect::Input::Start } else { reconnect::Input::Stop };
            self.then(Step::ConnectInbox(input));
        }
    }

    pub fn connect_inbox(&mut self, input: reconnect::Input, random: f64) {
        use reconnect::Action;
        for action in self.inbox_stream.handle_input(input, self.now, random) {
            match action {
                Action::Close => self.emit(Effect::CloseInbox),
                Action::Open => {
                    self.inbox.handle_reconnect();
                    let (being, since) = (Some(&self.me.id), self.inbox.cursor());
                    let url = GetInbox { being, since }.path();
                    self.emit(Effect::OpenInbox(url));
                }
                Action::SetTimer(at) => {
                    self.emit(Effect::SetTimer(Timer::InboxConnection, at.since(self.now)));
                }
            }
        }
        if input == reconnect::Input::End {
            self.then(Step::ElectInbox(leader_election::Input::Stop));
        }
    }

    pub fn on_inbox_stream(&mut self, signal: StreamSignal) {
        let input = match signal {
            StreamSignal::Opened => reconnect::Input::Heard,
            StreamSignal::Event { id, data } => self.on_inbox_event(id, data),
            StreamSignal::Closed { is_refusal } => {
                if is_refusal {
                    self.ask_whether_signed_in();
                }
                reconnect::Input::Lost
            }
        };
        self.then(Step::ConnectInbox(input));
    }

    fn on_inbox_event(&mut self, id: String, data: String) -> reconnect::Input {
        let Some(event) = from_json(&data) else { return reconnect::Input::OutOfSync };
        match self.apply_inbox(&id, event) {
            Err(_) => reconnect::Input::OutOfSync,
            Ok(Some(Change::WentLive)) => {
                self.post_whole_inbox();
                self.save_inbox();
                reconnect::Input::WentLive
            }
            Ok(change) => {
                // What belongs to a catch-up is told as a whole at its end.
                if self.inbox.is_whole() && change != Some(Change::Revoked) {
                    self.post_inbox(&InboxMessage::Event { id, data });
                    if change.is_some() {
                        self.save_inbox();
                    }
                }
                if change == Some(Change::Revoked) {
                    // Nothing is stored before that is known.
                    self.inbox.handle_reconnect();
                    self.ask_whether_signed_in();
                    return reconnect::Input::Lost;
                }
                reconnect::Input::Heard
            }
        }
    }

    /// Somebody may have signed out, and in again, in another tab: the server knows.
    fn ask_whether_signed_in(&mut self) {
        self.call(Purpose::IsSignedIn, Request::Spaces);
    }

    fn apply_inbox(&mut self, id: &str, event: InboxEvent) -> Result<Option<Change>, OutOfSync> {
        let id = id.parse::<Cursor>().ok().filter(|_| event.moves_the_cursor());
        let tells_reads = match &event {
            InboxEvent::ReadMoved(moved) => moved.space_id == self.space,
            event => matches!(event, InboxEvent::InboxSync(_)),
        };
        let epoch = |inbox: &Inbox| inbox.cursor().map(|cursor| cursor.epoch.clone());
        let (before, history) = (self.read_up_to(), epoch(&self.inbox));
        let change = self.inbox.handle_event(id, event)?;
        if tells_reads && change.is_some() {
            let read_up_to = self.read_up_to();
            self.reads.hear(read_up_to);
            // On another device; this one does not read it again at once.
            let went_back = history == epoch(&self.inbox) && read_up_to < before;
            self.has_marked_unread |= went_back;
        }
        if change == Some(Change::InboxChanged) {
            self.show_inbox();
        }
        Ok(change)
    }

    pub fn on_inbox_message(&mut self, message: InboxMessage) {
        use leader_election::Input;
        let input = match message {
            InboxMessage::Ask if self.inbox_election.is_leading() => {
                // Timers run late in a hidden tab.
                self.then(Step::ConnectInbox(reconnect::Input::TimerFired));
                return self.post_whole_inbox();
            }
            InboxMessage::Here => Input::LeaderHeard,
            InboxMessage::Event { id, data } if !self.inbox_election.is_leading() => {
                self.on_inbox_leader(&id, &data)
            }
            InboxMessage::Ask | InboxMessage::Event { .. } => return,
        };
        self.then(Step::ElectInbox(input));
    }

    fn on_inbox_leader(&mut self, id: &str, data: &str) -> leader_election::Input {
        use leader_election::Input;
        let Some(event) = from_json(data) else { return Input::Behind };
        if matches!(event, InboxEvent::InboxSync(_)) {
            if id.parse().is_ok_and(|at| self.inbox.is_beyond(&at)) {
                return Input::LeaderHeard;
            }
            self.inbox.handle_leader();
        } else if !self.inbox.is_whole() {
            return Input::Behind;
        }
        match self.apply_inbox(id, event) {
            Ok(_) => Input::LeaderHeard,
            Err(_) => Input::Behind,
        }
    }

    fn post_whole_inbox(&mut self) {
        let message = match self.inbox.snapshot() {
            Some(whole) => {
                let (id, data) = (whole.cursor.to_string(), whole.sync.to_event_json());
                InboxMessage::Event { id, data }
            }
            None => InboxMessage::Here,
        };
        self.post_inbox(&message);
    }

    fn post_inbox(&mut self, message: &InboxMessage) {
        if !self.is_alone && !self.inbox_election.is_idle() {
            self.emit(Effect::Post(Channel::Inbox, message.to_string()));
        }
    }

    /// What happens to the page.
    pub fn wake_inbox(&mut self, event: Lifecycle) {
        let input = match event {
            Lifecycle::Gone => {
                return self.then(Step::ElectInbox(leader_election::Input::Stop));
            }
            Lifecycle::Hidden | Lifecycle::Offline => return,
            Lifecycle::Shown => reconnect::Input::Shown,
            Lifecycle::Restored | Lifecycle::Online => reconnect::Input::Returned,
        };
        if self.inbox_election.is_leading() {
            self.then(Step::ConnectInbox(input));
        } else {
            self.then(Step::ElectInbox(leader_election::Input::PageWoke));
        }
    }

    pub fn save_inbox(&mut self) {
        if !std::mem::replace(&mut self.is_inbox_due, true) {
            self.emit(Effect::SetTimer(Timer::InboxSnapshot, SAVE_DEBOUNCE_MILLIS));
        }
    }

    /// A reader who may have signed out must leave nothing behind.
    pub fn flush_inbox(&mut self) {
        self.is_inbox_due = false;
        let is_signed_in = matches!(self.status, Status::Online | Status::Slow | Status::Paused);
        let may = is_signed_in && self.inbox_election.is_leading();
        let Some(snapshot) = self.inbox.snapshot().filter(|_| may) else { return };
        let (store, key) = (Store::Snapshots, inbox_key(&self.me.id));
        let write = Write::Put { store, key, value: Value::Text(snapshot.to_stored()) };
        self.store(StoragePurpose::SaveSnapshot, Operation::Write(vec![write]));
    }
}
