//! An event stream on its socket: the head of the response, then each frame as it comes. The end of the
//! connection is the end of the body (RFC 9112, section 6.3), so a frame is written as it was encoded
//! for all, without chunked framing.
//!
//! Always true:
//! - Frames that a reader has yet to take wait in the replay buffer that all share. Of its own it has at
//!   most one batch here, [`UNSENT_MAX_BYTES`] in its socket, and what is on its way. While it is
//!   parked, it has nothing here.
//! - A frame is written whole, or the connection ends with it.

use std::{
    future::poll_fn,
    io,
    net::Shutdown,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::http::response::Parts;
use bytes::{Buf, Bytes, BytesMut};
use socket2::SockRef;
use tokio::net::TcpStream;

use super::{stream::Stream, subscriber::Sink};

/// The most that a socket holds and has not sent yet.
const UNSENT_MAX_BYTES: u32 = 16 * 1024;
/// The most that is gathered into one write; a larger frame goes alone.
const BATCH_MAX_BYTES: usize = 16 * 1024;
const TERMINATED: io::ErrorKind = io::ErrorKind::ConnectionAborted;

/// Carries a stream to its reader.
pub trait Socket: Sink {
    /// Ready when another write may succeed.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready once the reader has closed its side.
    fn poll_closed(&self, context: &mut Context<'_>) -> Poll<()>;
}

/// Writes the head of a response, and its stream until that ends or its reader is gone.
pub(super) async fn write_response(socket: TcpStream, head: Bytes, stream: Stream) {
    if let Err(error) = SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_MAX_BYTES) {
        tracing::debug!(%error, "a socket buffers without a limit of ours");
    }
    let socket = Arc::new(socket);
    let outcome = write(&socket, head, stream).await;
    let socket = SockRef::from(socket.as_ref());
    // A reader may be gone at any time, so a failure here does not matter.
    let _ = match outcome {
        Ok(()) => socket.shutdown(Shutdown::Write),
        // A terminated reader does not even get what its socket still holds.
        Err(error) if error.kind() == TERMINATED => socket.set_linger(Some(Duration::ZERO)),
        Err(_) => Ok(()),
    };
}

/// Writes `first`, and then the stream. An error means that the reader is gone, or was terminated in
/// the middle of a frame.
pub async fn write<S: Socket>(socket: &Arc<S>, first: Bytes, mut stream: Stream) -> io::Result<()> {
    let sink: Arc<dyn Sink> = socket.clone();
    let mut next = Some(first);
    while let Some(bytes) = next {
        write_whole(socket.as_ref(), gathered(bytes, &mut stream), &stream).await?;
        let mut following = pin!(stream.next_or_push(&sink));
        next = poll_fn(|context| match socket.poll_closed(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe))),
            Poll::Pending => following.as_mut().poll(context).map(Ok),
        })
        .await?;
    }
    Ok(())
}

/// Joins small frames that are ready: a socket costs by the write. A large frame is the same bytes for
/// all readers, and is not copied.
fn gathered(first: Bytes, stream: &mut Stream) -> Bytes {
    let rest = |taken: usize| BATCH_MAX_BYTES.saturating_sub(taken);
    let Some(second) = stream.take_ready(rest(first.len())) else { return first };
    let mut together = BytesMut::from(first);
    together.extend_from_slice(&second);
    while let Some(frame) = stream.take_ready(rest(together.len())) {
        together.extend_from_slice(&frame);
    }
    together.freeze()
}

/// Holds the bytes no longer than needed. A reader that is terminated meanwhile gets no more, not even
/// the rest of a frame: its connection breaks off, and it is refused in words when it reconnects.
async fn write_whole(socket: &impl Socket, mut bytes: Bytes, stream: &Stream) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.try_write(&bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes.advance(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll_fn(|context| match stream.poll_terminated(context) {
                    Poll::Ready(()) => Poll::Ready(Err(TERMINATED.into())),
                    Poll::Pending => socket.poll_writable(context),
                })
                .await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Sink for TcpStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }
}

impl Socket for TcpStream {
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(context)
    }

    fn poll_closed(&self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if ready!(self.poll_read_ready(context)).is_err() {
                return Poll::Ready(());
            }
            // A reader sends nothing more; if it does, that is discarded.
            match self.try_read(&mut [0; 256]) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => return Poll::Ready(()),
            }
        }
    }
}

/// As it is sent. The headers themselves are a kilobyte that no idle stream needs.
pub(super) fn head_of(head: &Parts) -> Bytes {
    let mut text = format!("HTTP/1.1 {}\r\nconnection: close\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.into()
}
