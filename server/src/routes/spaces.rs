//! `/api/spaces`

use std::sync::Arc;

use app::protocol::{Being, CreateSpace, Name, SpaceListing};
use axum::{extract::State, http::StatusCode};

use crate::{json::Json, refusal::Refusal, services::Services, session::Caller};

pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
) -> Result<axum::Json<Vec<SpaceListing>>, Refusal> {
    Ok(axum::Json(services.store.spaces_of(&caller.actor.id).await?))
}

pub async fn create(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Json(wish): Json<CreateSpace>,
) -> Result<(StatusCode, axum::Json<Being>), Refusal> {
    let name = Name::parse(&wish.name)?;
    let space = services.store.found_space(&caller.actor, name).await?;
    Ok((StatusCode::CREATED, axum::Json(space)))
}
