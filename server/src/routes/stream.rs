//! `GET /api/stream`

use std::sync::Arc;

use app::protocol::{Since, SpaceId};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use futures::stream::unfold;
use serde::Deserialize;

use crate::{
    json::Query,
    refusal::Refusal,
    services::Services,
    session::Caller,
    stream::{Handle, Stream},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    space_id: Option<String>,
    since: Option<String>,
    /// Who the page means to be, where it can send no header.
    being: Option<String>,
}

pub async fn follow(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let space = wish.space_id.ok_or_else(|| Refusal::Malformed("spaceId is missing.".into()))?;
    let space: SpaceId = space.parse()?;
    let since = since(&headers, wish.since)?;
    if wish.being.is_some_and(|being| !caller.is(being.as_bytes())) {
        return Err(Refusal::NoSession);
    }

    // Subscribed before anything is asked for: a sign-out that is committed in between is seen by
    // one or the other. So is a leave, which the stream asks for itself.
    let listener = services.hub.listen(&space, caller.actor.id.clone(), caller.session.clone());
    services.store.session(&caller.session).await?.ok_or(Refusal::NoSession)?;
    let stream = Stream::open(services.store.clone(), listener, space, since).await?;

    // Who has a socket takes the stream, and writes to it; the body is for who has none.
    let handle = Handle::new(stream);
    let frames = unfold((handle.clone(), None), async |(handle, stream)| {
        let mut stream = stream.or_else(|| handle.take())?;
        let bytes = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), (handle, Some(stream))))
    });
    let date = services.clock.now().to_http_date();
    let date = date.map(|date| [(header::DATE, date)]);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((
        Extension(handle),
        headers,
        AppendHeaders(date.into_iter().flatten()),
        Body::from_stream(frames),
    )
        .into_response())
}

/// `Last-Event-ID` wins over the URL; empty, as some clients send it, it says nothing.
fn since(headers: &HeaderMap, in_url: Option<String>) -> Result<Option<Since>, Refusal> {
    let in_header = match headers.get("last-event-id").map(|value| value.to_str()) {
        Some(Ok("")) | None => None,
        Some(Ok(text)) => Some(text.to_owned()),
        Some(Err(_)) => return Err(Refusal::Malformed("Last-Event-ID is not text.".into())),
    };
    let text = in_header.or(in_url.filter(|text| !text.is_empty()));
    Ok(text.map(|text| text.parse()).transpose()?)
}
