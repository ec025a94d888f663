//! The way of one stream's bytes from the server to a client: it holds only so many, it may be cut,
//! and a proxy on it may lose a frame or bring it twice.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    rc::Rc,
    sync::Arc,
    task::{Poll, Waker},
};

use app::protocol::{BeingId, Cursor, Seq, Since, SpaceId, SyncEvent};
use bytes::Bytes;
use server::{chance::Token, refusal::Refusal, services::Services, stream::Stream};

use crate::client::parse;

#[derive(Clone)]
pub struct Pipe(Rc<RefCell<Inside>>);

struct Inside {
    bytes: VecDeque<u8>,
    capacity_bytes: usize,
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
        Self(Rc::new(RefCell::new(Inside {
            bytes: VecDeque::new(),
            capacity_bytes,
            is_cut: false,
            end: None,
            writer: None,
            is_live: false,
            mischief: None,
            is_lossy: false,
            fresh: vec![],
            told: Seq(0),
        })))
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
            Ok(mut stream) => loop {
                self.has_room().await;
                let Some(frame) = stream.next().await else { break End::Finished };
                self.write(&frame);
            },
            Err(refusal) => End::Refused(refusal),
        };
        self.0.borrow_mut().end = Some(end);
    }

    /// At most so many bytes that have come.
    pub fn read(&self, max: usize) -> Vec<u8> {
        let mut inside = self.0.borrow_mut();
        let count = max.min(inside.bytes.len());
        let bytes = inside.bytes.drain(..count).collect();
        if let Some(writer) = inside.writer.take() {
            writer.wake();
        }
        bytes
    }

    /// Why nothing more comes, once all is read.
    pub fn end(&self) -> Option<End> {
        let inside = self.0.borrow();
        inside.end.clone().filter(|_| inside.bytes.is_empty())
    }

    /// What is on its way is lost, in the middle of a frame or not.
    pub fn cut(&self) {
        let mut inside = self.0.borrow_mut();
        inside.is_cut = true;
        inside.bytes.clear();
        if let Some(writer) = inside.writer.take() {
            writer.wake();
        }
    }

    pub fn is_cut(&self) -> bool {
        self.0.borrow().is_cut
    }

    pub fn expect(&self, mischief: Mischief) {
        self.0.borrow_mut().mischief = Some(mischief);
    }

    pub fn is_lossy(&self) -> bool {
        self.0.borrow().is_lossy
    }

    pub fn take_fresh(&self) -> Vec<(Option<Cursor>, SyncEvent)> {
        std::mem::take(&mut self.0.borrow_mut().fresh)
    }

    /// Up to where the server has told.
    pub fn told(&self) -> Seq {
        self.0.borrow().told
    }

    async fn has_room(&self) {
        poll_fn(|context| {
            let mut inside = self.0.borrow_mut();
            if inside.is_cut || inside.bytes.len() < inside.capacity_bytes {
                return Poll::Ready(());
            }
            inside.writer = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn write(&self, frame: &Bytes) {
        let inside = &mut *self.0.borrow_mut();
        let (id, event) = parse(frame);
        let is_change = event.moves_the_cursor() && !matches!(event, SyncEvent::SpaceSync(_));
        let mischief = inside.mischief.take_if(|_| inside.is_live && is_change);
        inside.is_live |= matches!(event, SyncEvent::CaughtUp { .. });
        inside.is_lossy |= mischief.is_some();
        if let Some(id) = &id {
            inside.told = id.seq;
        }
        inside.fresh.push((id, event));
        if inside.is_cut {
            return;
        }
        let times = match mischief {
            None => 1,
            Some(Mischief::Lose) => 0,
            Some(Mischief::Repeat) => 2,
        };
        for _ in 0..times {
            inside.bytes.extend(frame);
        }
    }
}
