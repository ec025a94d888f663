//! `/api/accounts`: an account is created, and signed in.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::IntoResponse,
};
use protocol::CreateAccount;

use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{auth::cookie_for, client_address::ClientAddress, extract::Json},
};

pub async fn create(
    State(services): State<Arc<AppState>>,
    from: ClientAddress,
    headers: HeaderMap,
    Json(request): Json<CreateAccount>,
) -> Result<impl IntoResponse, Refusal> {
    let (being, token) = services.create_account(from, request).await?;
    let cookie = cookie_for(&token, &headers);
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], axum::Json(being)))
}
