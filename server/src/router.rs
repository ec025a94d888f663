//! The whole route table, on one page.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use app::protocol::limits::BODY_MAX_BYTES;
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
};

use crate::{
    device, plain,
    refusal::Refusal,
    routes::{
        accounts, beings, forms, intentions, invites, pages, providers, session, spaces, stream,
    },
    services::Services,
    session::same_origin_only,
    site,
};

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");
/// A request that is not answered by then, because its body does not come, never is.
const ANSWER_MAX: Duration = Duration::from_secs(30);

pub fn router(services: Arc<Services>) -> Router {
    // Pages are rendered on the runtime that serves them; a second router finds it set already.
    let _ = any_spawner::Executor::init_tokio();

    let api = Router::new()
        .route("/stream", get(stream::follow))
        .route("/accounts", post(accounts::create))
        .route("/session", get(session::show).post(session::start).delete(session::end))
        .route("/spaces", get(spaces::list).post(spaces::create))
        .route("/spaces/{space}/invites", post(invites::make))
        .route("/invites/{token}", post(invites::accept))
        .route("/spaces/{space}/intentions", get(intentions::history).post(intentions::send))
        .route(
            "/spaces/{space}/intentions/{message}",
            patch(intentions::edit).delete(intentions::delete),
        )
        .route("/spaces/{space}/intentions/{message}/stop", post(intentions::stop))
        .route("/spaces/{space}/intentions/{message}/retry", post(intentions::retry))
        .route("/spaces/{space}/beings", post(beings::add))
        .route("/spaces/{space}/beings/{being}", delete(beings::remove))
        .route("/beings/{being}", patch(beings::change))
        .route("/beings/{being}/settings", get(beings::settings))
        .route("/providers", get(providers::list))
        .route("/providers/{name}", put(providers::put).delete(providers::remove))
        .fallback(async || Refusal::UnknownRoute)
        .method_not_allowed_fallback(async || Refusal::WrongMethod)
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, NO_STORE))
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, NO_SNIFFING));

    // For people: pages, and forms that lead to one.
    let pages = Router::new()
        .route("/", get(plain::home::show))
        .route("/sign-up", get(plain::door::sign_up).post(forms::sign_up))
        .route("/sign-in", get(plain::door::sign_in).post(forms::sign_in))
        .route("/sign-out", post(forms::sign_out))
        .route("/me", post(forms::change_me))
        .route("/spaces", post(forms::create_space))
        .route("/spaces/{space}", get(pages::space))
        .route("/spaces/{space}/beings/new", get(plain::beings::show_new).post(plain::beings::add))
        .route(
            "/spaces/{space}/beings/{being}",
            get(plain::beings::show).post(plain::beings::change),
        )
        .route("/spaces/{space}/beings/{being}/remove", post(plain::beings::remove))
        .route("/providers", get(plain::providers::show).post(plain::providers::put))
        .route("/providers/{name}/remove", post(plain::providers::remove))
        .route("/invites/{token}", get(plain::invite::show).post(forms::accept_invite))
        .route("/help", get(plain::help::index))
        .route("/help/{page}", get(plain::help::page))
        .route("/sw.js", get(device::worker))
        .route(device::SCRIPT, get(device::device))
        .route(device::SHELL, get(pages::nobodys))
        .method_not_allowed_fallback(async || Refusal::WrongMethod)
        // The page of a space is an eighth of it. Never the stream, whose events would wait for more.
        .layer(CompressionLayer::new());

    pages
        .nest("/api", api)
        .layer(middleware::from_fn(same_origin_only))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(middleware::from_fn(within_bounds))
        .fallback_service(site::files(&services.site))
        .layer(CatchPanicLayer::custom(|_| Refusal::Unavailable.into_response()))
        .layer(middleware::from_fn_with_state(services.clone(), plain::refused))
        .layer(middleware::from_fn(log))
        .with_state(services)
}

/// Refuses a body that says that it is too large, whether or not it would be read, and gives up on
/// one that does not come. A stream's answer begins in time; how long it goes on is its own affair.
async fn within_bounds(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.is_some_and(|length| length.parse().is_ok_and(|bytes: usize| bytes > BODY_MAX_BYTES))
    {
        return Refusal::TooLarge.into_response();
    }
    match tokio::time::timeout(ANSWER_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::TooSlow.into_response(),
    }
}

/// One line for each request that was answered; a stream's is written when it opens. It names the
/// route, not the path: an invite's path holds its token.
async fn log(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, began) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let route = route.as_ref().map_or("a file", MatchedPath::as_str);
    tracing::debug!(%method, route, status, ?took);
    response
}
