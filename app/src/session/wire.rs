//! The session's stream: it does what the connection's machine says, and feeds what comes to the
//! replica.

use leptos::{prelude::*, task::spawn_local};

use super::{Inner, Session};
use crate::{
    backend::Trouble,
    live::{Browser, StreamSignal},
    protocol::{Cursor, SyncEvent},
    replica::{Action, Change, Input, Link, Missed, Sign, is_level},
};

/// What an event means for the stream that brought it.
#[derive(Clone, Copy)]
pub(super) enum News {
    WentLive,
    Revoked,
    Other,
}

impl Session {
    pub(super) fn browser(self) -> Option<Browser> {
        self.inner.try_with_value(|inner| inner.browser.clone()).flatten()
    }

    /// The browser's clock, in milliseconds; none where there is no browser.
    pub fn now(self) -> Option<u64> {
        Some(self.browser()?.live.now().0)
    }

    /// Whether one points with a finger.
    pub fn is_touched(self) -> bool {
        self.browser().is_some_and(|browser| browser.live.is_touched())
    }

    /// A text as HTML with its addresses as links, if it has any.
    pub fn linked(self, text: &str) -> Option<String> {
        self.browser()?.live.linked(text)
    }

    /// Where one signs in, and comes back to this space.
    pub fn door(self) -> String {
        format!("/sign-in?next=/spaces/{}", self.space())
    }

    pub(super) fn input(self, input: Input) {
        let Some(browser) = self.browser() else { return };
        let (clock, dice) = (browser.live.now(), browser.live.dice());
        let decided = self.inner.try_update_value(|inner| {
            let now = inner.time.count(clock);
            let actions = inner.connection.handle_input(input, now, dice);
            (now, actions, inner.connection.link())
        });
        let Some((now, actions, link)) = decided else { return };
        for action in actions {
            match action {
                Action::Close => self.swap(|inner| inner.stream.take()),
                Action::Open => self.open(&browser),
                Action::SetTimer(at) => {
                    let fire = Box::new(move || self.input(Input::TimerFired));
                    let timer = browser.live.after(at.0.saturating_sub(now.0), fire);
                    self.swap(|inner| inner.timer.replace(timer));
                }
            }
        }
        if self.show_link(link) && self.leads() {
            self.tell_standing();
        }
        if input == Input::End {
            // Whoever has more luck may lead.
            self.sign(Sign::Rest);
        }
    }

    /// Tells whether it is another than before.
    pub(super) fn show_link(self, link: Link) -> bool {
        let before = self.inner.try_update_value(|inner| std::mem::replace(&mut inner.link, link));
        let is_new = before.is_some_and(|before| before != link);
        if is_new {
            self.link_changed.notify();
        }
        is_new
    }

    /// Drops what comes out, outside of the lock: a guard may call back when it goes.
    pub(super) fn swap<T>(self, take: impl FnOnce(&mut Inner) -> T) {
        drop(self.inner.try_update_value(take));
    }

    fn open(self, browser: &Browser) {
        let url = self.inner.try_update_value(|inner| {
            inner.replica.handle_reconnect();
            let since = inner.replica.cursor().map(|cursor| format!("&since={cursor}"));
            let (space, me) = (&inner.space, &inner.me.id);
            format!("/api/stream?spaceId={space}&being={me}{}", since.unwrap_or_default())
        });
        let Some(url) = url else { return };
        // What comes next may jump, for those who follow, too.
        self.tell_standing();
        let stream = browser.live.open_stream(&url, Box::new(move |signal| self.hear(signal)));
        self.swap(|inner| inner.stream.replace(stream));
    }

    fn hear(self, signal: StreamSignal) {
        match signal {
            StreamSignal::Opened => self.input(Input::Heard),
            StreamSignal::Event { id, data } => self.hear_event(&id, &data),
            StreamSignal::Closed { is_refusal: false } => self.input(Input::Lost),
            StreamSignal::Closed { is_refusal: true } => self.ask_why(),
        }
    }

    fn hear_event(self, id: &str, data: &str) {
        let Ok(news) = self.apply(id, data) else { return self.input(Input::Missed) };
        self.tell_event(id, data);
        self.input(match news {
            News::WentLive => Input::WentLive,
            News::Revoked => Input::End,
            News::Other => Input::Heard,
        });
        match news {
            News::WentLive => self.take_shelf(),
            News::Revoked => {}
            News::Other => self.keep_visit(),
        }
    }

    /// Applies an event, and shows what it changed.
    pub(super) fn apply(self, id: &str, data: &str) -> Result<News, Missed> {
        // One that is malformed cannot be applied, and what follows it neither.
        let event = serde_json::from_str::<SyncEvent>(data).map_err(|_| Missed::Unplaced)?;
        let id = id.parse::<Cursor>().ok().filter(|_| event.moves_the_cursor());
        let outcome = self.inner.try_update_value(|inner| {
            let is_late = |id: &Cursor| is_level(inner.replica.cursor(), id);
            let is_sync = matches!(event, SyncEvent::SpaceSync(_));
            if is_sync && !inner.tabs.leads() && id.as_ref().is_some_and(is_late) {
                return Ok(None); // it is for another tab, which knew less
            }
            inner.replica.handle_event(id, event)
        });
        let change = outcome.transpose()?.flatten();
        let news = match change {
            Some(Change::WentLive) => News::WentLive,
            Some(Change::Revoked) => News::Revoked,
            _ => News::Other,
        };
        change.into_iter().for_each(|change| self.show(change));
        Ok(news)
    }

    /// A browser does not tell why a stream was refused, so the server is asked in another way.
    pub(super) fn ask_why(self) {
        let Some(browser) = self.browser() else { return };
        let Some(space) = self.inner.try_with_value(|inner| inner.space.clone()) else { return };
        spawn_local(async move {
            match browser.commands.spaces().await {
                Err(Trouble::Refused { status: 401, .. }) => {
                    self.input(Input::End);
                    // What was written and not sent stays on the screen; the sign tells the way.
                    if self.has_nothing_unsent() {
                        browser.live.go_to(&self.door());
                    }
                }
                Ok(spaces) if spaces.iter().all(|mine| mine.space.id != *space.as_being()) => {
                    // In the words of the stream that is refused.
                    self.tell_event("", r#"{"type":"access-revoked"}"#);
                    self.input(Input::End);
                    self.show(Change::Revoked);
                }
                Err(Trouble::Later { retry_after_seconds: seconds }) => {
                    self.input(Input::Later { seconds });
                }
                _ => self.input(Input::Lost),
            }
        });
    }
}
