//! The take-over of the socket: the only door through which a connection leaves hyper.
//!
//! hyper serves a connection until a request is answered with an event stream. Then the socket is taken
//! from hyper, whose parser and buffers are freed, and [`socket`](super::socket) writes to it. That is
//! why an idle stream costs a few KiB, and an event one `write` per listener.
//!
//! This forbids, for as long as it stands:
//! - **HTTP/2** (and HTTP/3) in this process: there a stream is one of many on a connection, and cannot
//!   be had without the others.
//! - **TLS in this process**: a socket under TLS takes records of the connection's own state, not the
//!   bytes that all listeners share. A reverse proxy terminates TLS.
//! - **Layers that wrap response bodies** (compression, say) on the route of the stream: they never see
//!   these bytes.
//!
//! Whatever needs one of these leaves [`event_stream`]'s body in place and does not call [`serve`]: the
//! body sends the same frames, through any HTTP server, at that server's price.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use axum::{
    Extension, Router, body::Body, extract::ConnectInfo, http::response::Parts, response::Response,
};
use futures::{future::BoxFuture, stream::unfold};
use hyper::{Method, Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::{socket, stream::Stream};

/// A connection that has sent no complete request head by then is closed; nor does one idle for longer.
/// Proxies keep theirs for a minute (nginx), and must not find one closed that they mean to use.
const HEAD_MAX: Duration = Duration::from_secs(75);

/// A stream that leaves the connection with its response, for the first that takes it: [`serve`], which
/// has the socket, or the body.
#[derive(Clone)]
pub struct DetachedStream(Arc<Mutex<Option<Stream>>>);

impl DetachedStream {
    fn take(&self) -> Option<Stream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The parts of a response that answers with a stream. [`serve`] takes the stream out of the extension,
/// and writes to the socket; the body is for a server without a socket to take over.
pub fn event_stream(stream: Stream) -> (Extension<DetachedStream>, Body) {
    let detached = DetachedStream(Arc::new(Mutex::new(Some(stream))));
    let frames = unfold((detached.clone(), None), async |(detached, stream)| {
        let mut stream = stream.or_else(|| detached.take())?;
        let bytes = stream.next().await?;
        Some((Ok::<_, Infallible>(bytes), (detached, Some(stream))))
    });
    (Extension(detached), Body::from_stream(frames))
}

/// Serves an HTTP/1 connection to its end, or until `stopping` says that the request under way is the
/// last. Where a stream begins, a task of its own writes it to the socket.
pub async fn serve(
    socket: TcpStream,
    router: Router,
    stopping: watch::Receiver<bool>,
    connections: TaskTracker,
) {
    // Small writes must not wait for each other.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "a socket keeps its delay");
    }
    if let Some((socket, head, stream)) = serve_requests(socket, router, stopping).await {
        // This task is a fraction of the size of the one that serves requests.
        connections.spawn(socket::write_response(socket, socket::head_of(&head), stream));
    }
}

/// Returns the socket, and what is to be written to it, once a stream begins.
async fn serve_requests(
    socket: TcpStream,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> Option<(TcpStream, Parts, Stream)> {
    let taken = Taken::default();
    let peer = socket.peer_addr().ok().map(ConnectInfo);
    let service = service_fn(|mut request: Request<Incoming>| {
        peer.map(|peer| request.extensions_mut().insert(peer));
        respond(router.clone(), request, taken.clone())
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .serve_connection(TokioIo::new(socket), service);

    let mut is_stopping = false;
    let (head, stream) = loop {
        let ended = poll_fn(|context| {
            let polled = Pin::new(&mut connection).poll(context);
            let stream = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
            match (stream, polled) {
                (Some(stream), _) => Poll::Ready(Some(stream)),
                // A client that breaks off is not an error.
                (None, polled) => polled.map(|_| None),
            }
        });
        tokio::select! {
            stream = ended => break stream?,
            _ = stopping.wait_for(|is_stopping| *is_stopping), if !is_stopping => {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    Some((connection.into_parts().io.into_inner(), head, stream))
}

/// The head of a response and its stream, once the socket can be taken from hyper.
type Taken = Arc<Mutex<Option<(Parts, Stream)>>>;

fn respond(
    router: Router,
    request: Request<Incoming>,
    taken: Taken,
) -> BoxFuture<'static, Result<Response, Infallible>> {
    Box::pin(async move {
        // The response to HEAD has the same head, and no body.
        let is_head = *request.method() == Method::HEAD;
        let mut response = router.oneshot(request.map(Body::new)).await?;
        let detached = response.extensions_mut().remove::<DetachedStream>().filter(|_| !is_head);
        let Some(stream) = detached.and_then(|detached| detached.take()) else {
            return Ok(response);
        };
        let (head, _) = response.into_parts();
        // hyper never gets a response: the connection is taken from it as soon as this is seen.
        *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some((head, stream));
        pending().await
    })
}
