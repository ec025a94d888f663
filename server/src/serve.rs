//! From the open store to the last byte flushed.

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::header::{CONTENT_LENGTH, EXPECT},
    middleware::{self, Next},
    response::Response,
};
use futures::StreamExt;
use protocol::limits::BODY_MAX_BYTES;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::task::TaskTracker;

use crate::{app_state::AppState, delivery::takeover, http::router::router};

/// How long open streams and requests may take to end before they are cut. Together with closing the
/// database this stays within the five seconds that a supervisor usually grants.
const FLUSH_MAX: Duration = Duration::from_secs(3);
/// The pause before the next attempt where no connection can be accepted: too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// How much of a body that is too large is read and dropped, and for how long. A socket that is closed
/// with unread bytes is reset, and the reset may overtake the refusal (RFC 9112, section 9.6).
const DISCARD_MAX_BYTES: usize = 16 * 1024 * 1024;
const DISCARD_MAX: Duration = Duration::from_secs(10);

/// Serves until `shutdown` is done; then finishes the requests under way, flushes what was committed to
/// every stream, and closes the store. Returns the result of `shutdown`.
pub async fn serve<Reason>(
    listener: TcpListener,
    state: Arc<AppState>,
    shutdown: impl Future<Output = Reason>,
) -> Reason {
    let (stopping, _) = watch::channel(false);
    let connections = TaskTracker::new();
    let accepting = tokio::spawn(accept(
        listener,
        router(state.clone()).layer(middleware::from_fn(discard_what_is_too_large)),
        stopping.subscribe(),
        connections.clone(),
    ));
    let reason = shutdown.await;
    tracing::info!("stopping");
    let _ = stopping.send(true);
    let _ = accepting.await;
    // The store goes first: its last commits are published before the streams end.
    state.store.close().await;
    state.hub.close();
    connections.close();
    if tokio::time::timeout(FLUSH_MAX, connections.wait()).await.is_err() {
        tracing::warn!("some connections were cut");
    }
    reason
}

async fn accept(
    listener: TcpListener,
    router: Router,
    mut stopping: watch::Receiver<bool>,
    connections: TaskTracker,
) {
    let may_go_on = stopping.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|is_stopping| *is_stopping) => return,
        };
        match accepted {
            Ok((socket, _)) => {
                let (router, stopping) = (router.clone(), may_go_on.clone());
                let serving = takeover::serve(socket, router, stopping, connections.clone());
                connections.spawn(serving);
            }
            // The client closed the connection before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The router refuses such a request by its head; here only its body goes. A client that waits for
/// `100 Continue` has sent none.
async fn discard_what_is_too_large(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    if length.is_none_or(|length| length <= BODY_MAX_BYTES)
        || request.headers().contains_key(EXPECT)
    {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let discard = async {
        let (mut body, mut discarded) = (body.into_data_stream(), 0);
        while let Some(Ok(bytes)) = body.next().await
            && discarded < DISCARD_MAX_BYTES
        {
            discarded += bytes.len();
        }
    };
    // A client that is slower than this has its refusal, whether or not it can read it.
    let _ = tokio::time::timeout(DISCARD_MAX, discard).await;
    next.run(Request::from_parts(head, Body::empty())).await
}
