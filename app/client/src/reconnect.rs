//! Decides when to open a stream, when to give one up, and how long to wait in between. Time and
//! randomness are arguments; the results are actions.

use crate::{backoff::backoff_millis, clock::Millis};
use protocol::limits::HEARTBEAT_SILENCE_SECONDS;

/// After this long without an event the socket is dead, whatever the browser says: one heartbeat
/// interval, plus ten seconds for the network.
pub const SILENCE_MAX_MILLIS: u64 = (HEARTBEAT_SILENCE_SECONDS + 10) * 1000;
/// How long the server may take to answer a herd of clients.
const OPENING_MAX_MILLIS: u64 = 20_000;
/// A stream requested this recently is not requested again.
const FRESH_MILLIS: u64 = 1_000;
/// The longest wait that a server may ask for.
const LATER_MAX_SECONDS: u64 = 300;
/// A reader who waits longer than this is told.
pub const SLOW_MILLIS: u64 = 5_000;
/// One who has been reconnecting for longer than this is told what to do.
pub const UNREACHABLE_MILLIS: u64 = 30_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Start,
    /// An event arrived.
    Heard,
    /// `caught-up` arrived: the connection works.
    WentLive,
    /// The socket broke, or could not be opened.
    Lost,
    /// The server is unavailable and says when to retry.
    RetryLater {
        seconds: u64,
    },
    /// The replica has detected that it missed an event.
    OutOfSync,
    /// The timer set by [`Action::SetTimer`] fired.
    TimerFired,
    /// The page became visible.
    Shown,
    /// The page was restored from the back-forward cache, or the network is available again: no
    /// socket survives that.
    Returned,
    /// Another tab holds the stream from here on.
    Stop,
    /// The being was signed out or is no longer a member; no retry helps.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Close,
    /// Open a stream from the replica's cursor; the previous one has been closed.
    Open,
    /// Replaces the previous timer.
    SetTimer(Millis),
}

/// The connection's state as shown to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Connected, or not known to be otherwise.
    Online,
    /// Something has been under way for long.
    Slow,
    /// The browser says that there is no network.
    Offline,
    /// Disconnected, and trying again.
    Reconnecting,
    /// The same for so long that the reader may have to do something about it.
    Unreachable,
    /// Something in front of the server wants the reader to sign in there; trying again.
    Gate,
    /// Other spaces of this browser hold all its streams.
    Paused,
    SignedOut,
}

#[derive(Debug, Clone)]
pub struct Reconnect {
    stage: Stage,
    /// When the last stream was requested.
    opened: Millis,
    /// Attempts since the last one that caught up.
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Opening { since: Millis },
    Open { heard: Millis },
    Waiting { until: Millis },
    Ended,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { stage: Stage::Idle, opened: Millis(0), failures: 0 }
    }
}

impl Reconnect {
    pub fn status(&self, now: Millis) -> Status {
        match self.stage {
            Stage::Ended => Status::SignedOut,
            Stage::Open { .. } | Stage::Idle => Status::Online,
            Stage::Opening { since } if self.failures == 0 => {
                if now.since(since) < SLOW_MILLIS {
                    Status::Online
                } else {
                    Status::Slow
                }
            }
            Stage::Opening { .. } | Stage::Waiting { .. } => Status::Reconnecting,
        }
    }

    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    pub fn is_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// How long ago the stream was requested.
    pub fn age_millis(&self, now: Millis) -> u64 {
        now.since(self.opened)
    }

    /// `random` is uniform in 0..1 and spreads a herd of clients over the wait.
    pub fn handle_input(&mut self, input: Input, now: Millis, random: f64) -> Vec<Action> {
        match (self.stage, input) {
            (Stage::Ended, _) => vec![],
            (_, Input::End) => {
                self.stage = Stage::Ended;
                vec![Action::Close]
            }
            (Stage::Idle, Input::Start) => self.open(now),
            (Stage::Idle, _) => vec![],
            (_, Input::Stop) => {
                *self = Self::default();
                vec![Action::Close]
            }
            (Stage::Opening { .. } | Stage::Open { .. }, Input::Heard | Input::WentLive) => {
                self.stage = Stage::Open { heard: now };
                if input == Input::WentLive {
                    self.failures = 0;
                }
                vec![]
            }
            (Stage::Opening { .. } | Stage::Open { .. }, Input::Lost) => self.wait(now, 0, random),
            (Stage::Opening { .. } | Stage::Open { .. }, Input::RetryLater { seconds }) => {
                self.wait(now, seconds.min(LATER_MAX_SECONDS) * 1000, random)
            }
            (Stage::Opening { .. } | Stage::Open { .. }, Input::OutOfSync) => {
                // Reconnect at once, but do not hammer a server that makes us miss something every
                // time.
                if self.failures > 1 {
                    return self.wait(now, 0, random);
                }
                self.failures += 1;
                self.open(now)
            }
            (Stage::Waiting { .. }, Input::Shown | Input::Returned) => self.open(now),
            (Stage::Open { .. } | Stage::Opening { .. }, Input::Returned) => {
                // The page and the network may return one after the other.
                let is_fresh = now.0 < self.opened.0 + FRESH_MILLIS;
                if is_fresh { vec![] } else { self.open(now) }
            }
            (_, Input::Shown | Input::TimerFired) => match self.deadline() {
                Some(deadline) if now < deadline => vec![Action::SetTimer(deadline)],
                Some(_) if matches!(self.stage, Stage::Waiting { .. }) || input == Input::Shown => {
                    self.open(now)
                }
                Some(_) => self.wait(now, 0, random),
                None => vec![],
            },
            (_, Input::Start) | (Stage::Waiting { .. }, _) => vec![],
        }
    }

    fn deadline(&self) -> Option<Millis> {
        match self.stage {
            Stage::Opening { since } => Some(Millis(since.0 + OPENING_MAX_MILLIS)),
            Stage::Open { heard } => Some(Millis(heard.0 + self.patience_millis())),
            Stage::Waiting { until } => Some(until),
            Stage::Idle | Stage::Ended => None,
        }
    }

    /// A large first event takes long on a slow line: each failed attempt doubles the time allowed,
    /// up to eight times.
    fn patience_millis(&self) -> u64 {
        SILENCE_MAX_MILLIS << self.failures.min(3)
    }

    fn open(&mut self, now: Millis) -> Vec<Action> {
        self.stage = Stage::Opening { since: now };
        self.opened = now;
        vec![Action::Close, Action::Open, Action::SetTimer(now.plus(SLOW_MILLIS))]
    }

    fn wait(&mut self, now: Millis, at_least: u64, random: f64) -> Vec<Action> {
        let until = Millis(now.0 + at_least + backoff_millis(self.failures, random));
        self.failures += 1;
        self.stage = Stage::Waiting { until };
        vec![Action::Close, Action::SetTimer(until)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    fn later(millis: u64) -> Millis {
        Millis(NOW.0 + millis)
    }

    fn live() -> Reconnect {
        let mut reconnect = Reconnect::default();
        reconnect.handle_input(Input::Start, NOW, 0.5);
        reconnect.handle_input(Input::WentLive, NOW, 0.5);
        reconnect
    }

    fn opens(actions: &[Action]) -> bool {
        actions.contains(&Action::Open)
    }

    #[test]
    fn a_lost_connection_backs_off_up_to_the_bound() {
        let mut reconnect = live();
        let mut now = NOW;
        let mut waits = vec![];
        for _ in 0..8 {
            let actions = reconnect.handle_input(Input::Lost, now, 1.0);
            let [Action::Close, Action::SetTimer(until)] = actions[..] else {
                panic!("expected to wait, got {actions:?}");
            };
            assert_eq!(reconnect.status(now), Status::Reconnecting);
            waits.push(until.0 - now.0);
            now = until;
            assert!(opens(&reconnect.handle_input(Input::TimerFired, now, 1.0)));
        }
        assert_eq!(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
        reconnect.handle_input(Input::WentLive, now, 1.0);
        assert_eq!(reconnect.status(now), Status::Online);
    }

    #[test]
    fn silence_longer_than_a_heartbeat_means_a_dead_socket() {
        let mut reconnect = live();
        let early = reconnect.handle_input(Input::TimerFired, later(34_999), 0.0);
        assert_eq!(early, [Action::SetTimer(later(35_000))]);
        reconnect.handle_input(Input::TimerFired, later(35_000), 0.0);
        assert_eq!(reconnect.status(later(35_000)), Status::Reconnecting);
    }

    #[test]
    fn a_first_connection_that_takes_long_is_slow_and_not_away() {
        let mut reconnect = Reconnect::default();
        reconnect.handle_input(Input::Start, NOW, 0.0);
        let timer = reconnect.handle_input(Input::TimerFired, later(SLOW_MILLIS), 0.0);
        assert_eq!(timer, [Action::SetTimer(later(OPENING_MAX_MILLIS))]);
        let at = |after| reconnect.status(later(after));
        assert_eq!([at(4_999), at(5_000)], [Status::Online, Status::Slow]);
    }

    #[test]
    fn a_slow_first_event_is_given_longer_each_time() {
        let mut reconnect = Reconnect::default();
        reconnect.handle_input(Input::Start, NOW, 0.0);
        let mut patience = vec![];
        for _ in 0..5 {
            reconnect.handle_input(Input::Heard, NOW, 0.0);
            patience.push(reconnect.patience_millis() / 1000);
            reconnect.handle_input(Input::Lost, NOW, 0.0);
            reconnect.handle_input(Input::Returned, NOW, 0.0);
        }
        assert_eq!(patience, [35, 70, 140, 280, 280]);
    }

    #[test]
    fn a_page_that_wakes_up_does_not_wait() {
        for input in [Input::Shown, Input::Returned] {
            let mut waiting = live();
            waiting.handle_input(Input::Lost, NOW, 1.0);
            assert!(opens(&waiting.handle_input(input, later(1), 1.0)), "{input:?}");
            assert!(opens(&live().handle_input(input, later(60_000), 1.0)), "{input:?}");
        }
    }

    #[test]
    fn a_page_shown_again_trusts_a_socket_that_was_heard_just_now() {
        assert!(!opens(&live().handle_input(Input::Shown, later(5_000), 0.0)));
        assert!(opens(&live().handle_input(Input::Returned, later(5_000), 0.0)));
    }

    #[test]
    fn a_gap_reconnects_at_once_but_not_for_ever() {
        let mut reconnect = live();
        assert!(opens(&reconnect.handle_input(Input::OutOfSync, NOW, 0.0)));
        assert!(opens(&reconnect.handle_input(Input::OutOfSync, NOW, 0.0)));
        assert!(!opens(&reconnect.handle_input(Input::OutOfSync, NOW, 0.0)));
    }

    #[test]
    fn a_retry_after_is_respected_and_spread() {
        for (random, at) in [(0.0, 20_100), (1.0, 21_000)] {
            let actions = live().handle_input(Input::RetryLater { seconds: 20 }, NOW, random);
            assert_eq!(actions, [Action::Close, Action::SetTimer(later(at))]);
        }
    }

    #[test]
    fn a_page_and_a_network_that_return_together_open_one_stream() {
        let mut reconnect = live();
        assert!(opens(&reconnect.handle_input(Input::Returned, later(60_000), 0.0)));
        for input in [Input::Returned, Input::Shown] {
            assert!(!opens(&reconnect.handle_input(input, later(60_300), 0.0)), "{input:?}");
        }
        assert!(opens(&reconnect.handle_input(Input::Returned, later(61_001), 0.0)));
    }

    #[test]
    fn a_tab_that_stops_closes_its_stream_and_may_start_again() {
        let mut reconnect = live();
        assert_eq!(reconnect.handle_input(Input::Stop, NOW, 0.0), [Action::Close]);
        assert_eq!(reconnect.handle_input(Input::Returned, NOW, 0.0), []);
        assert!(opens(&reconnect.handle_input(Input::Start, NOW, 0.0)));
    }

    #[test]
    fn an_ended_connection_never_opens_again() {
        let mut reconnect = live();
        assert_eq!(reconnect.handle_input(Input::End, NOW, 0.0), [Action::Close]);
        for input in [Input::Start, Input::Lost, Input::OutOfSync, Input::Shown, Input::Returned] {
            assert_eq!(reconnect.handle_input(input, later(99_999), 0.0), []);
        }
        assert_eq!(reconnect.status(later(99_999)), Status::SignedOut);
    }
}
