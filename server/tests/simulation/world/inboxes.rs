//! Devices that follow the inbox of a person, and are cut off now and then. At a quiet point they hold what
//! the model counts over the whole history, however they got there.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use bytes::Bytes;
use protocol::{
    BeingId, Cursor, InboxEvent, MessageId, Since, SpaceEntry, limits::COUNT_MAX_MESSAGES,
};
use rand::Rng;
use server::{delivery::stream::Stream, domain::token::Token};

use super::{Work, World, person};
use crate::{client::parse_as, task::Task};

/// Two for one person, and one for another.
const DEVICES: usize = 3;

pub struct Device {
    being: BeingId,
    cursor: Option<Cursor>,
    spaces: BTreeMap<BeingId, SpaceEntry>,
    connection: Option<Rc<Connection>>,
    is_live: bool,
}

#[derive(Default)]
struct Connection {
    frames: RefCell<VecDeque<Bytes>>,
    is_cut: Cell<bool>,
    has_ended: Cell<bool>,
}

impl Device {
    pub(super) fn all() -> Vec<Self> {
        let device = |at| Self {
            being: person(at % 2),
            cursor: None,
            spaces: BTreeMap::new(),
            connection: None,
            is_live: false,
        };
        (0..DEVICES).map(device).collect()
    }

    fn apply(&mut self, id: Option<Cursor>, event: InboxEvent) {
        if let Some(id) = id {
            let is_sync = matches!(event, InboxEvent::InboxSync(_));
            if let (Some(before), false) = (&self.cursor, is_sync) {
                assert!(id.seq > before.seq, "{id} was repeated, or is late, after {before}");
                let is_next = id.seq == before.seq.next();
                assert!(!self.is_live || is_next, "{id} jumped from {before}");
            }
            self.cursor = Some(id);
        }
        match event {
            InboxEvent::InboxSync(sync) => {
                let entry = |entry: SpaceEntry| (entry.space.id.clone(), entry);
                self.spaces = sync.spaces.into_iter().map(entry).collect();
            }
            InboxEvent::SpaceJoined(joined) => {
                self.spaces.insert(joined.data.space.id.clone(), joined.data);
            }
            InboxEvent::SpaceLeft(left) => drop(self.spaces.remove(left.space_id.as_being())),
            InboxEvent::ReadMoved(read) => {
                if let Some(entry) = self.spaces.get_mut(read.space_id.as_being()) {
                    entry.read_up_to = Some(read.up_to).filter(|up_to| *up_to != MessageId(0));
                }
            }
            InboxEvent::LevelChanged(changed) => {
                if let Some(entry) = self.spaces.get_mut(changed.space_id.as_being()) {
                    entry.level = changed.level;
                }
            }
            InboxEvent::SpaceHeads(heads) => {
                for head in heads.spaces {
                    let Some(entry) = self.spaces.get_mut(head.space_id.as_being()) else {
                        continue;
                    };
                    entry.space = head.space.unwrap_or_else(|| entry.space.clone());
                    entry.last_message_id = head.last_message_id;
                    (entry.unread, entry.mentions) = (head.unread, head.mentions);
                }
            }
            InboxEvent::CaughtUp(_) => self.is_live = true,
            InboxEvent::Heartbeat(_) => {}
            InboxEvent::AccessRevoked | InboxEvent::Unknown => panic!("nobody signs out"),
        }
    }
}

impl World {
    pub(super) fn let_devices_read(&mut self) {
        for at in 0..self.devices.len() {
            let max = self.rng.random_range(0..20);
            self.read_inbox(at, max);
        }
        // A look at what is new takes several turns.
        for _ in 0..self.rng.random_range(0..24) {
            self.run_a_task();
        }
        let at = self.rng.random_range(0..self.devices.len());
        if self.one_in(5)
            && let Some(connection) = self.devices[at].connection.take()
        {
            connection.is_cut.set(true);
            self.journal.count("inboxes cut off");
        }
    }

    /// Returns whether anything arrived. A device without a stream opens one.
    pub(super) fn read_inbox(&mut self, at: usize, max: usize) -> bool {
        let Some(connection) = self.devices[at].connection.clone() else {
            self.open_inbox(at);
            return self.devices[at].connection.is_some();
        };
        let mut frames = connection.frames.borrow_mut();
        let count = frames.len().min(max);
        for bytes in frames.drain(..count) {
            let (id, event) = parse_as::<InboxEvent>(&bytes);
            let device = &mut self.devices[at];
            self.journal.note(format_args!("{} hears {id:?} {event:?}", device.being));
            self.journal.count("frames of inboxes");
            device.apply(id, event);
        }
        if frames.is_empty() && connection.has_ended.get() {
            self.devices[at].connection = None;
        }
        count > 0
    }

    fn open_inbox(&mut self, at: usize) {
        let Some(process) = &self.process else { return };
        let (connection, app_state) = (Rc::<Connection>::default(), process.app_state.clone());
        let device = &mut self.devices[at];
        device.is_live = false;
        device.connection = Some(connection.clone());
        let (being, since) = (device.being.clone(), device.cursor.clone().map(Since::Cursor));
        let serving = async move {
            let session = Token::presented("a session").hash();
            let listener = app_state.hub.listen_to_inbox(being, session);
            let stream = Stream::open_inbox(app_state.store.clone(), listener, since).await;
            if let Ok(mut stream) = stream {
                while let Some(bytes) = stream.next().await
                    && !connection.is_cut.get()
                {
                    connection.frames.borrow_mut().push_back(bytes);
                }
            }
            connection.has_ended.set(true);
        };
        let number = self.number();
        self.tasks.insert(number, Work { task: Task::new(serving), stream: None });
    }

    /// The server is gone.
    pub(super) fn break_inboxes(&mut self) {
        self.devices.iter_mut().for_each(|device| device.connection = None);
    }

    /// The devices that do not hold what the model counts.
    pub(super) fn devices_behind(&self) -> impl Iterator<Item = String> {
        self.devices.iter().filter_map(|device| {
            let expected = self.model.inbox(&device.being);
            let at = device.cursor.as_ref().map(|cursor| cursor.seq);
            let is_live = device.connection.is_some() && device.is_live;
            let is_equal = expected.spaces.len() == device.spaces.len()
                && expected.spaces.iter().zip(device.spaces.values()).all(is_shown);
            let is_behind = !(is_live && is_equal && at == Some(expected.last_position));
            is_behind.then(|| format!("{} at {at:?}: {:?}", device.being, device.spaces))
        })
    }
}

/// A count that has reached its maximum stays there until its being reads.
fn is_shown((expected, shown): (&SpaceEntry, &SpaceEntry)) -> bool {
    let at_most = |expected: u64, shown| if shown == COUNT_MAX_MESSAGES { shown } else { expected };
    let unread = at_most(expected.unread, shown.unread);
    let mentions = at_most(expected.mentions, shown.mentions);
    SpaceEntry { unread, mentions, ..expected.clone() } == *shown
}
