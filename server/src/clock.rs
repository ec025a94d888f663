//! What time it is, for all that is kept or shown. (How long something takes, tokio counts.)

use app::protocol::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// Milliseconds since 1970-01-01 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Moment;
}

/// The machine's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(jiff::Timestamp::now().as_millisecond())
    }
}

impl Moment {
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days * 24 * 60 * 60 * 1000)
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
        Timestamp(format!("{moment:.3}").into())
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
