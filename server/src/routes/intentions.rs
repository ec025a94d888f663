//! `/api/spaces/{space}/intentions`

use std::sync::Arc;

use app::protocol::{
    Content, EditIntention, Epoch, HistoryPage, Intention, MessageId, OutOfBounds, SendIntention,
    SpaceId,
    limits::{PAGE_DEFAULT_MESSAGES, PAGE_MAX_MESSAGES},
};
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    json::{Ids, Json, Query},
    policy,
    refusal::Refusal,
    services::Services,
    session::Caller,
    store::{Edit, NewIntention},
};

#[derive(Deserialize)]
pub struct Page {
    before: Option<String>,
    limit: Option<String>,
}

pub async fn history(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(space): Ids<SpaceId>,
    Query(page): Query<Page>,
) -> Result<axum::Json<HistoryPage>, Refusal> {
    let before = page.before.map(|text| text.parse::<MessageId>()).transpose()?;
    let limit = page.limit.map_or(Ok(PAGE_DEFAULT_MESSAGES), |text| limit(&text))?;
    let answer = services.store.history(&space, before, limit).await?;
    // Asked behind the query: who was sent away meanwhile is not told what was said after.
    policy::may_take_part(services.store.standing(&space, &caller.actor.id).await?)?;
    Ok(axum::Json(answer))
}

/// More than the most is the most: a page may always be shorter than was asked for.
fn limit(text: &str) -> Result<usize, Refusal> {
    match text.parse::<u64>() {
        Ok(0) => Err(OutOfBounds::new("limit", "is 0").into()),
        Ok(limit) => Ok(limit.min(PAGE_MAX_MESSAGES as u64) as usize),
        Err(_) => Err(Refusal::Malformed(format!("limit is not a number: {text:.20}."))),
    }
}

pub async fn send(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(space): Ids<SpaceId>,
    Json(wish): Json<SendIntention>,
) -> Result<(StatusCode, axum::Json<Intention>), Refusal> {
    let content = Content::parse(wish.content)?;
    let new = NewIntention { id: wish.id, content, reply_to: wish.reply_to };
    let sent = services.store.send(&caller.actor, &space, new).await?;
    let status = if sent.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(sent.intention)))
}

/// Which history a change means.
#[derive(Deserialize)]
pub struct Of {
    epoch: Option<String>,
}

impl Of {
    fn epoch(self) -> Result<Option<Epoch>, Refusal> {
        Ok(self.epoch.map(|epoch| epoch.parse()).transpose()?)
    }
}

pub async fn edit(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids((space, message)): Ids<(SpaceId, MessageId)>,
    Query(of): Query<Of>,
    Json(wish): Json<EditIntention>,
) -> Result<axum::Json<Intention>, Refusal> {
    let (content, epoch) = (Content::parse(wish.content)?, of.epoch()?);
    let edit = Edit { content, seq: wish.seq, epoch };
    Ok(axum::Json(services.store.edit(&caller.actor, &space, message, edit).await?))
}

pub async fn delete(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids((space, message)): Ids<(SpaceId, MessageId)>,
    Query(of): Query<Of>,
) -> Result<StatusCode, Refusal> {
    services.store.delete(&caller.actor, &space, message, of.epoch()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn stop(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids((space, message)): Ids<(SpaceId, MessageId)>,
) -> Result<StatusCode, Refusal> {
    services.store.stop(&caller.actor, &space, message).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn retry(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids((space, message)): Ids<(SpaceId, MessageId)>,
) -> Result<axum::Json<Intention>, Refusal> {
    Ok(axum::Json(services.store.retry(&caller.actor, &space, message).await?))
}
