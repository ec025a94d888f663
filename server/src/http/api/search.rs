//! `/api/search`: what was said in the caller's spaces.

use std::sync::Arc;

use axum::extract::State;
use protocol::{BeingId, SearchAnswer, SpaceId, limits::PAGE_DEFAULT_MESSAGES};
use serde::Deserialize;

use super::intentions;
use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{auth::Caller, extract::Query},
    search::{MalformedPosition, Position},
    store::Search,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    q: String,
    space_id: Option<SpaceId>,
    by: Option<BeingId>,
    before: Option<String>,
    limit: Option<String>,
}

pub async fn search(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Query(question): Query<Question>,
) -> Result<axum::Json<SearchAnswer>, Refusal> {
    let limit =
        question.limit.map_or(Ok(PAGE_DEFAULT_MESSAGES), |text| intentions::limit(&text))?;
    let search = Search {
        being: caller.being,
        query: question.q.parse()?,
        space: question.space_id,
        author: question.by,
        before: question.before.map(|text| position(&text)).transpose()?,
        limit,
    };
    Ok(axum::Json(services.search(&search).await?))
}

/// Where a page begins, as the page before says it.
pub fn position(text: &str) -> Result<Position, Refusal> {
    let malformed = |MalformedPosition| {
        Refusal::Malformed("before is not the next of another page.".to_owned())
    };
    text.parse().map_err(malformed)
}
