//! What a client holds, and what one input has led to so far. The files beside this one change the
//! state and add steps; none of them calls another.

use std::collections::VecDeque;

use protocol::{Being, BeingId, Cursor, IntentionId, MessageId, SpaceId};

use super::{
    drafts::{Draft, StoredTexts},
    edits::Edit,
    originals::Originals,
    reactions::Reacted,
    windows::Jump,
};
use crate::{
    change::Change,
    clock::{Millis, Time},
    effect::{Channel, Effect, StorageCall, StoragePurpose},
    event_log::EventLog,
    inbox::{Inbox, Reads, SpaceNews},
    leader_election::{self, LeaderElection},
    outbox::{Entry, Outbox},
    reconnect::{self, Reconnect, Status},
    replica::{Bounds, Replica},
    request::{Call, Purpose, Request},
    snapshots::SpaceSnapshot,
    storage::Operation,
    stream_slot::{self, StreamSlot},
    tab_message::TabMessage,
};

/// Something that is to be done next, before another input is taken.
#[derive(Debug)]
pub enum Step {
    Elect(leader_election::Input),
    Connect(reconnect::Input),
    Place(stream_slot::Input),
    ElectInbox(leader_election::Input),
    /// Another tab may have to hold the stream of the inbox from now on.
    HoldInbox,
    ConnectInbox(reconnect::Input),
    SendRead,
    /// Whether anybody looks at the space may have changed.
    Watch,
    /// Something that the status is made of may have changed.
    RefreshStatus,
    WhyRefused,
    ReloadOutbox,
    StoreEntry(IntentionId),
    Release(Vec<Entry>),
    SendNext,
    SaveSnapshot,
    DeleteSnapshot,
}

pub struct State {
    pub me: Being,
    pub space: SpaceId,
    pub founder: Option<BeingId>,
    pub is_admin: bool,
    pub made: Vec<BeingId>,
    pub time: Time,
    /// Now, by a clock that never goes back.
    pub now: Millis,
    /// Now, by the device's clock.
    pub clock: Millis,

    pub replica: Replica,
    pub log: EventLog,
    pub reconnect: Reconnect,
    pub status: Status,

    pub election: LeaderElection,
    /// The name of this tab among those that show the space.
    pub tab: String,
    /// The tab whose events this tab applies.
    pub leader: Option<String>,
    pub leader_status: Status,
    /// The leader's history is another than this tab's, and it is not known yet which is over.
    pub is_in_doubt: bool,
    /// The browser cannot make its tabs agree on a leader: each leads for itself.
    pub is_alone: bool,
    /// The browser's tabs cannot hear each other at all.
    pub is_unheard: bool,

    pub slot: StreamSlot,
    pub is_visible: bool,
    /// Since when this space is on the screen in the tab that was shown last.
    pub shown_at: Millis,
    /// When the space was last known to be on the screen.
    pub seen_at: Millis,
    pub is_watched: bool,

    /// Since when the page has been reconnecting without a break.
    pub away_since: Option<Millis>,
    pub is_offline: bool,
    pub is_at_gate: bool,
    /// A request of the outbox has been under way for long.
    pub is_unanswered: bool,

    pub outbox: Outbox,
    /// What is shown otherwise because of the outbox.
    pub pending_changes: Vec<Change>,
    /// Deletions that were acknowledged and whose events have not arrived yet.
    pub deleted_locally: Vec<MessageId>,
    /// Reactions that were acknowledged and whose events have not arrived yet.
    pub reacted: Vec<Reacted>,
    pub originals: Originals,
    /// The server has asked to send nothing for a while.
    pub is_paused: bool,
    /// How many entries have been stored, so that a read from before the last one is not believed.
    pub entries_stored: u32,

    pub draft: Draft,
    pub edits: Vec<Edit>,
    /// Some of them is to be saved, or removed from the disk.
    pub is_draft_due: bool,
    pub stored_texts: StoredTexts,
    pub is_snapshot_due: bool,

    pub inbox: Inbox,
    pub inbox_election: LeaderElection,
    pub inbox_stream: Reconnect,
    pub is_inbox_due: bool,
    /// What the list of spaces shows.
    pub shown_spaces: Vec<SpaceNews>,
    pub reads: Reads,
    /// The newest message is in view, if the page is.
    pub is_at_end: bool,
    /// Messages in view stay unread.
    pub has_marked_unread: bool,
    pub first_unread: Option<MessageId>,
    /// Where the reader wants to be, until it is shown.
    pub jump: Option<Jump>,

    pub steps: VecDeque<Step>,
    pub effects: Vec<Effect>,
}

impl State {
    pub fn new(snapshot: SpaceSnapshot, bounds: Bounds) -> Self {
        let space = SpaceId::from(snapshot.sync.space.id.clone());
        let log = EventLog::new(snapshot.cursor.clone());
        let mut replica = Replica::bounded(bounds);
        // A `space-sync` with its cursor is always accepted.
        let _ = replica.handle_event(Some(snapshot.cursor), snapshot.sync.into());
        if let Some(page) = snapshot.window {
            let around = replica.begin_around(MessageId::default());
            replica.handle_page(around, page);
        }
        let mut this = Self {
            me: snapshot.me,
            space,
            founder: snapshot.founder,
            is_admin: snapshot.is_admin,
            made: snapshot.made,
            time: Time::default(),
            now: Millis::default(),
            clock: Millis::default(),
            replica,
            log,
            reconnect: Reconnect::default(),
            status: Status::Online,
            election: LeaderElection::default(),
            tab: String::new(),
            leader: None,
            leader_status: Status::Online,
            is_in_doubt: false,
            is_alone: false,
            is_unheard: false,
            slot: StreamSlot::default(),
            is_visible: true,
            shown_at: Millis::default(),
            seen_at: Millis::default(),
            is_watched: false,
            away_since: None,
            is_offline: false,
            is_at_gate: false,
            is_unanswered: false,
            outbox: Outbox::default(),
            pending_changes: Vec::new(),
            deleted_locally: Vec::new(),
            reacted: Vec::new(),
            originals: Originals::default(),
            is_paused: false,
            entries_stored: 0,
            draft: Draft::default(),
            edits: Vec::new(),
            is_draft_due: false,
            stored_texts: StoredTexts::default(),
            is_snapshot_due: false,
            inbox: Inbox::new(snapshot.spaces, snapshot.inbox),
            inbox_election: LeaderElection::default(),
            inbox_stream: Reconnect::default(),
            is_inbox_due: false,
            shown_spaces: Vec::new(),
            reads: Reads::default(),
            is_at_end: false,
            has_marked_unread: false,
            first_unread: None,
            jump: snapshot.at.map(Jump::Message),
            steps: VecDeque::new(),
            effects: Vec::new(),
        };
        this.first_unread = this.find_first_unread();
        this.seek_first_unread();
        this.shown_spaces = this.list_spaces();
        this
    }

    pub fn leads(&self) -> bool {
        self.election.is_leading()
    }

    /// The prefix of all keys of this author and space, and the name of their lock and channel. An id
    /// contains no blank.
    pub fn scope(&self) -> String {
        format!("{} {} ", self.me.id, self.space)
    }

    pub fn asked_at(&self) -> Option<Cursor> {
        self.replica.cursor().cloned()
    }

    pub fn then(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    pub fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub fn store(&mut self, purpose: StoragePurpose, operation: Operation) {
        self.emit(Effect::Store(StorageCall { purpose, operation }));
    }

    pub fn call(&mut self, purpose: Purpose, request: Request) {
        let asked_at = self.asked_at();
        self.emit(Effect::Call(Box::new(Call { purpose, request, asked_at })));
    }

    pub fn show(&mut self, change: Change) {
        self.effects.push(Effect::Show(change));
    }

    /// Sends a message to the other tabs that show the space.
    pub fn post(&mut self, message: &TabMessage) {
        if !self.is_alone && !self.election.is_idle() {
            self.emit(Effect::Post(Channel::Space, message.to_string()));
        }
    }

    /// Tells the other tabs the position of this tab's stream.
    pub fn post_position(&mut self) {
        if let Some(cursor) = self.replica.cursor().cloned() {
            self.post(&TabMessage::At {
                tab: self.tab.clone(),
                cursor,
                is_live: self.replica.is_live(),
                status: self.status,
            });
        }
    }

    /// The outbox has changed, and with it the messages that have a pending change.
    pub fn show_outbox(&mut self) {
        let now: Vec<_> = self.outbox.changes().collect();
        let before = std::mem::replace(&mut self.pending_changes, now.clone());
        self.show(Change::OutboxChanged);
        before.into_iter().chain(now).for_each(|change| self.show(change));
    }
}
