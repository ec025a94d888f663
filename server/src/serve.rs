//! From the open store to the last byte flushed.

use std::{io, sync::Arc, time::Duration};

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::{router::router, services::Services};

/// Streams and requests that have not ended by then are cut. Together with closing the database this
/// stays within the five seconds that whoever stops us grants.
const FLUSH_MAX: Duration = Duration::from_secs(3);

/// Serves until `shutdown` is done; then finishes what was begun, flushes every stream what was
/// committed, and closes the store.
pub async fn serve(
    listener: TcpListener,
    services: Arc<Services>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    // Small writes are the whole point; they must not wait for each other.
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket keeps its delay");
        }
    });
    let server = axum::serve(listener, router(services.clone()).into_make_service())
        .with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|is_stopping| *is_stopping).await;
        });
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => return ended.unwrap_or_else(|panic| Err(io::Error::other(panic))),
        () = shutdown => {}
    }
    tracing::info!("stopping");
    let _ = stopping.send(true);
    // First the store: what it still commits is published before the streams end.
    services.store.close().await;
    services.hub.close();
    match tokio::time::timeout(FLUSH_MAX, &mut server).await {
        Ok(ended) => ended.unwrap_or_else(|panic| Err(io::Error::other(panic))),
        Err(_) => {
            tracing::warn!("some connections were cut");
            server.abort();
            Ok(())
        }
    }
}
