//! The tabs of one browser that show the same space: one of them leads, and passes the server's
//! events on to the others. Where the browser has no Web Locks or no Broadcast Channel, as over plain
//! HTTP from another machine, each visible tab leads for itself.

use protocol::Cursor;

use super::{
    applying::Applied,
    delivery::STORE_AGAIN_MILLIS,
    state::{State, Step},
};
use crate::{
    effect::{Channel, Effect, Lock, LockMode, Timer},
    leader_election::{Action, Input, is_level},
    reconnect::{self, Status},
    tab_message::TabMessage,
};

/// The name of the channel of all tabs of a browser.
const BROWSER_CHANNEL: &str = "streams";
/// An epoch that the server has confirmed this recently is the present one.
const EPOCH_FRESH_MILLIS: u64 = 5_000;

impl State {
    pub fn join_tabs(&mut self, tab: String) {
        self.tab = tab;
        self.is_alone = false;
        self.is_unheard = false;
        let scope = self.scope();
        self.emit(Effect::Join(Channel::Space, scope));
        self.emit(Effect::Join(Channel::Browser, BROWSER_CHANNEL.into()));
        self.store_again_later();
        self.then(Step::Elect(Input::Start));
        self.join_inbox();
    }

    /// The browser cannot make its tabs agree on a leader.
    pub fn lead_alone(&mut self) {
        if self.election.is_idle() {
            return;
        }
        if !std::mem::replace(&mut self.is_alone, true) {
            self.slot.do_without_locks();
            self.emit(Effect::ReleaseLock(Lock::Leader));
            self.emit(Effect::Leave(Channel::Space));
            self.emit(Effect::ReleaseLock(Lock::Inbox));
            self.emit(Effect::Leave(Channel::Inbox));
        }
        self.then(Step::Elect(Input::LockGranted));
        self.then(Step::ElectInbox(Input::LockGranted));
    }

    fn leave_channels(&mut self) {
        self.emit(Effect::Leave(Channel::Space));
        self.emit(Effect::Leave(Channel::Browser));
    }

    pub fn elect(&mut self, input: Input) {
        for action in self.election.handle_input(input, self.now) {
            match action {
                Action::QueueForLock => self.request_lock(LockMode::Queue),
                Action::StealLock => self.request_lock(LockMode::Steal),
                Action::ReleaseLock => {
                    self.emit(Effect::ReleaseLock(Lock::Leader));
                    self.emit(Effect::ClearTimer(Timer::Election));
                    self.leave_channels();
                }
                Action::AskLeader => {
                    // In the middle of a catch-up, what another leader has after the cursor is no use.
                    let is_useful = self.replica.is_whole() || self.leader.is_some();
                    let at = self.replica.cursor().filter(|_| is_useful);
                    let asker = at.cloned().map(|at| (self.tab.clone(), at));
                    self.post(&TabMessage::Ask { asker });
                    if self.is_visible {
                        // The leader may have let its stream go, since nobody looked at the space.
                        self.post(&TabMessage::Seen { since: self.shown_at.0 });
                    }
                }
                Action::SetTimer(at) => {
                    self.emit(Effect::SetTimer(Timer::Election, at.since(self.now)));
                }
                Action::Lead => {
                    self.leader = None;
                    self.seen_at = self.now;
                    self.then(Step::Watch);
                    // Nobody sends now what another tab had in flight.
                    self.then(Step::ReloadOutbox);
                    self.then(Step::RefreshStatus);
                }
                Action::Follow => {
                    self.store_again_later();
                    self.leader_status = Status::Online;
                    self.emit(Effect::ClearTimer(Timer::Unanswered));
                    self.is_unanswered = false;
                    self.then(Step::Watch);
                    self.then(Step::RefreshStatus);
                }
            }
        }
    }

    /// No other tab sees what is not stored. It is stored after a while, or this tab leads again:
    /// two tabs on a full device must not take turns too fast.
    fn store_again_later(&mut self) {
        let ids: Vec<_> = self.outbox.unstored().collect();
        for id in ids {
            self.emit(Effect::SetTimer(Timer::Store(id), STORE_AGAIN_MILLIS));
        }
    }

    fn request_lock(&mut self, mode: LockMode) {
        if self.is_alone {
            return self.then(Step::Elect(Input::LockGranted));
        }
        let scope = self.scope();
        self.emit(Effect::RequestLock(Lock::Leader, scope, mode));
    }

    pub fn on_tab_message(&mut self, message: TabMessage) {
        match message {
            TabMessage::Outbox => self.then(Step::ReloadOutbox),
            TabMessage::Draft { key, before, text, reply } => {
                self.on_tab_draft(key, &before, text, reply);
            }
            TabMessage::Ask { asker } if self.leads() => self.answer(asker),
            TabMessage::At { tab, cursor, is_live, status } if !self.leads() => {
                self.follow(tab, &cursor, is_live, status);
            }
            TabMessage::Event { tab, id, data } if !self.leads() => {
                self.on_leader_event(&tab, &id, &data);
            }
            TabMessage::Replay { tab, to, cursor, is_live, status, events }
                if !self.leads() && to == self.tab =>
            {
                if self.can_continue_with(&tab) {
                    self.replica.handle_leader(false);
                    self.leader = Some(tab.clone());
                    for (id, data) in events {
                        if self.apply(&id, &data).is_err() {
                            self.leader = None;
                            return; // the question stays unanswered, and the lead is taken
                        }
                    }
                }
                self.follow(tab, &cursor, is_live, status);
            }
            TabMessage::Seen { since } if self.leads() => {
                self.seen_at = self.now;
                self.shown_at.0 = self.shown_at.0.max(since);
                self.then(Step::Watch);
            }
            TabMessage::Anyone if self.is_visible && !self.leads() => {
                self.post(&TabMessage::Seen { since: self.shown_at.0 });
            }
            TabMessage::Ask { .. }
            | TabMessage::At { .. }
            | TabMessage::Event { .. }
            | TabMessage::Replay { .. }
            | TabMessage::Seen { .. }
            | TabMessage::Anyone => {}
        }
    }

    /// Answers a tab that asks for this tab's position, with what it misses.
    fn answer(&mut self, asker: Option<(String, Cursor)>) {
        // Timers run late in a hidden tab.
        self.then(Step::Connect(reconnect::Input::TimerFired));
        let Some(((to, at), cursor)) = asker.zip(self.replica.cursor().cloned()) else {
            return self.post_position();
        };
        if is_level(Some(&at), &cursor) {
            return self.post_position();
        }
        if at.epoch != cursor.epoch {
            let age = self.reconnect.age_millis(self.now);
            if !self.replica.is_live() || age > EPOCH_FRESH_MILLIS {
                // One of the two holds a history that is over; the server knows which.
                return self.then(Step::Connect(reconnect::Input::Returned));
            }
        }
        let Some(events) = self.log.since(&at).or_else(|| self.whole()) else {
            return; // the asker takes the lead, and asks the server
        };
        self.post(&TabMessage::Replay {
            tab: self.tab.clone(),
            to,
            cursor,
            is_live: self.replica.is_live(),
            status: self.status,
            events,
        });
    }

    /// Everything that this tab holds, as one `space-sync`.
    fn whole(&self) -> Option<Vec<(String, String)>> {
        let (cursor, sync) = self.replica.snapshot()?;
        Some(vec![(cursor.to_string(), sync.to_event_json())])
    }

    /// Whether this replica, with what that tab applies from here on, stays equal to that tab's. In
    /// the middle of a catch-up only the tab from which it has that catch-up has the rest of it.
    fn can_continue_with(&self, tab: &str) -> bool {
        self.replica.is_whole() || self.leader.as_deref() == Some(tab)
    }

    fn follow(&mut self, tab: String, cursor: &Cursor, is_live: bool, status: Status) {
        let mine = self.replica.cursor();
        let is_other_epoch = mine.is_some_and(|mine| mine.epoch != cursor.epoch);
        self.is_in_doubt = is_other_epoch;
        if is_level(mine, cursor) && self.can_continue_with(&tab) {
            self.leader = Some(tab);
            self.replica.handle_leader(is_live);
        } else if !is_other_epoch || is_live {
            return self.then(Step::Elect(Input::Behind));
        }
        // If the epochs differ, one of the two tabs holds a history that is over. The leader's next
        // stream decides which.
        self.leader_status = status;
        self.then(Step::RefreshStatus);
        self.then(Step::Elect(Input::LeaderHeard));
    }

    fn on_leader_event(&mut self, tab: &str, id: &str, data: &str) {
        let is_known = self.leader.as_deref() == Some(tab);
        if !is_known || !(self.election.is_following() || self.replica.is_live()) {
            // It is unknown whether this tab has all earlier events. From here on it lacks this one, so it
            // takes the next ones only once it is level with that tab again.
            self.leader = None;
            return self.then(Step::Elect(Input::PageWoke));
        }
        match self.apply(id, data) {
            Ok(Applied::Revoked) => self.then(Step::Connect(reconnect::Input::End)),
            Ok(Applied::WentLive) if std::mem::take(&mut self.is_in_doubt) => {
                // The leader was right: its stream had nothing to say, and named no history.
                self.replica.handle_reconnect();
                self.then(Step::Elect(Input::Behind));
            }
            Ok(_) => self.then(Step::Elect(Input::LeaderHeard)),
            Err(_) => self.then(Step::Elect(Input::Behind)),
        }
    }
}
