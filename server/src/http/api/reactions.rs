//! `…/intentions/{message}/reactions`: the caller's own.

use std::sync::Arc;

use axum::extract::State;
use protocol::{MessageId, ReactionsPosition, SpaceId};

use super::intentions::History;
use crate::{
    app_state::AppState,
    domain::{command::SetReaction, emoji::Emoji, refusal::Refusal},
    http::{
        auth::Caller,
        extract::{Path, Query},
    },
    store::Execute,
};

type Ids = Path<(SpaceId, MessageId, String)>;

pub async fn add(
    services: State<Arc<AppState>>,
    caller: Caller,
    ids: Ids,
    history: Query<History>,
) -> Result<axum::Json<ReactionsPosition>, Refusal> {
    set(services, caller, ids, history, true).await
}

pub async fn remove(
    services: State<Arc<AppState>>,
    caller: Caller,
    ids: Ids,
    history: Query<History>,
) -> Result<axum::Json<ReactionsPosition>, Refusal> {
    set(services, caller, ids, history, false).await
}

async fn set(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message, emoji)): Ids,
    Query(history): Query<History>,
    is_there: bool,
) -> Result<axum::Json<ReactionsPosition>, Refusal> {
    let (emoji, epoch) = (Emoji::parse(&emoji)?, history.epoch()?);
    let set = SetReaction { by: caller.being, space, message, emoji, is_there, epoch };
    let reactions_seq = services.store.execute(set).await?;
    Ok(axum::Json(ReactionsPosition { reactions_seq }))
}
