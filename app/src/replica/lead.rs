//! Which of a browser's tabs holds the stream of a space, and sends what was written there. One
//! leads: it holds a lock that the browser gives to one tab at a time, and tells the others all that
//! it hears. The lock falls to the next when its tab dies. Who does not hear the leader in time, or
//! knows less than it told, takes the lock away from it: the stream then begins at the cursor of who
//! knew least, so that no tab misses anything.

// A leader passes heartbeats on, so its silence means as much as the server's.
use super::{Millis, connection::SILENCE_MAX_MILLIS};
use crate::protocol::Cursor;

/// So long may a leader take to answer that it lives.
const ASK_MAX_MILLIS: u64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Start,
    /// The lock is ours.
    Won,
    /// Another tab took the lock away.
    Lost,
    /// The leader told something, and we know all that it knows.
    Heard,
    /// The leader knows what we do not, or skipped something.
    Behind,
    /// The timer set by [`Step::SetTimer`] fired.
    TimerFired,
    /// The page was shown, or the network came back.
    Woke,
    /// The page goes, perhaps to come back.
    Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Queue for the lock.
    Queue,
    /// Take the lock, whoever has it.
    Steal,
    /// Give up the lock, or the place in the queue.
    Release,
    /// Ask who leads where the stream stands.
    Ask,
    /// Replaces the timer set before.
    SetTimer(Millis),
    /// Open the stream, and send what waits.
    Lead,
    /// Close the stream, and send nothing.
    Follow,
}

#[derive(Debug, Clone, Default)]
pub struct Lead {
    stage: Stage,
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

impl Lead {
    pub fn is_leading(&self) -> bool {
        self.stage == Stage::Leading
    }

    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    pub fn is_following(&self) -> bool {
        matches!(self.stage, Stage::Following { .. })
    }

    pub fn handle_sign(&mut self, sign: Sign, now: Millis) -> Vec<Step> {
        match (self.stage, sign) {
            (Stage::Idle, Sign::Start) => self.ask(now, Step::Queue),
            (Stage::Idle, _) | (_, Sign::Start) => vec![],
            (Stage::Leading, Sign::Rest) => {
                self.stage = Stage::Idle;
                vec![Step::Follow, Step::Release]
            }
            (_, Sign::Rest) => {
                self.stage = Stage::Idle;
                vec![Step::Release]
            }
            (Stage::Leading, Sign::Lost) => {
                let mut steps = vec![Step::Follow];
                steps.extend(self.ask(now, Step::Queue));
                steps
            }
            (Stage::Leading, _) => vec![],
            (_, Sign::Won) => {
                self.stage = Stage::Leading;
                vec![Step::Lead]
            }
            (_, Sign::Behind) => self.ask(now, Step::Steal),
            (_, Sign::Lost) => self.ask(now, Step::Queue),
            (Stage::Asking { .. }, Sign::Heard) => {
                self.stage = Stage::Following { heard: now };
                vec![Step::SetTimer(Millis(now.0 + SILENCE_MAX_MILLIS))]
            }
            (Stage::Following { .. }, Sign::Heard) => {
                self.stage = Stage::Following { heard: now };
                vec![]
            }
            (Stage::Asking { since }, Sign::TimerFired | Sign::Woke) => {
                let until = Millis(since.0 + ASK_MAX_MILLIS);
                if now < until { vec![Step::SetTimer(until)] } else { self.ask(now, Step::Steal) }
            }
            (Stage::Following { heard }, Sign::TimerFired) => {
                let until = Millis(heard.0 + SILENCE_MAX_MILLIS);
                if now < until { vec![Step::SetTimer(until)] } else { self.ask_again(now) }
            }
            (Stage::Following { .. }, Sign::Woke) => self.ask_again(now),
        }
    }

    fn ask(&mut self, now: Millis, lock: Step) -> Vec<Step> {
        let mut steps = vec![lock];
        steps.extend(self.ask_again(now));
        steps
    }

    fn ask_again(&mut self, now: Millis) -> Vec<Step> {
        self.stage = Stage::Asking { since: now };
        vec![Step::Ask, Step::SetTimer(Millis(now.0 + ASK_MAX_MILLIS))]
    }
}

/// Whether who is at `mine` misses nothing of a stream that stands at `theirs`.
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

    fn after(signs: &[Sign]) -> Lead {
        let mut lead = Lead::default();
        for sign in signs {
            lead.handle_sign(*sign, NOW);
        }
        lead
    }

    #[test]
    fn the_first_tab_leads_as_soon_as_it_has_the_lock() {
        let mut lead = Lead::default();
        let steps = lead.handle_sign(Sign::Start, NOW);
        assert_eq!(steps, [Step::Queue, Step::Ask, Step::SetTimer(later(1000))]);
        assert_eq!(lead.handle_sign(Sign::Won, NOW), [Step::Lead]);
        assert!(lead.is_leading());
    }

    #[test]
    fn a_later_tab_follows_who_answers_and_leads_when_the_lock_falls_to_it() {
        let mut lead = after(&[Sign::Start]);
        assert_eq!(lead.handle_sign(Sign::Heard, NOW), [Step::SetTimer(later(35_000))]);
        assert!(!lead.is_leading());
        assert_eq!(lead.handle_sign(Sign::Won, later(5)), [Step::Lead]);
    }

    #[test]
    fn a_leader_that_does_not_answer_within_a_second_loses_the_lock() {
        let mut lead = after(&[Sign::Start]);
        assert_eq!(lead.handle_sign(Sign::TimerFired, later(999)), [Step::SetTimer(later(1000))]);
        assert_eq!(lead.handle_sign(Sign::TimerFired, later(1000))[0], Step::Steal);
        assert_eq!(lead.handle_sign(Sign::Won, later(1001)), [Step::Lead]);
    }

    #[test]
    fn a_leader_that_falls_silent_is_asked_before_it_loses_the_lock() {
        let mut lead = after(&[Sign::Start, Sign::Heard]);
        let patient = lead.handle_sign(Sign::TimerFired, later(34_999));
        assert_eq!(patient, [Step::SetTimer(later(35_000))]);
        let asked = lead.handle_sign(Sign::TimerFired, later(35_000));
        assert_eq!(asked, [Step::Ask, Step::SetTimer(later(36_000))]);
        assert_eq!(lead.handle_sign(Sign::TimerFired, later(36_000))[0], Step::Steal);
    }

    #[test]
    fn who_wakes_up_asks_whether_the_leader_lives() {
        let mut lead = after(&[Sign::Start, Sign::Heard]);
        assert_eq!(lead.handle_sign(Sign::Woke, NOW)[0], Step::Ask);
        assert_eq!(after(&[Sign::Start, Sign::Won]).handle_sign(Sign::Woke, NOW), []);
    }

    #[test]
    fn who_knows_less_than_the_leader_takes_the_lead() {
        for signs in [&[Sign::Start][..], &[Sign::Start, Sign::Heard]] {
            assert_eq!(after(signs).handle_sign(Sign::Behind, NOW)[0], Step::Steal);
        }
    }

    #[test]
    fn who_lost_the_lock_closes_its_stream_and_queues_again() {
        let steps = after(&[Sign::Start, Sign::Won]).handle_sign(Sign::Lost, NOW);
        assert_eq!(steps[..3], [Step::Follow, Step::Queue, Step::Ask]);
    }

    #[test]
    fn a_page_that_goes_gives_up_everything_and_may_come_back() {
        let mut lead = after(&[Sign::Start, Sign::Won]);
        assert_eq!(lead.handle_sign(Sign::Rest, NOW), [Step::Follow, Step::Release]);
        assert_eq!(lead.handle_sign(Sign::Won, NOW), []);
        assert_eq!(lead.handle_sign(Sign::Start, NOW)[0], Step::Queue);
        assert_eq!(
            after(&[Sign::Start, Sign::Heard]).handle_sign(Sign::Rest, NOW),
            [Step::Release]
        );
    }

    #[test]
    fn level_is_who_has_all_of_the_same_history() {
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
