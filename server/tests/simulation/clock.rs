//! A clock that jumps, as those of machines do.

use std::sync::atomic::{AtomicI64, Ordering};

use server::clock::{Clock, Moment};

pub struct JumpyClock {
    millis: AtomicI64,
    /// What it said last.
    said: AtomicI64,
}

impl Default for JumpyClock {
    fn default() -> Self {
        // 2026-11-23T04:25:20.123Z
        let millis = 1_795_407_920_123;
        Self { millis: AtomicI64::new(millis), said: AtomicI64::new(millis) }
    }
}

impl JumpyClock {
    pub fn jump(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    /// What it said last: when the last transaction began, for only a writer asks for the time, and
    /// the audit.
    pub fn said(&self) -> Moment {
        Moment(self.said.load(Ordering::Relaxed))
    }
}

impl Clock for JumpyClock {
    fn now(&self) -> Moment {
        let now = self.millis.load(Ordering::Relaxed);
        self.said.store(now, Ordering::Relaxed);
        Moment(now)
    }
}
