//! A server as the protocol page tells it, as plain as it can be: one space, held in memory, every
//! row with the position of its last change. No fan-out, no storage, no clock.
//!
//! How many messages a sync brings and how many rows a catch-up may bring are arguments, so that a
//! space of a handful of messages already has earlier history and outgrows a catch-up.

pub mod world;

use std::collections::BTreeMap;

use app::protocol::{
    Being, BeingId, BeingKind, Cursor, Epoch, HistoryPage, Hue, Intention, IntentionId,
    IntentionState, MessageId, Seq, Since, SpaceSync, SyncEvent, Timestamp,
};
use uuid::Uuid;

/// What travels on a stream: the SSE `id:`, and the event.
pub type Frame = (Option<Cursor>, SyncEvent);

/// The numbers pick among the rows that the command can act on, oldest first, and wrap around.
#[derive(Debug, Clone, Copy)]
pub enum Command {
    Create(IntentionState),
    Edit(usize),
    /// Streams text into a message that is still active.
    Append(usize),
    /// Ends it, with the last of its text.
    Finish(usize, IntentionState),
    /// Begins it anew, in its place and without text.
    Retry(usize),
    Delete(usize),
    /// Lets one of four beings in who does not belong here at present.
    Join(usize),
    Rename(usize),
    Leave(usize),
    RenameSpace,
}

/// The row as it was right after the command.
#[derive(Debug, Clone)]
pub enum Answer {
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
    beings: BTreeMap<BeingId, Row<Being>>,
    messages: BTreeMap<MessageId, Row<Intention>>,
}

/// A row stays when its message was deleted or its being has left: as a tombstone, with its `seq`.
#[derive(Clone)]
struct Row<T> {
    data: T,
    gone: bool,
}

impl Server {
    pub fn new(sync_messages: usize, catch_up_rows: usize) -> Self {
        let space = being("@garden", BeingKind::Space, Seq(0));
        let (beings, messages) = (BTreeMap::new(), BTreeMap::new());
        let space = Space { epoch: epoch(0), head: Seq(0), space, beings, messages };
        Self { backup: space.clone(), space, restores: 0, sync_messages, catch_up_rows }
    }

    pub fn cursor(&self) -> Cursor {
        self.space.at(self.space.head)
    }

    pub fn space(&self) -> &Being {
        &self.space.space
    }

    pub fn beings(&self) -> impl Iterator<Item = &Being> {
        self.space.beings.values().filter(|row| !row.gone).map(|row| &row.data)
    }

    /// The messages that are there, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Intention> {
        self.space.messages.values().filter(|row| !row.gone).map(|row| &row.data)
    }

    /// Commits a change: what its listeners hear, and what its sender is answered. None when there
    /// is no row for it to act on.
    pub fn handle_command(&mut self, command: Command) -> Option<(Frame, Option<Answer>)> {
        let (event, answer) = self.space.change(command)?;
        Some(((Some(self.cursor()), event), answer))
    }

    pub fn back_up(&mut self) {
        self.backup = self.space.clone();
    }

    /// What was committed since the backup is lost; a new history begins.
    pub fn restore(&mut self) {
        self.restores += 1;
        self.space = Space { epoch: epoch(self.restores), ..self.backup.clone() };
    }

    /// What a new stream begins with.
    pub fn open(&self, since: Option<&Cursor>) -> Vec<Frame> {
        let since = since.cloned().map(Since::Cursor);
        let position = since.and_then(|s| s.position(&self.space.epoch, self.space.head));
        let missed = position.map(|seq| self.space.changes_since(seq));
        self.catch_up(missed.filter(|rows| rows.len() <= self.catch_up_rows))
    }

    /// What a stream goes on with whose listener could not keep up. The listener takes a jump for a
    /// loss, so the changes will do only if no row changed twice.
    pub fn overrun(&self, written: Option<Seq>) -> Vec<Frame> {
        let contiguous = written.and_then(|seq| {
            let missed = self.space.changes_since(seq);
            (missed.len() as u64 == self.space.head.0 - seq.0).then_some(missed)
        });
        self.catch_up(contiguous)
    }

    pub fn heartbeat(&self) -> Frame {
        (None, SyncEvent::Heartbeat { last_message_id: self.space.head.as_message() })
    }

    pub fn history(&self, before: MessageId, limit: usize) -> HistoryPage {
        let mut earlier = self.messages().rev().filter(|row| row.message_id < before);
        let mut intentions: Vec<_> = earlier.by_ref().take(limit).cloned().collect();
        intentions.reverse();
        HistoryPage { intentions, has_earlier: earlier.next().is_some() }
    }

    fn catch_up(&self, missed: Option<Vec<Frame>>) -> Vec<Frame> {
        let mut frames = missed.unwrap_or_else(|| vec![self.space_sync()]);
        let last_message_id = self.space.head.as_message();
        frames.push((None, SyncEvent::CaughtUp { last_message_id }));
        frames
    }

    fn space_sync(&self) -> Frame {
        let newest = self.history(MessageId(u64::MAX), self.sync_messages);
        let sync = SpaceSync {
            space: self.space.space.clone(),
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

    fn change(&mut self, command: Command) -> Option<(SyncEvent, Option<Answer>)> {
        let seq = self.head.next();
        let changed = match command {
            Command::Create(state) => {
                let row = message(&self.epoch, seq, state);
                let event = created(&row);
                self.messages.insert(row.message_id, Row { data: row.clone(), gone: false });
                (event, Some(Answer::Message(row)))
            }
            Command::Edit(pick) => {
                let row = self.pick_message(pick, |_| true)?;
                row.data.content = format!("edited at {seq}");
                row.data.modified_at = Some(moment(seq));
                row.data.seq = seq;
                (updated(&row.data), Some(Answer::Message(row.data.clone())))
            }
            Command::Append(pick) => {
                let row = self.pick_message(pick, is_active)?;
                // More bytes than characters, so that an offset in anything but bytes would show.
                let text = format!(" … é{seq}");
                let (message_id, offset) = (row.data.message_id, row.data.content.len() as u64);
                row.data.content.push_str(&text);
                row.data.seq = seq;
                (SyncEvent::IntentionAppended { message_id, offset, text }, None)
            }
            Command::Finish(pick, state) => {
                let row = self.pick_message(pick, is_active)?;
                row.data.state = state;
                row.data.content.push_str(" … and that is all");
                row.data.seq = seq;
                (updated(&row.data), None)
            }
            Command::Retry(pick) => {
                let row = self.pick_message(pick, |row| !is_active(row))?;
                row.data.state = IntentionState::Active;
                row.data.content.clear();
                row.data.seq = seq;
                (updated(&row.data), Some(Answer::Message(row.data.clone())))
            }
            Command::Delete(pick) => {
                let row = self.pick_message(pick, |_| true)?;
                row.gone = true;
                row.data.seq = seq;
                (deleted(&row.data), None)
            }
            Command::Join(pick) => {
                let at_home = |id: &BeingId| self.beings.get(id).is_some_and(|row| !row.gone);
                let ids = ["@ada", "@bo", "@cy", "@dee"].map(|id| id.parse().expect("an id"));
                let away: Vec<BeingId> = ids.into_iter().filter(|id| !at_home(id)).collect();
                let id = away.get(pick.checked_rem(away.len())?)?;
                let data = being(id.as_str(), BeingKind::Person, seq);
                self.beings.insert(id.clone(), Row { data: data.clone(), gone: false });
                (SyncEvent::BeingUpdated { data: data.clone() }, Some(Answer::Being(data)))
            }
            Command::Rename(pick) => {
                let data = &mut self.pick_being(pick)?.data;
                *data = being(data.id.as_str(), data.kind, seq);
                (SyncEvent::BeingUpdated { data: data.clone() }, Some(Answer::Being(data.clone())))
            }
            Command::Leave(pick) => {
                let row = self.pick_being(pick)?;
                row.gone = true;
                row.data.seq = seq;
                (SyncEvent::BeingLeft { being_id: row.data.id.clone() }, None)
            }
            Command::RenameSpace => {
                self.space = being(self.space.id.as_str(), BeingKind::Space, seq);
                let data = self.space.clone();
                (SyncEvent::BeingUpdated { data: data.clone() }, Some(Answer::Being(data)))
            }
        };
        self.head = seq;
        Some(changed)
    }

    /// Each row that changed, once and in its present state, oldest position first.
    fn changes_since(&self, since: Seq) -> Vec<Frame> {
        let messages = self.messages.values().map(|row| {
            let event = match row.gone {
                true => deleted(&row.data),
                false if row.data.message_id.created_at() > since => created(&row.data),
                false => updated(&row.data),
            };
            (row.data.seq, event)
        });
        let beings = self.beings.values().map(|row| {
            let event = match row.gone {
                true => SyncEvent::BeingLeft { being_id: row.data.id.clone() },
                false => SyncEvent::BeingUpdated { data: row.data.clone() },
            };
            (row.data.seq, event)
        });
        let space = (self.space.seq, SyncEvent::BeingUpdated { data: self.space.clone() });
        let rows = messages.chain(beings).chain([space]);
        let by_position: BTreeMap<_, _> = rows.filter(|(seq, _)| *seq > since).collect();
        by_position.into_iter().map(|(seq, event)| (Some(self.at(seq)), event)).collect()
    }

    fn pick_message(
        &mut self,
        pick: usize,
        fits: fn(&Intention) -> bool,
    ) -> Option<&mut Row<Intention>> {
        let rows = self.messages.values_mut().filter(|row| !row.gone && fits(&row.data));
        picked(pick, rows.collect())
    }

    fn pick_being(&mut self, pick: usize) -> Option<&mut Row<Being>> {
        picked(pick, self.beings.values_mut().filter(|row| !row.gone).collect())
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
    SyncEvent::IntentionCreated { message_id: row.message_id, data: row.clone() }
}

fn updated(row: &Intention) -> SyncEvent {
    SyncEvent::IntentionUpdated { message_id: row.message_id, data: row.clone() }
}

fn deleted(row: &Intention) -> SyncEvent {
    SyncEvent::IntentionDeleted { message_id: row.message_id }
}

fn epoch(restores: u64) -> Epoch {
    format!("e{restores}").parse().expect("an epoch")
}

fn moment(seq: Seq) -> Timestamp {
    Timestamp(format!("the moment of {seq}").into())
}

/// Its words name the history and the position, so that no two versions of a row are alike.
fn message(epoch: &Epoch, seq: Seq, state: IntentionState) -> Intention {
    Intention {
        id: IntentionId(Uuid::from_u128(u128::from(seq.0))),
        message_id: seq.as_message(),
        owner_id: "@ada".parse().expect("an id"),
        state,
        reason: None,
        content: format!("written at {epoch}.{seq}"),
        created_at: moment(seq),
        modified_at: None,
        reply_to: None,
        seq,
    }
}

fn being(id: &str, kind: BeingKind, seq: Seq) -> Being {
    let id: BeingId = id.parse().expect("an id");
    Being { hue: Hue::of(&id), name: format!("{id} as of {seq}"), id, kind, seq }
}
