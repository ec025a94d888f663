//! `/api/session`: signing in and out.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::IntoResponse,
};
use protocol::{Being, SignIn};

use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{
        auth::{Caller, cookie_away, cookie_for},
        client_address::ClientAddress,
        extract::Json,
    },
};

/// The being that is signed in.
pub async fn show(
    State(services): State<Arc<AppState>>,
    caller: Caller,
) -> Result<axum::Json<Being>, Refusal> {
    let being = services.store.being(&caller.being).await?;
    Ok(axum::Json(being.ok_or(Refusal::NoSession)?))
}

pub async fn start(
    State(services): State<Arc<AppState>>,
    from: ClientAddress,
    headers: HeaderMap,
    Json(request): Json<SignIn>,
) -> Result<impl IntoResponse, Refusal> {
    let (being, token) = services.sign_in(from, request).await?;
    Ok(([(SET_COOKIE, cookie_for(&token, &headers))], axum::Json(being)))
}

pub async fn end(
    State(services): State<Arc<AppState>>,
    headers: HeaderMap,
    caller: Caller,
) -> Result<impl IntoResponse, Refusal> {
    services.sign_out(&caller.session).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie_away(&headers))]))
}
