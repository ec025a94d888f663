//! The places for the streams of spaces that all tabs of a browser share. HTTP/1.1 gives a browser six
//! connections to a server; with at most [`SLOTS`] of them, beside the stream of the inbox, there is always
//! one for sends, pages and history.
//!
//! Each place is a Web Lock, so no two tabs ever hold the same. A tab that finds none free asks the
//! holders when their spaces were seen, and asks the one seen longest ago to yield. A holder that
//! does not answer is presumed dead, and its place is stolen.
//!
//! Where the browser has no Web Locks, as over plain HTTP from another machine, the tabs only ask each
//! other: two that ask at the same moment may both take a place, until the one hears of the other.

use crate::clock::Millis;

/// A fourth stream is that of the inbox.
pub const SLOTS: u8 = 3;
/// Where tabs cannot agree on one stream of the inbox, each that holds a place has one.
pub const SLOTS_WITHOUT_LOCKS: u8 = 2;

/// How long the holders may take to answer.
const ANSWER_MAX_MILLIS: u64 = 1_000;
/// Answers that come within this time are compared.
const COLLECT_MILLIS: u64 = 200;
/// A tab that waits looks again this often.
const RETRY_MILLIS: u64 = 5_000;

/// Orders the spaces of a browser by when they were seen; the greatest was seen last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recency(pub u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The tab wants a stream.
    Need,
    /// The tab wants none any more.
    Release,
    Granted(u8),
    Denied(u8),
    /// Another tab stole the place.
    Lost(u8),
    TimerFired,
    /// Another tab looks for a place.
    Asked,
    /// A holder has answered.
    Holder(u8, Recency),
    /// Another tab asks the holder of this place to give it up.
    Yield(u8),
    /// The holder of this place has given it up because it was asked to.
    Yielded(u8),
    /// A place has become free.
    Freed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Try(u8),
    Steal(u8),
    GiveUp(u8),
    /// Replaces the previous timer.
    SetTimer(u64),
    /// Ask all holders.
    Ask,
    Answer(u8),
    AskToYield(u8),
    AnnounceYielded(u8),
    AnnounceFreed,
}

#[derive(Debug, Clone, Default)]
pub struct StreamSlot {
    stage: Stage,
    has_no_locks: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Trying(u8),
    Asking {
        since: Millis,
        holders: Vec<(u8, Recency)>,
    },
    /// The holder of this place was asked to yield it.
    Claiming(u8),
    /// All places belong to spaces that were seen later.
    Waiting,
    Held(u8),
}

impl StreamSlot {
    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    pub fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Held(_))
    }

    /// Whether all places belong to spaces that were seen later.
    pub fn is_waiting(&self) -> bool {
        self.stage == Stage::Waiting
    }

    /// The browser has no Web Locks.
    pub fn do_without_locks(&mut self) {
        *self = Self { stage: Stage::Idle, has_no_locks: true };
    }

    /// `own` is the recency of this tab's space.
    pub fn handle_input(&mut self, input: Input, own: Recency, now: Millis) -> Vec<Action> {
        let slots = self.slots();
        match (&mut self.stage, input) {
            (Stage::Idle | Stage::Waiting, Input::Need)
            | (Stage::Asking { .. } | Stage::Claiming(_) | Stage::Waiting, Input::Freed)
            | (Stage::Waiting, Input::TimerFired) => self.look(now),
            // Not for a tab that only waits: it would take the place from the one that asked for it.
            (Stage::Claiming(at), Input::Yielded(slot)) if *at == slot => self.claim(slot),
            // Only without locks can two hold the same place: the space seen later keeps it.
            (Stage::Held(held), Input::Holder(slot, recency)) if *held == slot => {
                if self.has_no_locks && own < recency { self.wait() } else { vec![] }
            }
            (Stage::Trying(at) | Stage::Claiming(at), Input::Granted(slot)) if *at == slot => {
                self.stage = Stage::Held(slot);
                vec![]
            }
            (Stage::Claiming(at), Input::Denied(slot)) if *at == slot => self.look(now),
            (Stage::Trying(at), Input::Denied(slot)) if *at == slot => {
                if slot + 1 < slots {
                    return self.try_from(slot + 1);
                }
                self.ask(now)
            }
            // A tab of an earlier build may hold one more.
            (Stage::Asking { holders, .. }, Input::Holder(slot, recency)) if slot < slots => {
                holders.retain(|(held, _)| *held != slot);
                holders.push((slot, recency));
                vec![]
            }
            (Stage::Asking { since, holders }, Input::TimerFired) => {
                let oldest = holders.iter().min_by_key(|(_, recency)| *recency).copied();
                let silent = (0..slots).find(|slot| holders.iter().all(|(held, _)| held != slot));
                let is_over = now.since(*since) >= ANSWER_MAX_MILLIS;
                match (silent, oldest) {
                    (Some(slot), _) if is_over || self.has_no_locks => self.claim_silent(slot),
                    (Some(_), _) => vec![Action::SetTimer(ANSWER_MAX_MILLIS)],
                    (None, Some((slot, recency))) if recency < own => {
                        self.stage = Stage::Claiming(slot);
                        vec![Action::AskToYield(slot), Action::SetTimer(ANSWER_MAX_MILLIS)]
                    }
                    _ => self.wait(),
                }
            }
            (Stage::Claiming(slot), Input::TimerFired) => {
                let slot = *slot;
                self.claim_silent(slot)
            }
            (Stage::Held(slot), Input::Asked) => vec![Action::Answer(*slot)],
            (Stage::Held(held), Input::Yield(slot)) if *held == slot => {
                let mut actions = vec![Action::GiveUp(slot), Action::AnnounceYielded(slot)];
                actions.extend(self.wait());
                actions
            }
            (Stage::Held(held), Input::Lost(slot)) if *held == slot => self.wait(),
            (Stage::Claiming(at) | Stage::Trying(at), Input::Lost(slot)) if *at == slot => {
                self.wait()
            }
            (stage, Input::Release) => match std::mem::take(stage) {
                Stage::Held(slot) => vec![Action::GiveUp(slot), Action::AnnounceFreed],
                Stage::Trying(slot) | Stage::Claiming(slot) => vec![Action::GiveUp(slot)],
                Stage::Idle | Stage::Asking { .. } | Stage::Waiting => vec![],
            },
            _ => vec![],
        }
    }

    fn slots(&self) -> u8 {
        if self.has_no_locks { SLOTS_WITHOUT_LOCKS } else { SLOTS }
    }

    fn look(&mut self, now: Millis) -> Vec<Action> {
        if self.has_no_locks { self.ask(now) } else { self.try_from(0) }
    }

    fn ask(&mut self, now: Millis) -> Vec<Action> {
        self.stage = Stage::Asking { since: now, holders: Vec::new() };
        vec![Action::Ask, Action::SetTimer(COLLECT_MILLIS)]
    }

    /// Takes a place that its holder has given up.
    fn claim(&mut self, slot: u8) -> Vec<Action> {
        if self.has_no_locks { self.hold(slot) } else { vec![Action::Try(slot)] }
    }

    /// Takes a place whose holder does not answer.
    fn claim_silent(&mut self, slot: u8) -> Vec<Action> {
        if self.has_no_locks { self.hold(slot) } else { self.steal(slot) }
    }

    /// Holds a place, and says so.
    fn hold(&mut self, slot: u8) -> Vec<Action> {
        self.stage = Stage::Held(slot);
        vec![Action::Answer(slot)]
    }

    fn try_from(&mut self, slot: u8) -> Vec<Action> {
        self.stage = Stage::Trying(slot);
        vec![Action::Try(slot)]
    }

    fn steal(&mut self, slot: u8) -> Vec<Action> {
        self.stage = Stage::Claiming(slot);
        vec![Action::Steal(slot), Action::SetTimer(RETRY_MILLIS)]
    }

    fn wait(&mut self) -> Vec<Action> {
        self.stage = Stage::Waiting;
        vec![Action::SetTimer(RETRY_MILLIS)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Recency = Recency(50);
    const NOW: Millis = Millis(1_000_000);

    fn asking() -> StreamSlot {
        let mut slot = StreamSlot::default();
        slot.handle_input(Input::Need, OWN, NOW);
        for n in 0..SLOTS {
            slot.handle_input(Input::Denied(n), OWN, NOW);
        }
        slot
    }

    fn held(n: u8) -> StreamSlot {
        StreamSlot { stage: Stage::Held(n), has_no_locks: false }
    }

    #[test]
    fn the_first_free_place_is_taken() {
        let mut slot = StreamSlot::default();
        assert_eq!(slot.handle_input(Input::Need, OWN, NOW), [Action::Try(0)]);
        assert_eq!(slot.handle_input(Input::Denied(0), OWN, NOW), [Action::Try(1)]);
        assert_eq!(slot.handle_input(Input::Granted(1), OWN, NOW), []);
        assert!(slot.is_held());
        let given_up = slot.handle_input(Input::Release, OWN, NOW);
        assert_eq!(given_up, [Action::GiveUp(1), Action::AnnounceFreed]);
    }

    #[test]
    fn of_the_holders_the_one_seen_longest_ago_yields() {
        let mut slot = asking();
        for (n, seen) in [(0, 40), (1, 30), (2, 45)] {
            slot.handle_input(Input::Holder(n, Recency(seen)), OWN, NOW);
        }
        let asked = slot.handle_input(Input::TimerFired, OWN, NOW.plus(200));
        assert_eq!(asked, [Action::AskToYield(1), Action::SetTimer(1000)]);
        assert_eq!(slot.handle_input(Input::Yielded(1), OWN, NOW), [Action::Try(1)]);
        slot.handle_input(Input::Granted(1), OWN, NOW);
        assert!(slot.is_held());
    }

    #[test]
    fn the_fourth_place_of_an_earlier_build_is_left_alone() {
        let mut slot = asking();
        for (n, seen) in [(0, 40), (1, 45), (2, 45), (SLOTS, 1)] {
            slot.handle_input(Input::Holder(n, Recency(seen)), OWN, NOW);
        }
        let asked = slot.handle_input(Input::TimerFired, OWN, NOW.plus(200));
        assert_eq!(asked[0], Action::AskToYield(0));
    }

    #[test]
    fn a_space_seen_longer_ago_than_all_waits() {
        let mut slot = asking();
        for n in 0..SLOTS {
            slot.handle_input(Input::Holder(n, Recency(60)), OWN, NOW);
        }
        slot.handle_input(Input::TimerFired, OWN, NOW.plus(200));
        assert!(slot.is_waiting());
        assert_eq!(slot.handle_input(Input::Yielded(2), OWN, NOW), [], "that is for another");
        assert_eq!(slot.handle_input(Input::Freed, OWN, NOW), [Action::Try(0)]);
    }

    #[test]
    fn the_place_of_a_holder_that_does_not_answer_is_stolen() {
        let mut slot = asking();
        for n in [0, 1, 3] {
            slot.handle_input(Input::Holder(n, Recency(60)), OWN, NOW);
        }
        let patient = slot.handle_input(Input::TimerFired, OWN, NOW.plus(200));
        assert_eq!(patient, [Action::SetTimer(1000)]);
        let stolen = slot.handle_input(Input::TimerFired, OWN, NOW.plus(1200));
        assert_eq!(stolen[0], Action::Steal(2));
        slot.handle_input(Input::Granted(2), OWN, NOW);
        assert!(slot.is_held());
    }

    #[test]
    fn without_locks_the_tabs_ask_each_other() {
        let mut slot = StreamSlot::default();
        slot.do_without_locks();
        assert_eq!(slot.handle_input(Input::Need, OWN, NOW), [Action::Ask, Action::SetTimer(200)]);
        slot.handle_input(Input::Holder(0, Recency(60)), OWN, NOW);
        assert_eq!(slot.handle_input(Input::TimerFired, OWN, NOW.plus(200)), [Action::Answer(1)]);
        slot.handle_input(Input::Holder(1, Recency(40)), OWN, NOW);
        assert!(slot.is_held(), "the other was seen longer ago");
        slot.handle_input(Input::Holder(1, Recency(60)), OWN, NOW);
        assert!(slot.is_waiting(), "the other was seen later");
    }

    #[test]
    fn without_locks_the_one_seen_longest_ago_yields_too() {
        let mut slot = StreamSlot::default();
        slot.do_without_locks();
        slot.handle_input(Input::Need, OWN, NOW);
        for n in 0..SLOTS_WITHOUT_LOCKS {
            slot.handle_input(Input::Holder(n, Recency(u64::from(n))), OWN, NOW);
        }
        let asked = slot.handle_input(Input::TimerFired, OWN, NOW.plus(200));
        assert_eq!(asked[0], Action::AskToYield(0));
        assert_eq!(slot.handle_input(Input::Yielded(0), OWN, NOW), [Action::Answer(0)]);
        assert!(slot.is_held());
    }

    #[test]
    fn a_holder_that_yields_waits_and_one_that_is_robbed_too() {
        for input in [Input::Yield(2), Input::Lost(2)] {
            let mut slot = held(2);
            slot.handle_input(input, OWN, NOW);
            assert!(slot.is_waiting(), "{input:?}");
        }
        let mut slot = held(2);
        assert_eq!(slot.handle_input(Input::Yield(1), OWN, NOW), []);
        assert!(slot.is_held());
    }
}
