//! An event stream on its socket: the head of the answer, then its body as it comes. The end of the
//! connection is the end of the body (RFC 9112, section 6.3), so a frame is written as it was encoded
//! for all, without a framing of its own.
//!
//! Always true:
//! - What a reader has yet to take waits in the ring that all share. Of its own it has at most one
//!   batch here, [`UNSENT_MAX_BYTES`] in its socket, and what is on its way.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{body::BodyDataStream, http::response::Parts, response::Response};
use bytes::{Buf, Bytes};
use futures::Stream;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use socket2::SockRef;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// So much may lie in a socket and not be on its way yet.
const UNSENT_MAX_BYTES: u32 = 16 * 1024;
/// So much that is ready, or one part more, is written at once.
const BATCH_MAX_BYTES: usize = 16 * 1024;
const BATCH_MAX_PARTS: usize = 64;

/// Writes the answer until its body ends, or its reader has gone.
pub async fn write(mut socket: TcpStream, answer: Response) {
    if let Err(error) = SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_MAX_BYTES) {
        tracing::debug!(%error, "a socket takes as much as it likes");
    }
    // Readers come and go; that one has gone is no news.
    let _ = write_all(&mut socket, answer).await;
}

async fn write_all(socket: &mut TcpStream, answer: Response) -> io::Result<()> {
    let (head, body) = answer.into_parts();
    let (mut body, mut batch) = (body.into_data_stream(), Batch::default());
    batch.push(head_of(&head).into());
    // What is ready is gathered before it is written, and what is not ready will wake this task: so
    // an event costs one look at the body, one write, and nothing to wait for.
    poll_fn(|context| {
        loop {
            let mut has_ended = false;
            while batch.has_room() && !has_ended {
                match Pin::new(&mut body).poll_next(context) {
                    Poll::Ready(Some(Ok(bytes))) => batch.push(bytes),
                    Poll::Ready(Some(Err(_)) | None) => has_ended = true,
                    Poll::Pending => break,
                }
            }
            if batch.bytes > 0 {
                ready!(batch.poll_write(socket, context))?;
            } else if has_ended {
                return Poll::Ready(Ok(()));
            } else {
                return poll_gone(socket, context);
            }
        }
    })
    .await?;
    socket.shutdown().await
}

/// Fails once the reader has closed its side.
fn poll_gone(socket: &TcpStream, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    loop {
        ready!(socket.poll_read_ready(context))?;
        // A reader has nothing more to say; if it does, nobody minds.
        match socket.try_read(&mut [0; 256]) {
            Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// What goes to the socket next.
#[derive(Default)]
struct Batch {
    parts: VecDeque<Bytes>,
    bytes: usize,
}

impl Batch {
    fn has_room(&self) -> bool {
        self.bytes < BATCH_MAX_BYTES && self.parts.len() < BATCH_MAX_PARTS
    }

    fn push(&mut self, part: Bytes) {
        self.bytes += part.len();
        self.parts.push_back(part);
    }

    /// Writes as much as the socket takes.
    fn poll_write(
        &mut self,
        socket: &mut TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut slices = [IoSlice::new(&[]); BATCH_MAX_PARTS];
        for (slice, part) in slices.iter_mut().zip(&self.parts) {
            *slice = IoSlice::new(part);
        }
        let slices = &slices[..self.parts.len()];
        let mut written = ready!(Pin::new(socket).poll_write_vectored(context, slices))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.bytes -= written;
        while let Some(part) = self.parts.front_mut() {
            if written < part.len() {
                part.advance(written);
                break;
            }
            written -= part.len();
            self.parts.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

fn head_of(head: &Parts) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {}\r\nconnection: close\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now()) {
        text.extend_from_slice(format!("date: {date}\r\n").as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    text
}
