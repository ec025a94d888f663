//! The events that a tab applied last, as they were received, so that the leader can send another
//! tab exactly what that tab misses.
//!
//! Always true: whoever is at `base` or later and applies the events after its own position holds
//! what this tab holds. Events are contiguous but for those of a catch-up, which hold whole rows.

use std::collections::VecDeque;

use protocol::{Cursor, Epoch, Seq};

const EVENTS_MAX: usize = 200;
const BYTES_MAX: usize = 256 * 1024;

#[derive(Debug, Clone)]
pub struct EventLog {
    base: Cursor,
    events: VecDeque<(Seq, String)>,
    bytes: usize,
}

impl EventLog {
    pub fn new(base: Cursor) -> Self {
        Self { base, events: VecDeque::new(), bytes: 0 }
    }

    pub fn epoch(&self) -> &Epoch {
        &self.base.epoch
    }

    /// Appends an event that moved the cursor within its epoch.
    pub fn push(&mut self, cursor: &Cursor, data: &str) {
        self.bytes += data.len();
        self.events.push_back((cursor.seq, data.to_owned()));
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some((seq, data)) = self.events.pop_front() else { return };
            self.bytes -= data.len();
            self.base.seq = seq;
        }
    }

    /// The events after a position, each with its own; `None` if some of them are not here any more.
    pub fn since(&self, position: &Cursor) -> Option<Vec<(String, String)>> {
        if position.epoch != self.base.epoch || position.seq < self.base.seq {
            return None;
        }
        let at = self.events.partition_point(|(seq, _)| *seq <= position.seq);
        let cursor = |seq: Seq| Cursor { epoch: self.base.epoch.clone(), seq }.to_string();
        Some(self.events.range(at..).map(|(seq, data)| (cursor(*seq), data.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str) -> Cursor {
        text.parse().expect("a cursor")
    }

    fn seqs(log: &EventLog, since: &str) -> Option<Vec<String>> {
        Some(log.since(&cursor(since))?.into_iter().map(|(id, _)| id).collect())
    }

    #[test]
    fn a_tab_gets_what_is_after_its_position_or_hears_that_it_is_not_there() {
        let mut log = EventLog::new(cursor("aaaa.10"));
        for at in ["aaaa.12", "aaaa.13"] {
            log.push(&cursor(at), "{}");
        }
        let ids = |ids: &[&str]| Some(ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(seqs(&log, "aaaa.10"), ids(&["aaaa.12", "aaaa.13"]));
        assert_eq!(seqs(&log, "aaaa.12"), ids(&["aaaa.13"]));
        assert_eq!(seqs(&log, "aaaa.99"), ids(&[]));
        assert_eq!(seqs(&log, "aaaa.9"), None);
        assert_eq!(seqs(&log, "bbbb.12"), None);
    }

    #[test]
    fn it_is_bounded_by_events_and_by_bytes() {
        let mut log = EventLog::new(cursor("aaaa.0"));
        for seq in 1..=300 {
            log.push(&Cursor { epoch: log.base.epoch.clone(), seq: Seq(seq) }, "{}");
        }
        assert_eq!(log.base.seq, Seq(100));
        log.push(&cursor("aaaa.301"), &"x".repeat(BYTES_MAX));
        assert_eq!((log.events.len(), log.base.seq), (1, Seq(300)));
    }
}
