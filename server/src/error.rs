//! A refusal as HTTP: decided once, here.

use app::protocol::{ANOTHER_HISTORY, CHANGED_SINCE, ErrorAnswer, ErrorBody};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use crate::refusal::Refusal;

/// A client that is told "later" without a reason to know when comes back after this long.
const RETRY_AFTER_SECONDS: u64 = 2;

impl Refusal {
    pub fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// For programs: the `code` of the wire.
    pub fn code(&self) -> &'static str {
        self.parts().1
    }

    /// When it is worth asking again; none when the answer stays the same.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::SlowDown { retry_after_seconds } => Some(*retry_after_seconds),
            Self::Unavailable => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::NoSession => (StatusCode::UNAUTHORIZED, "no-session"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong-password"),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "cross-origin"),
            Self::NotMember => (StatusCode::FORBIDDEN, "not-member"),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, "not-allowed"),
            Self::InviteRequired => (StatusCode::FORBIDDEN, "invite-required"),
            Self::UnknownSpace => (StatusCode::NOT_FOUND, "unknown-space"),
            Self::UnknownMessage => (StatusCode::NOT_FOUND, "unknown-message"),
            Self::UnknownBeing => (StatusCode::NOT_FOUND, "unknown-being"),
            Self::UnknownInvite => (StatusCode::NOT_FOUND, "unknown-invite"),
            Self::UnknownRoute => (StatusCode::NOT_FOUND, "unknown-route"),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "wrong-method"),
            Self::HandleTaken(_) => (StatusCode::CONFLICT, "handle-taken"),
            Self::IdTaken => (StatusCode::CONFLICT, "id-taken"),
            Self::ChangedSince => (StatusCode::CONFLICT, CHANGED_SINCE),
            Self::AnotherHistory => (StatusCode::CONFLICT, ANOTHER_HISTORY),
            Self::NotAnAnswer => (StatusCode::CONFLICT, "not-an-answer"),
            Self::AnswerEnded => (StatusCode::CONFLICT, "answer-ended"),
            Self::UnknownProvider => (StatusCode::NOT_FOUND, "unknown-provider"),
            Self::CutOff => (StatusCode::REQUEST_TIMEOUT, "cut-off"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::OutOfBounds(_) => (StatusCode::UNPROCESSABLE_ENTITY, "out-of-bounds"),
            Self::SlowDown { .. } => (StatusCode::TOO_MANY_REQUESTS, "slow-down"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let field = match &self {
            Self::OutOfBounds(out_of_bounds) => Some(out_of_bounds.field.to_owned()),
            _ => None,
        };
        let error = ErrorBody { code: code.to_owned(), message: self.to_string(), field };
        let mut response = (status, Json(ErrorAnswer { error })).into_response();
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // For who tells it in another way: as a page.
        response.extensions_mut().insert(self);
        response
    }
}
