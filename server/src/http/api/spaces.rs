//! `/api/spaces`: the spaces of the caller, and each as a whole; the open ones, and direct ones.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use protocol::{
    BeginDirect, Being, ChangeSpace, CreateSpace, DirectoryPage, Name, SpaceDetails, SpaceId,
    SpaceListing, Topic,
};
use serde::Deserialize;

use crate::{
    app_state::AppState,
    domain::{
        command::{self, Begun},
        refusal::Refusal,
    },
    http::{
        auth::Caller,
        extract::{Json, Path, Query},
    },
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

pub async fn change(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Json(request): Json<ChangeSpace>,
) -> Result<axum::Json<SpaceDetails>, Refusal> {
    let ChangeSpace { topic, archived, open } = request;
    let topic = topic.map(|topic| Topic::parse(&topic)).transpose()?;
    let change = command::ChangeSpace { by: caller.being, space, topic, archived, open };
    Ok(axum::Json(services.store.execute(change).await?))
}

pub async fn delete(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
) -> Result<StatusCode, Refusal> {
    services.store.execute(command::DeleteSpace { by: caller.being, space }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn begin_direct(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Json(request): Json<BeginDirect>,
) -> Result<(StatusCode, axum::Json<Being>), Refusal> {
    let with = request.beings.iter().map(|id| id.parse()).collect::<Result<_, _>>()?;
    let begin = command::BeginDirect { by: caller.being, with };
    let Begun { space, is_new } = services.store.execute(begin).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(space)))
}

#[derive(Deserialize)]
pub struct DirectoryQuery {
    q: Option<String>,
    after: Option<SpaceId>,
}

pub async fn directory(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Query(DirectoryQuery { q, after }): Query<DirectoryQuery>,
) -> Result<axum::Json<DirectoryPage>, Refusal> {
    let q = q.as_deref().unwrap_or_default();
    Ok(axum::Json(services.directory(&caller.being, q, after.as_ref()).await?))
}

pub async fn join(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
) -> Result<axum::Json<Being>, Refusal> {
    let join = command::JoinSpace { by: caller.being, space };
    Ok(axum::Json(services.store.execute(join).await?))
}
