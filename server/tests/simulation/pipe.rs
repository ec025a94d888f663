//! The way of one stream's bytes from the server to a client: it holds only so many, it may be cut,
//! and a proxy on it may lose a frame or bring it twice.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use app::protocol::{BeingId, Cursor, Seq, Since, SpaceId, SyncEvent};
use bytes::Bytes;
use server::{
    chance::Token,
    hub::Outlet,
    refusal::Refusal,
    services::Services,
    stream::Stream,
    wire::{self, Socket},
};

use crate::client::parse;

#[derive(Clone)]
pub struct Pipe(Arc<Line>);

struct Line(Mutex<Inside>);

struct Inside {
    bytes: VecDeque<u8>,
    capacity_bytes: usize,
    /// What the server has written of a frame; the proxy passes on whole ones.
    partial: Vec<u8>,
    /// The client is gone; the server does not know.
    is_cut: bool,
    end: Option<End>,
    writer: Option<Waker>,
    is_live: bool,
    mischief: Option<Mischief>,
    /// Whether the client may find something missing.
    is_lossy: bool,
    /// What was written since this was last asked.
    fresh: Vec<(Option<Cursor>, SyncEvent)>,
    told: Seq,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Finished,
    Refused(Refusal),
}

/// What a proxy does to the next change that is sent live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    Lose,
    Repeat,
}

impl Pipe {
    pub fn new(capacity_bytes: usize) -> Self {
        Self(Arc::new(Line(Mutex::new(Inside {
            bytes: VecDeque::new(),
            capacity_bytes,
            partial: vec![],
            is_cut: false,
            end: None,
            writer: None,
            is_live: false,
            mischief: None,
            is_lossy: false,
            fresh: vec![],
            told: Seq(0),
        }))))
    }

    /// What the server does for one stream, as its route does.
    pub async fn serve(
        self,
        services: Arc<Services>,
        space: SpaceId,
        being: BeingId,
        since: Option<Since>,
    ) {
        let session = Token::presented("a session").hash();
        let listener = services.hub.listen(&space, being, session);
        let end = match Stream::open(services.store.clone(), listener, space, since).await {
            // Where it breaks off, the client sees an end as well.
            Ok(stream) => {
                let _ = wire::write(&self.0, Bytes::new(), stream).await;
                End::Finished
            }
            Err(refusal) => End::Refused(refusal),
        };
        self.0.lock().end = Some(end);
    }

    /// At most so many bytes that have come.
    pub fn read(&self, max: usize) -> Vec<u8> {
        let mut inside = self.0.lock();
        let count = max.min(inside.bytes.len());
        let bytes = inside.bytes.drain(..count).collect();
        if let Some(writer) = inside.writer.take() {
            writer.wake();
        }
        bytes
    }

    /// Why nothing more comes, once all is read.
    pub fn end(&self) -> Option<End> {
        let inside = self.0.lock();
        inside.end.clone().filter(|_| inside.bytes.is_empty())
    }

    /// What is on its way is lost, in the middle of a frame or not.
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

    pub fn expect(&self, mischief: Mischief) {
        self.0.lock().mischief = Some(mischief);
    }

    pub fn is_lossy(&self) -> bool {
        self.0.lock().is_lossy
    }

    pub fn take_fresh(&self) -> Vec<(Option<Cursor>, SyncEvent)> {
        std::mem::take(&mut self.0.lock().fresh)
    }

    /// Up to where the server has told.
    pub fn told(&self) -> Seq {
        self.0.lock().told
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Line {
    /// As little as the client has left room for; what comes after a cut is taken, and lost.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let inside = &mut *self.lock();
        let room = match inside.is_cut {
            true => bytes.len(),
            false => inside.capacity_bytes.saturating_sub(inside.bytes.len()),
        };
        let taken = room.min(bytes.len());
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        for byte in &bytes[..taken] {
            inside.partial.push(*byte);
            if inside.partial.ends_with(b"\n\n") {
                inside.pass_on();
            }
        }
        Ok(taken)
    }
}

impl Socket for Line {
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inside = self.lock();
        if inside.is_cut || inside.bytes.len() < inside.capacity_bytes {
            return Poll::Ready(Ok(()));
        }
        inside.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// That somebody is gone, the simulation says.
    fn poll_gone(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Inside {
    /// A frame that is whole.
    fn pass_on(&mut self) {
        let frame = std::mem::take(&mut self.partial);
        let (id, event) = parse(&frame);
        let is_change = event.moves_the_cursor() && !matches!(event, SyncEvent::SpaceSync(_));
        let mischief = self.mischief.take_if(|_| self.is_live && is_change);
        self.is_live |= matches!(event, SyncEvent::CaughtUp { .. });
        self.is_lossy |= mischief.is_some();
        if let Some(id) = &id {
            self.told = id.seq;
        }
        self.fresh.push((id, event));
        if self.is_cut {
            return;
        }
        let times = match mischief {
            None => 1,
            Some(Mischief::Lose) => 0,
            Some(Mischief::Repeat) => 2,
        };
        for _ in 0..times {
            self.bytes.extend(&frame);
        }
    }
}
