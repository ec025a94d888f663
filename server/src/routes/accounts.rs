//! `/api/accounts`

use std::sync::Arc;

use app::protocol::CreateAccount;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::IntoResponse,
};

use crate::{json::Json, refusal::Refusal, services::Services, session::cookie_for};

pub async fn create(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    Json(wish): Json<CreateAccount>,
) -> Result<impl IntoResponse, Refusal> {
    let (being, token) = services.create_account(wish).await?;
    let cookie = cookie_for(&token, &headers);
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], axum::Json(being)))
}
