//! `GET /api/stream`: a subscription to one space.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use protocol::{Since, SpaceId};
use serde::Deserialize;

use crate::{
    app_state::AppState,
    delivery::{stream::Stream, takeover::event_stream},
    domain::refusal::Refusal,
    http::{auth::Caller, extract::Query},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    space_id: Option<String>,
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
    let space = request.space_id.ok_or_else(|| Refusal::Malformed("spaceId is missing.".into()))?;
    let space: SpaceId = space.parse()?;
    let since = since(&headers, request.since)?;
    caller.must_be(request.being.as_deref().map(str::as_bytes))?;

    // Subscribed before anything is read: a sign-out that is committed in between is seen by one or
    // the other. So is the end of a membership, which the stream checks itself.
    let listener = services.hub.listen(&space, caller.being.clone(), caller.session.clone());
    services.store.session(&caller.session).await?.ok_or(Refusal::NoSession)?;
    let stream = Stream::open(services.store.clone(), listener, space, since).await?;
    Ok(answer(&services, stream))
}

/// The response that a stream is the body of.
pub(super) fn answer(services: &AppState, stream: Stream) -> Response {
    let (detached, body) = event_stream(stream);
    let date = services.clock.now().to_http_date();
    let date = date.map(|date| [(header::DATE, date)]);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (detached, headers, AppendHeaders(date.into_iter().flatten()), body).into_response()
}

/// `Last-Event-ID` wins over the URL. Some clients send it empty, which means none.
pub(super) fn since(headers: &HeaderMap, in_url: Option<String>) -> Result<Option<Since>, Refusal> {
    let in_header = match headers.get("last-event-id").map(|value| value.to_str()) {
        Some(Ok("")) | None => None,
        Some(Ok(text)) => Some(text.to_owned()),
        Some(Err(_)) => return Err(Refusal::Malformed("Last-Event-ID is not text.".into())),
    };
    let text = in_header.or(in_url.filter(|text| !text.is_empty()));
    Ok(text.map(|text| text.parse()).transpose()?)
}
