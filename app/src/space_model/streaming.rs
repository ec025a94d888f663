//! Answers that are being streamed. Text arrives more often than the screen is repainted, so it
//! waits for the next animation frame, in which each answer shows all that has arrived.

use client::SortedMap;
use leptos::prelude::*;

use super::SpaceModel;
use crate::platform::DropGuard;
use protocol::MessageId;

#[derive(Default)]
pub(super) struct Streaming {
    triggers: SortedMap<MessageId, ArcTrigger>,
    /// The messages with text that is not shown yet.
    waiting: Vec<MessageId>,
    frame: Option<DropGuard>,
}

impl Streaming {
    pub fn forget(&mut self, id: MessageId) {
        self.triggers.remove(&id);
    }
}

impl SpaceModel {
    /// Tracks that text is appended to a message.
    pub fn on_text_appended(self, id: MessageId) {
        let trigger = self
            .state
            .try_update_value(|state| state.streaming.triggers.get_or_default(id).clone());
        trigger.into_iter().for_each(|trigger| trigger.track());
    }

    pub(super) fn text_appended(self, id: MessageId) {
        let browser = self.state.try_update_value(|state| {
            let is_first = state.streaming.waiting.is_empty();
            if !state.streaming.waiting.contains(&id) {
                state.streaming.waiting.push(id);
            }
            state.browser.clone().filter(|_| is_first)
        });
        if let Some(browser) = browser.flatten() {
            let frame = browser.timers.on_frame(Box::new(move || self.show_text()));
            drop(self.state.try_update_value(|state| state.streaming.frame.replace(frame)));
        }
    }

    fn show_text(self) {
        let triggers = self.state.try_update_value(|state| {
            let streaming = &mut state.streaming;
            let waiting = std::mem::take(&mut streaming.waiting);
            let trigger = |id| streaming.triggers.get(&id).cloned();
            waiting.into_iter().filter_map(trigger).collect::<Vec<_>>()
        });
        triggers.into_iter().flatten().for_each(|trigger| trigger.notify());
    }
}
