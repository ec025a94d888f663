//! From the open store to the last byte flushed.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::TaskTracker;

use crate::{connection, router::router, services::Services, wire};

/// Streams and requests that have not ended by then are cut. Together with closing the database this
/// stays within the five seconds that whoever stops us grants.
const FLUSH_MAX: Duration = Duration::from_secs(3);
/// Before the next attempt, where a connection cannot be accepted: the process has too many open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// Serves until `shutdown` is done; then finishes what was begun, flushes every stream what was
/// committed, and closes the store. Returns what `shutdown` did.
pub async fn serve<Reason>(
    listener: TcpListener,
    services: Arc<Services>,
    shutdown: impl Future<Output = Reason>,
) -> Reason {
    let (stopping, _) = watch::channel(false);
    let connections = TaskTracker::new();
    let accepting = tokio::spawn(accept(
        listener,
        router(services.clone()),
        stopping.subscribe(),
        connections.clone(),
    ));
    let reason = shutdown.await;
    tracing::info!("stopping");
    let _ = stopping.send(true);
    let _ = accepting.await;
    // First the store: what it still commits is published before the streams end.
    services.store.close().await;
    services.hub.close();
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
                connections.spawn(converse(socket, router, stopping, connections.clone()));
            }
            // It had gone before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(
    socket: TcpStream,
    router: Router,
    stopping: watch::Receiver<bool>,
    connections: TaskTracker,
) {
    // Small writes are the whole point; they must not wait for each other.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "a socket keeps its delay");
    }
    if let Some((socket, head, stream)) = connection::serve(socket, router, stopping).await {
        // A task of its own, which is a fraction of what a connection takes.
        connections.spawn(wire::write_answer(socket, head, stream));
    }
}
