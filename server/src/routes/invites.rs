//! `/api/spaces/{space}/invites` and `/api/invites/{token}`

use std::sync::Arc;

use app::protocol::{Being, Invite, SpaceId};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::HOST},
};

use crate::{
    chance::Token,
    json::Ids,
    refusal::Refusal,
    services::Services,
    session::{Caller, is_behind_tls},
};

pub async fn make(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(space): Ids<SpaceId>,
    headers: HeaderMap,
) -> Result<(StatusCode, axum::Json<Invite>), Refusal> {
    let token = services.chance.token();
    services.store.make_invite(&caller.actor, &space, token.hash()).await?;
    let token = token.as_str().to_owned();
    let url = format!("{}/invites/{token}", origin(&headers));
    Ok((StatusCode::CREATED, axum::Json(Invite { token, url })))
}

pub async fn accept(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(token): Ids<String>,
) -> Result<axum::Json<Being>, Refusal> {
    let token = Token::presented(&token).hash();
    Ok(axum::Json(services.store.accept_invite(&caller.actor, token).await?))
}

/// Where the caller reached us: the link it makes is for people who reach us there too.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or(text(HOST.as_str())).unwrap_or("localhost");
    format!("{}://{host}", if is_behind_tls(headers) { "https" } else { "http" })
}
