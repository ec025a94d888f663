//! `/api/spaces/{space}/intentions`: the messages of a space.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use protocol::{
    AnswerVersion, Content, EditIntention, Epoch, FailureDetail, HistoryPage, Intention, MessageId,
    OutOfBounds, SendIntention, SpaceId,
    limits::{PAGE_DEFAULT_MESSAGES, PAGE_MAX_MESSAGES},
};
use serde::Deserialize;

use crate::{
    app_state::AppState,
    domain::{
        answers::failure_for,
        command::{DeleteMessage, EditMessage, RetryAnswer, SendMessage, StopAnswer},
        refusal::Refusal,
    },
    http::{
        auth::Caller,
        extract::{Json, Path, Query},
    },
    store::{Execute, Window},
};

#[derive(Deserialize)]
pub struct Page {
    before: Option<String>,
    after: Option<String>,
    around: Option<String>,
    limit: Option<String>,
}

impl Page {
    fn window(&self) -> Result<Window, Refusal> {
        Ok(match (&self.before, &self.after, &self.around) {
            (None, None, None) => Window::Newest,
            (Some(before), None, None) => Window::Before(before.parse()?),
            (None, Some(after), None) => Window::After(after.parse()?),
            (None, None, Some(around)) => Window::Around(around.parse()?),
            _ => {
                let sentence = "At most one of before, after and around may be given.";
                return Err(Refusal::Malformed(sentence.into()));
            }
        })
    }
}

pub async fn history(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Query(page): Query<Page>,
) -> Result<axum::Json<HistoryPage>, Refusal> {
    let window = page.window()?;
    let limit = page.limit.map_or(Ok(PAGE_DEFAULT_MESSAGES), |text| limit(&text))?;
    let page = services.store.history(&space, window, limit).await?;
    Ok(axum::Json(page.for_being(services.store.as_ref(), &caller.being).await?))
}

pub async fn show(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
) -> Result<axum::Json<Intention>, Refusal> {
    let store = services.store.as_ref();
    let message = store.message(&space, message).await?.for_being(store, &caller.being).await?;
    Ok(axum::Json(message.ok_or(Refusal::UnknownMessage)?))
}

/// A limit above the maximum is the maximum: a page may always be shorter than requested.
pub(super) fn limit(text: &str) -> Result<usize, Refusal> {
    match text.parse::<u64>() {
        Ok(0) => Err(OutOfBounds::new("limit", "is 0").into()),
        Ok(limit) => Ok(limit.min(PAGE_MAX_MESSAGES as u64) as usize),
        Err(_) => Err(Refusal::Malformed(format!("limit is not a number: {text:.20}."))),
    }
}

pub async fn send(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    Json(request): Json<SendIntention>,
) -> Result<(StatusCode, axum::Json<Intention>), Refusal> {
    let new = SendMessage {
        by: caller.being,
        space,
        id: request.id,
        content: Content::parse(request.content)?,
        reply_to: request.reply_to,
    };
    let sent = services.store.execute(new).await?;
    let status = if sent.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(sent.intention)))
}

/// The history that a change is meant for.
#[derive(Deserialize)]
pub struct History {
    epoch: Option<String>,
}

impl History {
    pub(super) fn epoch(self) -> Result<Option<Epoch>, Refusal> {
        Ok(self.epoch.map(|epoch| epoch.parse()).transpose()?)
    }
}

pub async fn edit(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
    Query(history): Query<History>,
    Json(request): Json<EditIntention>,
) -> Result<axum::Json<Intention>, Refusal> {
    let (content, epoch) = (Content::parse(request.content)?, history.epoch()?);
    let edit = EditMessage { by: caller.being, space, message, content, seq: request.seq, epoch };
    Ok(axum::Json(services.store.execute(edit).await?))
}

pub async fn delete(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
    Query(history): Query<History>,
) -> Result<StatusCode, Refusal> {
    let epoch = history.epoch()?;
    services.store.execute(DeleteMessage { by: caller.being, space, message, epoch }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn stop(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
) -> Result<StatusCode, Refusal> {
    services.store.execute(StopAnswer { by: caller.being, space, message }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn retry(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
) -> Result<axum::Json<Intention>, Refusal> {
    Ok(axum::Json(services.store.execute(RetryAnswer { by: caller.being, space, message }).await?))
}

pub async fn versions(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
) -> Result<axum::Json<Vec<AnswerVersion>>, Refusal> {
    let store = services.store.as_ref();
    let versions = store.versions(&space, message).await?.for_being(store, &caller.being).await?;
    Ok(axum::Json(versions.ok_or(Refusal::UnknownMessage)?))
}

pub async fn failure(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path((space, message)): Path<(SpaceId, MessageId)>,
) -> Result<axum::Json<FailureDetail>, Refusal> {
    let store = services.store.as_ref();
    let detail = failure_for(store, &caller.being, &space, message).await?;
    Ok(axum::Json(FailureDetail { detail }))
}
