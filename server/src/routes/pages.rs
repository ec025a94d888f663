//! The pages: rendered here with what they show, so that the first paint waits for nothing.

use std::sync::Arc;

use app::{backend::BackendPort, protocol::SpaceId, shell::shell};
use axum::{
    body::Body,
    extract::{Path, Query, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Redirect, Response},
};
use leptos::{
    nonce::{Nonce, use_nonce},
    prelude::{expect_context, provide_context},
};
use leptos_axum::ResponseOptions;
use serde::Deserialize;

use crate::{
    backend::InProcess,
    refusal::Refusal,
    routes::forms::sign_in_first,
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
) -> Response {
    if caller.is_none() {
        return sign_in_first(&format!("/spaces/{space}"));
    }
    let status = space.parse::<SpaceId>().map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK);
    render(services, caller, status, request).await
}

pub async fn invite(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    request: Request,
) -> Response {
    render(services, caller, StatusCode::OK, request).await
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
    let is_production = reload.is_none();
    let render = leptos_axum::render_app_async_with_context(
        move || {
            let response = expect_context::<ResponseOptions>();
            let backend = InProcess::new(services.clone(), caller.clone(), response.clone());
            provide_context(BackendPort(Arc::new(backend)));
            if let Some(nonce) = use_nonce().filter(|_| is_production) {
                let policy = content_security_policy(&nonce);
                response.insert_header(CONTENT_SECURITY_POLICY, policy);
            }
        },
        move || shell(assets.clone(), reload.clone()),
    );
    let mut response = render(request).await;
    if status != StatusCode::OK {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    // A page shows what one person may see, at one moment.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // An invite's address is a secret.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Nothing runs on our pages but what we put there. Styles may stand on elements: an avatar's colour
/// does.
fn content_security_policy(nonce: &Nonce) -> HeaderValue {
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a nonce is base64")
}
