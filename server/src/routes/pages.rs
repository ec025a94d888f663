//! The page of a space: rendered here with what it shows, so that the first paint waits for nothing,
//! and woken in the browser with the very same. And the same page without anything of anybody, which
//! a device keeps to show what it has when there is no network.

use std::sync::Arc;

use app::{backend::Visit, protocol::SpaceId, shell::shell};
use axum::{
    extract::{Request, State},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::Response,
};
use leptos::{
    nonce::{Nonce, use_nonce},
    prelude::expect_context,
};
use leptos_axum::ResponseOptions;

use crate::{
    device,
    json::Ids,
    plain, policy,
    refusal::Refusal,
    routes::forms::sign_in_first,
    services::Services,
    session::{Caller, Visitor},
};

pub async fn space(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids(space): Ids<String>,
    request: Request,
) -> Response {
    let Some(caller) = caller else { return sign_in_first(&format!("/spaces/{space}")) };
    match visit(&services, &caller, &space).await {
        Ok(visit) => {
            let mut response = render(services, Some(visit), request).await;
            // A page shows what one person may see, at one moment.
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(refusal) => plain::sorry(&services.site.assets, &refusal),
    }
}

/// `GET /shell`
pub async fn nobodys(State(services): State<Arc<Services>>, request: Request) -> Response {
    let mut response = render(services, None, request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn visit(services: &Services, caller: &Caller, space: &str) -> Result<Visit, Refusal> {
    let space: SpaceId = space.parse().map_err(|_| Refusal::UnknownSpace)?;
    let (store, id) = (&services.store, &caller.actor.id);
    let me = store.being(id).await?.ok_or(Refusal::NoSession)?;
    let spaces = store.spaces_of(id).await?;
    let (cursor, sync) = store.sync(&space).await?;
    // Asked behind the query, as for a page of history.
    policy::may_take_part(store.standing(&space, id).await?)?;
    Ok(Visit { me, spaces, cursor, sync })
}

async fn render(services: Arc<Services>, visit: Option<Visit>, request: Request) -> Response {
    let (assets, reload) = (services.site.assets.clone(), services.site.reload.clone());
    let is_production = reload.is_none();
    let render = leptos_axum::render_app_async_with_context(
        move || {
            if let Some(nonce) = use_nonce().filter(|_| is_production) {
                let policy = content_security_policy(&nonce);
                let response = expect_context::<ResponseOptions>();
                response.insert_header(CONTENT_SECURITY_POLICY, policy);
            }
        },
        move || shell(assets.clone(), device::SCRIPT, reload.clone(), visit.clone()),
    );
    let mut response = render(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
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
