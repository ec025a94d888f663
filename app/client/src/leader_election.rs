//! Decides which of a browser's tabs leads in a space: the leader holds the event stream, sends the
//! outbox, and passes every event on to the other tabs. It holds a Web Lock, which the browser
//! grants to the next tab when the leader's tab dies. A tab whose replica is behind asks the leader,
//! which sends it what it misses. Only a tab that hears nothing from the leader in time steals the
//! lock; its stream then starts at its own cursor, and the other tabs skip what they have.

// The leader passes heartbeats on, so its silence means as much as the server's.
use crate::{clock::Millis, reconnect::SILENCE_MAX_MILLIS};
use protocol::Cursor;

/// How long the leader may take to answer before it is presumed dead. Each theft doubles it, up to
/// eight times, until a leader is heard: tabs that are busy must not take turns in stealing.
const ASK_MAX_MILLIS: u64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Start,
    /// This tab holds the lock.
    LockGranted,
    /// Another tab stole the lock.
    LockLost,
    /// The leader sent a message, and this tab is level with it.
    LeaderHeard,
    /// This tab has missed something that the leader received.
    Behind,
    /// This tab has something to send that no other tab can see.
    MustLead,
    /// The timer set by [`Action::SetTimer`] fired.
    TimerFired,
    /// The page was shown, or the network is available again.
    PageWoke,
    /// The page is being unloaded, perhaps to be restored later.
    Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Queue for the lock.
    QueueForLock,
    /// Take the lock from its holder.
    StealLock,
    /// Give up the lock, or the place in the queue.
    ReleaseLock,
    /// Ask the leader for its stream's position.
    AskLeader,
    /// Replaces the previous timer.
    SetTimer(Millis),
    /// Open the stream and send the outbox.
    Lead,
    /// Close the stream and send nothing.
    Follow,
}

#[derive(Debug, Clone, Default)]
pub struct LeaderElection {
    stage: Stage,
    /// Since a leader was last heard, by this tab or from it.
    thefts: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Asking {
        since: Millis,
    },
    Following {
        heard: Millis,
    },
    Leading,
}

impl LeaderElection {
    pub fn is_leading(&self) -> bool {
        self.stage == Stage::Leading
    }

    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    pub fn is_following(&self) -> bool {
        matches!(self.stage, Stage::Following { .. })
    }

    pub fn handle_input(&mut self, input: Input, now: Millis) -> Vec<Action> {
        match (self.stage, input) {
            (Stage::Idle, Input::Start) => self.ask(now, Action::QueueForLock),
            (Stage::Idle, _) | (_, Input::Start) => vec![],
            (Stage::Leading, Input::Stop) => {
                self.stage = Stage::Idle;
                vec![Action::Follow, Action::ReleaseLock]
            }
            (_, Input::Stop) => {
                self.stage = Stage::Idle;
                vec![Action::ReleaseLock]
            }
            (Stage::Leading, Input::LockLost) => {
                self.thefts += 1;
                let mut actions = vec![Action::Follow];
                actions.extend(self.ask(now, Action::QueueForLock));
                actions
            }
            (Stage::Leading, _) => vec![],
            (_, Input::LockGranted) => {
                self.stage = Stage::Leading;
                vec![Action::Lead]
            }
            (_, Input::MustLead) => self.ask(now, Action::StealLock),
            (Stage::Following { .. }, Input::Behind) => self.ask_again(now),
            // The question that is under way named the same cursor.
            (Stage::Asking { .. }, Input::Behind) => vec![],
            (_, Input::LockLost) => self.ask(now, Action::QueueForLock),
            (Stage::Asking { .. }, Input::LeaderHeard) => {
                self.thefts = 0;
                self.stage = Stage::Following { heard: now };
                vec![Action::SetTimer(Millis(now.0 + SILENCE_MAX_MILLIS))]
            }
            (Stage::Following { .. }, Input::LeaderHeard) => {
                self.stage = Stage::Following { heard: now };
                vec![]
            }
            (Stage::Asking { since }, Input::TimerFired | Input::PageWoke) => {
                let until = Millis(since.0 + self.patience_millis());
                if now < until {
                    vec![Action::SetTimer(until)]
                } else {
                    self.thefts += 1;
                    self.ask(now, Action::StealLock)
                }
            }
            (Stage::Following { heard }, Input::TimerFired) => {
                let until = Millis(heard.0 + SILENCE_MAX_MILLIS);
                if now < until { vec![Action::SetTimer(until)] } else { self.ask_again(now) }
            }
            (Stage::Following { .. }, Input::PageWoke) => self.ask_again(now),
        }
    }

    fn ask(&mut self, now: Millis, lock: Action) -> Vec<Action> {
        let mut actions = vec![lock];
        actions.extend(self.ask_again(now));
        actions
    }

    fn ask_again(&mut self, now: Millis) -> Vec<Action> {
        self.stage = Stage::Asking { since: now };
        vec![Action::AskLeader, Action::SetTimer(Millis(now.0 + self.patience_millis()))]
    }

    fn patience_millis(&self) -> u64 {
        ASK_MAX_MILLIS << self.thefts.min(3)
    }
}

/// Whether a replica at `mine` misses nothing of a stream at `theirs`.
pub fn is_level(mine: Option<&Cursor>, theirs: &Cursor) -> bool {
    mine.is_some_and(|mine| mine.epoch == theirs.epoch && mine.seq >= theirs.seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    fn later(millis: u64) -> Millis {
        Millis(NOW.0 + millis)
    }

    fn after(inputs: &[Input]) -> LeaderElection {
        let mut election = LeaderElection::default();
        for input in inputs {
            election.handle_input(*input, NOW);
        }
        election
    }

    #[test]
    fn the_first_tab_leads_as_soon_as_it_has_the_lock() {
        let mut election = LeaderElection::default();
        let actions = election.handle_input(Input::Start, NOW);
        assert_eq!(
            actions,
            [Action::QueueForLock, Action::AskLeader, Action::SetTimer(later(1000))]
        );
        assert_eq!(election.handle_input(Input::LockGranted, NOW), [Action::Lead]);
        assert!(election.is_leading());
    }

    #[test]
    fn a_later_tab_follows_a_live_leader_and_leads_once_it_is_granted_the_lock() {
        let mut election = after(&[Input::Start]);
        assert_eq!(
            election.handle_input(Input::LeaderHeard, NOW),
            [Action::SetTimer(later(35_000))]
        );
        assert!(!election.is_leading());
        assert_eq!(election.handle_input(Input::LockGranted, later(5)), [Action::Lead]);
    }

    #[test]
    fn a_leader_that_does_not_answer_within_a_second_loses_the_lock() {
        let mut election = after(&[Input::Start]);
        assert_eq!(
            election.handle_input(Input::TimerFired, later(999)),
            [Action::SetTimer(later(1000))]
        );
        assert_eq!(election.handle_input(Input::TimerFired, later(1000))[0], Action::StealLock);
        assert_eq!(election.handle_input(Input::LockGranted, later(1001)), [Action::Lead]);
    }

    #[test]
    fn a_leader_that_falls_silent_is_asked_before_it_loses_the_lock() {
        let mut election = after(&[Input::Start, Input::LeaderHeard]);
        let patient = election.handle_input(Input::TimerFired, later(34_999));
        assert_eq!(patient, [Action::SetTimer(later(35_000))]);
        let asked = election.handle_input(Input::TimerFired, later(35_000));
        assert_eq!(asked, [Action::AskLeader, Action::SetTimer(later(36_000))]);
        assert_eq!(election.handle_input(Input::TimerFired, later(36_000))[0], Action::StealLock);
    }

    #[test]
    fn a_tab_that_wakes_up_asks_whether_the_leader_is_alive() {
        let mut election = after(&[Input::Start, Input::LeaderHeard]);
        assert_eq!(election.handle_input(Input::PageWoke, NOW)[0], Action::AskLeader);
        assert_eq!(
            after(&[Input::Start, Input::LockGranted]).handle_input(Input::PageWoke, NOW),
            []
        );
    }

    #[test]
    fn a_tab_that_is_behind_asks_the_leader_and_leaves_it_the_lock() {
        let mut following = after(&[Input::Start, Input::LeaderHeard]);
        assert_eq!(following.handle_input(Input::Behind, NOW)[0], Action::AskLeader);
        assert_eq!(after(&[Input::Start]).handle_input(Input::Behind, NOW), []);
    }

    #[test]
    fn a_tab_with_something_only_it_can_send_takes_the_lead() {
        for inputs in [&[Input::Start][..], &[Input::Start, Input::LeaderHeard]] {
            assert_eq!(after(inputs).handle_input(Input::MustLead, NOW)[0], Action::StealLock);
        }
    }

    #[test]
    fn tabs_that_are_too_busy_to_answer_do_not_take_turns_in_stealing() {
        let mut election = after(&[Input::Start]);
        let mut now = NOW;
        for patience in [1000, 2000, 4000, 8000, 8000] {
            let early = election.handle_input(Input::TimerFired, Millis(now.0 + patience - 1));
            assert_eq!(early, [Action::SetTimer(now.plus(patience))]);
            now = now.plus(patience);
            assert_eq!(election.handle_input(Input::TimerFired, now)[0], Action::StealLock);
        }
        election.handle_input(Input::LeaderHeard, now);
        let asked = election.handle_input(Input::PageWoke, now);
        assert_eq!(asked[1], Action::SetTimer(now.plus(1000)), "a leader was heard");
    }

    #[test]
    fn a_tab_that_lost_the_lock_closes_its_stream_and_queues_again() {
        let actions = after(&[Input::Start, Input::LockGranted]).handle_input(Input::LockLost, NOW);
        assert_eq!(actions[..3], [Action::Follow, Action::QueueForLock, Action::AskLeader]);
        assert_eq!(actions[3], Action::SetTimer(later(2000)), "whoever stole it is alive");
    }

    #[test]
    fn a_page_that_is_unloaded_gives_up_everything_and_may_return() {
        let mut election = after(&[Input::Start, Input::LockGranted]);
        assert_eq!(election.handle_input(Input::Stop, NOW), [Action::Follow, Action::ReleaseLock]);
        assert_eq!(election.handle_input(Input::LockGranted, NOW), []);
        assert_eq!(election.handle_input(Input::Start, NOW)[0], Action::QueueForLock);
        assert_eq!(
            after(&[Input::Start, Input::LeaderHeard]).handle_input(Input::Stop, NOW),
            [Action::ReleaseLock]
        );
    }

    #[test]
    fn a_tab_is_level_if_it_has_all_of_the_same_history() {
        let at = |text: &str| text.parse::<Cursor>().expect("a cursor");
        for (mine, theirs, expected) in [
            ("aaaa.5", "aaaa.5", true),
            ("aaaa.6", "aaaa.5", true),
            ("aaaa.4", "aaaa.5", false),
            ("bbbb.9", "aaaa.5", false),
        ] {
            assert_eq!(is_level(Some(&at(mine)), &at(theirs)), expected, "{mine} {theirs}");
        }
        assert!(!is_level(None, &at("aaaa.0")));
    }
}
