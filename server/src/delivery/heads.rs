//! What is new in the spaces of a being: the `space-heads` of one stream of its inbox. They are read when they
//! are sent, and sent at most once in [`SPACE_HEADS_MILLIS`].

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use protocol::{
    InboxEvent, MessageId, Seq, SpaceHead, SpaceHeads, SpaceId,
    limits::{COUNT_MAX_MESSAGES, SPACE_HEADS_MILLIS},
};
use tokio::time::{Instant, sleep_until};

use super::{frame::encode_without_id, news::Watch};
use crate::{
    domain::refusal::Refusal,
    store::{HeadQuestion, Store},
};

const PAUSE: Duration = Duration::from_millis(SPACE_HEADS_MILLIS);

pub(super) struct Heads {
    watch: Watch,
    sent: BTreeMap<SpaceId, Sent>,
    /// A look that has found nothing to tell counts, too: it costs a query.
    not_before: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Sent {
    /// The position at which its name or its look changed.
    seq: Seq,
    last_message_id: Option<MessageId>,
    unread: u64,
    mentions: u64,
}

impl Heads {
    pub fn of(watch: Watch) -> Self {
        Self { watch, sent: BTreeMap::new(), not_before: Instant::now() }
    }

    /// How many spaces the being has left.
    pub fn left(&self) -> u64 {
        self.watch.left()
    }

    pub fn are_due(&self) -> bool {
        self.watch.has_news() && self.not_before <= Instant::now()
    }

    pub async fn due(&self) {
        self.watch.news().await;
        sleep_until(self.not_before).await;
    }

    /// All of them, as they follow a `caught-up`.
    pub async fn all(&mut self, store: &dyn Store) -> Result<Bytes, Refusal> {
        let _permit = self.watch.look_permit().await;
        let changes = self.watch.changes();
        let spaces = store.space_heads(self.watch.being(), None).await?;
        self.watch.follow_since(changes, spaces.iter().map(|head| &head.space_id));
        self.sent = spaces.iter().map(|head| (head.space_id.clone(), Sent::of(head))).collect();
        self.not_before = Instant::now() + PAUSE;
        Ok(encode_without_id(&InboxEvent::SpaceHeads(SpaceHeads { spaces })))
    }

    /// Those that have changed, and those where the being itself has changed something: when it joins, its
    /// reader may have heard of a space before it has the space. None where there are none, and where the store
    /// cannot answer now: then they are looked at again later.
    pub async fn changed(&mut self, store: &dyn Store) -> Result<Option<Bytes>, Refusal> {
        let _permit = self.watch.look_permit().await;
        let told = self.watch.take();
        let question = |(space, is_own): (&SpaceId, &bool)| {
            let is_full = |count: fn(&Sent) -> u64| {
                !is_own && self.sent.get(space).is_some_and(|it| count(it) >= COUNT_MAX_MESSAGES)
            };
            HeadQuestion {
                space: space.clone(),
                is_unread_full: is_full(|sent| sent.unread),
                is_mentions_full: is_full(|sent| sent.mentions),
            }
        };
        let questions: Vec<_> = told.iter().map(question).collect();
        let found = store.space_heads(self.watch.being(), Some(&questions)).await;
        self.not_before = Instant::now() + PAUSE;
        let mut spaces = match found {
            Err(Refusal::Unavailable) => {
                self.watch.put_back(told);
                return Ok(None);
            }
            found => found?,
        };
        for space in told.keys() {
            if !spaces.iter().any(|head| head.space_id == *space) {
                // The being has left it.
                self.watch.unfollow(space);
                self.sent.remove(space);
            }
        }
        spaces.retain_mut(|head| self.is_changed(head) || told[&head.space_id]);
        let has_changed = !spaces.is_empty();
        let event = InboxEvent::SpaceHeads(SpaceHeads { spaces });
        Ok(has_changed.then(|| encode_without_id(&event)))
    }

    /// Takes out of it what its reader knows.
    fn is_changed(&mut self, head: &mut SpaceHead) -> bool {
        let now = Sent::of(head);
        let before = self.sent.insert(head.space_id.clone(), now);
        if before.is_some_and(|before| before.seq == now.seq) {
            head.space = None;
        }
        before != Some(now)
    }
}

impl Sent {
    fn of(head: &SpaceHead) -> Self {
        Self {
            seq: head.space.as_ref().map(|space| space.seq).unwrap_or_default(),
            last_message_id: head.last_message_id,
            unread: head.unread,
            mentions: head.mentions,
        }
    }
}
