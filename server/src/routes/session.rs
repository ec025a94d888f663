//! `/api/session`

use std::sync::Arc;

use app::protocol::{Being, SignIn};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::IntoResponse,
};

use crate::{
    json::Json,
    refusal::Refusal,
    services::Services,
    session::{Caller, cookie_away, cookie_for},
};

/// Who the caller is.
pub async fn show(
    State(services): State<Arc<Services>>,
    caller: Caller,
) -> Result<axum::Json<Being>, Refusal> {
    let being = services.store.being(&caller.actor.id).await?;
    Ok(axum::Json(being.ok_or(Refusal::NoSession)?))
}

pub async fn start(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    Json(wish): Json<SignIn>,
) -> Result<impl IntoResponse, Refusal> {
    let (being, token) = services.sign_in(wish).await?;
    Ok(([(SET_COOKIE, cookie_for(&token, &headers))], axum::Json(being)))
}

pub async fn end(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    caller: Caller,
) -> Result<impl IntoResponse, Refusal> {
    services.sign_out(&caller.session).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie_away(&headers))]))
}
