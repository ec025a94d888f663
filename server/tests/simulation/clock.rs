//! A clock that jumps, as the clocks of machines do.

use std::sync::atomic::{AtomicI64, Ordering};

use server::domain::clock::{Clock, Moment};

pub struct JumpyClock {
    millis: AtomicI64,
    /// The time that was last read.
    last_read: AtomicI64,
}

impl Default for JumpyClock {
    fn default() -> Self {
        // 2026-11-23T04:25:20.123Z
        let millis = 1_795_407_920_123;
        Self { millis: AtomicI64::new(millis), last_read: AtomicI64::new(millis) }
    }
}

impl JumpyClock {
    pub fn jump(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    /// The time that was last read. That is when the last transaction began, because only the
    /// writer and the audit read the clock.
    pub fn last_read(&self) -> Moment {
        Moment(self.last_read.load(Ordering::Relaxed))
    }
}

impl Clock for JumpyClock {
    fn now(&self) -> Moment {
        let now = self.millis.load(Ordering::Relaxed);
        self.last_read.store(now, Ordering::Relaxed);
        Moment(now)
    }
}
