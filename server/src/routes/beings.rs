//! `/api/beings` and `/api/spaces/{space}/beings`

use std::sync::Arc;

use app::protocol::{
    AddBeing, Being, BeingId, BeingSettings, ChangeBeing, Hue, Name, OutOfBounds, SpaceId,
};
use axum::{extract::State, http::StatusCode};

use crate::{
    ai::settings::Settings,
    json::{Ids, Json},
    refusal::Refusal,
    services::Services,
    session::Caller,
    store::{BeingPatch, NewBeing},
};

pub async fn change(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(being): Ids<BeingId>,
    Json(wish): Json<ChangeBeing>,
) -> Result<axum::Json<Being>, Refusal> {
    let name = wish.name.as_deref().map(Name::parse).transpose()?;
    let settings = wish.settings.map(Settings::parse).transpose()?;
    let patch = BeingPatch { name, hue: hue(wish.hue)?, settings };
    Ok(axum::Json(services.store.change_being(&caller.actor, &being, patch).await?))
}

pub async fn add(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(space): Ids<SpaceId>,
    Json(wish): Json<AddBeing>,
) -> Result<(StatusCode, axum::Json<Being>), Refusal> {
    let settings = wish.settings.map(Settings::parse).transpose()?;
    let new = NewBeing { name: Name::parse(&wish.name)?, hue: hue(wish.hue)?, settings };
    let being = services.store.add_being(&caller.actor, &space, new).await?;
    Ok((StatusCode::CREATED, axum::Json(being)))
}

/// Where there are none the being never answers, and there is nothing to show.
pub async fn settings(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(being): Ids<BeingId>,
) -> Result<axum::Json<BeingSettings>, Refusal> {
    let settings = services.store.settings(&caller.actor, &being).await?;
    Ok(axum::Json(settings.ok_or(Refusal::UnknownBeing)?))
}

pub async fn remove(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids((space, being)): Ids<(SpaceId, BeingId)>,
) -> Result<StatusCode, Refusal> {
    services.store.remove_being(&caller.actor, &space, &being).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn hue(hue: Option<Hue>) -> Result<Option<Hue>, OutOfBounds> {
    match hue {
        Some(Hue(360..)) => Err(OutOfBounds::new("hue", "is not an angle from 0 to 359")),
        hue => Ok(hue),
    }
}
