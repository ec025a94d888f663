//! A response that refuses the request.

use std::time::Duration;

use protocol::FailureReason;
use reqwest::{
    Response, StatusCode,
    header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER},
};

use super::{body::beginning, words};
use crate::ai::provider::Failure;

/// For a provider that is busy and sends no `Retry-After`.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(2);

pub struct Refused {
    pub status: StatusCode,
    /// What the provider says about it.
    pub words: String,
    retry_after: Option<Duration>,
}

impl Refused {
    pub async fn read(response: Response) -> Self {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let words = words::of_body(&beginning(response).await);
        Self { status, words, retry_after }
    }

    /// Whether the model will be there in a moment: llama.cpp's server says so while it starts.
    pub fn is_loading(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
            && self.words.to_lowercase().contains("loading")
    }
}

impl From<Refused> for Failure {
    fn from(Refused { status, words, retry_after: after }: Refused) -> Self {
        let reason = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => FailureReason::Unauthorized,
            StatusCode::TOO_MANY_REQUESTS => FailureReason::Busy,
            StatusCode::SERVICE_UNAVAILABLE if after.is_some() => FailureReason::Busy,
            status if status.is_server_error() => FailureReason::ProviderError,
            _ => FailureReason::Misconfigured,
        };
        let retry_after =
            (reason == FailureReason::Busy).then(|| after.unwrap_or(RETRY_AFTER_DEFAULT));
        Self { reason, detail: format!("{status}: {words}"), retry_after }
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3), which is measured by the provider's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let after = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text| jiff::fmt::rfc2822::parse(text).ok().map(|moment| moment.timestamp());
    let (then, now) = (moment(after)?, text(DATE).and_then(moment));
    // Without a `Date` to compare with, the wait is unknown, and too long.
    Some(now.map_or(Duration::MAX, |now| {
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: [&str; 14] = [
        "2",
        "-1",
        "+2",
        "1.5",
        "18446744073709551615",
        "18446744073709551616",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Sat, 01 Jan -9999 00:00:00 GMT",
        "Thu, 26 Nov 2026 00:00:00 +2359",
        "Thu, 31 Feb 2026 00:00:00 GMT",
        "Thu, 26 Nov 2026 23:59:60 GMT",
        "soon",
        "",
    ];

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// A `Retry-After` is a time to wait, or is ignored.
        #[test]
        fn a_retry_after_is_read_or_ignored(
            after in 0..AFTER.len(),
            now in 0..AFTER.len(),
            mutated in proptest::prelude::any::<(usize, u8)>(),
        ) {
            let mut text = AFTER[after].as_bytes().to_vec();
            if let (at, letter @ b' '..=b'~') = mutated && !text.is_empty() {
                let at = at % text.len();
                text[at] = letter;
            }
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_bytes(&text).expect("visible ASCII"));
            headers.insert(DATE, HeaderValue::from_static(AFTER[now]));
            let wait = retry_after(&headers);
            if let Ok(seconds) = String::from_utf8_lossy(&text).trim().parse() {
                proptest::prop_assert_eq!(wait, Some(Duration::from_secs(seconds)));
            }
        }
    }
}
