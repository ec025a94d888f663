//! The inboxes of the model server, as the protocol page describes them, and their streams.

use std::collections::BTreeMap;

use client::StreamSignal;
use protocol::{
    BeingId, Cursor, Epoch, ErrorCode, InboxEvent, InboxPosition, InboxSync, IntentionState, Level,
    LevelChanged, MessageId, PutReadBody, ReadMoved, Seq, Since, SpaceEntry, SpaceHead, SpaceHeads,
    SpaceId, SpaceJoined, SpaceLeft,
    limits::{CATCH_UP_LIMIT_ROWS, COUNT_MAX_MESSAGES},
};

use crate::{
    server::{Refusal, Server, Space, refusal},
    world::World,
};

pub type InboxFrame = (Option<Cursor>, InboxEvent);

#[derive(Clone)]
pub struct Inbox {
    pub epoch: Epoch,
    head: Seq,
    rows: BTreeMap<SpaceId, Row>,
}

#[derive(Clone)]
struct Row {
    read_up_to: MessageId,
    level: Level,
    is_gone: bool,
    /// The last change of each kind since the being has joined.
    changes: BTreeMap<Kind, Seq>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Joined,
    Left,
    Read,
    Level,
}

impl Inbox {
    pub fn new(epoch: Epoch) -> Self {
        Self { epoch, head: Seq(0), rows: BTreeMap::new() }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch.clone(), seq: self.head }
    }

    fn next(&mut self) -> Seq {
        self.head = self.head.next();
        self.head
    }
}

impl Server {
    pub fn inbox_cursor(&self, me: &BeingId) -> Cursor {
        self.inboxes[me].cursor()
    }

    /// `None` where the being is no member.
    pub fn entry(&self, me: &BeingId, id: &SpaceId) -> Option<SpaceEntry> {
        let row = self.inboxes[me].rows.get(id).filter(|row| !row.is_gone)?;
        let space = &self.spaces[id];
        let read = row.read_up_to.min(space.head.as_message());
        let (unread, mentions) = count(space, me, read);
        Some(SpaceEntry {
            space: space.being().clone(),
            last_message_id: space.messages().next_back().map(|row| row.message_id),
            read_up_to: (read > MessageId(0)).then_some(read),
            unread,
            mentions,
            level: row.level,
            direct: false,
        })
    }

    pub fn inbox(&self, me: &BeingId) -> (Cursor, InboxSync) {
        let cursor = self.inbox_cursor(me);
        let spaces = self.spaces.keys().filter_map(|id| self.entry(me, id)).collect();
        let last_position = cursor.seq;
        (cursor, InboxSync { spaces, last_position })
    }

    fn head_of(&self, me: &BeingId, id: &SpaceId, with_space: bool) -> Option<SpaceHead> {
        let of = self.entry(me, id)?;
        Some(SpaceHead {
            space_id: id.clone(),
            space: with_space.then_some(of.space),
            last_message_id: of.last_message_id,
            unread: of.unread,
            mentions: of.mentions,
        })
    }

    /// The first frames of a stream.
    pub fn catch_up_inbox(&self, me: &BeingId, since: Option<Cursor>) -> Vec<InboxFrame> {
        let inbox = &self.inboxes[me];
        let since = since.and_then(|at| Since::Cursor(at).position(&inbox.epoch, inbox.head));
        let missed = since.map(|seq| self.inbox_changes(me, seq));
        let mut frames =
            missed.filter(|rows| rows.len() <= CATCH_UP_LIMIT_ROWS).unwrap_or_else(|| {
                vec![(Some(inbox.cursor()), InboxEvent::InboxSync(self.inbox(me).1))]
            });
        let at = InboxPosition { last_position: inbox.head };
        frames.push((None, InboxEvent::CaughtUp(at)));
        let spaces = self.spaces.keys().filter_map(|id| self.head_of(me, id, true)).collect();
        frames.push((None, InboxEvent::SpaceHeads(SpaceHeads { spaces })));
        frames
    }

    fn inbox_changes(&self, me: &BeingId, since: Seq) -> Vec<InboxFrame> {
        let inbox = &self.inboxes[me];
        let of = |(id, row): (&SpaceId, &Row)| {
            let changes = row.changes.iter().filter(|(_, seq)| **seq > since);
            changes.map(|(kind, seq)| (*seq, self.inbox_event(me, id, *kind))).collect::<Vec<_>>()
        };
        let events: BTreeMap<_, _> = inbox.rows.iter().flat_map(of).collect();
        let at = |seq| Cursor { epoch: inbox.epoch.clone(), seq };
        events.into_iter().map(|(seq, event)| (Some(at(seq)), event)).collect()
    }

    fn inbox_event(&self, me: &BeingId, id: &SpaceId, kind: Kind) -> InboxEvent {
        let (space_id, row) = (id.clone(), &self.inboxes[me].rows[id]);
        match kind {
            Kind::Joined => {
                let data = self.entry(me, id).expect("it has joined");
                InboxEvent::SpaceJoined(SpaceJoined { data })
            }
            Kind::Left => InboxEvent::SpaceLeft(SpaceLeft { space_id }),
            Kind::Read => InboxEvent::ReadMoved(ReadMoved { space_id, up_to: row.read_up_to }),
            Kind::Level => InboxEvent::LevelChanged(LevelChanged { space_id, level: row.level }),
        }
    }

    /// The being has joined or left.
    pub fn note_membership(&mut self, me: &BeingId, id: &SpaceId, is_gone: bool) -> InboxFrame {
        let read_up_to = self.spaces[id].head.as_message();
        let inbox = self.inboxes.get_mut(me).expect("a person");
        let seq = inbox.next();
        let kind = if is_gone { Kind::Left } else { Kind::Joined };
        let changes = BTreeMap::from([(kind, seq)]);
        let row = Row { read_up_to, level: Level::default(), is_gone, changes };
        inbox.rows.insert(id.clone(), row);
        self.frame_of(me, id, kind)
    }

    fn frame_of(&self, me: &BeingId, id: &SpaceId, kind: Kind) -> InboxFrame {
        (Some(self.inbox_cursor(me)), self.inbox_event(me, id, kind))
    }

    pub fn mark_read(
        &mut self,
        me: &BeingId,
        id: &SpaceId,
        body: &PutReadBody,
    ) -> Result<Option<InboxFrame>, Refusal> {
        let space = &self.spaces[id];
        if !space.has_member(me) {
            return Err(refusal(403, ErrorCode::NotMember));
        }
        if body.epoch.as_ref().is_some_and(|epoch| *epoch != space.epoch) {
            return Err(refusal(409, ErrorCode::AnotherHistory));
        }
        if body.up_to.created_at() > space.head {
            return Err(refusal(404, ErrorCode::UnknownMessage));
        }
        let head = space.head.as_message();
        let inbox = self.inboxes.get_mut(me).expect("a person");
        let seq = inbox.head.next();
        let row = inbox.rows.get_mut(id).expect("a member's");
        let held = row.read_up_to.min(head);
        let up_to = if body.unread { body.up_to } else { held.max(body.up_to) };
        if up_to == held {
            return Ok(None);
        }
        row.read_up_to = up_to;
        row.changes.insert(Kind::Read, seq);
        inbox.head = seq;
        Ok(Some(self.frame_of(me, id, Kind::Read)))
    }

    pub fn set_level(&mut self, me: &BeingId, id: &SpaceId, level: Level) -> Option<InboxFrame> {
        let inbox = self.inboxes.get_mut(me).expect("a person");
        let seq = inbox.head.next();
        let row = inbox.rows.get_mut(id).filter(|row| !row.is_gone && row.level != level)?;
        row.level = level;
        row.changes.insert(Kind::Level, seq);
        inbox.head = seq;
        Some(self.frame_of(me, id, Kind::Level))
    }
}

/// What is unread, and what of it mentions the being.
fn count(space: &Space, me: &BeingId, read: MessageId) -> (u64, u64) {
    let unread = |row: &protocol::Intention| row.message_id > read && row.owner_id != *me;
    let unread: Vec<_> = space.messages().filter(unread).collect();
    let is_mention = |row: &&protocol::Intention| {
        row.state != IntentionState::Active && row.content.contains(me.as_str())
    };
    let mentions = unread.iter().filter(is_mention).count() as u64;
    ((unread.len() as u64).min(COUNT_MAX_MESSAGES), mentions.min(COUNT_MAX_MESSAGES))
}

impl World {
    /// Tells the streams of a being's inbox of a change, and then what is new in the space.
    pub fn tell_inbox(&mut self, me: &BeingId, space: &SpaceId, frame: Option<InboxFrame>) {
        let head = self.server.head_of(me, space, self.dice.percent(20));
        let heads = head.map(|head| InboxEvent::SpaceHeads(SpaceHeads { spaces: vec![head] }));
        let frames: Vec<_> = frame.into_iter().chain(heads.map(|heads| (None, heads))).collect();
        let is_it = |world: &Self, number: &u64| {
            let stream = &world.streams[number];
            stream.is_open && stream.space.is_none() && world.tabs[stream.tab].client.me().id == *me
        };
        let numbers: Vec<u64> = self.streams.keys().copied().collect();
        for number in numbers.into_iter().filter(|number| is_it(self, number)).collect::<Vec<_>>() {
            frames.iter().for_each(|frame| self.write_inbox(number, frame));
        }
    }

    /// Of something that was said or changed in a space.
    pub fn tell_inboxes(&mut self, space: &SpaceId) {
        let persons: Vec<_> = self.server.inboxes.keys().cloned().collect();
        persons.iter().for_each(|me| self.tell_inbox(me, space, None));
    }

    pub fn write_inbox(&mut self, number: u64, (id, event): &InboxFrame) {
        let data = serde_json::to_string(event).expect("JSON");
        self.write_event(number, id.as_ref(), data);
    }

    pub fn connect_inbox(&mut self, number: u64) {
        let tab = self.streams[&number].tab;
        let me = self.tabs[tab].client.me().id.clone();
        if !self.may_connect(number, None) {
            return;
        }
        let since = self.streams[&number].since.clone();
        let frames = self.server.catch_up_inbox(&me, since);
        self.deliver(number, StreamSignal::Opened);
        frames.iter().for_each(|frame| self.write_inbox(number, frame));
        self.wait_for_silence(number);
    }

    /// Equal to a count over the history.
    pub fn check_inbox(&self, tab: usize) {
        let at = &self.tabs[tab];
        let (client, me) = (&at.client, &at.client.me().id);
        let inbox = client.inbox();
        let (cursor, sync) = self.server.inbox(me);
        assert_eq!(inbox.cursor(), Some(&cursor), "tab {tab}: the inbox is behind");
        let mut mine: Vec<_> = inbox.entries().iter().map(|entry| entry.of.clone()).collect();
        mine.sort_by(|one, other| one.space.id.cmp(&other.space.id));
        let told = |mut of: SpaceEntry| {
            of.read_up_to = of.read_up_to.filter(|at| *at > MessageId(0));
            of
        };
        let mine: Vec<_> = mine.into_iter().map(told).collect();
        assert_eq!(mine, sync.spaces, "tab {tab}: the inbox");
        for shown in client.spaces() {
            let of = sync.spaces.iter().find(|of| of.space.id == shown.space.id);
            let of = of.expect("all that are shown are there");
            let is_muted = of.level == Level::Nothing;
            let expected = if is_muted { (0, 0) } else { (of.unread, of.mentions) };
            assert_eq!((shown.unread, shown.mentions), expected, "tab {tab} shows of {shown:?}");
        }
    }
}
