//! Answers that grow. Text comes more often than the screen is drawn, so it waits for the next frame,
//! in which each answer draws all that came.

use std::collections::HashMap;

use leptos::prelude::*;

use super::Session;
use crate::{live::Guard, protocol::MessageId};

#[derive(Default)]
pub(super) struct Growth {
    triggers: HashMap<MessageId, ArcTrigger>,
    /// Those that have text which is not drawn.
    waiting: Vec<MessageId>,
    frame: Option<Guard>,
}

impl Growth {
    pub fn forget(&mut self, id: MessageId) {
        self.triggers.remove(&id);
    }
}

impl Session {
    /// Runs what reads it again whenever a message has more text to show.
    pub fn grew(self, id: MessageId) {
        let trigger = self
            .inner
            .try_update_value(|inner| inner.growth.triggers.entry(id).or_default().clone());
        trigger.into_iter().for_each(|trigger| trigger.track());
    }

    pub(super) fn grow(self, id: MessageId) {
        let browser = self.inner.try_update_value(|inner| {
            let is_first = inner.growth.waiting.is_empty();
            if !inner.growth.waiting.contains(&id) {
                inner.growth.waiting.push(id);
            }
            inner.browser.clone().filter(|_| is_first)
        });
        if let Some(browser) = browser.flatten() {
            let frame = browser.live.on_frame(Box::new(move || self.draw()));
            drop(self.inner.try_update_value(|inner| inner.growth.frame.replace(frame)));
        }
    }

    fn draw(self) {
        let grown = self.inner.try_update_value(|inner| {
            let growth = &mut inner.growth;
            let waiting = std::mem::take(&mut growth.waiting);
            let of = |id| growth.triggers.get(&id).cloned();
            waiting.into_iter().filter_map(of).collect::<Vec<_>>()
        });
        grown.into_iter().flatten().for_each(|trigger| trigger.notify());
    }
}
