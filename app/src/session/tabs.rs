//! The session among the other tabs of the browser that show the same space: one of them leads, and
//! the others hear from it what the server says. Where a browser has no locks or no channels, as
//! over plain HTTP from another machine, each tab leads for itself.

use std::sync::Arc;

use super::{Inner, Session, wire::News, word::Word};
use crate::{
    live::{Browser, Channel, Guard, Wake},
    protocol::Cursor,
    replica::{Input, Lead, Link, Sign, Step, is_level},
};

#[derive(Default)]
pub(super) struct Tabs {
    lead: Lead,
    /// What this tab calls itself.
    name: String,
    /// The tab whose events we follow.
    leader: Option<String>,
    channel: Option<Arc<dyn Channel>>,
    lock: Option<Guard>,
    timer: Option<Guard>,
}

impl Tabs {
    pub fn leads(&self) -> bool {
        self.lead.is_leading()
    }
}

impl Session {
    /// Goes live from the very cursor of what is shown. Does nothing where there is no browser.
    pub fn start(self) {
        let Some(browser) = self.browser() else { return };
        let wake = browser.live.on_wake(Box::new(move |wake| self.wake(wake)));
        self.inner.try_update_value(|inner| inner.wake = Some(wake));
        self.join(&browser);
        self.take_shelf();
        self.keep_visit();
        self.tidy_visits();
    }

    pub(super) fn leads(self) -> bool {
        self.inner.try_with_value(|inner| inner.tabs.leads()).unwrap_or(false)
    }

    fn join(self, browser: &Browser) {
        let room = self.inner.try_with_value(Inner::mine).unwrap_or_default();
        let channel = browser.live.channel(&room, Box::new(move |text| self.hear_word(text)));
        let name = browser.live.new_id().to_string();
        self.inner.try_update_value(|inner| {
            inner.tabs.channel = channel;
            inner.tabs.name = name;
        });
        self.sign(Sign::Start);
    }

    fn wake(self, wake: Wake) {
        let is_idle = || self.inner.try_with_value(|inner| inner.tabs.lead.is_idle());
        match wake {
            Wake::Hidden => self.put_draft(),
            Wake::Gone => {
                self.put_draft();
                // What was written last may be kept only when nobody is here to say so.
                self.tell(&Word::Outbox);
                self.sign(Sign::Rest);
            }
            Wake::Restored if self.link_untracked() == Link::Ended => {
                // Somebody may have signed in since.
                let path = format!("/spaces/{}", self.space());
                self.browser().iter().for_each(|browser| browser.live.go_to(&path));
            }
            Wake::Restored if is_idle() == Some(true) => {
                self.browser().iter().for_each(|browser| self.join(browser));
                self.take_shelf();
            }
            _ if self.leads() => {
                let shown = wake == Wake::Shown;
                self.input(if shown { Input::Shown } else { Input::Returned });
                self.take_shelf();
            }
            _ => self.sign(Sign::Woke),
        }
    }

    pub(super) fn sign(self, sign: Sign) {
        let Some(browser) = self.browser() else { return };
        let clock = browser.live.now();
        let decided = self.inner.try_update_value(|inner| {
            let now = inner.time.count(clock);
            (now, inner.tabs.lead.handle_sign(sign, now))
        });
        let Some((now, steps)) = decided else { return };
        for step in steps {
            match step {
                Step::Queue => self.lock(&browser, false),
                Step::Steal => self.lock(&browser, true),
                Step::Release => self.swap(|inner| {
                    let tabs = &mut inner.tabs;
                    (tabs.lock.take(), tabs.timer.take(), tabs.channel.take())
                }),
                Step::Ask => self.tell(&Word::Ask),
                Step::SetTimer(at) => {
                    let fire = Box::new(move || self.sign(Sign::TimerFired));
                    let timer = browser.live.after(at.0.saturating_sub(now.0), fire);
                    self.swap(|inner| inner.tabs.timer.replace(timer));
                }
                Step::Lead => {
                    self.input(Input::Start);
                    // What another tab had on its way, nobody sends now.
                    self.take_shelf();
                }
                Step::Follow => self.input(Input::Rest),
            }
        }
    }

    fn lock(self, browser: &Browser, is_stolen: bool) {
        let Some(room) = self.inner.try_with_value(Inner::mine) else { return };
        // A place in the queue, or a lock that was lost, is given up before.
        self.swap(|inner| inner.tabs.lock.take());
        let is_shared = self.inner.try_with_value(|inner| inner.tabs.channel.is_some());
        let on_change = move |is_ours| self.sign(if is_ours { Sign::Won } else { Sign::Lost });
        let lock = match is_shared {
            Some(true) => browser.live.lock(&room, is_stolen, Box::new(on_change)),
            _ => None,
        };
        match lock {
            Some(lock) => self.swap(|inner| inner.tabs.lock.replace(lock)),
            None => {
                // Who cannot agree with the others on who leads sends only for itself.
                self.swap(|inner| inner.tabs.channel.take());
                self.sign(Sign::Won);
            }
        }
    }

    pub(super) fn tell(self, word: &Word) {
        let channel = self.inner.try_with_value(|inner| inner.tabs.channel.clone()).flatten();
        channel.iter().for_each(|channel| channel.post(&word.to_string()));
    }

    /// Tells those who follow where our stream stands.
    pub(super) fn tell_standing(self) {
        let standing = self.inner.try_with_value(|inner| {
            Some(Word::At {
                tab: inner.tabs.name.clone(),
                cursor: inner.replica.cursor()?.clone(),
                is_live: inner.replica.is_live(),
                link: inner.connection.link(),
            })
        });
        standing.flatten().iter().for_each(|word| self.tell(word));
    }

    /// Passes on what our stream brought.
    pub(super) fn tell_event(self, id: &str, data: &str) {
        if let Some(tab) = self.inner.try_with_value(|inner| inner.tabs.name.clone()) {
            self.tell(&Word::Event { tab, id: id.to_owned(), data: data.to_owned() });
        }
    }

    fn hear_word(self, text: &str) {
        match Word::parse(text) {
            Some(Word::Outbox) => self.take_shelf(),
            Some(Word::Ask) if self.leads() => {
                // Where nobody looks, timers are late.
                self.input(Input::TimerFired);
                self.tell_standing();
            }
            Some(Word::At { tab, cursor, is_live, link }) if !self.leads() => {
                self.follow(tab, &cursor, is_live, link);
            }
            Some(Word::Event { tab, id, data }) if !self.leads() => {
                self.hear_leader(&tab, &id, &data);
            }
            _ => {}
        }
    }

    fn follow(self, tab: String, cursor: &Cursor, is_live: bool, link: Link) {
        let epoch = |inner: &Inner| inner.replica.cursor().map(|mine| mine.epoch.clone());
        let mine = self.inner.try_with_value(epoch).flatten();
        if !is_live && mine.is_some_and(|mine| mine != cursor.epoch) {
            // One of us knows a history that is over. Its stream, when it comes, says whose; to take the
            // lock before would end that stream, and so for ever by turns.
            self.show_link(link);
            return self.sign(Sign::Heard);
        }
        let is_level = self.inner.try_update_value(|inner| {
            let is_level = is_level(inner.replica.cursor(), cursor);
            if is_level {
                inner.tabs.leader = Some(tab);
                inner.replica.handle_leader(is_live);
            }
            is_level
        });
        if is_level != Some(true) {
            return self.sign(Sign::Behind);
        }
        self.show_link(link);
        self.sign(Sign::Heard);
    }

    fn hear_leader(self, tab: &str, id: &str, data: &str) {
        let is_our_leader = self.inner.try_with_value(|inner| {
            let is_known = inner.tabs.leader.as_deref() == Some(tab);
            is_known && (inner.tabs.lead.is_following() || inner.replica.is_live())
        });
        if is_our_leader != Some(true) {
            // Nobody knows whether we have all that came before.
            return self.sign(Sign::Woke);
        }
        match self.apply(id, data) {
            Ok(News::Revoked) => self.input(Input::End),
            Ok(_) => self.sign(Sign::Heard),
            Err(_) => self.sign(Sign::Behind),
        }
    }
}
