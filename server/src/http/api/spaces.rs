//! `/api/spaces`: the spaces of the caller.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use protocol::{Being, CreateSpace, Name, SpaceListing};

use crate::{
    app_state::AppState,
    domain::{command, refusal::Refusal},
    http::{auth::Caller, extract::Json},
    store::Execute,
};

pub async fn list(
    State(services): State<Arc<AppState>>,
    caller: Caller,
) -> Result<axum::Json<Vec<SpaceListing>>, Refusal> {
    Ok(axum::Json(services.store.spaces_of(&caller.being).await?))
}

pub async fn create(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Json(request): Json<CreateSpace>,
) -> Result<(StatusCode, axum::Json<Being>), Refusal> {
    let name = Name::parse(&request.name)?;
    let space = services.store.execute(command::CreateSpace { by: caller.being, name }).await?;
    Ok((StatusCode::CREATED, axum::Json(space)))
}
