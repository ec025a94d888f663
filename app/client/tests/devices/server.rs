//! The server as the protocol page describes it: several spaces in memory, each with its log.

mod reacting;

use std::collections::BTreeMap;

use protocol::{
    Being, BeingId, BeingKind, BeingLeft, BeingUpdated, CaughtUp, Cursor, EditIntention, Epoch,
    ErrorBody, ErrorCode, Heartbeat, HistoryPage, Hue, Intention, IntentionAppended,
    IntentionCreated, IntentionDeleted, IntentionId, IntentionState, IntentionUpdated, MessageId,
    ReasoningAppended, SendIntention, Seq, Since, SpaceDetails, SpaceId, SpaceListing, SpaceSync,
    SyncEvent, Timestamp, VersionCount, limits::CATCH_UP_LIMIT_ROWS,
};

use client::Window;

use crate::{inbox::Inbox, pages, reactions::Reactions};

/// Of messages, in a page and in a sync: few, so that a small space has a past.
const PAGE_MESSAGES: usize = 8;

pub type Frame = (Option<Cursor>, SyncEvent);
pub type Refusal = (u16, ErrorBody);

pub struct Server {
    pub spaces: BTreeMap<SpaceId, Space>,
    pub inboxes: BTreeMap<BeingId, Inbox>,
    backup: (BTreeMap<SpaceId, Space>, BTreeMap<BeingId, Inbox>),
    restores: u64,
}

#[derive(Clone)]
pub struct Space {
    pub epoch: Epoch,
    pub head: Seq,
    being: Being,
    /// And the position of their last change.
    details: (SpaceDetails, Seq),
    beings: BTreeMap<BeingId, Row<Being>>,
    messages: BTreeMap<MessageId, Row<Intention>>,
    reactions: Reactions,
}

/// A row stays as a tombstone when it is deleted.
#[derive(Clone)]
struct Row<T> {
    data: T,
    is_gone: bool,
    /// The text as it was sent.
    sent: String,
}

pub fn refusal(status: u16, code: ErrorCode) -> Refusal {
    (status, ErrorBody { code, message: code.to_string(), field: None })
}

impl Server {
    pub fn new(spaces: usize, members: &[BeingId]) -> Self {
        let space = |at: usize| {
            let being = being(&format!("@space{at}"), BeingKind::Space, Seq(0));
            let id = SpaceId::from(being.id.clone());
            let (beings, messages) = (BTreeMap::new(), BTreeMap::new());
            let (head, reactions) = (Seq(0), Reactions::default());
            let (epoch, details) = (epoch(0), Default::default());
            let mut space = Space { epoch, head, being, details, beings, messages, reactions };
            members.iter().for_each(|id| drop(space.join(id)));
            (id, space)
        };
        let spaces: BTreeMap<_, _> = (0..spaces).map(space).collect();
        let inboxes: BTreeMap<_, _> =
            members.iter().map(|id| (id.clone(), Inbox::new(epoch(0)))).collect();
        let backup = (spaces.clone(), inboxes.clone());
        let mut this = Self { backup, spaces, inboxes, restores: 0 };
        for space in this.spaces.keys().cloned().collect::<Vec<_>>() {
            members.iter().for_each(|me| drop(this.note_membership(me, &space, false)));
        }
        this.back_up();
        this
    }

    pub fn space(&self, id: &SpaceId) -> &Space {
        &self.spaces[id]
    }

    pub fn change(&mut self, id: &SpaceId) -> &mut Space {
        self.spaces.get_mut(id).expect("a space that exists")
    }

    pub fn back_up(&mut self) {
        self.backup = (self.spaces.clone(), self.inboxes.clone());
    }

    /// Commits since the backup are lost, and a new history begins.
    pub fn restore(&mut self) {
        self.restores += 1;
        (self.spaces, self.inboxes) = self.backup.clone();
        self.inboxes.values_mut().for_each(|inbox| inbox.epoch = epoch(self.restores));
        self.spaces.values_mut().for_each(|space| space.epoch = epoch(self.restores));
    }

    pub fn listings(&self, me: &BeingId) -> Vec<SpaceListing> {
        let mine = self.spaces.values().filter(|space| space.has_member(me));
        mine.map(|space| SpaceListing {
            space: space.being.clone(),
            last_message_id: space.head.as_message(),
        })
        .collect()
    }
}

impl Space {
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch.clone(), seq: self.head }
    }

    pub fn being(&self) -> &Being {
        &self.being
    }

    pub fn members(&self) -> impl Iterator<Item = &Being> {
        self.beings.values().filter(|row| !row.is_gone).map(|row| &row.data)
    }

    pub fn has_member(&self, id: &BeingId) -> bool {
        self.members().any(|being| being.id == *id)
    }

    pub fn messages(&self) -> impl DoubleEndedIterator<Item = Intention> {
        let present = self.messages.values().filter(|row| !row.is_gone);
        present.map(|row| self.reactions.on(&row.data))
    }

    /// A message that was sent, also if it was deleted since.
    pub fn sent_as(&self, id: IntentionId) -> Option<&Intention> {
        self.messages.values().map(|row| &row.data).find(|row| row.id == id)
    }

    /// Counts the messages that were sent with this text, deleted ones too.
    pub fn times_sent(&self, text: &str) -> usize {
        self.messages.values().filter(|row| row.sent == text).count()
    }

    pub fn sync(&self) -> SpaceSync {
        let page = self.page(Window::Before(MessageId(u64::MAX)));
        SpaceSync {
            space: self.being.clone(),
            details: self.details.0.clone(),
            beings: self.members().cloned().collect(),
            intentions: page.intentions,
            has_earlier: page.has_earlier,
            last_message_id: self.head.as_message(),
        }
    }

    pub fn page(&self, window: Window) -> HistoryPage {
        pages::page(self.messages().collect(), window, PAGE_MESSAGES)
    }

    /// The first frames of a stream.
    pub fn catch_up(&self, since: Option<Cursor>) -> Vec<Frame> {
        let since = since.and_then(|at| Since::Cursor(at).position(&self.epoch, self.head));
        let missed = since.map(|seq| self.changes_since(seq));
        let mut frames = missed
            .filter(|rows| rows.len() <= CATCH_UP_LIMIT_ROWS)
            .unwrap_or_else(|| vec![(Some(self.cursor()), SyncEvent::SpaceSync(self.sync()))]);
        let last_message_id = self.head.as_message();
        frames.push((None, SyncEvent::CaughtUp(CaughtUp { last_message_id })));
        frames
    }

    pub fn heartbeat(&self) -> Frame {
        (None, SyncEvent::Heartbeat(Heartbeat { last_message_id: self.head.as_message() }))
    }

    fn next(&mut self) -> Seq {
        self.head = self.head.next();
        self.head
    }

    fn frame(&self, event: SyncEvent) -> Frame {
        (Some(self.cursor()), event)
    }

    pub fn join(&mut self, id: &BeingId) -> Frame {
        let seq = self.next();
        let data = being(id.as_str(), BeingKind::Person, seq);
        let row = Row { data: data.clone(), is_gone: false, sent: String::new() };
        self.beings.insert(id.clone(), row);
        self.frame(SyncEvent::BeingUpdated(BeingUpdated { data }))
    }

    pub fn leave(&mut self, id: &BeingId) -> Option<Frame> {
        let seq = self.head.next();
        let row = self.beings.get_mut(id).filter(|row| !row.is_gone)?;
        row.is_gone = true;
        row.data.seq = seq;
        self.head = seq;
        Some(self.frame(SyncEvent::BeingLeft(BeingLeft { being_id: id.clone() })))
    }

    pub fn rename(&mut self) -> Frame {
        if self.head.0.is_multiple_of(3) {
            return self.set_topic();
        }
        let seq = self.next();
        self.being = being(self.being.id.as_str(), BeingKind::Space, seq);
        let data = self.being.clone();
        self.frame(SyncEvent::BeingUpdated(BeingUpdated { data }))
    }

    fn set_topic(&mut self) -> Frame {
        let seq = self.next();
        let details = SpaceDetails { topic: format!("as of {seq}"), ..Default::default() };
        self.details = (details.clone(), seq);
        self.frame(SyncEvent::SpaceChanged(details))
    }

    /// The first answer to an id is the answer to each of its repetitions.
    pub fn send(
        &mut self,
        by: &BeingId,
        new: &SendIntention,
        state: IntentionState,
    ) -> Result<(Option<Frame>, Intention), Refusal> {
        if !self.has_member(by) {
            return Err(refusal(403, ErrorCode::NotMember));
        }
        if let Some(row) = self.messages.values().find(|row| row.data.id == new.id) {
            let is_other = row.sent != new.content || row.data.reply_to != new.reply_to;
            if row.data.owner_id != *by || is_other {
                return Err(refusal(409, ErrorCode::IdTaken));
            }
            let seq = row.data.message_id.created_at();
            let first =
                Intention { content: row.sent.clone(), modified_at: None, seq, ..row.data.clone() };
            return Ok((None, first));
        }
        // A deleted one may be replied to.
        if new.reply_to.is_some_and(|id| !self.messages.contains_key(&id)) {
            return Err(refusal(404, ErrorCode::UnknownMessage));
        }
        let seq = self.next();
        let data = Intention {
            id: new.id,
            message_id: seq.as_message(),
            owner_id: by.clone(),
            state,
            reason: None,
            content: new.content.clone(),
            reasoning: String::new(),
            reasoning_millis: None,
            created_at: moment(seq),
            modified_at: None,
            reply_to: new.reply_to,
            versions: VersionCount::default(),
            reactions: vec![],
            reactions_seq: Seq(0),
            seq,
        };
        let row = Row { data: data.clone(), is_gone: false, sent: new.content.clone() };
        self.messages.insert(data.message_id, row);
        let event = IntentionCreated { message_id: data.message_id, data: data.clone() };
        Ok((Some(self.frame(SyncEvent::IntentionCreated(event))), data))
    }

    pub fn edit(
        &mut self,
        by: &BeingId,
        message: MessageId,
        epoch: &Epoch,
        edit: &EditIntention,
    ) -> Result<(Option<Frame>, Intention), Refusal> {
        let seq = self.head.next();
        let row = self.own(by, message, epoch)?;
        if row.data.content == edit.content {
            return Ok((None, row.data.clone()));
        }
        if edit.seq.is_some_and(|seq| seq != row.data.seq) {
            return Err(refusal(409, ErrorCode::ChangedSince));
        }
        row.data.content = edit.content.clone();
        row.data.modified_at = Some(moment(seq));
        row.data.seq = seq;
        let data = row.data.clone();
        self.head = seq;
        let event = IntentionUpdated { message_id: message, data: data.clone() };
        Ok((Some(self.frame(SyncEvent::IntentionUpdated(event))), data))
    }

    pub fn delete(
        &mut self,
        by: &BeingId,
        message: MessageId,
        epoch: &Epoch,
    ) -> Result<Frame, Refusal> {
        let seq = self.head.next();
        let row = self.own(by, message, epoch)?;
        row.is_gone = true;
        row.data.seq = seq;
        self.reactions.forget(message);
        self.head = seq;
        Ok(self.frame(SyncEvent::IntentionDeleted(IntentionDeleted { message_id: message })))
    }

    fn own(
        &mut self,
        by: &BeingId,
        message: MessageId,
        epoch: &Epoch,
    ) -> Result<&mut Row<Intention>, Refusal> {
        if !self.has_member(by) {
            return Err(refusal(403, ErrorCode::NotMember));
        }
        if *epoch != self.epoch {
            return Err(refusal(409, ErrorCode::AnotherHistory));
        }
        let row = self.messages.get_mut(&message).filter(|row| !row.is_gone);
        let row = row.ok_or_else(|| refusal(404, ErrorCode::UnknownMessage))?;
        if row.data.owner_id == *by { Ok(row) } else { Err(refusal(403, ErrorCode::NotAllowed)) }
    }

    /// Text or reasoning is added to an answer, or it ends.
    pub fn grow(&mut self, is_end: bool) -> Option<Frame> {
        let seq = self.head.next();
        let is_growing =
            |row: &&mut Row<Intention>| !row.is_gone && row.data.state == IntentionState::Active;
        let row = self.messages.values_mut().find(is_growing)?;
        let message_id = row.data.message_id;
        let thinks = seq.0.is_multiple_of(2) && !is_end;
        let part = if thinks { &mut row.data.reasoning } else { &mut row.data.content };
        let (offset, text) = (part.len() as u64, format!(" … é{seq}"));
        part.push_str(&text);
        row.data.seq = seq;
        let settles = !row.data.reasoning.is_empty() && row.data.reasoning_millis.is_none();
        let reasoning_millis = (settles && !thinks).then_some(seq.0);
        row.data.reasoning_millis = row.data.reasoning_millis.or(reasoning_millis);
        let event = if is_end {
            row.data.state = IntentionState::Complete;
            SyncEvent::IntentionUpdated(IntentionUpdated { message_id, data: row.data.clone() })
        } else if thinks {
            SyncEvent::ReasoningAppended(ReasoningAppended { message_id, offset, text })
        } else {
            let appended = IntentionAppended { message_id, offset, text, reasoning_millis };
            SyncEvent::IntentionAppended(appended)
        };
        self.head = seq;
        Some(self.frame(event))
    }

    /// Each changed row once, in its present state, oldest position first.
    fn changes_since(&self, since: Seq) -> Vec<Frame> {
        let messages = self.messages.values().map(|row| {
            let (message_id, data) = (row.data.message_id, row.data.clone());
            let event = if row.is_gone {
                SyncEvent::IntentionDeleted(IntentionDeleted { message_id })
            } else if message_id.created_at() > since {
                SyncEvent::IntentionCreated(IntentionCreated { message_id, data })
            } else {
                SyncEvent::IntentionUpdated(IntentionUpdated { message_id, data })
            };
            (row.data.seq, event)
        });
        let beings = self.beings.values().map(|row| {
            let event = if row.is_gone {
                SyncEvent::BeingLeft(BeingLeft { being_id: row.data.id.clone() })
            } else {
                SyncEvent::BeingUpdated(BeingUpdated { data: row.data.clone() })
            };
            (row.data.seq, event)
        });
        let space = SyncEvent::BeingUpdated(BeingUpdated { data: self.being.clone() });
        let details = SyncEvent::SpaceChanged(self.details.0.clone());
        let rows = messages.chain(beings);
        let rows = rows.chain([(self.being.seq, space), (self.details.1, details)]);
        let rows = rows.chain(self.reactions.rows());
        let by_position: BTreeMap<_, _> = rows.filter(|(seq, _)| *seq > since).collect();
        let at = |seq| Cursor { epoch: self.epoch.clone(), seq };
        by_position.into_iter().map(|(seq, event)| (Some(at(seq)), event)).collect()
    }
}

/// A text by somebody who uses none of the devices.
pub fn foreign(id: u128, text: String) -> SendIntention {
    SendIntention { id: IntentionId(uuid::Uuid::from_u128(id)), content: text, reply_to: None }
}

fn epoch(restores: u64) -> Epoch {
    format!("e{restores}").parse().expect("an epoch")
}

fn moment(seq: Seq) -> Timestamp {
    Timestamp::from(format!("the moment of {seq}"))
}

pub fn being(id: &str, kind: BeingKind, seq: Seq) -> Being {
    let id: BeingId = id.parse().expect("an id");
    Being { hue: Hue::of(&id), name: format!("{id} as of {seq}"), id, kind, seq }
}
