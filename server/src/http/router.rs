//! The whole route table, on one page. A command's method and path are those of its [`Endpoint`]; what
//! a browser opens by its address stands here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    handler::Handler,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_LENGTH, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on, post},
};
use protocol::{
    Endpoint, Method,
    endpoint::{
        AcceptInvite, DeleteIntention, DeleteMember, DeleteProvider, DeleteReaction, DeleteSession,
        DeleteSpace, GetDirectory, GetFailure, GetHistory, GetInbox, GetIntention, GetModels,
        GetProviders, GetSearch, GetSession, GetSettings, GetSpaces, GetStream, GetVersions,
        JoinSpace, PatchBeing, PatchIntention, PatchSpace, PostAccount, PostBeing, PostColours,
        PostDirect, PostIntention, PostInvite, PostSession, PostSpace, PutLevel, PutProvider,
        PutReaction, PutRead, RetryAnswer, StopAnswer,
    },
    limits::{BODY_MAX_BYTES, transfer_seconds},
};
use tower::ServiceBuilder;
use tower_http::{
    LatencyUnit,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutBody,
    trace::{DefaultOnResponse, TraceLayer},
    validate_request::ValidateRequestHeaderLayer,
};
use tracing::Span;

use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{
        api::{
            accounts, beings, colours, inbox, intentions, invites, providers, reactions, search,
            session, spaces, stream,
        },
        assets, host, markdown_chunk, pages, service_worker,
    },
};

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");
/// A request that is not answered within this time, because its body does not arrive, is refused.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// The prefix of every route of the API. Below it, everything is answered in JSON.
const API: &str = "/api";

pub fn router(services: Arc<AppState>) -> Router {
    // Pages are rendered on the runtime that serves them. A second router finds it set already.
    let _ = any_spawner::Executor::init_tokio();

    let api = Api(Router::new())
        .serve::<GetStream, _>(stream::follow)
        .serve::<PostAccount, _>(accounts::create)
        .serve::<GetSession, _>(session::show)
        .serve::<PostSession, _>(session::start)
        .serve::<DeleteSession, _>(session::end)
        .serve::<GetSpaces, _>(spaces::list)
        .serve::<PostSpace, _>(spaces::create)
        .serve::<GetSearch, _>(search::search)
        .serve::<PatchSpace, _>(spaces::change)
        .serve::<DeleteSpace, _>(spaces::delete)
        .serve::<PostDirect, _>(spaces::begin_direct)
        .serve::<GetDirectory, _>(spaces::directory)
        .serve::<JoinSpace, _>(spaces::join)
        .serve::<PostInvite, _>(invites::create)
        .serve::<AcceptInvite, _>(invites::accept)
        .serve::<GetHistory, _>(intentions::history)
        .serve::<PostIntention, _>(intentions::send)
        .serve::<GetIntention, _>(intentions::show)
        .serve::<PatchIntention, _>(intentions::edit)
        .serve::<DeleteIntention, _>(intentions::delete)
        .serve::<StopAnswer, _>(intentions::stop)
        .serve::<RetryAnswer, _>(intentions::retry)
        .serve::<GetFailure, _>(intentions::failure)
        .serve::<GetVersions, _>(intentions::versions)
        .serve::<PutRead, _>(inbox::mark_read)
        .serve::<PutLevel, _>(inbox::set_level)
        .serve::<GetInbox, _>(inbox::follow)
        .serve::<PutReaction, _>(reactions::add)
        .serve::<DeleteReaction, _>(reactions::remove)
        .serve::<PostColours, _>(colours::colour)
        .serve::<PostBeing, _>(beings::add)
        .serve::<DeleteMember, _>(beings::remove)
        .serve::<PatchBeing, _>(beings::change)
        .serve::<GetSettings, _>(beings::settings)
        .serve::<GetProviders, _>(providers::list)
        .serve::<PutProvider, _>(providers::put)
        .serve::<DeleteProvider, _>(providers::remove)
        .serve::<GetModels, _>(providers::models)
        .0
        .fallback(async || Refusal::UnknownRoute)
        .method_not_allowed_fallback(async || Refusal::WrongMethod);

    // For people: pages, and forms that lead to a page.
    let pages = Router::new()
        .route("/", get(pages::home::show))
        .route("/sign-up", get(pages::sign_up::show).post(pages::sign_up::submit))
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::submit))
        .route("/sign-out", post(pages::home::sign_out))
        .route("/me", post(pages::home::rename_me))
        .route("/spaces", post(pages::home::create_space))
        .route("/search", get(pages::search::show))
        .route("/spaces/{space}", get(pages::space::show).post(pages::space::send))
        .route("/spaces/{space}/join", post(pages::directory::join))
        .route(
            "/spaces/{space}/settings",
            get(pages::space_settings::show).post(pages::space_settings::change),
        )
        .route("/spaces/{space}/delete", post(pages::space_settings::delete))
        .route("/directory", get(pages::directory::show))
        .route("/direct", get(pages::direct::show).post(pages::direct::begin))
        .route("/spaces/{space}/history", get(pages::history::show))
        .route("/spaces/{space}/beings/new", get(pages::beings::show_new).post(pages::beings::add))
        .route(
            "/spaces/{space}/beings/{being}",
            get(pages::beings::show).post(pages::beings::change),
        )
        .route("/spaces/{space}/beings/{being}/remove", post(pages::beings::remove))
        .route("/providers", get(pages::providers::show).post(pages::providers::put))
        .route("/providers/{name}/remove", post(pages::providers::remove))
        .route("/invites/{token}", get(pages::invite::show).post(pages::invite::accept))
        .route("/help", get(pages::help::index))
        .route("/help/{page}", get(pages::help::page))
        .route("/sw.js", get(service_worker::worker))
        .route(service_worker::SCRIPT, get(service_worker::device))
        .route(service_worker::UNSENT_SCRIPT, get(service_worker::unsent))
        .route(service_worker::ANCHOR, get(service_worker::anchor))
        .route(service_worker::COLOURS, get(service_worker::colours))
        .route(service_worker::REACTIONS, get(service_worker::reactions))
        .route(service_worker::ACTIONS, get(service_worker::actions))
        .route(service_worker::SEARCH, get(service_worker::search))
        .route(pages::style::PATH, get(pages::style::show))
        .route(service_worker::EMOJI, get(service_worker::emoji))
        .route(&markdown_chunk::PATH, get(markdown_chunk::show))
        .route(service_worker::SHELL, get(pages::app_shell::show))
        .method_not_allowed_fallback(async || Refusal::WrongMethod)
        // Compresses the page of a space to an eighth. Never the stream, whose events would wait for more.
        .layer(CompressionLayer::new());

    // Each of these is one service, because axum boxes each layer of its own for every route. The first
    // layer is the outermost.
    let of_routes = ServiceBuilder::new()
        .layer(middleware::from_fn(limit))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        // Commands that another site's page makes a browser send: `Sec-Fetch-Site` where the browser
        // sends it, else `Origin` against `Host`. A program sends neither and is let through.
        .layer(CsrfLayer::new().with_rejection_response(|_| Refusal::CrossOrigin.into_response()));
    let of_everything = ServiceBuilder::new()
        // Outside of the layer that sets it: only an id that a proxy gave goes back to the proxy.
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(RequestNumbers::default()))
        // One line for each answer; a stream's is written when it opens.
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(DefaultOnResponse::new().latency_unit(LatencyUnit::Micros))
                .on_eos(())
                .on_failure(()),
        )
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, NO_SNIFFING))
        // An answer may show what one person may see, at one moment, unless it says otherwise.
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, NO_STORE))
        .layer(middleware::from_fn_with_state(services.clone(), pages::render_refusals))
        .layer(CatchPanicLayer::custom(|_| Refusal::Unavailable.into_response()))
        .layer(ValidateRequestHeaderLayer::custom(check_host));

    pages
        .nest(API, api)
        .layer(of_routes)
        .fallback_service(assets::files(&services.site))
        .layer(of_everything)
        .with_state(services)
}

/// The routes of the API.
struct Api(Router<Arc<AppState>>);

impl Api {
    fn serve<E: Endpoint, T: 'static>(self, handler: impl Handler<T, Arc<AppState>>) -> Self {
        let method = match E::METHOD {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Patch => MethodFilter::PATCH,
            Method::Delete => MethodFilter::DELETE,
        };
        Self(self.0.route(E::ROUTE.strip_prefix(API).unwrap_or(E::ROUTE), on(method, handler)))
    }
}

/// Refuses a body whose declared length is too large, whether or not it would be read, and a body
/// that does not arrive in time. A stream is answered in time, too, and then may go on for ever.
async fn limit(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|bytes| bytes > BODY_MAX_BYTES) {
        return Refusal::TooLarge.into_response();
    }
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let request = if is_chunked { request.map(with_patience) } else { request };
    match tokio::time::timeout(answer_max(length, is_chunked), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::TooSlow.into_response(),
    }
}

/// A body without a declared length must not be silent for long.
fn with_patience(body: Body) -> Body {
    Body::new(TimeoutBody::new(ANSWER_MAX, body))
}

/// How long a request may take until it is answered. A body without a declared length may have the
/// largest.
fn answer_max(length: Option<usize>, is_chunked: bool) -> Duration {
    let bytes = length.unwrap_or(if is_chunked { BODY_MAX_BYTES } else { 0 });
    ANSWER_MAX + Duration::from_secs(transfer_seconds(bytes))
}

#[expect(clippy::result_large_err, reason = "tower-http's layer takes a response")]
fn check_host(request: &mut Request) -> Result<(), Response> {
    host::check(request).map_err(IntoResponse::into_response)
}

/// Names the route, not the path: the path of an invite holds its token.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("a file", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    tracing::debug_span!("request", method = %request.method(), route, id)
}

/// Numbers the requests since the start. An id that a proxy gave is kept.
#[derive(Clone, Default)]
struct RequestNumbers(Arc<AtomicU64>);

impl MakeRequestId for RequestNumbers {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        Some(RequestId::new(HeaderValue::from(self.0.fetch_add(1, Ordering::Relaxed))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_a_second_more_for_each_kib() {
        for (length, is_chunked, seconds) in [
            (None, false, 30),
            (Some(0), false, 30),
            (Some(1), false, 31),
            (Some(1024), false, 31),
            (Some(60_100), false, 30 + 59),
            (Some(BODY_MAX_BYTES), false, 30 + 256),
            (None, true, 30 + 256),
        ] {
            let given = answer_max(length, is_chunked).as_secs();
            assert_eq!(given, seconds, "{length:?} {is_chunked}");
        }
    }
}
