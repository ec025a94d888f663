//! The versions of an answer: each time that it is written again makes another.

use serde::{Deserialize, Serialize};

use super::{
    intention::{FailureReason, IntentionState},
    json::{FromJson, ToJson, Value},
    limits::ANSWER_VERSIONS_MAX,
    timestamp::Timestamp,
};

/// How many versions of a message there are, the present one among them: 1 where it was never written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct VersionCount(u16);

/// A version of an answer that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerVersion {
    /// Markdown.
    pub content: String,
    /// Never `active`. It is there also where it is `complete`.
    pub state: IntentionState,
    /// Why it failed, where `state` is `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    pub ended_at: Timestamp,
}

crate::json_object!(AnswerVersion {
    content: "content" required,
    state: "state" required,
    reason: "reason" optional,
    ended_at: "endedAt" required,
});

impl VersionCount {
    pub fn get(self) -> u16 {
        self.0
    }

    /// One more is begun. Of those before it as many are kept as are counted.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1).min(ANSWER_VERSIONS_MAX))
    }
}

impl Default for VersionCount {
    fn default() -> Self {
        Self(1)
    }
}

/// Never fails, so that a client keeps up with a server that has other bounds.
impl From<u16> for VersionCount {
    fn from(count: u16) -> Self {
        Self(count.max(1))
    }
}

impl From<VersionCount> for u16 {
    fn from(count: VersionCount) -> Self {
        count.0
    }
}

impl ToJson for VersionCount {
    fn write_json(&self, json: &mut String) {
        self.0.write_json(json);
    }
}

impl FromJson for VersionCount {
    fn from_value(value: Value) -> Option<Self> {
        u16::try_from(value.number()?).ok().map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_counted_up_to_their_maximum() {
        let mut count = VersionCount::default();
        for expected in [2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10] {
            count = count.next();
            assert_eq!(count.get(), expected);
        }
        assert_eq!(VersionCount::from(0), VersionCount::default());
    }
}
