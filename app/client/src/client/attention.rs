//! Who looks at the space, and therefore whether it holds a stream: a browser has few.

use super::state::{State, Step};
use crate::{
    effect::{Channel, Effect, Lock, LockMode, Timer},
    input::{Lifecycle, LockSignal},
    leader_election,
    reconnect::{self, Status},
    slot_message::SlotMessage,
    stream_slot::{Action, Input, Recency},
    tab_message::TabMessage,
};

/// A space that nobody has looked at for this long lets its stream go.
const UNSEEN_MAX_MILLIS: u64 = 30_000;
/// After this long the other tabs are asked whether they show it.
const UNSEEN_ASK_MILLIS: u64 = 20_000;
/// Before a hidden leader claims another's place, it asks who shows the space. The answer is this recent.
const JUST_SEEN_MILLIS: u64 = 2_000;

impl State {
    pub fn on_lifecycle(&mut self, event: Lifecycle) {
        match event {
            Lifecycle::Shown | Lifecycle::Restored => {
                self.is_visible = true;
                self.shown_at = self.now;
                self.seen_at = self.now;
            }
            Lifecycle::Hidden | Lifecycle::Gone => {
                if std::mem::replace(&mut self.is_visible, false) {
                    self.seen_at = self.now;
                }
            }
            Lifecycle::Online => self.is_offline = false,
            Lifecycle::Offline => self.is_offline = true,
        }
        self.then(Step::Watch);
        self.then(Step::RefreshStatus);
        self.read_on(event);
        self.wake_inbox(event);
        match event {
            Lifecycle::Hidden | Lifecycle::Offline => {}
            Lifecycle::Gone => {
                // The latest entry may get stored only after this page is gone and cannot say so.
                self.post(&TabMessage::Outbox);
                self.then(Step::Elect(leader_election::Input::Stop));
            }
            Lifecycle::Restored if self.status == Status::SignedOut => {
                // Someone may have signed in since.
                let path = format!("/spaces/{}", self.space);
                self.emit(Effect::Navigate(path));
            }
            Lifecycle::Shown | Lifecycle::Restored | Lifecycle::Online => self.wake(event),
        }
    }

    fn wake(&mut self, event: Lifecycle) {
        // While it slept it tried nothing.
        self.away_since = None;
        if event != Lifecycle::Online {
            self.post(&TabMessage::Seen { since: self.shown_at.0 });
        }
        // A sign-out in another tab deletes what was stored, and no tab may be awake to hear of it.
        self.then(Step::ReloadOutbox);
        if !self.leads() {
            return self.then(Step::Elect(leader_election::Input::PageWoke));
        }
        if self.slot.is_waiting() && event != Lifecycle::Online {
            self.then(Step::Place(Input::Need));
        }
        self.then(Step::Connect(match event {
            Lifecycle::Shown => reconnect::Input::Shown,
            _ => reconnect::Input::Returned,
        }));
    }

    /// Opens or lets go of the stream by who looks at the space.
    pub fn watch(&mut self) {
        self.is_watched = self.leads() && self.is_seen();
        if self.is_unheard {
            self.hold_stream(self.is_watched);
        } else if self.is_watched {
            if self.slot.is_idle() {
                self.then(Step::Place(Input::Need));
            }
            self.hold_stream(self.slot.is_held());
        } else {
            self.hold_stream(false);
            self.then(Step::Place(Input::Release));
        }
    }

    /// Whether anybody has looked at the space lately; the leader asks the other tabs in time.
    fn is_seen(&mut self) -> bool {
        if self.is_visible || self.is_alone {
            self.emit(Effect::ClearTimer(Timer::Visibility));
            return self.is_visible;
        }
        let unseen = self.now.since(self.seen_at);
        if unseen < UNSEEN_MAX_MILLIS {
            let is_time_to_ask = unseen >= UNSEEN_ASK_MILLIS;
            if is_time_to_ask {
                self.post(&TabMessage::Anyone);
            }
            let until = if is_time_to_ask { UNSEEN_MAX_MILLIS } else { UNSEEN_ASK_MILLIS };
            self.emit(Effect::SetTimer(Timer::Visibility, until - unseen));
        }
        unseen < UNSEEN_MAX_MILLIS
    }

    fn hold_stream(&mut self, is_wanted: bool) {
        if is_wanted == self.reconnect.is_idle() {
            let input = if is_wanted { reconnect::Input::Start } else { reconnect::Input::Stop };
            self.then(Step::Connect(input));
        }
    }

    pub fn place(&mut self, input: Input) {
        let was_held = self.slot.is_held();
        let own = if was_held { self.recency() } else { self.claim() };
        let actions = self.slot.handle_input(input, own, self.now);
        if was_held && !self.slot.is_held() {
            // Before anybody else may open one in its place.
            self.emit(Effect::CloseStream);
        }
        for action in actions {
            match action {
                Action::Try(slot) => self.request_place(slot, LockMode::IfAvailable),
                Action::Steal(slot) => self.request_place(slot, LockMode::Steal),
                Action::GiveUp(slot) => self.emit(Effect::ReleaseLock(Lock::Stream(slot))),
                Action::SetTimer(millis) => self.emit(Effect::SetTimer(Timer::Slot, millis)),
                Action::Ask => {
                    self.post_to_browser(SlotMessage::Ask);
                    if !self.is_visible {
                        self.post(&TabMessage::Anyone);
                    }
                }
                Action::Answer(slot) => {
                    self.post_to_browser(SlotMessage::Holder(slot, self.recency()));
                }
                Action::AskToYield(slot) => self.post_to_browser(SlotMessage::Yield(slot)),
                Action::AnnounceYielded(slot) => self.post_to_browser(SlotMessage::Yielded(slot)),
                Action::AnnounceFreed => self.post_to_browser(SlotMessage::Freed),
            }
        }
        if self.is_watched && !self.is_unheard {
            self.hold_stream(self.slot.is_held());
        }
        self.then(Step::RefreshStatus);
    }

    fn request_place(&mut self, slot: u8, mode: LockMode) {
        self.emit(Effect::RequestLock(Lock::Stream(slot), format!("stream {slot}"), mode));
    }

    fn post_to_browser(&mut self, message: SlotMessage) {
        self.emit(Effect::Post(Channel::Browser, message.to_string()));
    }

    /// When the space was seen, for those who look for a place. One that has left the screen a moment
    /// ago keeps its place as if it were still there; so does one whose other tabs are just being asked.
    fn recency(&self) -> Recency {
        const KEPT_MILLIS: u64 = UNSEEN_ASK_MILLIS + JUST_SEEN_MILLIS;
        self.recency_if(self.is_visible || self.now.since(self.seen_at) < KEPT_MILLIS)
    }

    /// What the space claims another's place with. One that has left the screen does not pass for one that
    /// is there: such spaces would take turns, and each turn opens a stream that nobody looks at.
    fn claim(&self) -> Recency {
        self.recency_if(self.is_visible || self.now.since(self.seen_at) < JUST_SEEN_MILLIS)
    }

    /// A space on the screen comes before one that is not.
    fn recency_if(&self, is_on_screen: bool) -> Recency {
        const ON_SCREEN: u64 = 1 << 52;
        Recency(self.shown_at.0 % ON_SCREEN + if is_on_screen { ON_SCREEN } else { 0 })
    }

    pub fn on_slot_message(&mut self, message: SlotMessage) {
        self.then(Step::Place(match message {
            SlotMessage::Ask => Input::Asked,
            SlotMessage::Holder(slot, recency) => Input::Holder(slot, recency),
            SlotMessage::Yield(slot) => Input::Yield(slot),
            SlotMessage::Yielded(slot) => Input::Yielded(slot),
            SlotMessage::Freed => Input::Freed,
        }));
    }

    pub fn on_slot_lock(&mut self, slot: u8, signal: LockSignal) {
        match signal {
            LockSignal::Granted => self.then(Step::Place(Input::Granted(slot))),
            LockSignal::Denied => self.then(Step::Place(Input::Denied(slot))),
            LockSignal::Lost => self.then(Step::Place(Input::Lost(slot))),
            LockSignal::Unavailable => {}
        }
    }
}
