//! Counts the events of a run; of one that is repeated, it keeps each as a line.

use std::collections::{BTreeMap, VecDeque};

const LINES_MAX: usize = 100_000;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Journal {
    pub counts: BTreeMap<&'static str, u64>,
    pub lines: VecDeque<String>,
    pub is_loud: bool,
}

impl Journal {
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn say(&mut self, line: impl FnOnce() -> String) {
        if self.is_loud {
            self.lines.push_back(line());
            if self.lines.len() > LINES_MAX {
                self.lines.pop_front();
            }
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (what, times) in &other.counts {
            *self.counts.entry(what).or_default() += times;
        }
    }
}
