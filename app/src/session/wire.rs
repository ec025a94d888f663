//! The session's stream: it does what the connection's machine says, and feeds what comes to the
//! replica.

use leptos::{prelude::*, task::spawn_local};

use super::{Inner, Session};
use crate::{
    backend::Trouble,
    live::{Browser, StreamSignal, Wake},
    protocol::{Cursor, SyncEvent},
    replica::{Action, Change, Input},
};

impl Session {
    /// Goes live from the very cursor of what is shown. Does nothing where there is no browser.
    pub fn start(self) {
        let Some(browser) = self.browser() else { return };
        let wake = browser.live.on_wake(Box::new(move |wake| {
            let input = match wake {
                Wake::Shown => Input::Shown,
                Wake::Returned => Input::Returned,
            };
            self.input(input);
            self.send_next();
        }));
        self.inner.update_value(|inner| inner.wake = Some(wake));
        self.input(Input::Start);
        self.restore();
    }

    pub(super) fn browser(self) -> Option<Browser> {
        self.inner.try_with_value(|inner| inner.browser.clone()).flatten()
    }

    /// The browser's clock, in milliseconds; none where there is no browser.
    pub fn now(self) -> Option<u64> {
        Some(self.browser()?.live.now().0)
    }

    fn input(self, input: Input) {
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
        if self.link.get_untracked() != link {
            self.link.set(link);
        }
    }

    /// Drops what comes out, outside of the lock: a guard may call back when it goes.
    fn swap<T>(self, take: impl FnOnce(&mut Inner) -> T) {
        drop(self.inner.try_update_value(take));
    }

    fn open(self, browser: &Browser) {
        let url = self.inner.try_update_value(|inner| {
            inner.replica.handle_reconnect();
            let since = inner.replica.cursor().map(|cursor| format!("&since={cursor}"));
            format!("/api/stream?spaceId={}{}", inner.space, since.unwrap_or_default())
        });
        let Some(url) = url else { return };
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
        let Ok(event) = serde_json::from_str::<SyncEvent>(data) else {
            // Not one we know, so it cannot be applied, and what follows it neither.
            return self.input(Input::Missed);
        };
        let id = id.parse::<Cursor>().ok().filter(|_| event.moves_the_cursor());
        let outcome = self.inner.try_update_value(|inner| inner.replica.handle_event(id, event));
        let change = match outcome {
            Some(Ok(change)) => change,
            Some(Err(_)) => return self.input(Input::Missed),
            None => return,
        };
        self.input(match change {
            Some(Change::WentLive) => Input::WentLive,
            Some(Change::Revoked) => Input::End,
            _ => Input::Heard,
        });
        if change == Some(Change::WentLive) {
            self.send_next();
        }
        change.into_iter().for_each(|change| self.show(change));
    }

    /// A browser does not tell why a stream was refused, so the server is asked in another way.
    fn ask_why(self) {
        let Some(browser) = self.browser() else { return };
        let Some(space) = self.inner.try_with_value(|inner| inner.space.clone()) else { return };
        spawn_local(async move {
            match browser.commands.spaces().await {
                Err(Trouble::Refused { status: 401, .. }) => {
                    self.input(Input::End);
                    // What was written and not sent stays on the screen; the sign tells the way.
                    if self.outbox.with_untracked(Vec::is_empty) {
                        browser.live.go_to("/sign-in");
                    }
                }
                Ok(spaces) if spaces.iter().all(|mine| mine.space.id != *space.as_being()) => {
                    self.input(Input::End);
                    self.show(Change::Revoked);
                }
                _ => self.input(Input::Lost),
            }
        });
    }
}
