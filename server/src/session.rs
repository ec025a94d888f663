//! Who calls: the session cookie, and the guard against other sites.

use std::sync::Arc;

use app::protocol::{BEING_HEADER, limits::SESSION_DAYS};
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use cookie::{Cookie, SameSite};

use crate::{
    chance::{Token, TokenHash},
    policy::Actor,
    refusal::Refusal,
    services::Services,
};

const COOKIE: &str = "rhizome_session";

/// A caller with a session that is not over.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    pub session: TokenHash,
}

impl FromRequestParts<Arc<Services>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
    ) -> Result<Self, Refusal> {
        let session = presented(&parts.headers).ok_or(Refusal::NoSession)?;
        let actor = services.store.session(&session).await?.ok_or(Refusal::NoSession)?;
        let meant = parts.headers.get(BEING_HEADER).map(|being| being.as_bytes());
        let caller = Self { actor, session };
        if meant.is_none_or(|being| caller.is(being)) {
            Ok(caller)
        } else {
            Err(Refusal::NoSession)
        }
    }
}

impl Caller {
    pub fn is(&self, being: &[u8]) -> bool {
        self.actor.id.as_str().as_bytes() == being
    }
}

/// Anyone, signed in or not. A store that does not answer is still a refusal.
pub struct Visitor(pub Option<Caller>);

impl FromRequestParts<Arc<Services>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        services: &Arc<Services>,
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
    // Whatever terminates TLS before us says so. A lie only makes the caller's own cookie stricter.
    if is_behind_tls(request) {
        cookie = cookie.secure(true);
    }
    HeaderValue::from_str(&cookie.build().to_string()).expect("a token is hex")
}

/// What the nearest proxy says of the scheme; it may be the first of several.
pub fn is_behind_tls(request: &HeaderMap) -> bool {
    let proto = request.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok());
    let first = proto.and_then(|proto| proto.split(',').next());
    first.is_some_and(|first| first.trim().eq_ignore_ascii_case("https"))
}

fn presented(headers: &HeaderMap) -> Option<TokenHash> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let found = lines
        .flat_map(|line| Cookie::split_parse(line).filter_map(Result::ok))
        .find(|cookie| cookie.name() == COOKIE)?;
    Some(Token::presented(found.value()).hash())
}

/// Refuses commands that another site's page makes a browser send: `Sec-Fetch-Site` where the
/// browser sends it, else `Origin` against `Host`. A program sends neither and is let through.
pub async fn same_origin_only(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        Refusal::CrossOrigin.into_response()
    }
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or(""));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some() && authority == text("host")
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_comes_from_our_own_pages_or_from_a_program() {
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[], true),
            (&[("origin", "https://rhizome.example"), ("host", "rhizome.example")], true),
            (&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")], true),
            (&[("origin", "https://evil.example"), ("host", "rhizome.example")], false),
            (&[("origin", "null"), ("host", "rhizome.example")], false),
            (&[("origin", "https://rhizome.example")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://a.example")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
        ];
        for (lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *lines {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_same_origin(&headers), *expected, "{lines:?}");
        }
    }
}
