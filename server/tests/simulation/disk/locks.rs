//! The locks on a file: SQLite's five levels, as its documentation of file locking describes them.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// By the number of the open handle.
#[derive(Default)]
pub struct Locks(BTreeMap<u64, Level>);

impl Locks {
    /// Returns whether the lock was granted.
    pub fn lock(&mut self, by: u64, level: Level) -> bool {
        let held = self.held_by(by);
        if held >= level {
            return true;
        }
        let others = self.highest_but(by);
        let granted = match level {
            Level::Shared => others < Level::Pending,
            Level::Reserved => others < Level::Reserved,
            Level::Exclusive if others >= Level::Reserved => false,
            Level::Exclusive if others >= Level::Shared => {
                // No new reader is admitted; present readers may stay.
                self.0.insert(by, Level::Pending);
                return false;
            }
            Level::Exclusive => true,
            Level::None | Level::Pending => true,
        };
        if granted {
            self.0.insert(by, level);
        }
        granted
    }

    pub fn unlock(&mut self, by: u64, to: Level) {
        if to == Level::None {
            self.0.remove(&by);
        } else {
            self.0.insert(by, to);
        }
    }

    pub fn is_reserved(&self) -> bool {
        self.0.values().any(|level| *level >= Level::Reserved)
    }

    fn held_by(&self, by: u64) -> Level {
        self.0.get(&by).copied().unwrap_or(Level::None)
    }

    fn highest_but(&self, by: u64) -> Level {
        let others = self.0.iter().filter(|(holder, _)| **holder != by);
        others.map(|(_, level)| *level).max().unwrap_or(Level::None)
    }
}

impl From<i32> for Level {
    fn from(level: i32) -> Self {
        match level {
            0 => Self::None,
            1 => Self::Shared,
            2 => Self::Reserved,
            3 => Self::Pending,
            _ => Self::Exclusive,
        }
    }
}
