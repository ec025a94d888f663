//! One HTTP/1 connection. hyper speaks on it until a request is answered with an event stream; then
//! the socket leaves hyper, whose parser and buffers go, and [`wire`](crate::wire) writes to it.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use axum::{Router, body::Body, http::response::Parts, response::Response};
use futures::future::BoxFuture;
use hyper::{Method, Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch};
use tower::ServiceExt;

use crate::stream::{Handle, Stream};

/// Who has sent no whole head by then is let go; nor does a connection idle for longer. Proxies keep
/// theirs for a minute (nginx), and are not to find one closed that they mean to use.
const HEAD_MAX: Duration = Duration::from_secs(75);

/// What takes the socket away, once it is there: the head of an answer, and its stream.
type Taken = Arc<Mutex<Option<(Parts, Stream)>>>;

/// Answers requests until the connection ends, or until `stopping` says that the request under way
/// is the last. Returns the socket, and what is to be written to it, where a stream begins.
pub async fn serve(
    socket: TcpStream,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> Option<(TcpStream, Parts, Stream)> {
    let taken = Taken::default();
    let service = service_fn(|request| answer(router.clone(), request, taken.clone()));
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
                // A client that broke off is no news.
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

fn answer(
    router: Router,
    request: Request<Incoming>,
    taken: Taken,
) -> BoxFuture<'static, Result<Response, Infallible>> {
    Box::pin(async move {
        // The answer to HEAD says the same of itself, and has no body.
        let is_head = *request.method() == Method::HEAD;
        let mut answer = router.oneshot(request.map(Body::new)).await?;
        let stream = answer.extensions_mut().remove::<Handle>().filter(|_| !is_head);
        let Some(stream) = stream.and_then(|handle| handle.take()) else { return Ok(answer) };
        let (head, _) = answer.into_parts();
        // hyper hears no more of it: it goes as soon as this is seen.
        *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some((head, stream));
        pending().await
    })
}
