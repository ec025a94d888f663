//! `/api/inbox`, and what a being has read in `/api/spaces/{space}`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use protocol::{Level, OutOfBounds, PutLevelBody, PutReadBody, SpaceId};
use serde::Deserialize;

use super::stream::{answer, since};
use crate::{
    app_state::AppState,
    delivery::stream::Stream,
    domain::{
        command::{MarkRead, SetLevel},
        refusal::Refusal,
    },
    http::{
        auth::Caller,
        extract::{Json, Path, Query},
    },
    store::Execute,
};

#[derive(Deserialize)]
pub struct Request {
    since: Option<String>,
    /// The being that the page acts for, where it can send no header.
    being: Option<String>,
}

pub async fn follow(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Query(request): Query<Request>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let since = since(&headers, request.since)?;
    caller.must_be(request.being.as_deref().map(str::as_bytes))?;
    // As for a space: a sign-out that is committed in between is seen by one or the other.
    let listener = services.hub.listen_to_inbox(caller.being, caller.session.clone());
    services.store.session(&caller.session).await?.ok_or(Refusal::NoSession)?;
    let stream = Stream::open_inbox(services.store.clone(), listener, since).await?;
    Ok(answer(&services, stream))
}

pub async fn mark_read(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Json(request): Json<PutReadBody>,
) -> Result<StatusCode, Refusal> {
    let PutReadBody { up_to, epoch, unread } = request;
    let read = MarkRead { by: caller.being, space, up_to, epoch, goes_back: unread };
    services.store.execute(read).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn set_level(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Json(request): Json<PutLevelBody>,
) -> Result<StatusCode, Refusal> {
    let level: Level = request
        .level
        .parse()
        .map_err(|_| OutOfBounds::new("level", "is none of everything, mentions and nothing"))?;
    services.store.execute(SetLevel { by: caller.being, space, level }).await?;
    Ok(StatusCode::NO_CONTENT)
}
