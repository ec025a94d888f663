//! `/api/beings` and `/api/spaces/{space}/beings`: beings, and the members of a space.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use protocol::{AddBeing, Being, BeingId, BeingSettings, ChangeBeing, Hue, Name, SpaceId};

use crate::{
    app_state::AppState,
    domain::{
        command::{self, RemoveBeing},
        refusal::Refusal,
        settings::Settings,
        settings_for,
    },
    http::{
        auth::Caller,
        extract::{Json, Path},
    },
    store::Execute,
};

pub async fn change(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(being): Path<BeingId>,
    Json(request): Json<ChangeBeing>,
) -> Result<axum::Json<Being>, Refusal> {
    let change = command::ChangeBeing {
        by: caller.being,
        being,
        name: request.name.as_deref().map(Name::parse).transpose()?,
        settings: request.settings.map(Settings::parse).transpose()?,
        hue: request.hue.map(Hue::parse).transpose()?,
    };
    Ok(axum::Json(services.store.execute(change).await?))
}

pub async fn add(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Json(request): Json<AddBeing>,
) -> Result<(StatusCode, axum::Json<Being>), Refusal> {
    let new = command::AddBeing {
        by: caller.being,
        space,
        settings: request.settings.map(Settings::parse).transpose()?,
        name: Name::parse(&request.name)?,
        hue: request.hue.map(Hue::parse).transpose()?,
    };
    let being = services.store.execute(new).await?;
    Ok((StatusCode::CREATED, axum::Json(being)))
}

/// A being without settings never answers, and there is nothing to show.
pub async fn settings(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(being): Path<BeingId>,
) -> Result<axum::Json<BeingSettings>, Refusal> {
    let settings = settings_for(services.store.as_ref(), &caller.being, &being).await?;
    Ok(axum::Json(settings.ok_or(Refusal::UnknownBeing)?))
}

pub async fn remove(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, being)): Path<(SpaceId, BeingId)>,
) -> Result<StatusCode, Refusal> {
    services.store.execute(RemoveBeing { by: caller.being, space, being }).await?;
    Ok(StatusCode::NO_CONTENT)
}
