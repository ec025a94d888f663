//! When a message was created or edited, for people to read.

use serde::{Deserialize, Serialize, Serializer};

use super::json::json_string;

/// A moment in RFC 3339, in UTC with milliseconds: `2026-11-23T04:25:20.123Z`. Made by the server's
/// clock; never used to order anything, that is what [`Seq`](super::Seq) is for.
///
/// Reading one never fails. A text in another form, which only another server can send, is kept to
/// the letter and has no [`hour_and_minute`](Self::hour_and_minute): a client must not lose a message,
/// and with it its place in the log, because it cannot tell when the message was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub struct Timestamp(Text);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Text {
    Utc([u8; FORM.len()]),
    Foreign(Box<str>),
}

/// A `0` stands for any digit.
const FORM: &[u8; 24] = b"0000-00-00T00:00:00.000Z";

/// Month, day, hour, minute, second: where each begins, and its bounds. A month's own length is not
/// checked.
const FIELDS: [(usize, u8, u8); 5] =
    [(5, 1, 12), (8, 1, 31), (11, 0, 23), (14, 0, 59), (17, 0, 59)];

impl Timestamp {
    /// As it stands on the wire.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Utc(text) => std::str::from_utf8(text).unwrap_or_default(),
            Text::Foreign(text) => text,
        }
    }

    /// `04:25`, in UTC.
    pub fn hour_and_minute(&self) -> Option<&str> {
        match self.0 {
            Text::Utc(_) => self.as_str().get(11..16),
            Text::Foreign(_) => None,
        }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(utc(text).map_or_else(|| Text::Foreign(text.into()), Text::Utc))
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self::from(&*text)
    }
}

json_string!(Timestamp, |time| time.as_str().to_owned(), |text| Some(text.into()));

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn utc(text: &str) -> Option<[u8; FORM.len()]> {
    let text: [u8; FORM.len()] = text.as_bytes().try_into().ok()?;
    let has_the_form = text.iter().zip(FORM).all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    });
    let number = |at: usize| (text[at] - b'0') * 10 + (text[at + 1] - b'0');
    let in_bounds = |(at, least, most)| (least..=most).contains(&number(at));
    (has_the_form && FIELDS.into_iter().all(in_bounds)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reread(text: &str) -> Timestamp {
        let json = serde_json::to_string(text).expect("JSON");
        let read: Timestamp = serde_json::from_str(&json).expect("any text is read");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), json);
        read
    }

    #[test]
    fn a_moment_of_our_clock_has_an_hour_and_a_minute() {
        for (text, hour_and_minute) in [
            ("2026-11-23T04:25:20.123Z", "04:25"),
            ("1970-01-01T00:00:00.000Z", "00:00"),
            ("9999-12-31T23:59:59.999Z", "23:59"),
        ] {
            assert_eq!(reread(text).hour_and_minute(), Some(hour_and_minute));
        }
    }

    #[test]
    fn a_text_in_another_form_is_kept_to_the_letter_and_has_no_hour() {
        for text in [
            "",
            "yesterday",
            "2026-11-23T04:25:20Z",
            "2026-11-23T04:25:20.123456Z",
            "2026-11-23T04:25:20.123+02:00",
            "2026-11-23t04:25:20.123z",
            "2026-13-23T04:25:20.123Z",
            "2026-00-23T04:25:20.123Z",
            "2026-11-32T04:25:20.123Z",
            "2026-11-23T24:25:20.123Z",
            "2026-11-23T04:60:20.123Z",
            "2026-11-23T04:25:60.123Z",
            "2026-11-23T04:25:20.12éZ",
            "-009999-11-23T04:25:20.1",
        ] {
            assert_eq!(reread(text).hour_and_minute(), None, "{text}");
        }
    }
}
