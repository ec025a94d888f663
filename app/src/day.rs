//! Days of the calendar, as people call them.

use std::ops::Range;

use protocol::Timestamp;

/// A day in some time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ABBREVIATION_LETTERS: usize = 3;

impl Day {
    /// The day of a moment in UTC; `None` for a timestamp in another form.
    pub fn in_utc(time: &Timestamp) -> Option<Self> {
        time.hour_and_minute()?;
        let number = |range: Range<usize>| time.as_str().get(range)?.parse().ok();
        Some(Self { year: number(0..4)?, month: number(5..7)?, day: number(8..10)? })
    }

    /// "Today", "Yesterday", "28 November", with the year if it is another one or `today` is not known.
    pub fn in_words(self, today: Option<Self>) -> String {
        if today == Some(self) {
            return "Today".to_owned();
        }
        self.before_today(today, MONTHS[self.month_index()])
    }

    /// As beside a time: "Yesterday", "28 Nov". `None` if the time is enough, since it is today.
    pub fn in_short(self, today: Option<Self>) -> Option<String> {
        let today = today.filter(|today| *today != self)?;
        let month = &MONTHS[self.month_index()][..ABBREVIATION_LETTERS];
        Some(self.before_today(Some(today), month))
    }

    fn before_today(self, today: Option<Self>, month: &str) -> String {
        let Self { year, day, .. } = self;
        match today {
            Some(today) if self.number() + 1 == today.number() => "Yesterday".to_owned(),
            Some(today) if today.year == year => format!("{day} {month}"),
            _ => format!("{day} {month} {year}"),
        }
    }

    fn month_index(self) -> usize {
        (self.month as usize).clamp(1, MONTHS.len()) - 1
    }

    /// Consecutive days have consecutive numbers. Years are counted from March, so that a leap day ends one.
    fn number(self) -> u32 {
        let (year, month) = match self.month {
            3.. => (self.year, self.month - 3),
            january_or_february => (self.year.saturating_sub(1), january_or_february + 9),
        };
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + self.day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> Day {
        Day::in_utc(&format!("{date}T23:57:00.000Z").into()).expect("a date")
    }

    #[test]
    fn a_day_is_called_as_people_call_it() {
        for (date, today, in_words, in_short) in [
            ("2026-11-29", "2026-11-29", "Today", None),
            ("2026-11-28", "2026-11-29", "Yesterday", Some("Yesterday")),
            ("2026-11-27", "2026-11-29", "27 November", Some("27 Nov")),
            ("2026-11-30", "2026-11-29", "30 November", Some("30 Nov")),
            ("2025-11-29", "2026-11-29", "29 November 2025", Some("29 Nov 2025")),
            ("2025-12-31", "2026-01-01", "Yesterday", Some("Yesterday")),
            ("2025-12-30", "2026-01-01", "30 December 2025", Some("30 Dec 2025")),
            ("2026-02-28", "2026-03-01", "Yesterday", Some("Yesterday")),
            ("2028-02-29", "2028-03-01", "Yesterday", Some("Yesterday")),
            ("2028-02-28", "2028-03-01", "28 February", Some("28 Feb")),
            ("2100-02-28", "2100-03-01", "Yesterday", Some("Yesterday")),
            ("2000-02-29", "2000-03-01", "Yesterday", Some("Yesterday")),
        ] {
            let (this, today) = (day(date), Some(day(today)));
            assert_eq!(this.in_words(today), in_words, "{date}");
            assert_eq!(this.in_short(today).as_deref(), in_short, "{date}");
        }
    }

    #[test]
    fn where_today_is_not_known_the_year_is_said() {
        assert_eq!(day("2026-05-07").in_words(None), "7 May 2026");
        assert_eq!(day("2026-05-07").in_short(None), None);
    }

    #[test]
    fn consecutive_days_have_consecutive_numbers() {
        let lengths = |year: u32| {
            let is_leap =
                year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let all = (1999..=2101).flat_map(|year| {
            lengths(year).into_iter().zip(1..).flat_map(move |(length, month)| {
                (1..=length).map(move |day| Day { year, month, day })
            })
        });
        let numbers: Vec<_> = all.map(Day::number).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    }

    #[test]
    fn a_timestamp_in_another_form_has_no_day() {
        assert_eq!(Day::in_utc(&"yesterday".into()), None);
    }
}
