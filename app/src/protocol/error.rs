//! How a command is refused. A refused command has changed nothing.

use serde::{Deserialize, Serialize};

/// The code of an edit that another one has overtaken. It may be tried again, from the version that is
/// there by then.
pub const CHANGED_SINCE: &str = "changed-since";

/// The code of a change that speaks of another history of the space: its message may be another now.
pub const ANOTHER_HISTORY: &str = "another-history";

/// `{"error": {…}}`, beside the HTTP status that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    pub error: ErrorBody,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For programs, e.g. `not-member`.
    pub code: String,
    /// For people: a sentence.
    pub message: String,
    /// The field that was out of bounds, with a status of 422.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}
