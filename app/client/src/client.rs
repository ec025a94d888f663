//! The client of one space in one tab. It passes each input to the part that it concerns, and goes
//! on with the steps that follow until none is left.

mod applying;
mod attention;
mod commands;
mod connection;
mod delivery;
mod drafts;
mod edits;
mod inbox;
mod leadership;
mod originals;
mod reactions;
mod reading;
mod replies;
mod saving;
mod state;
mod windows;

use protocol::{Being, BeingId, IntentionId, MessageId, Reaction, SpaceDetails, SpaceId};

use crate::{
    change::Change,
    clock::Millis,
    effect::{Channel, Effect, Lock, StorageCall, StoragePurpose, Timer},
    inbox::{Inbox, InboxMessage, SpaceNews, others_in},
    input::{Input, Lifecycle, LockSignal},
    leader_election,
    outbox::Outbox,
    reconnect::{self, Status},
    replica::{Bounds, Replica},
    request::{ApiError, Call, Purpose, Response},
    slot_message::SlotMessage,
    snapshots::SpaceSnapshot,
    storage::{Found, StorageError},
    stream_slot,
    tab_message::TabMessage,
};
pub use edits::Edit;
pub use originals::Original;
use state::{State, Step};

/// An unacknowledged change to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingChange {
    Edit(String),
    Deletion,
}

/// 128 uniform bits.
pub type Random<'a> = &'a mut dyn FnMut() -> u128;

/// Shown where a newer build has changed what this device keeps.
const NEWER_STORAGE: &str = "A newer version of Rhizome runs on this device. \
    Reload this page; until then what you write is not kept here.";

pub struct Client(State);

impl Client {
    /// Shows the snapshot. Nothing is requested until [`Input::Start`].
    pub fn new(snapshot: SpaceSnapshot) -> Self {
        Self::bounded(snapshot, Bounds::default())
    }

    /// The same with other bounds of what is held.
    pub fn bounded(snapshot: SpaceSnapshot, bounds: Bounds) -> Self {
        Self(State::new(snapshot, bounds))
    }

    pub fn replica(&self) -> &Replica {
        &self.0.replica
    }

    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    pub fn status(&self) -> Status {
        self.0.status
    }

    /// Whether this tab holds the stream, and sends for all tabs of the space.
    pub fn leads(&self) -> bool {
        self.0.leads()
    }

    pub fn me(&self) -> &Being {
        &self.0.me
    }

    pub fn founder(&self) -> Option<&BeingId> {
        self.0.founder.as_ref()
    }

    /// Whether the reader may rename the space, and remove others from it.
    pub fn keeps_space(&self) -> bool {
        !self.details().direct && (self.0.is_admin || self.founder() == Some(&self.0.me.id))
    }

    /// What the space has besides its being.
    pub fn details(&self) -> &SpaceDetails {
        self.0.replica.roster().details()
    }

    /// As the reader calls the space.
    pub fn space_name(&self) -> String {
        let name = self.0.replica.roster().space().map(|space| &*space.name).unwrap_or_default();
        match self.details().direct {
            true => others_in(name, self.0.my_name()),
            false => name.to_owned(),
        }
    }

    /// Whether the reader may change how an AI being answers.
    pub fn may_change(&self, ai: &BeingId) -> bool {
        self.0.is_admin || self.0.made.contains(ai)
    }

    pub fn inbox(&self) -> &Inbox {
        &self.0.inbox
    }

    /// The spaces with what is new in them, as they are listed.
    pub fn spaces(&self) -> &[SpaceNews] {
        &self.0.shown_spaces
    }

    /// The message before which a line says that it is new, with all after it.
    pub fn first_unread(&self) -> Option<MessageId> {
        self.0.first_unread
    }

    /// Whether anything in the open space is unread, also where its reader wants to hear nothing of it.
    pub fn has_unread(&self) -> bool {
        self.0.open_counts().0 > 0
    }

    /// Whether this tab holds the stream of the inbox.
    pub fn leads_inbox(&self) -> bool {
        self.0.inbox_election.is_leading()
    }

    pub fn space(&self) -> &SpaceId {
        &self.0.space
    }

    /// The reader's unacknowledged change to a message.
    pub fn pending(&self, id: MessageId) -> Option<PendingChange> {
        self.0.pending(id)
    }

    /// The reactions to a message, with the reader's unacknowledged ones.
    pub fn reactions(&self, id: MessageId) -> Vec<Reaction> {
        self.0.reactions(id)
    }

    /// The message that the composer replies to.
    pub fn replying_to(&self) -> Option<MessageId> {
        self.0.replying_to()
    }

    /// A message that another one replies to.
    pub fn original(&self, id: MessageId) -> Original<'_> {
        self.0.original(id)
    }

    /// The edits under way, in the order in which they were begun.
    pub fn edits(&self) -> &[Edit] {
        &self.0.edits
    }

    /// The sign-in page, which returns to this space.
    pub fn sign_in_path(&self) -> String {
        self.0.sign_in_path()
    }

    /// Takes an input. `clock` is the device's clock, which may be set back.
    pub fn handle(&mut self, input: Input, clock: Millis, random: Random) -> Vec<Effect> {
        self.0.now = self.0.time.count(clock);
        self.0.clock = clock;
        self.0.take(input, random);
        while let Some(step) = self.0.steps.pop_front() {
            self.0.go_on(step, random);
        }
        std::mem::take(&mut self.0.effects)
    }
}

impl State {
    fn take(&mut self, input: Input, random: Random) {
        match input {
            Input::Start { is_visible } => {
                self.is_visible = is_visible;
                self.shown_at = self.now;
                self.seen_at = self.now;
                self.join_tabs(format!("{:x}", random() as u64));
                self.then(Step::ReloadOutbox);
                self.then(Step::SaveSnapshot);
                self.prune_snapshots();
                self.restore_edits();
                self.go_on_jumping();
                self.begin_originals();
            }
            Input::Stream(signal) => self.on_stream(signal),
            Input::Inbox(signal) => self.on_inbox_stream(signal),
            Input::TimerFired(timer) => self.on_timer(timer),
            Input::Lifecycle(event) => {
                if matches!(event, Lifecycle::Hidden | Lifecycle::Gone) {
                    self.leave_drafts();
                }
                let is_back = event == Lifecycle::Restored && self.election.is_idle();
                if is_back && self.status != Status::SignedOut {
                    self.join_tabs(self.tab.clone());
                    self.then(Step::ReloadOutbox);
                    self.reload_draft();
                }
                self.on_lifecycle(event);
            }
            Input::Message(Channel::Space, text) => {
                TabMessage::parse(&text)
                    .into_iter()
                    .for_each(|message| self.on_tab_message(message));
            }
            Input::Message(Channel::Inbox, text) => {
                let message = InboxMessage::parse(&text);
                message.into_iter().for_each(|message| self.on_inbox_message(message));
            }
            Input::Message(Channel::Browser, text) => {
                let message = SlotMessage::parse(&text);
                message.into_iter().for_each(|message| self.on_slot_message(message));
            }
            Input::NoChannel(channel) => {
                self.is_unheard |= channel == Channel::Browser;
                self.lead_alone();
                // It may lead already, and wait for a place among tabs that it cannot hear.
                self.then(Step::Watch);
            }
            Input::Lock(_, LockSignal::Unavailable) => self.lead_alone(),
            Input::Lock(Lock::Leader, LockSignal::Granted) => {
                self.then(Step::Elect(leader_election::Input::LockGranted));
            }
            Input::Lock(Lock::Leader, _) => {
                self.then(Step::Elect(leader_election::Input::LockLost));
            }
            Input::Lock(Lock::Inbox, signal) => {
                let is_granted = signal == LockSignal::Granted;
                self.then(Step::ElectInbox(if is_granted {
                    leader_election::Input::LockGranted
                } else {
                    leader_election::Input::LockLost
                }));
            }
            Input::Lock(Lock::Stream(slot), signal) => self.on_slot_lock(slot, signal),
            Input::Answered(call, result) => self.on_answer(*call, result, random),
            Input::Stored(call, result) => self.on_stored(call, result),
            Input::StorageLost => {
                self.on_storage_lost();
                self.save_inbox();
                self.save_drafts_again();
            }
            Input::Command(command) => {
                let clock = self.clock;
                self.on_command(command, &mut || new_id(clock, random));
            }
        }
    }

    fn go_on(&mut self, step: Step, random: Random) {
        match step {
            Step::Elect(input) => self.elect(input),
            Step::Connect(input) => self.connect(input, unit(random)),
            Step::ElectInbox(input) => self.elect_inbox(input),
            Step::HoldInbox => self.hold_inbox(),
            Step::ConnectInbox(input) => self.connect_inbox(input, unit(random)),
            Step::SendRead => self.send_read(),
            Step::Place(input) => self.place(input),
            Step::Watch => self.watch(),
            Step::RefreshStatus => self.refresh_status(),
            Step::WhyRefused => self.ask_why_refused(),
            Step::ReloadOutbox => self.reload_outbox(),
            Step::StoreEntry(id) => self.store_entry(id),
            Step::Release(entries) => self.release(&entries),
            Step::SendNext => self.send_next(),
            Step::SaveSnapshot => self.save_snapshot(),
            Step::DeleteSnapshot => self.delete_snapshot(),
        }
    }

    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Election => self.then(Step::Elect(leader_election::Input::TimerFired)),
            Timer::Connection => self.then(Step::Connect(reconnect::Input::TimerFired)),
            Timer::Retry => self.then(Step::SendNext),
            Timer::Pause => {
                self.is_paused = false;
                self.then(Step::SendNext);
            }
            Timer::Unanswered => {
                self.is_unanswered = true;
                self.then(Step::RefreshStatus);
            }
            Timer::Draft => self.flush_drafts(),
            Timer::Snapshot => self.flush_snapshot(),
            Timer::Store(id) => self.on_store_timeout(id),
            Timer::Visibility => self.then(Step::Watch),
            Timer::InboxElection => {
                self.then(Step::ElectInbox(leader_election::Input::TimerFired));
            }
            Timer::InboxConnection => {
                self.then(Step::ConnectInbox(reconnect::Input::TimerFired));
            }
            Timer::InboxSnapshot => self.flush_inbox(),
            Timer::Read => self.wake_reads(),
            Timer::Slot => self.then(Step::Place(stream_slot::Input::TimerFired)),
        }
    }

    fn on_answer(&mut self, call: Call, result: Result<Response, ApiError>, random: Random) {
        let Call { purpose, request, asked_at } = call;
        let asked_at = asked_at.as_ref();
        match purpose {
            Purpose::Deliver(op) => self.on_delivered(op, asked_at, result, unit(random)),
            Purpose::LookUp { op, error } => {
                self.on_looked_up(&op, &error, asked_at, result, unit(random));
            }
            Purpose::WhyRefused => self.on_why_refused(result),
            Purpose::IsSignedIn => {
                if let Err(ApiError::Refused { status: 401, .. }) = result {
                    self.on_why_refused(result);
                }
            }
            Purpose::Page(request) => self.on_page(request, result),
            Purpose::Original(message) => self.on_original(message, asked_at, result),
            Purpose::Versions(message) => self.on_versions(message, asked_at, result),
            Purpose::Read => self.on_read_answered(&result, unit(random)),
            Purpose::Command => self.on_requested(&request, asked_at, result),
        }
    }

    fn on_stored(&mut self, call: StorageCall, result: Result<Found, StorageError>) {
        if result == Err(StorageError::Newer) {
            self.show(Change::Notice(Some(NEWER_STORAGE.into())));
        }
        match call.purpose {
            StoragePurpose::StoreEntry(_) => self.on_entry_stored(call.operation, result),
            StoragePurpose::LoadOutbox { entries_stored } => {
                self.on_outbox_loaded(entries_stored, result);
            }
            StoragePurpose::Release => self.on_released(call.operation, result),
            StoragePurpose::LoadDraft => self.on_draft_loaded(result.unwrap_or_default()),
            StoragePurpose::ReloadDraft => self.on_draft_reloaded(result.unwrap_or_default()),
            StoragePurpose::LoadEdits => self.on_edits_loaded(result.unwrap_or_default()),
            StoragePurpose::ListSnapshots => self.on_snapshots_listed(result.unwrap_or_default()),
            StoragePurpose::RankSnapshots => self.on_snapshots_ranked(result.unwrap_or_default()),
            StoragePurpose::SaveDrafts => self.on_drafts_saved(call.operation, &result),
            StoragePurpose::SaveSnapshot | StoragePurpose::RemoveSnapshots => {}
        }
    }
}

/// Uniform in 0..1.
fn unit(random: Random) -> f64 {
    (random() as u32) as f64 / f64::from(u32::MAX)
}

fn new_id(clock: Millis, random: Random) -> IntentionId {
    let [tail @ .., _, _, _, _, _, _] = random().to_le_bytes();
    IntentionId::new_v7(clock.0, &tail)
}
