//! Keeps keys out of what a provider says, and its words short. Pure.

use protocol::limits::FAILURE_DETAIL_MAX_CHARACTERS;

use crate::{ai::provider::Failure, domain::endpoint::Key};

const KEY: &str = "[key]";
/// How the keys of well-known services begin.
const PREFIXES: [&str; 11] =
    ["sk-", "sk_", "pk-", "gsk_", "hf_", "xai-", "r8_", "nvapi-", "ghp_", "AIza", "AKIA"];
/// A shorter word is none.
const KEY_MIN_CHARACTERS: usize = 12;

/// Removes the provider's key from the detail, and whatever looks like another's, and cuts it to its
/// limit.
pub fn redact(failure: Failure, key: Option<&Key>) -> Failure {
    let detail = match key {
        Some(key) => key.struck_from(&failure.detail),
        None => failure.detail,
    };
    let detail = without_keys(&detail).chars().take(FAILURE_DETAIL_MAX_CHARACTERS).collect();
    Failure { detail, ..failure }
}

fn without_keys(text: &str) -> String {
    let is_of_a_key = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=*".contains(c);
    let mut rest = text;
    let mut redacted = String::with_capacity(text.len());
    let mut is_after_bearer = false;
    while let Some(start) = rest.find(is_of_a_key) {
        redacted.push_str(&rest[..start]);
        rest = &rest[start..];
        let (word, after) = rest.split_at(rest.find(|c| !is_of_a_key(c)).unwrap_or(rest.len()));
        let is_long = word.len() >= KEY_MIN_CHARACTERS;
        let is_key = PREFIXES.iter().any(|prefix| word.starts_with(prefix)) || is_after_bearer;
        redacted.push_str(if is_key && is_long { KEY } else { word });
        is_after_bearer = word.eq_ignore_ascii_case("bearer");
        rest = after;
    }
    redacted + rest
}

#[cfg(test)]
mod tests {
    use protocol::FailureReason;

    use super::*;

    #[test]
    fn what_looks_like_a_key_is_redacted() {
        for (said, redacted) in [
            (
                "Incorrect API key provided: sk-proj-0123456789abcdef.",
                "Incorrect API key provided: [key]",
            ),
            ("Incorrect key: sk-abcd********wxyz", "Incorrect key: [key]"),
            ("(Bearer eyJhbGciOi.eyJzdWIi) is wrong", "(Bearer [key]) is wrong"),
            ("a bearer of news", "a bearer of news"),
            ("gsk_0123456789ab, hf_0123456789ab", "[key], [key]"),
            (
                "model qwen3:8b-instruct-q4_K_M of size 01234567890123",
                "model qwen3:8b-instruct-q4_K_M of size 01234567890123",
            ),
            ("é🌱", "é🌱"),
            ("", ""),
        ] {
            assert_eq!(without_keys(said), redacted);
        }
    }

    #[test]
    fn a_key_is_redacted_whole_wherever_the_cut_falls() {
        let key = Key::parse("ab/0123456789").expect("a key").expect("one");
        for before in FAILURE_DETAIL_MAX_CHARACTERS - 20..FAILURE_DETAIL_MAX_CHARACTERS + 5 {
            for said in [key.secret(), "ab\\/0123456789", "ab%2F0123456789"] {
                let detail = format!("{}{said}", "é".repeat(before));
                let failure = Failure::new(FailureReason::ProviderError, detail);
                let redacted = redact(failure, Some(&key)).detail;
                let length = redacted.chars().count();
                assert!(
                    length <= FAILURE_DETAIL_MAX_CHARACTERS && !redacted.contains("ab"),
                    "{before}"
                );
            }
        }
    }
}
