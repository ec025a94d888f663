//! What time it is, for all that is kept or shown. (How long something takes, tokio counts.)

use jiff::fmt::rfc2822::DateTimePrinter;
use protocol::Timestamp;

/// Milliseconds since 1970-01-01 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Moment;
}

/// The machine's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others are given")]
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now().as_millisecond())
    }
}

impl Moment {
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days * 24 * 60 * 60 * 1000)
    }

    /// 0 where the clock was set back meanwhile.
    pub fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// As HTTP has it (RFC 9110, section 5.6.7); none thousands of years off.
    pub fn to_http_date(self) -> Option<String> {
        let moment = jiff::Timestamp::from_millisecond(self.0).ok()?;
        DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).ok()
    }

    pub fn to_timestamp(self) -> Timestamp {
        // Only a clock thousands of years off is out of range; it must not take the server down.
        let moment =
            jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Timestamp::from(format!("{moment:.3}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_http_has_it_in_whole_seconds() {
        let date = Moment(1_795_407_920_123).to_http_date();
        assert_eq!(date.as_deref(), Some("Mon, 23 Nov 2026 04:25:20 GMT"));
        assert_eq!(Moment(i64::MAX).to_http_date(), None);
    }

    #[test]
    fn a_moment_reads_as_rfc_3339_with_milliseconds() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_407_920_123, "2026-11-23T04:25:20.123Z"),
            (1_795_407_920_000, "2026-11-23T04:25:20.000Z"),
        ] {
            assert_eq!(Moment(millis).to_timestamp().as_str(), text);
        }
    }
}
