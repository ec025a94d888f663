//! Time as the machines count it.

/// A point in time, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl Millis {
    pub fn plus(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// How long after `earlier` this is; 0 if it is not after it.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Turns a wall clock, which may be set back, into one that never goes back.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back_whatever_the_clock_is_set_to() {
        let mut time = Time::default();
        time.count(Millis(5_000));
        let counted: Vec<_> =
            [6_000, 1_000, 1_500, 9_000].map(|clock| time.count(Millis(clock)).0).into();
        assert_eq!(counted, [6_000, 6_000, 6_500, 14_000]);
    }
}
