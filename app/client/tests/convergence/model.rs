//! A server as the protocol page describes it, as simple as possible: one space in memory, every
//! row with the position of its last change. No fan-out, no storage, no clock.
//!
//! The size of a sync and of a catch-up are arguments, so that a space of a handful of messages
//! already has earlier history and outgrows a catch-up.

pub mod world;

use std::collections::BTreeMap;

use client::Window;
use protocol::{
    Being, BeingId, BeingKind, BeingLeft, BeingUpdated, CaughtUp, Cursor, Epoch, Heartbeat,
    HistoryPage, Hue, Intention, IntentionAppended, IntentionCreated, IntentionDeleted,
    IntentionId, IntentionState, IntentionUpdated, MessageId, ReasoningAppended, Seq, Since,
    SpaceDetails, SpaceSync, SyncEvent, Timestamp, VersionCount,
};
use uuid::Uuid;

use crate::{pages, reactions::Reactions};

/// A frame on a stream: the SSE `id:`, and the event.
pub type Frame = (Option<Cursor>, SyncEvent);

/// The numbers select one of the rows that the command can act on, oldest first, and wrap around.
#[derive(Debug, Clone, Copy)]
pub enum Command {
    Create(IntentionState),
    Edit(usize),
    /// Appends text to a message that is still active.
    Append(usize),
    /// Appends reasoning to a message that is still active.
    Think(usize),
    /// Ends the message, with the last of its text.
    Finish(usize, IntentionState),
    /// Starts it again, in its place and without text.
    Retry(usize),
    Delete(usize),
    /// One of two beings reacts with one of two emoji, or takes that back.
    React(usize, usize),
    /// Adds one of four beings that is not a member at present.
    Join(usize),
    Rename(usize),
    Leave(usize),
    RenameSpace,
    SetTopic,
}

/// The row right after the command.
#[derive(Debug, Clone)]
pub enum Response {
    Message(Intention),
    Being(Being),
}

pub struct Server {
    space: Space,
    backup: Space,
    restores: u64,
    sync_messages: usize,
    catch_up_rows: usize,
}

#[derive(Clone)]
struct Space {
    epoch: Epoch,
    head: Seq,
    space: Being,
    /// And the position of their last change.
    details: (SpaceDetails, Seq),
    beings: BTreeMap<BeingId, Row<Being>>,
    messages: BTreeMap<MessageId, Row<Intention>>,
    reactions: Reactions,
}

/// The row of a deleted message, or of a being that left, stays as a tombstone with its `seq`.
#[derive(Clone)]
struct Row<T> {
    data: T,
    is_tombstone: bool,
}

impl Server {
    pub fn new(sync_messages: usize, catch_up_rows: usize) -> Self {
        let space = being("@garden", BeingKind::Space, Seq(0));
        let (beings, messages) = (BTreeMap::new(), BTreeMap::new());
        let reactions = Reactions::default();
        let (epoch, head, details) = (epoch(0), Seq(0), Default::default());
        let space = Space { epoch, head, space, details, beings, messages, reactions };
        Self { backup: space.clone(), space, restores: 0, sync_messages, catch_up_rows }
    }

    pub fn cursor(&self) -> Cursor {
        self.space.at(self.space.head)
    }

    pub fn space(&self) -> &Being {
        &self.space.space
    }

    pub fn beings(&self) -> impl Iterator<Item = &Being> {
        self.space.beings.values().filter(|row| !row.is_tombstone).map(|row| &row.data)
    }

    /// The messages that are not deleted, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = Intention> {
        let present = self.space.messages.values().filter(|row| !row.is_tombstone);
        present.map(|row| self.space.reactions.on(&row.data))
    }

    /// Commits a change: the frame for all listeners, and the response to the sender. `None` if
    /// there is no row for it to act on.
    pub fn handle_command(&mut self, command: Command) -> Option<(Frame, Option<Response>)> {
        let (event, response) = self.space.change(command)?;
        Some(((Some(self.cursor()), event), response))
    }

    pub fn back_up(&mut self) {
        self.backup = self.space.clone();
    }

    /// Everything committed since the backup is lost, and a new history begins.
    pub fn restore(&mut self) {
        self.restores += 1;
        self.space = Space { epoch: epoch(self.restores), ..self.backup.clone() };
    }

    /// The first frames of a new stream.
    pub fn open(&self, since: Option<&Cursor>) -> Vec<Frame> {
        let since = since.cloned().map(Since::Cursor);
        let position = since.and_then(|s| s.position(&self.space.epoch, self.space.head));
        let missed = position.map(|seq| self.space.changes_since(seq));
        self.catch_up(missed.filter(|rows| rows.len() <= self.catch_up_rows))
    }

    /// The next frames for a listener that could not keep up. The listener treats a skipped
    /// position as a loss, so changes are enough only if no row changed twice.
    pub fn overrun(&self, written: Option<Seq>) -> Vec<Frame> {
        let contiguous = written.and_then(|seq| {
            let missed = self.space.changes_since(seq);
            (missed.len() as u64 == self.space.head.0 - seq.0).then_some(missed)
        });
        self.catch_up(contiguous)
    }

    pub fn heartbeat(&self) -> Frame {
        (None, SyncEvent::Heartbeat(Heartbeat { last_message_id: self.space.head.as_message() }))
    }

    pub fn page(&self, window: Window, limit: usize) -> HistoryPage {
        pages::page(self.messages().collect(), window, limit)
    }

    /// A place in the log: of a message, or somewhere between.
    pub fn place(&self, pick: usize) -> MessageId {
        MessageId(pick as u64 % (self.space.head.0 + 3))
    }

    fn catch_up(&self, missed: Option<Vec<Frame>>) -> Vec<Frame> {
        let mut frames = missed.unwrap_or_else(|| vec![self.space_sync()]);
        let last_message_id = self.space.head.as_message();
        frames.push((None, SyncEvent::CaughtUp(CaughtUp { last_message_id })));
        frames
    }

    fn space_sync(&self) -> Frame {
        let newest = self.page(Window::Before(MessageId(u64::MAX)), self.sync_messages);
        let sync = SpaceSync {
            space: self.space.space.clone(),
            details: self.space.details.0.clone(),
            beings: self.beings().cloned().collect(),
            intentions: newest.intentions,
            has_earlier: newest.has_earlier,
            last_message_id: self.space.head.as_message(),
        };
        (Some(self.cursor()), SyncEvent::SpaceSync(sync))
    }
}

impl Space {
    fn at(&self, seq: Seq) -> Cursor {
        Cursor { epoch: self.epoch.clone(), seq }
    }

    fn change(&mut self, command: Command) -> Option<(SyncEvent, Option<Response>)> {
        let seq = self.head.next();
        let changed = match command {
            Command::Create(state) => {
                let row = message(&self.epoch, seq, state);
                let event = created(&row);
                self.messages
                    .insert(row.message_id, Row { data: row.clone(), is_tombstone: false });
                (event, Some(Response::Message(row)))
            }
            Command::Edit(pick) => {
                let row = self.pick_message(pick, |_| true)?;
                row.data.content = format!("edited at {seq}");
                row.data.modified_at = Some(moment(seq));
                row.data.seq = seq;
                (updated(&row.data), Some(Response::Message(row.data.clone())))
            }
            Command::Append(pick) => {
                let row = self.pick_message(pick, is_active)?;
                // More bytes than characters, so that an offset in anything but bytes would show.
                let text = format!(" … é{seq}");
                let (message_id, offset) = (row.data.message_id, row.data.content.len() as u64);
                row.data.content.push_str(&text);
                row.data.seq = seq;
                let reasoning_millis = settle_reasoning(&mut row.data);
                let appended = IntentionAppended { message_id, offset, text, reasoning_millis };
                (SyncEvent::IntentionAppended(appended), None)
            }
            Command::Think(pick) => {
                let row = self.pick_message(pick, is_active)?;
                let text = format!(" é? {seq}");
                let (message_id, offset) = (row.data.message_id, row.data.reasoning.len() as u64);
                row.data.reasoning.push_str(&text);
                row.data.seq = seq;
                (SyncEvent::ReasoningAppended(ReasoningAppended { message_id, offset, text }), None)
            }
            Command::Finish(pick, state) => {
                let row = self.pick_message(pick, is_active)?;
                row.data.state = state;
                row.data.content.push_str(" … and that is all");
                row.data.seq = seq;
                settle_reasoning(&mut row.data);
                (updated(&row.data), None)
            }
            Command::Retry(pick) => {
                let row = self.pick_message(pick, |row| !is_active(row))?;
                row.data.state = IntentionState::Active;
                row.data.content.clear();
                row.data.reasoning.clear();
                row.data.reasoning_millis = None;
                row.data.seq = seq;
                (updated(&row.data), Some(Response::Message(row.data.clone())))
            }
            Command::Delete(pick) => {
                let row = self.pick_message(pick, |_| true)?;
                row.is_tombstone = true;
                row.data.seq = seq;
                let message = row.data.message_id;
                let event = deleted(&row.data);
                self.reactions.forget(message);
                (event, None)
            }
            Command::React(pick, which) => {
                let message = self.pick_message(pick, |_| true)?.data.message_id;
                let by = ["@ada", "@bo"][which % 2].parse().expect("an id");
                let emoji = ["🌱", "❤️"][which / 2 % 2];
                (self.reactions.toggle(seq, message, (emoji, by)), None)
            }
            Command::Join(pick) => {
                let is_member =
                    |id: &BeingId| self.beings.get(id).is_some_and(|row| !row.is_tombstone);
                let ids = ["@ada", "@bo", "@cy", "@dee"].map(|id| id.parse().expect("an id"));
                let candidates: Vec<BeingId> =
                    ids.into_iter().filter(|id| !is_member(id)).collect();
                let id = candidates.get(pick.checked_rem(candidates.len())?)?;
                let data = being(id.as_str(), BeingKind::Person, seq);
                self.beings.insert(id.clone(), Row { data: data.clone(), is_tombstone: false });
                (
                    SyncEvent::BeingUpdated(BeingUpdated { data: data.clone() }),
                    Some(Response::Being(data)),
                )
            }
            Command::Rename(pick) => {
                let data = &mut self.pick_being(pick)?.data;
                *data = being(data.id.as_str(), data.kind, seq);
                (
                    SyncEvent::BeingUpdated(BeingUpdated { data: data.clone() }),
                    Some(Response::Being(data.clone())),
                )
            }
            Command::Leave(pick) => {
                let row = self.pick_being(pick)?;
                row.is_tombstone = true;
                row.data.seq = seq;
                (SyncEvent::BeingLeft(BeingLeft { being_id: row.data.id.clone() }), None)
            }
            Command::SetTopic => {
                let details = SpaceDetails { topic: format!("as of {seq}"), ..Default::default() };
                self.details = (details.clone(), seq);
                (SyncEvent::SpaceChanged(details), None)
            }
            Command::RenameSpace => {
                self.space = being(self.space.id.as_str(), BeingKind::Space, seq);
                let data = self.space.clone();
                (
                    SyncEvent::BeingUpdated(BeingUpdated { data: data.clone() }),
                    Some(Response::Being(data)),
                )
            }
        };
        self.head = seq;
        Some(changed)
    }

    /// Each changed row, once and in its present state, oldest position first.
    fn changes_since(&self, since: Seq) -> Vec<Frame> {
        let messages = self.messages.values().map(|row| {
            let event = match row.is_tombstone {
                true => deleted(&row.data),
                false if row.data.message_id.created_at() > since => created(&row.data),
                false => updated(&row.data),
            };
            (row.data.seq, event)
        });
        let beings = self.beings.values().map(|row| {
            let event = match row.is_tombstone {
                true => SyncEvent::BeingLeft(BeingLeft { being_id: row.data.id.clone() }),
                false => SyncEvent::BeingUpdated(BeingUpdated { data: row.data.clone() }),
            };
            (row.data.seq, event)
        });
        let space =
            (self.space.seq, SyncEvent::BeingUpdated(BeingUpdated { data: self.space.clone() }));
        let details = (self.details.1, SyncEvent::SpaceChanged(self.details.0.clone()));
        let rows = messages.chain(beings).chain([space, details]).chain(self.reactions.rows());
        let by_position: BTreeMap<_, _> = rows.filter(|(seq, _)| *seq > since).collect();
        by_position.into_iter().map(|(seq, event)| (Some(self.at(seq)), event)).collect()
    }

    fn pick_message(
        &mut self,
        pick: usize,
        fits: fn(&Intention) -> bool,
    ) -> Option<&mut Row<Intention>> {
        let rows = self.messages.values_mut().filter(|row| !row.is_tombstone && fits(&row.data));
        picked(pick, rows.collect())
    }

    fn pick_being(&mut self, pick: usize) -> Option<&mut Row<Being>> {
        picked(pick, self.beings.values_mut().filter(|row| !row.is_tombstone).collect())
    }
}

fn picked<T>(pick: usize, mut rows: Vec<&mut T>) -> Option<&mut T> {
    let at = pick.checked_rem(rows.len())?;
    Some(rows.swap_remove(at))
}

fn is_active(row: &Intention) -> bool {
    row.state == IntentionState::Active
}

fn created(row: &Intention) -> SyncEvent {
    SyncEvent::IntentionCreated(IntentionCreated { message_id: row.message_id, data: row.clone() })
}

fn updated(row: &Intention) -> SyncEvent {
    SyncEvent::IntentionUpdated(IntentionUpdated { message_id: row.message_id, data: row.clone() })
}

fn deleted(row: &Intention) -> SyncEvent {
    SyncEvent::IntentionDeleted(IntentionDeleted { message_id: row.message_id })
}

fn epoch(restores: u64) -> Epoch {
    format!("e{restores}").parse().expect("an epoch")
}

fn moment(seq: Seq) -> Timestamp {
    Timestamp::from(format!("the moment of {seq}"))
}

/// How long the reasoning took, where there is some and that was not said yet.
fn settle_reasoning(row: &mut Intention) -> Option<u64> {
    let settles = !row.reasoning.is_empty() && row.reasoning_millis.is_none();
    let millis = settles.then_some(row.seq.0);
    row.reasoning_millis = row.reasoning_millis.or(millis);
    millis
}

/// The text names the history and the position, so that no two versions of a row are equal.
fn message(epoch: &Epoch, seq: Seq, state: IntentionState) -> Intention {
    Intention {
        id: IntentionId(Uuid::from_u128(u128::from(seq.0))),
        message_id: seq.as_message(),
        owner_id: "@ada".parse().expect("an id"),
        state,
        reason: None,
        content: format!("written at {epoch}.{seq}"),
        reasoning: String::new(),
        reasoning_millis: None,
        created_at: moment(seq),
        modified_at: None,
        reply_to: None,
        versions: VersionCount::default(),
        reactions: vec![],
        reactions_seq: Seq(0),
        seq,
    }
}

fn being(id: &str, kind: BeingKind, seq: Seq) -> Being {
    let id: BeingId = id.parse().expect("an id");
    Being { hue: Hue::of(&id), name: format!("{id} as of {seq}"), id, kind, seq }
}
