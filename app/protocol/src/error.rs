//! How a command is refused. A refused command has changed nothing.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use super::json::json_string;

/// `{"error": {…}}`, beside the HTTP status that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    pub error: ErrorBody,
}

crate::json_object!(ErrorAnswer { error: "error" required });

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people: a sentence.
    pub message: String,
    /// The field that was out of bounds, with a status of 422.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

crate::json_object!(ErrorBody {
    code: "code" required,
    message: "message" required,
    field: "field" optional,
});

/// Why a command was refused, in kebab-case on the wire. The table of the [crate] gives each its
/// status.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ErrorCode {
    /// It cannot be read.
    Malformed,
    NoSession,
    WrongPassword,
    /// A page of another site sent it.
    CrossOrigin,
    /// The caller once belonged to the space.
    NotMember,
    NotAllowed,
    InviteRequired,
    UnknownSpace,
    /// The message does not exist, or was deleted.
    UnknownMessage,
    UnknownBeing,
    UnknownInvite,
    UnknownProvider,
    UnknownRoute,
    WrongMethod,
    /// The request did not arrive whole, and may be sent again.
    CutOff,
    /// The request took too long to arrive, and may be sent again.
    TooSlow,
    HandleTaken,
    IdTaken,
    /// Another edit came first. This one may be tried again, from the version that is there by then.
    ChangedSince,
    /// The change names another history of the space: its message may be a different one now.
    AnotherHistory,
    NotAnAnswer,
    /// Only for the server's own writers of answers.
    AnswerEnded,
    TooLarge,
    /// A value is out of its bounds; `field` names it.
    OutOfBounds,
    SlowDown,
    /// A provider of AI beings did not answer as it should.
    ProviderUnavailable,
    Unavailable,
    /// A newer server's code, or no server's of ours.
    #[serde(other)]
    Unknown,
}

json_string!(ErrorCode, |code| code.as_str(), |text| {
    let known = Self::ALL.iter().find(|code| code.as_str() == text);
    Some(known.copied().unwrap_or(Self::Unknown))
});

impl ErrorCode {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written_and_printed() {
        for code in ErrorCode::ALL {
            let json = format!("\"{code}\"");
            assert_eq!(serde_json::to_string(code).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).expect("a code"), *code);
            assert_eq!(code.as_str(), code.to_string());
        }
    }

    #[test]
    fn a_code_of_a_newer_server_is_unknown() {
        for code in ["out-of-luck", "Malformed", "not_member", ""] {
            let json = format!(r#"{{"error":{{"code":"{code}","message":"No."}}}}"#);
            let read: ErrorAnswer = serde_json::from_str(&json).expect("an error");
            let message = "No.".to_owned();
            let expected = ErrorBody { code: ErrorCode::Unknown, message, field: None };
            assert_eq!(read.error, expected);
        }
    }
}
