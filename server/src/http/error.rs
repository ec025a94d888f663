//! The one place that gives a refusal its HTTP status and its code.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use protocol::{ErrorAnswer, ErrorBody, ErrorCode};

use crate::domain::refusal::Refusal;

/// When to try again, where nothing says how long the cause will last.
const RETRY_AFTER_SECONDS: u64 = 2;

impl Refusal {
    pub fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// For programs: the `code` of the wire.
    pub fn code(&self) -> ErrorCode {
        self.parts().1
    }

    /// When it is worth trying again; none where the answer stays the same.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::SlowDown { retry_after_seconds } => Some(*retry_after_seconds),
            Self::Unavailable => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    fn parts(&self) -> (StatusCode, ErrorCode) {
        use ErrorCode as Code;
        match self {
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, Code::Malformed),
            Self::NoSession => (StatusCode::UNAUTHORIZED, Code::NoSession),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, Code::WrongPassword),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, Code::CrossOrigin),
            Self::NotMember => (StatusCode::FORBIDDEN, Code::NotMember),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, Code::NotAllowed),
            Self::InviteRequired => (StatusCode::FORBIDDEN, Code::InviteRequired),
            Self::UnknownSpace => (StatusCode::NOT_FOUND, Code::UnknownSpace),
            Self::UnknownMessage => (StatusCode::NOT_FOUND, Code::UnknownMessage),
            Self::UnknownBeing => (StatusCode::NOT_FOUND, Code::UnknownBeing),
            Self::UnknownInvite => (StatusCode::NOT_FOUND, Code::UnknownInvite),
            Self::UnknownProvider => (StatusCode::NOT_FOUND, Code::UnknownProvider),
            Self::UnknownRoute => (StatusCode::NOT_FOUND, Code::UnknownRoute),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, Code::WrongMethod),
            Self::CutOff => (StatusCode::REQUEST_TIMEOUT, Code::CutOff),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, Code::TooSlow),
            Self::HandleTaken(_) => (StatusCode::CONFLICT, Code::HandleTaken),
            Self::IdTaken => (StatusCode::CONFLICT, Code::IdTaken),
            Self::ChangedSince => (StatusCode::CONFLICT, Code::ChangedSince),
            Self::AnotherHistory => (StatusCode::CONFLICT, Code::AnotherHistory),
            Self::NotAnAnswer => (StatusCode::CONFLICT, Code::NotAnAnswer),
            Self::AnswerEnded => (StatusCode::CONFLICT, Code::AnswerEnded),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge),
            Self::OutOfBounds(_) => (StatusCode::UNPROCESSABLE_ENTITY, Code::OutOfBounds),
            Self::SlowDown { .. } => (StatusCode::TOO_MANY_REQUESTS, Code::SlowDown),
            Self::ProviderUnavailable => (StatusCode::BAD_GATEWAY, Code::ProviderUnavailable),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
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
        let error = ErrorBody { code, message: self.to_string(), field };
        let mut response = (status, Json(ErrorAnswer { error })).into_response();
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // For the middleware that renders a refusal as a page.
        response.extensions_mut().insert(self);
        response
    }
}
