//! What a session holds behind its signals.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use leptos::prelude::*;

use super::{growth::Growth, tabs::Tabs};
use crate::{
    backend::Visit,
    live::{Browser, Guard},
    protocol::{Being, BeingId, MessageId, Seq, SpaceId, SpaceListing},
    replica::{Connection, Link, Outbox, Replica, Time},
};

pub(super) struct Inner {
    pub space: SpaceId,
    pub me: Being,
    pub spaces: Vec<SpaceListing>,
    pub replica: Replica,
    pub connection: Connection,
    /// As the reader is told of it: ours, or that of the tab we follow.
    pub link: Link,
    pub announcement: Option<(Seq, String)>,
    pub time: Time,
    pub outbox: Outbox,
    /// The messages that the outbox changes, as the screen has it.
    pub overlaid: Vec<MessageId>,
    /// Deletions that were answered, and whose events are still to come.
    pub taken_back: Vec<MessageId>,
    /// What is being written, and not kept yet.
    pub draft: Option<String>,
    pub draft_pause: Option<Guard>,
    pub visit_pause: Option<Guard>,
    pub tabs: Tabs,
    /// Edits that are being written: a row may be built anew under them.
    pub drafts: HashMap<MessageId, String>,
    pub messages: HashMap<MessageId, ArcTrigger>,
    pub growth: Growth,
    pub beings: HashMap<BeingId, ArcTrigger>,
    pub browser: Option<Browser>,
    pub stream: Option<Guard>,
    pub timer: Option<Guard>,
    pub retry: Option<Guard>,
    /// The server has said when to come back; until then nothing is sent.
    pub pause: Option<Guard>,
    pub wake: Option<Guard>,
}

impl Inner {
    pub fn new(visit: Visit, browser: Option<Browser>) -> Self {
        let space = SpaceId::from(visit.sync.space.id.clone());
        let mut replica = Replica::default();
        // A `space-sync` with its cursor is always taken.
        let _ = replica.handle_event(Some(visit.cursor), visit.sync.into());
        Self {
            space,
            me: visit.me,
            spaces: visit.spaces,
            replica,
            connection: Connection::default(),
            link: Link::Fine,
            announcement: None,
            time: Time::default(),
            outbox: Outbox::default(),
            overlaid: Vec::new(),
            taken_back: Vec::new(),
            draft: None,
            draft_pause: None,
            visit_pause: None,
            tabs: Tabs::default(),
            drafts: HashMap::new(),
            messages: HashMap::new(),
            growth: Growth::default(),
            beings: HashMap::new(),
            browser,
            stream: None,
            timer: None,
            retry: None,
            pause: None,
            wake: None,
        }
    }
}

/// Where it is held: to copy around, and gone with the page that made it. What reaches into it is
/// compiled for each closure, so the way to it is not.
#[derive(Clone, Copy)]
pub(super) struct Held(StoredValue<Arc<RwLock<Inner>>>);

impl Held {
    pub fn new(inner: Inner) -> Self {
        Self(StoredValue::new(Arc::new(RwLock::new(inner))))
    }

    fn read(self, read: &mut dyn FnMut(&Inner)) {
        let inner = self.0.try_get_value();
        inner.iter().filter_map(|inner| inner.read().ok()).for_each(|inner| read(&inner));
    }

    fn change(self, change: &mut dyn FnMut(&mut Inner)) {
        let inner = self.0.try_get_value();
        inner
            .iter()
            .filter_map(|inner| inner.write().ok())
            .for_each(|mut inner| change(&mut inner));
    }

    /// None once the page is gone.
    pub fn try_with_value<T>(self, read: impl FnOnce(&Inner) -> T) -> Option<T> {
        let (mut read, mut found) = (Some(read), None);
        self.read(&mut |inner| found = read.take().map(|read| read(inner)));
        found
    }

    /// For what runs only while the page is there.
    pub fn with_value<T>(self, read: impl FnOnce(&Inner) -> T) -> T {
        self.try_with_value(read).expect("the page is there")
    }

    /// None once the page is gone.
    pub fn try_update_value<T>(self, change: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        let (mut change, mut found) = (Some(change), None);
        self.change(&mut |inner| found = change.take().map(|change| change(inner)));
        found
    }
}
