//! One listener's stream, from its cursor to the end: subscribe, catch up, go live. It makes bytes;
//! `routes/stream.rs` puts them on a socket.
//!
//! Always true:
//! - It subscribes before it looks at the store, so nothing falls between catch-up and live.
//! - After `caught-up`, every id is the last one plus one, or the id of a `space-sync`.
//! - It pulls: a socket that takes nothing holds at most what it was given last.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};

use app::protocol::{
    Cursor, Epoch, Seq, Since, SpaceId, SyncEvent, limits::HEARTBEAT_SILENCE_SECONDS,
};
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    hub::{Listener, Next, encode, encode_without_id},
    policy,
    refusal::Refusal,
    store::{Missed, Store},
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
        let bytes = self.next_bytes().await;
        self.quiet_since = Instant::now();
        bytes
    }

    async fn next_bytes(&mut self) -> Option<Bytes> {
        loop {
            if !self.is_to_go()
                && let Some(bytes) = self.ready.pop_front()
            {
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
                Next::Nothing => tokio::select! {
                    () = self.listener.rung() => {}
                    () = self.alarm.as_mut() => {
                        // Up to a moment, not for a while: the bell may ring for others.
                        let until = self.quiet_since + SILENCE;
                        let is_quiet = until <= Instant::now();
                        self.alarm.as_mut().reset(if is_quiet { Instant::now() + SILENCE } else { until });
                        if is_quiet {
                            let last_message_id = self.told.as_message();
                            return Some(encode_without_id(&SyncEvent::Heartbeat { last_message_id }));
                        }
                    }
                },
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

    /// Whether the being has lost its right, and has not been told.
    fn is_to_go(&self) -> bool {
        self.listener.is_revoked() && !self.has_ended
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

    /// Tells what was missed since a position, by the rules of a new connection.
    async fn catch_up(&mut self, since: Seq) -> Result<(), Refusal> {
        if let Some((frames, head)) = self.listener.missed_since(since) {
            self.ready.extend(frames);
            self.told = head;
            return Ok(());
        }
        match self.store.changes_since(&self.space, since).await? {
            Missed::Changes { head, changes } => self.tell(head, changes),
            Missed::TooMany => self.sync().await?,
        }
        Ok(())
    }

    /// The same for a listener that fell behind while live. It takes a jump for a loss, so where
    /// positions jump, because a row changed twice, it gets a whole `space-sync`.
    async fn catch_up_live(&mut self) -> Result<(), Refusal> {
        match self.store.changes_since(&self.space, self.told).await? {
            Missed::Changes { head, changes } if are_contiguous(self.told, &changes) => {
                self.tell(head, changes);
            }
            _ => self.sync().await?,
        }
        self.say_caught_up();
        self.still_belongs().await
    }

    /// Asked behind every read: what was read may have been said after the being had left.
    async fn still_belongs(&self) -> Result<(), Refusal> {
        let standing = self.store.standing(&self.space, self.listener.being()).await?;
        policy::may_take_part(standing)
    }

    fn tell(&mut self, head: Seq, changes: Vec<(Seq, SyncEvent)>) {
        for (seq, event) in changes {
            let cursor = self.cursor(seq);
            self.ready.push_back(encode(&cursor, &event));
        }
        self.told = head;
        self.listener.learn_head(head);
    }

    async fn sync(&mut self) -> Result<(), Refusal> {
        let (cursor, sync) = self.store.sync(&self.space).await?;
        self.ready.push_back(encode(&cursor, &SyncEvent::SpaceSync(sync)));
        self.told = cursor.seq;
        self.listener.learn_head(cursor.seq);
        Ok(())
    }

    fn say_caught_up(&mut self) {
        let last_message_id = self.told.as_message();
        self.ready.push_back(encode_without_id(&SyncEvent::CaughtUp { last_message_id }));
    }

    fn cursor(&self, seq: Seq) -> Cursor {
        Cursor { epoch: self.epoch.clone(), seq }
    }
}

fn are_contiguous(after: Seq, changes: &[(Seq, SyncEvent)]) -> bool {
    let mut expected = after;
    changes.iter().all(|(seq, _)| {
        expected = expected.next();
        *seq == expected
    })
}
