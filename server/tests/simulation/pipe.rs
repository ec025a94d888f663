//! The connection of one stream from the server to a client: its buffer is bounded, it may be cut,
//! and a proxy on it may lose a frame or repeat it.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use protocol::{BeingId, CaughtUp, Cursor, Seq, Since, SpaceId, SyncEvent};
use server::{
    app_state::AppState,
    delivery::{
        socket::{self, Socket},
        stream::Stream,
        subscriber::Sink,
    },
    domain::{refusal::Refusal, token::Token},
};

use crate::client::parse;

#[derive(Clone)]
pub struct Pipe(Arc<Shared>);

struct Shared(Mutex<Inside>);

struct Inside {
    bytes: VecDeque<u8>,
    capacity_bytes: usize,
    /// The part of a frame that the server has written; the proxy forwards whole frames.
    partial: Vec<u8>,
    /// The client is gone, and the server does not know.
    is_cut: bool,
    end: Option<End>,
    writer: Option<Waker>,
    is_live: bool,
    proxy_fault: Option<ProxyFault>,
    /// Whether the proxy has lost or repeated a frame.
    is_lossy: bool,
    /// The frames written since they were last taken.
    written: Vec<(Option<Cursor>, SyncEvent)>,
    sent_up_to: Seq,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Finished,
    Refused(Refusal),
}

/// A proxy's fault, which affects the next live change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyFault {
    Lose,
    Repeat,
}

impl Pipe {
    pub fn new(capacity_bytes: usize) -> Self {
        Self(Arc::new(Shared(Mutex::new(Inside {
            bytes: VecDeque::new(),
            capacity_bytes,
            partial: vec![],
            is_cut: false,
            end: None,
            writer: None,
            is_live: false,
            proxy_fault: None,
            is_lossy: false,
            written: vec![],
            sent_up_to: Seq(0),
        }))))
    }

    /// Serves one stream, as the server's route does.
    pub async fn serve(
        self,
        app_state: Arc<AppState>,
        space: SpaceId,
        being: BeingId,
        since: Option<Since>,
    ) {
        let session = Token::presented("a session").hash();
        let listener = app_state.hub.listen(&space, being, session);
        let end = match Stream::open(app_state.store.clone(), listener, space, since).await {
            // A stream that breaks off is an end for the client, too.
            Ok(stream) => {
                let _ = socket::write(&self.0, Bytes::new(), stream).await;
                End::Finished
            }
            Err(refusal) => End::Refused(refusal),
        };
        self.0.lock().end = Some(end);
    }

    /// Takes at most this many of the bytes that arrived.
    pub fn read(&self, max: usize) -> Vec<u8> {
        let mut inside = self.0.lock();
        let count = max.min(inside.bytes.len());
        let bytes = inside.bytes.drain(..count).collect();
        if let Some(writer) = inside.writer.take() {
            writer.wake();
        }
        bytes
    }

    /// How the stream ended, once everything is read.
    pub fn end(&self) -> Option<End> {
        let inside = self.0.lock();
        inside.end.clone().filter(|_| inside.bytes.is_empty())
    }

    /// Loses the bytes in flight, in the middle of a frame or not.
    pub fn cut(&self) {
        let mut inside = self.0.lock();
        inside.is_cut = true;
        inside.bytes.clear();
        if let Some(writer) = inside.writer.take() {
            writer.wake();
        }
    }

    pub fn is_cut(&self) -> bool {
        self.0.lock().is_cut
    }

    pub fn inject(&self, proxy_fault: ProxyFault) {
        self.0.lock().proxy_fault = Some(proxy_fault);
    }

    pub fn is_lossy(&self) -> bool {
        self.0.lock().is_lossy
    }

    pub fn take_written(&self) -> Vec<(Option<Cursor>, SyncEvent)> {
        std::mem::take(&mut self.0.lock().written)
    }

    /// The position up to which the server has sent.
    pub fn sent_up_to(&self) -> Seq {
        self.0.lock().sent_up_to
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Shared {
    /// Takes no more than the buffer has room for; after a cut, takes everything and loses it.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let inside = &mut *self.lock();
        let free = match inside.is_cut {
            true => bytes.len(),
            false => inside.capacity_bytes.saturating_sub(inside.bytes.len()),
        };
        let taken = free.min(bytes.len());
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        for byte in &bytes[..taken] {
            inside.partial.push(*byte);
            if inside.partial.ends_with(b"\n\n") {
                inside.forward();
            }
        }
        Ok(taken)
    }
}

impl Socket for Shared {
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inside = self.lock();
        if inside.is_cut || inside.bytes.len() < inside.capacity_bytes {
            return Poll::Ready(Ok(()));
        }
        inside.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// The simulation drops the stream of a client that is gone.
    fn poll_closed(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Inside {
    /// Forwards a whole frame.
    fn forward(&mut self) {
        let frame = std::mem::take(&mut self.partial);
        let (id, event) = parse(&frame);
        let is_change = event.moves_the_cursor() && !matches!(event, SyncEvent::SpaceSync(_));
        let proxy_fault = self.proxy_fault.take_if(|_| self.is_live && is_change);
        self.is_live |= matches!(event, SyncEvent::CaughtUp(CaughtUp { .. }));
        self.is_lossy |= proxy_fault.is_some();
        if let Some(id) = &id {
            self.sent_up_to = id.seq;
        }
        self.written.push((id, event));
        if self.is_cut {
            return;
        }
        let times = match proxy_fault {
            None => 1,
            Some(ProxyFault::Lose) => 0,
            Some(ProxyFault::Repeat) => 2,
        };
        for _ in 0..times {
            self.bytes.extend(&frame);
        }
    }
}
