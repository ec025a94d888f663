//! The state behind the model's signals.

use std::{
    collections::VecDeque,
    sync::{Arc, RwLock},
};

use client::{Client, Input, SortedMap, SpaceNews, SpaceSnapshot};
use leptos::prelude::*;

use super::{announcer::Announcement, streaming::Streaming};
use crate::platform::{Browser, Markdown};
use protocol::{AnswerVersion, BeingId, MessageId};

pub(super) struct State {
    pub client: Client,
    pub browser: Option<Browser>,
    pub markdown: Option<Arc<dyn Markdown>>,
    /// Inputs that the client has not handled yet; `None` while it handles none.
    pub inputs: Option<VecDeque<Input>>,
    pub announcement: Option<Announcement>,
    pub messages: SortedMap<MessageId, ArcTrigger>,
    pub streaming: Streaming,
    pub beings: SortedMap<BeingId, ArcTrigger>,
    /// What another tab has written in the composer.
    pub draft_changed: RwSignal<Option<String>>,
    /// Which message the composer replies to.
    pub reply_changed: Trigger,
    /// What is quoted outside of the space's messages.
    pub quotes_changed: Trigger,
    /// What the list of spaces shows.
    pub spaces: RwSignal<Vec<SpaceNews>>,
    /// What is shown does not reach the end.
    pub has_later: RwSignal<bool>,
    /// The message that the reader wanted to see.
    pub reached: RwSignal<Option<MessageId>>,
    /// Many messages are shown.
    pub crowded: Trigger,
    pub on_draft: Option<SendTaker>,
    pub on_invite: Option<SendTaker>,
    pub on_versions: Vec<(MessageId, SendTaker<LoadedVersions>)>,
}

/// The earlier versions of an answer, oldest first, or a sentence that says why there are none.
pub type LoadedVersions = Result<Vec<AnswerVersion>, String>;

/// A function that takes something once it is there. The browser has one thread, but the state has to be
/// `Send`.
pub(super) struct SendTaker<T = String>(send_wrapper::SendWrapper<Box<dyn FnOnce(T)>>);

impl<T: 'static> SendTaker<T> {
    pub fn new(take: impl FnOnce(T) + 'static) -> Self {
        Self(send_wrapper::SendWrapper::new(Box::new(take)))
    }

    pub fn take(self, what: T) {
        (self.0.take())(what);
    }
}

impl State {
    pub fn new(
        snapshot: SpaceSnapshot,
        browser: Option<Browser>,
        markdown: Option<Arc<dyn Markdown>>,
    ) -> Self {
        let client = Client::new(snapshot);
        let spaces = RwSignal::new(client.spaces().to_vec());
        let has_later = RwSignal::new(client.replica().timeline().has_later());
        Self {
            client,
            browser,
            markdown,
            inputs: None,
            announcement: None,
            messages: SortedMap::default(),
            streaming: Streaming::default(),
            beings: SortedMap::default(),
            draft_changed: RwSignal::default(),
            reply_changed: Trigger::new(),
            quotes_changed: Trigger::new(),
            spaces,
            has_later,
            reached: RwSignal::default(),
            crowded: Trigger::new(),
            on_draft: None,
            on_invite: None,
            on_versions: Vec::new(),
        }
    }
}

/// A `Copy` handle to the state, which is dropped with the page that created it. Callers are
/// generic over their closures; the access itself is not, so that it is compiled once.
#[derive(Clone, Copy)]
pub(super) struct StateHandle(StoredValue<Arc<RwLock<State>>>);

impl StateHandle {
    pub fn new(state: State) -> Self {
        Self(StoredValue::new(Arc::new(RwLock::new(state))))
    }

    fn read(self, read: &mut dyn FnMut(&State)) {
        let state = self.0.try_get_value();
        state.iter().filter_map(|state| state.read().ok()).for_each(|state| read(&state));
    }

    fn change(self, change: &mut dyn FnMut(&mut State)) {
        let state = self.0.try_get_value();
        state
            .iter()
            .filter_map(|state| state.write().ok())
            .for_each(|mut state| change(&mut state));
    }

    /// `None` once the page is gone.
    pub fn try_with_value<T>(self, read: impl FnOnce(&State) -> T) -> Option<T> {
        let (mut read, mut found) = (Some(read), None);
        self.read(&mut |state| found = read.take().map(|read| read(state)));
        found
    }

    /// For code that runs only while the page exists.
    pub fn with_value<T>(self, read: impl FnOnce(&State) -> T) -> T {
        self.try_with_value(read).expect("the page is there")
    }

    /// `None` once the page is gone.
    pub fn try_update_value<T>(self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let (mut change, mut found) = (Some(change), None);
        self.change(&mut |state| found = change.take().map(|change| change(state)));
        found
    }
}
