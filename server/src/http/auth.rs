//! The session cookie, and the caller that it identifies.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use cookie::{Cookie, SameSite};
use protocol::{BEING_HEADER, BeingId, limits::SESSION_DAYS};

use crate::{
    app_state::AppState,
    domain::{
        refusal::Refusal,
        token::{Token, TokenHash},
    },
};

const COOKIE: &str = "rhizome_session";

/// A signed-in caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub being: BeingId,
    pub session: TokenHash,
}

impl FromRequestParts<Arc<AppState>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<AppState>,
    ) -> Result<Self, Refusal> {
        let session = session_of(&parts.headers).ok_or(Refusal::NoSession)?;
        let being = services.store.session(&session).await?.ok_or(Refusal::NoSession)?;
        // A page speaks only for the being that it was rendered for.
        let claimed = parts.headers.get(BEING_HEADER).map(HeaderValue::as_bytes);
        let caller = Self { being, session };
        caller.must_be(claimed)?;
        Ok(caller)
    }
}

impl Caller {
    /// Refuses a request that names another being as the one that it acts for.
    pub fn must_be(&self, claimed: Option<&[u8]>) -> Result<(), Refusal> {
        let is_another = claimed.is_some_and(|being| self.being.as_str().as_bytes() != being);
        if is_another { Err(Refusal::NoSession) } else { Ok(()) }
    }
}

/// Anyone, signed in or not. If the store cannot answer, the request is refused all the same.
pub struct Visitor(pub Option<Caller>);

impl FromRequestParts<Arc<AppState>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<AppState>,
    ) -> Result<Self, Refusal> {
        match Caller::from_request_parts(parts, services).await {
            Ok(caller) => Ok(Self(Some(caller))),
            Err(Refusal::NoSession) => Ok(Self(None)),
            Err(refusal) => Err(refusal),
        }
    }
}

/// The `Set-Cookie` that signs in.
pub fn cookie_for(token: &Token, request: &HeaderMap) -> HeaderValue {
    cookie(token.as_str(), SESSION_DAYS, request)
}

/// The `Set-Cookie` that signs out.
pub fn cookie_away(request: &HeaderMap) -> HeaderValue {
    cookie("", 0, request)
}

fn cookie(value: &str, days: i64, request: &HeaderMap) -> HeaderValue {
    let mut cookie = Cookie::build((COOKIE, value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .path("/")
        .max_age(cookie::time::Duration::days(days));
    // The proxy that terminates TLS sets the header. A forged one only makes the caller's own cookie
    // stricter.
    if is_behind_tls(request) {
        cookie = cookie.secure(true);
    }
    HeaderValue::from_str(&cookie.build().to_string()).expect("a token is hex")
}

/// Whether the client uses HTTPS, as the proxies report it; the first value is the outermost proxy's.
pub fn is_behind_tls(request: &HeaderMap) -> bool {
    let proto = request.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    let first = proto.and_then(|proto| proto.split(',').next());
    first.is_some_and(|first| first.trim().eq_ignore_ascii_case("https"))
}

fn session_of(headers: &HeaderMap) -> Option<TokenHash> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let found = lines
        .flat_map(|line| Cookie::split_parse(line).filter_map(Result::ok))
        .find(|cookie| cookie.name() == COOKIE)?;
    Some(Token::presented(found.value()).hash())
}
