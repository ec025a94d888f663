//! One listener's stream, from its cursor to the end: subscribe, catch up, go live. It makes bytes;
//! [`wire`](crate::wire) puts them on a socket.
//!
//! Always true:
//! - It subscribes before it looks at the store, so nothing falls between catch-up and live.
//! - After `caught-up`, every id is the last one plus one, or the id of a `space-sync`.
//! - It pulls: a socket that takes nothing holds at most what it was given last. Only while there is
//!   nothing to pull it rests, and lets the room write.

mod catch_up;

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use app::protocol::{
    Cursor, Epoch, Seq, Since, SpaceId, SyncEvent, limits::HEARTBEAT_SILENCE_SECONDS,
};
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    hub::{Listener, Next, Outlet, encode_without_id},
    refusal::Refusal,
    store::Store,
};

const SILENCE: Duration = Duration::from_secs(HEARTBEAT_SILENCE_SECONDS);

pub struct Stream {
    store: Arc<dyn Store>,
    listener: Listener,
    space: SpaceId,
    epoch: Epoch,
    /// Everything up to here is told, or lies in `ready`.
    told: Seq,
    ready: VecDeque<Bytes>,
    /// When something was last said.
    quiet_since: Instant,
    /// Rings when it may have been quiet for long. What is said does not set it anew: it looks at the
    /// moment when it rings, which is once in a while instead of at every event.
    alarm: Pin<Box<Sleep>>,
    has_ended: bool,
}

impl Stream {
    /// Catches the listener up, so that a store that cannot answer refuses the request instead of
    /// breaking its stream. Refuses a being that does not belong to the space.
    pub async fn open(
        store: Arc<dyn Store>,
        listener: Listener,
        space: SpaceId,
        since: Option<Since>,
    ) -> Result<Self, Refusal> {
        let present = store.head(&space).await?;
        let since = since.and_then(|since| since.position(&present.epoch, present.seq));
        let mut stream = Self {
            store,
            listener,
            space,
            epoch: present.epoch,
            told: Seq(0),
            ready: VecDeque::new(),
            quiet_since: Instant::now(),
            alarm: Box::pin(sleep_until(Instant::now() + SILENCE)),
            has_ended: false,
        };
        match since {
            Some(seq) => stream.catch_up(seq).await?,
            None => stream.sync().await?,
        }
        stream.still_belongs().await?;
        stream.say_caught_up();
        Ok(stream)
    }

    /// The next frame; none at the end.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.next_bytes(None).await
    }

    /// The same, for who has written everything so far to this outlet: what is live may come there
    /// by itself, without being returned.
    pub async fn next_through(&mut self, outlet: &Arc<dyn Outlet>) -> Option<Bytes> {
        self.next_bytes(Some(outlet)).await
    }

    /// The next frame, if one is ready that is no larger.
    pub fn take_ready(&mut self, max_bytes: usize) -> Option<Bytes> {
        if self.is_to_go() {
            return None;
        }
        self.ready.pop_front_if(|frame| frame.len() <= max_bytes)
    }

    /// Ready once the listener has to go, and nothing more is to be told but that.
    pub fn poll_dismissed(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_ended { Poll::Pending } else { self.listener.poll_dismissed(context) }
    }

    async fn next_bytes(&mut self, outlet: Option<&Arc<dyn Outlet>>) -> Option<Bytes> {
        self.quiet_since = Instant::now();
        loop {
            if let Some(bytes) = self.take_ready(usize::MAX) {
                return Some(bytes);
            }
            if self.has_ended {
                return None;
            }
            match self.listener.next(self.told) {
                Next::Frames(frames, last) => {
                    self.ready = frames.into();
                    self.told = last;
                }
                Next::Nothing => {
                    let owed = self.wait(outlet).await;
                    if owed.is_some() {
                        return owed;
                    }
                    // The alarm and a farewell may come in one moment; then the farewell is the last word.
                    if self.alarm.is_elapsed()
                        && !self.is_to_go()
                        && let Some(heartbeat) = self.heartbeat()
                    {
                        return Some(heartbeat);
                    }
                }
                Next::Behind => match self.catch_up_live().await {
                    Ok(()) => {}
                    Err(Refusal::NotMember) => return Some(self.revoke()),
                    Err(refusal) => {
                        // The client comes back from its cursor, and is refused in words. What was
                        // read is not told: nobody could say whether the being still belongs.
                        tracing::warn!(space = %self.space, %refusal, "a stream broke off");
                        self.end();
                    }
                },
                Next::Revoked => return Some(self.revoke()),
                Next::Closed => self.has_ended = true,
            }
        }
    }

    /// Until there is something to look at. Where there is an outlet, the room may have written to it
    /// meanwhile; what it could not write whole is returned.
    async fn wait(&mut self, outlet: Option<&Arc<dyn Outlet>>) -> Option<Bytes> {
        let Some(outlet) = outlet else {
            tokio::select! {
                biased;
                () = self.listener.rung() => {}
                () = self.alarm.as_mut() => {}
            }
            return None;
        };
        // It may have held a whole catch-up, and now holds nothing for long.
        self.ready = VecDeque::new();
        if !self.listener.rest(self.told, outlet) {
            return None;
        }
        tokio::select! {
            biased;
            () = poll_fn(|context| self.listener.poll_roused(context)) => {}
            () = self.alarm.as_mut() => {}
        }
        let risen = self.listener.rise()?;
        self.told = risen.told;
        self.quiet_since = risen.said.unwrap_or(self.quiet_since);
        if risen.owed.is_empty() {
            return None;
        }
        if self.is_to_go() {
            // Not even the rest of the frame: the connection breaks off in its middle, and the client
            // is refused in words when it comes back.
            self.end();
            return None;
        }
        Some(risen.owed)
    }

    /// Sets the alarm anew; a heartbeat where it has been quiet all the time.
    fn heartbeat(&mut self) -> Option<Bytes> {
        let (now, until) = (Instant::now(), self.quiet_since + SILENCE);
        let is_quiet = until <= now;
        self.alarm.as_mut().reset(if is_quiet { now + SILENCE } else { until });
        let last_message_id = self.told.as_message();
        is_quiet.then(|| encode_without_id(&SyncEvent::Heartbeat { last_message_id }))
    }

    /// Whether the listener has to go, and that is still to be dealt with.
    fn is_to_go(&self) -> bool {
        self.listener.is_dismissed() && !self.has_ended
    }

    fn revoke(&mut self) -> Bytes {
        self.end();
        encode_without_id(&SyncEvent::AccessRevoked)
    }

    /// Nothing more is told, not even what was ready.
    fn end(&mut self) {
        self.ready.clear();
        self.has_ended = true;
    }

    fn say_caught_up(&mut self) {
        let last_message_id = self.told.as_message();
        self.ready.push_back(encode_without_id(&SyncEvent::CaughtUp { last_message_id }));
    }

    fn cursor(&self, seq: Seq) -> Cursor {
        Cursor { epoch: self.epoch.clone(), seq }
    }
}

/// A stream that an answer brings with it, for whoever takes it first.
#[derive(Clone)]
pub struct Handle(Arc<Mutex<Option<Stream>>>);

impl Handle {
    pub fn new(stream: Stream) -> Self {
        Self(Arc::new(Mutex::new(Some(stream))))
    }

    pub fn take(&self) -> Option<Stream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
