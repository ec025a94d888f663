//! The pages: rendered here with what they show, so that the first paint waits for nothing.

use std::sync::Arc;

use app::{backend::BackendPort, protocol::SpaceId, shell::shell};
use axum::{
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;
use serde::Deserialize;

use crate::{
    backend::InProcess,
    chance::Token,
    policy,
    refusal::Refusal,
    services::Services,
    session::{Caller, Visitor},
};

pub async fn home(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    request: Request,
) -> Result<Response, Refusal> {
    if caller.is_none() {
        let is_founded = services.store.has_accounts().await?;
        let door = if is_founded { "/sign-in" } else { "/sign-up?first" };
        return Ok(Redirect::to(door).into_response());
    }
    Ok(render(services, caller, StatusCode::OK, request).await)
}

#[derive(Deserialize)]
pub struct First {
    first: Option<String>,
}

pub async fn sign_up(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Query(First { first }): Query<First>,
    request: Request,
) -> Result<Response, Refusal> {
    if first.is_some() && services.store.has_accounts().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    Ok(render(services, caller, StatusCode::OK, request).await)
}

pub async fn sign_in(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    request: Request,
) -> Result<Response, Refusal> {
    if !services.store.has_accounts().await? {
        return Ok(Redirect::to("/sign-up?first").into_response());
    }
    Ok(render(services, caller, StatusCode::OK, request).await)
}

pub async fn space(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Path(space): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let Some(known) = &caller else {
        let next = serde_urlencoded::to_string([("next", format!("/spaces/{space}"))]);
        return Ok(Redirect::to(&format!("/sign-in?{}", next.unwrap_or_default())).into_response());
    };
    let status = match space.parse::<SpaceId>() {
        Ok(space) => {
            let standing = services.store.standing(&space, &known.actor.id).await?;
            policy::may_take_part(standing)
                .map_or_else(|refusal| refusal.status(), |()| StatusCode::OK)
        }
        Err(_) => StatusCode::NOT_FOUND,
    };
    Ok(render(services, caller, status, request).await)
}

pub async fn invite(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let status = match services.store.invited_to(&Token::presented(&token).hash()).await {
        Ok(_) => StatusCode::OK,
        Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
        Err(refusal) => refusal.status(),
    };
    Ok(render(services, caller, status, request).await)
}

pub async fn nothing(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    request: Request,
) -> Response {
    render(services, caller, StatusCode::NOT_FOUND, request).await
}

async fn render(
    services: Arc<Services>,
    caller: Option<Caller>,
    status: StatusCode,
    request: Request<Body>,
) -> Response {
    let (assets, reload) = (services.site.assets.clone(), services.site.reload.clone());
    let port = BackendPort(Arc::new(InProcess::new(services, caller)));
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(port.clone()),
        move || shell(assets.clone(), reload.clone()),
    );
    let mut response = render(request).await;
    if status != StatusCode::OK {
        *response.status_mut() = status;
    }
    // A page shows what one person may see, at one moment.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
