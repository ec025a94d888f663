//! When to open a stream, when to give one up, and how long to wait in between. Time and randomness
//! come in as arguments; what is to be done comes out as actions.

use crate::protocol::limits::HEARTBEAT_SILENCE_SECONDS;

/// A moment on a clock that only ever counts up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

/// Makes a time that only counts up out of a clock that may be set back.
#[derive(Debug, Clone, Default)]
pub struct Time {
    clock: u64,
    counted: u64,
}

impl Time {
    pub fn count(&mut self, clock: Millis) -> Millis {
        self.counted += clock.0.saturating_sub(self.clock);
        self.clock = clock.0;
        Millis(self.counted)
    }
}

/// No event for this long, and the socket is dead whatever the browser says: one heartbeat, and ten
/// seconds of patience with the network.
pub(super) const SILENCE_MAX_MILLIS: u64 = (HEARTBEAT_SILENCE_SECONDS + 10) * 1000;
/// The server may be slow to answer a herd, but not slower than this.
const OPENING_MAX_MILLIS: u64 = 20_000;
/// A stream that was asked for so shortly ago is not asked for anew.
const FRESH_MILLIS: u64 = 1_000;
/// However long the server says to wait.
const LATER_MAX_SECONDS: u64 = 300;
const BACKOFF_FIRST_MILLIS: u64 = 1_000;
const BACKOFF_MAX_MILLIS: u64 = 30_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Start,
    /// An event came in.
    Heard,
    /// `caught-up` came in: the connection has proved itself.
    WentLive,
    /// The socket broke, or could not be opened.
    Lost,
    /// The server cannot now, and says when.
    Later {
        seconds: u64,
    },
    /// The replica has noticed that it missed something.
    Missed,
    /// The timer set by [`Action::SetTimer`] fired.
    TimerFired,
    /// The page became visible.
    Shown,
    /// The page came back from the back-forward cache, or the network did: no socket outlives that.
    Returned,
    /// Another tab has the stream from here on.
    Rest,
    /// Nothing more is to be had here.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Close,
    /// Open a stream from the replica's cursor; any older one was closed.
    Open,
    /// Replaces the timer set before.
    SetTimer(Millis),
}

/// What the reader is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Live, or not yet known to be otherwise.
    Fine,
    /// The connection is away; we are trying.
    Away,
    Ended,
}

#[derive(Debug, Clone)]
pub struct Connection {
    stage: Stage,
    /// When the last stream was asked for.
    opened: Millis,
    /// Attempts since the last one that went live.
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

impl Default for Connection {
    fn default() -> Self {
        Self { stage: Stage::Idle, opened: Millis(0), failures: 0 }
    }
}

impl Connection {
    pub fn link(&self) -> Link {
        match self.stage {
            Stage::Ended => Link::Ended,
            Stage::Open { .. } | Stage::Idle => Link::Fine,
            Stage::Opening { .. } if self.failures == 0 => Link::Fine,
            Stage::Opening { .. } | Stage::Waiting { .. } => Link::Away,
        }
    }

    /// `dice` is a random number from 0 to 1, which spreads a herd of clients over the wait.
    pub fn handle_input(&mut self, input: Input, now: Millis, dice: f64) -> Vec<Action> {
        match (self.stage, input) {
            (Stage::Ended, _) => vec![],
            (_, Input::End) => {
                self.stage = Stage::Ended;
                vec![Action::Close]
            }
            (Stage::Idle, Input::Start) => self.open(now),
            (Stage::Idle, _) => vec![],
            (_, Input::Rest) => {
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
            (Stage::Opening { .. } | Stage::Open { .. }, Input::Lost) => self.wait(now, 0, dice),
            (Stage::Opening { .. } | Stage::Open { .. }, Input::Later { seconds }) => {
                self.wait(now, seconds.min(LATER_MAX_SECONDS) * 1000, dice)
            }
            (Stage::Opening { .. } | Stage::Open { .. }, Input::Missed) => {
                // At once; but a server that makes us miss something every time is not hammered.
                if self.failures > 1 {
                    return self.wait(now, 0, dice);
                }
                self.failures += 1;
                self.open(now)
            }
            (Stage::Waiting { .. }, Input::Shown | Input::Returned) => self.open(now),
            (Stage::Open { .. } | Stage::Opening { .. }, Input::Returned) => {
                // The page and the network may come back one after the other.
                let is_fresh = now.0 < self.opened.0 + FRESH_MILLIS;
                if is_fresh { vec![] } else { self.open(now) }
            }
            (_, Input::Shown | Input::TimerFired) => match self.deadline() {
                Some(deadline) if now < deadline => vec![Action::SetTimer(deadline)],
                Some(_) if matches!(self.stage, Stage::Waiting { .. }) || input == Input::Shown => {
                    self.open(now)
                }
                Some(_) => self.wait(now, 0, dice),
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

    /// A large first event on a slow line takes its time: each attempt that came to nothing is given
    /// twice as long, up to eight times.
    fn patience_millis(&self) -> u64 {
        SILENCE_MAX_MILLIS << self.failures.min(3)
    }

    fn open(&mut self, now: Millis) -> Vec<Action> {
        self.stage = Stage::Opening { since: now };
        self.opened = now;
        vec![Action::Close, Action::Open, Action::SetTimer(Millis(now.0 + OPENING_MAX_MILLIS))]
    }

    fn wait(&mut self, now: Millis, at_least: u64, dice: f64) -> Vec<Action> {
        let until = Millis(now.0 + at_least + backoff_millis(self.failures, dice));
        self.failures += 1;
        self.stage = Stage::Waiting { until };
        vec![Action::Close, Action::SetTimer(until)]
    }
}

/// Exponential, with most of it random: a server that restarts is met by a crowd, not by a herd.
pub(super) fn backoff_millis(failures: u32, dice: f64) -> u64 {
    let ceiling =
        BACKOFF_FIRST_MILLIS.saturating_mul(1 << failures.min(10)).min(BACKOFF_MAX_MILLIS);
    let share = 0.1 + 0.9 * dice.clamp(0.0, 1.0);
    (ceiling as f64 * share) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    fn later(millis: u64) -> Millis {
        Millis(NOW.0 + millis)
    }

    fn live() -> Connection {
        let mut connection = Connection::default();
        connection.handle_input(Input::Start, NOW, 0.5);
        connection.handle_input(Input::WentLive, NOW, 0.5);
        connection
    }

    fn opens(actions: &[Action]) -> bool {
        actions.contains(&Action::Open)
    }

    #[test]
    fn a_lost_connection_comes_back_later_each_time_and_never_later_than_the_bound() {
        let mut connection = live();
        let mut now = NOW;
        let mut waits = vec![];
        for _ in 0..8 {
            let actions = connection.handle_input(Input::Lost, now, 1.0);
            let [Action::Close, Action::SetTimer(until)] = actions[..] else {
                panic!("expected to wait, got {actions:?}");
            };
            assert_eq!(connection.link(), Link::Away);
            waits.push(until.0 - now.0);
            now = until;
            assert!(opens(&connection.handle_input(Input::TimerFired, now, 1.0)));
        }
        assert_eq!(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
        connection.handle_input(Input::WentLive, now, 1.0);
        assert_eq!(connection.link(), Link::Fine);
    }

    #[test]
    fn dice_spread_a_herd_over_nearly_the_whole_wait() {
        assert_eq!(backoff_millis(3, 0.0), 800);
        assert_eq!(backoff_millis(3, 0.5), 4400);
        assert_eq!(backoff_millis(3, 1.0), 8000);
    }

    #[test]
    fn silence_longer_than_a_heartbeat_is_a_dead_socket() {
        let mut connection = live();
        let early = connection.handle_input(Input::TimerFired, later(34_999), 0.0);
        assert_eq!(early, [Action::SetTimer(later(35_000))]);
        connection.handle_input(Input::TimerFired, later(35_000), 0.0);
        assert_eq!(connection.link(), Link::Away);
    }

    #[test]
    fn a_first_event_that_takes_long_is_given_longer_each_time() {
        let mut connection = Connection::default();
        connection.handle_input(Input::Start, NOW, 0.0);
        let mut patience = vec![];
        for _ in 0..5 {
            connection.handle_input(Input::Heard, NOW, 0.0);
            patience.push(connection.patience_millis() / 1000);
            connection.handle_input(Input::Lost, NOW, 0.0);
            connection.handle_input(Input::Returned, NOW, 0.0);
        }
        assert_eq!(patience, [35, 70, 140, 280, 280]);
    }

    #[test]
    fn time_counts_up_whatever_the_clock_is_set_to() {
        let mut time = Time::default();
        time.count(Millis(5_000));
        let counted: Vec<_> =
            [6_000, 1_000, 1_500, 9_000].map(|clock| time.count(Millis(clock)).0).into();
        assert_eq!(counted, [6_000, 6_000, 6_500, 14_000]);
    }

    #[test]
    fn who_wakes_up_does_not_wait() {
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
        let mut connection = live();
        assert!(opens(&connection.handle_input(Input::Missed, NOW, 0.0)));
        assert!(opens(&connection.handle_input(Input::Missed, NOW, 0.0)));
        assert!(!opens(&connection.handle_input(Input::Missed, NOW, 0.0)));
    }

    #[test]
    fn a_server_that_says_when_is_not_asked_before_and_not_by_all_at_once() {
        for (dice, at) in [(0.0, 20_100), (1.0, 21_000)] {
            let actions = live().handle_input(Input::Later { seconds: 20 }, NOW, dice);
            assert_eq!(actions, [Action::Close, Action::SetTimer(later(at))]);
        }
    }

    #[test]
    fn the_page_and_the_network_that_come_back_together_open_one_stream() {
        let mut connection = live();
        assert!(opens(&connection.handle_input(Input::Returned, later(60_000), 0.0)));
        for input in [Input::Returned, Input::Shown] {
            assert!(!opens(&connection.handle_input(input, later(60_300), 0.0)), "{input:?}");
        }
        assert!(opens(&connection.handle_input(Input::Returned, later(61_001), 0.0)));
    }

    #[test]
    fn a_tab_that_rests_closes_its_stream_and_may_start_anew() {
        let mut connection = live();
        assert_eq!(connection.handle_input(Input::Rest, NOW, 0.0), [Action::Close]);
        assert_eq!(connection.handle_input(Input::Returned, NOW, 0.0), []);
        assert!(opens(&connection.handle_input(Input::Start, NOW, 0.0)));
    }

    #[test]
    fn what_has_ended_never_opens_again() {
        let mut connection = live();
        assert_eq!(connection.handle_input(Input::End, NOW, 0.0), [Action::Close]);
        for input in [Input::Start, Input::Lost, Input::Missed, Input::Shown, Input::Returned] {
            assert_eq!(connection.handle_input(input, later(99_999), 0.0), []);
        }
        assert_eq!(connection.link(), Link::Ended);
    }
}
