//! One listener's stream, from its cursor to the end: subscribe, catch up, go live. It makes bytes;
//! [`socket`](super::socket) writes them.
//!
//! Always true:
//! - It subscribes before it reads the store, so nothing falls between catch-up and live.
//! - After `caught-up`, every id is the last one plus one, or the id of a `space-sync`.
//! - It pulls: a socket that takes nothing holds at most what it was given last. Only while there is
//!   nothing to pull it parks, and lets the shard task push.

use std::{
    collections::VecDeque,
    future::{pending, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use protocol::{Epoch, Seq, Since, SpaceId, SyncEvent, limits::HEARTBEAT_SILENCE_SECONDS};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    frame::encode_without_id,
    heads::Heads,
    hub::InboxListener,
    listener::{Listener, Next},
    log::Log,
    subscriber::Sink,
};
use crate::{domain::refusal::Refusal, store::Store};

const SILENCE: Duration = Duration::from_secs(HEARTBEAT_SILENCE_SECONDS);

pub struct Stream {
    pub(super) store: Arc<dyn Store>,
    pub(super) listener: Listener,
    pub(super) log: Log,
    pub(super) epoch: Epoch,
    /// Of an inbox.
    heads: Option<Box<Heads>>,
    /// How many spaces the being of an inbox had left before what is `ready` was read.
    left_before: u64,
    /// Everything up to here is sent, or lies in `ready`.
    pub(super) sent_up_to: Seq,
    pub(super) ready: VecDeque<Bytes>,
    last_write_at: Instant,
    /// Fires when the stream may have been silent for long. A write does not reset it: the stream looks
    /// at the time when it fires, which is once in a while instead of at every event.
    heartbeat_timer: Pin<Box<Sleep>>,
    has_ended: bool,
}

impl Stream {
    /// Catches the listener up, so that a store that cannot answer refuses the request instead of
    /// breaking its stream. Refuses a being that is not a member of the space.
    pub async fn open(
        store: Arc<dyn Store>,
        listener: Listener,
        space: SpaceId,
        since: Option<Since>,
    ) -> Result<Self, Refusal> {
        Self::open_log(store, listener, Log::Space(space), None, since).await
    }

    /// The same of an inbox.
    pub async fn open_inbox(
        store: Arc<dyn Store>,
        listener: InboxListener,
        since: Option<Since>,
    ) -> Result<Self, Refusal> {
        let InboxListener { listener, watch } = listener;
        let log = Log::Inbox(watch.being().clone());
        Self::open_log(store, listener, log, Some(Box::new(Heads::of(watch))), since).await
    }

    async fn open_log(
        store: Arc<dyn Store>,
        listener: Listener,
        log: Log,
        heads: Option<Box<Heads>>,
        since: Option<Since>,
    ) -> Result<Self, Refusal> {
        let left_before = heads.as_ref().map_or(0, |heads| heads.left());
        let present = log.head(store.as_ref()).await?;
        let since = since.and_then(|since| since.position(&present.epoch, present.seq));
        let mut stream = Self {
            store,
            listener,
            log,
            epoch: present.epoch,
            heads,
            left_before,
            sent_up_to: Seq(0),
            ready: VecDeque::new(),
            last_write_at: Instant::now(),
            heartbeat_timer: Box::pin(sleep_until(Instant::now() + SILENCE)),
            has_ended: false,
        };
        match since {
            Some(seq) => stream.catch_up(seq).await?,
            None => stream.sync().await?,
        }
        stream.check_reader().await?;
        stream.queue_caught_up().await?;
        Ok(stream)
    }

    /// The next frame; none at the end.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.next_bytes(None).await
    }

    /// The same, for a caller that has written everything so far to this sink: live frames may reach
    /// the sink directly, without being returned.
    pub(super) async fn next_or_push(&mut self, sink: &Arc<dyn Sink>) -> Option<Bytes> {
        self.next_bytes(Some(sink)).await
    }

    /// The next frame, if one is ready that is no larger.
    pub(super) fn take_ready(&mut self, max_bytes: usize) -> Option<Bytes> {
        if self.is_terminating() {
            return None;
        }
        if !self.ready.is_empty() && self.left() != self.left_before {
            // It may tell of a space that the being has left since. The client comes back from its cursor.
            self.end();
            return None;
        }
        self.ready.pop_front_if(|frame| frame.len() <= max_bytes)
    }

    /// Ready once the listener has to end, and only its farewell is left to send.
    pub(super) fn poll_terminated(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_ended { Poll::Pending } else { self.listener.poll_terminated(context) }
    }

    async fn next_bytes(&mut self, sink: Option<&Arc<dyn Sink>>) -> Option<Bytes> {
        self.last_write_at = Instant::now();
        loop {
            if let Some(bytes) = self.take_ready(usize::MAX) {
                return Some(bytes);
            }
            if self.has_ended {
                return None;
            }
            self.left_before = self.left();
            match self.listener.next(self.sent_up_to) {
                Next::Frames(frames, last) => {
                    self.ready = frames.into();
                    self.sent_up_to = last;
                }
                // What is new is told after the change that may have made it so.
                Next::Empty if self.heads_are_due() => {
                    if let Err(refusal) = self.queue_changed_heads().await {
                        self.break_off(&refusal);
                    }
                }
                Next::Empty => {
                    let unwritten = self.wait(sink).await;
                    if unwritten.is_some() {
                        return unwritten;
                    }
                    // The timer and the termination may come together; then the farewell is the last
                    // thing sent.
                    if self.heartbeat_timer.is_elapsed()
                        && !self.is_terminating()
                        && let Some(heartbeat) = self.heartbeat()
                    {
                        return Some(heartbeat);
                    }
                }
                Next::OutOfRange => match self.catch_up_live().await {
                    Ok(()) => {}
                    Err(Refusal::NotMember | Refusal::UnknownSpace) => return Some(self.revoke()),
                    Err(refusal) => self.break_off(&refusal),
                },
                Next::Revoked => return Some(self.revoke()),
                Next::Closed if !self.listener.is_signed_out() => self.has_ended = true,
                Next::Closed if self.log.is_revoked_at_sign_out() => return Some(self.revoke()),
                // Not even what was ready.
                Next::Closed => self.end(),
            }
        }
    }

    /// Waits until there is something to look at. Given a sink, the shard task may have written to it
    /// meanwhile; the rest of a batch that the sink did not take is returned.
    async fn wait(&mut self, sink: Option<&Arc<dyn Sink>>) -> Option<Bytes> {
        let Some(sink) = sink else {
            tokio::select! {
                biased;
                () = self.listener.notified() => {}
                () = due(self.heads.as_deref()) => {}
                () = self.heartbeat_timer.as_mut() => {}
            }
            return None;
        };
        // Frees what may have held a whole catch-up, and now holds nothing for long.
        self.ready = VecDeque::new();
        if !self.listener.park(self.sent_up_to, sink) {
            return None;
        }
        tokio::select! {
            biased;
            () = poll_fn(|context| self.listener.poll_woken(context)) => {}
            () = due(self.heads.as_deref()) => {}
            () = self.heartbeat_timer.as_mut() => {}
        }
        let handover = self.listener.unpark()?;
        self.sent_up_to = handover.sent_up_to;
        self.last_write_at = handover.last_write_at.unwrap_or(self.last_write_at);
        if handover.unwritten.is_empty() {
            return None;
        }
        if self.is_terminating() {
            // Not even the rest of the frame: the connection breaks off in its middle, and the client
            // is refused in words when it reconnects.
            self.end();
            return None;
        }
        Some(handover.unwritten)
    }

    /// Resets the timer; a heartbeat if the stream has been silent all the time.
    fn heartbeat(&mut self) -> Option<Bytes> {
        let (now, until) = (Instant::now(), self.last_write_at + SILENCE);
        let is_silent = until <= now;
        self.heartbeat_timer.as_mut().reset(if is_silent { now + SILENCE } else { until });
        is_silent.then(|| self.log.heartbeat(self.sent_up_to))
    }

    fn left(&self) -> u64 {
        self.heads.as_ref().map_or(0, |heads| heads.left())
    }

    /// Whether the listener is terminated, and the stream has yet to act on it.
    fn is_terminating(&self) -> bool {
        self.listener.is_terminated() && !self.has_ended
    }

    fn revoke(&mut self) -> Bytes {
        self.end();
        encode_without_id(&SyncEvent::AccessRevoked)
    }

    /// Nothing more is sent, not even the frames that were ready.
    fn end(&mut self) {
        self.ready.clear();
        self.has_ended = true;
    }

    /// The client reconnects from its cursor, and is refused in words. Nothing that was read is sent: it is
    /// unknown whether the being may still read it.
    fn break_off(&mut self, refusal: &Refusal) {
        tracing::warn!(log = %self.log.name(), %refusal, "a stream broke off");
        self.end();
    }

    pub(super) async fn queue_caught_up(&mut self) -> Result<(), Refusal> {
        self.ready.push_back(self.log.caught_up(self.sent_up_to));
        if let Some(heads) = &mut self.heads {
            self.ready.push_back(heads.all(self.store.as_ref()).await?);
        }
        Ok(())
    }

    fn heads_are_due(&self) -> bool {
        self.heads.as_ref().is_some_and(|heads| heads.are_due())
    }

    async fn queue_changed_heads(&mut self) -> Result<(), Refusal> {
        if let Some(heads) = &mut self.heads {
            self.ready.extend(heads.changed(self.store.as_ref()).await?);
        }
        Ok(())
    }
}

/// Until something new is to be told of other spaces; for ever, where the stream is of a space.
async fn due(heads: Option<&Heads>) {
    match heads {
        Some(heads) => heads.due().await,
        None => pending().await,
    }
}
