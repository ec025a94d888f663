//! `/api/spaces/{space}/invites` and `/api/invites/{token}`: links that let somebody into a space.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::HOST},
};
use protocol::{Being, Invite, SpaceId};

use crate::{
    app_state::AppState,
    domain::{
        command::{AcceptInvite, CreateInvite},
        refusal::Refusal,
        token::Token,
    },
    http::{
        auth::{Caller, is_behind_tls},
        extract::Path,
    },
    store::Execute,
};

pub async fn create(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(space): Path<SpaceId>,
    headers: HeaderMap,
) -> Result<(StatusCode, axum::Json<Invite>), Refusal> {
    let token = services.rng.token();
    let new = CreateInvite { by: caller.being, space, token: token.hash() };
    services.store.execute(new).await?;
    let token = token.as_str().to_owned();
    let url = format!("{}/invites/{token}", origin(&headers));
    Ok((StatusCode::CREATED, axum::Json(Invite { token, url })))
}

pub async fn accept(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<axum::Json<Being>, Refusal> {
    let token = Token::presented(&token).hash();
    Ok(axum::Json(services.store.execute(AcceptInvite { by: caller.being, token }).await?))
}

/// The origin at which the caller reaches us. The link is for people who reach us at the same one.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or(text(HOST.as_str())).unwrap_or("localhost");
    format!("{}://{host}", if is_behind_tls(headers) { "https" } else { "http" })
}
