//! An event stream on its socket: the head of the answer, then each frame as it comes. The end of the
//! connection is the end of the body (RFC 9112, section 6.3), so a frame is written as it was encoded
//! for all, without a framing of its own.
//!
//! Always true:
//! - What a reader has yet to take waits in the ring that all share. Of its own it has at most one
//!   batch here, [`UNSENT_MAX_BYTES`] in its socket, and what is on its way. While it rests, it has
//!   nothing.
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

use crate::{hub::Outlet, stream::Stream};

/// So much may lie in a socket and not be on its way yet.
const UNSENT_MAX_BYTES: u32 = 16 * 1024;
/// So much that is ready is written at once; a frame that is larger goes alone.
const BATCH_MAX_BYTES: usize = 16 * 1024;
const SENT_AWAY: io::ErrorKind = io::ErrorKind::ConnectionAborted;

/// What a stream is written to.
pub trait Socket: Outlet {
    /// Ready when it may be worthwhile to try again.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready once the reader has closed its side.
    fn poll_gone(&self, context: &mut Context<'_>) -> Poll<()>;
}

/// Writes an answer's head, and its stream until that ends or its reader has gone.
pub async fn write_answer(socket: TcpStream, head: Parts, stream: Stream) {
    if let Err(error) = SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_MAX_BYTES) {
        tracing::debug!(%error, "a socket takes as much as it likes");
    }
    let socket = Arc::new(socket);
    let outcome = write(&socket, head_of(&head), stream).await;
    let socket = SockRef::from(socket.as_ref());
    // Readers come and go: what does not work here any more need not.
    let _ = match outcome {
        Ok(()) => socket.shutdown(Shutdown::Write),
        // Not even what lies in the socket still goes to who was sent away.
        Err(error) if error.kind() == SENT_AWAY => socket.set_linger(Some(Duration::ZERO)),
        Err(_) => Ok(()),
    };
}

/// Writes `first`, and then the stream. An error is a reader that has gone, or was sent away in the
/// middle of a frame.
pub async fn write<S: Socket>(socket: &Arc<S>, first: Bytes, mut stream: Stream) -> io::Result<()> {
    let outlet: Arc<dyn Outlet> = socket.clone();
    let mut next = Some(first);
    while let Some(bytes) = next {
        write_whole(socket.as_ref(), gathered(bytes, &mut stream), &stream).await?;
        let mut following = pin!(stream.next_through(&outlet));
        next = poll_fn(|context| match socket.poll_gone(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe))),
            Poll::Pending => following.as_mut().poll(context).map(Ok),
        })
        .await?;
    }
    Ok(())
}

/// What is small and ready goes together: a socket costs by the write. What is large is the same
/// bytes for everybody, and not copied.
fn gathered(first: Bytes, stream: &mut Stream) -> Bytes {
    let room = |taken: usize| BATCH_MAX_BYTES.saturating_sub(taken);
    let Some(second) = stream.take_ready(room(first.len())) else { return first };
    let mut together = BytesMut::from(first);
    together.extend_from_slice(&second);
    while let Some(frame) = stream.take_ready(room(together.len())) {
        together.extend_from_slice(&frame);
    }
    together.freeze()
}

/// Holds the bytes no longer than it takes. Who is sent away meanwhile gets no more, not even the rest
/// of what was begun: its connection breaks off, and it is refused in words when it comes back.
async fn write_whole(socket: &impl Socket, mut bytes: Bytes, stream: &Stream) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.try_write(&bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes.advance(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll_fn(|context| match stream.poll_dismissed(context) {
                    Poll::Ready(()) => Poll::Ready(Err(SENT_AWAY.into())),
                    Poll::Pending => socket.poll_writable(context),
                })
                .await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Outlet for TcpStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }
}

impl Socket for TcpStream {
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(context)
    }

    fn poll_gone(&self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if ready!(self.poll_read_ready(context)).is_err() {
                return Poll::Ready(());
            }
            // A reader has nothing more to say; if it does, nobody minds.
            match self.try_read(&mut [0; 256]) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => return Poll::Ready(()),
            }
        }
    }
}

fn head_of(head: &Parts) -> Bytes {
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
