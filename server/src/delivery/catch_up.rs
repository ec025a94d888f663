//! Catching a listener up: from the replay buffer where that reaches back far enough, else from the
//! store, which one listener of a channel reads at a time.

use bytes::Bytes;
use protocol::Seq;

use super::{log::EncodedChanges, replay_buffer::Frame, stream::Stream};
use crate::domain::refusal::Refusal;

impl Stream {
    /// Queues the changes since a position, by the rules of a new connection.
    pub(super) async fn catch_up(&mut self, since: Seq) -> Result<(), Refusal> {
        if self.queue_found(self.listener.buffered_changes(since)) {
            return Ok(());
        }
        let _permit = self.listener.load_permit().await;
        // The listener that held the permit before may have loaded the same.
        if self.queue_found(self.listener.buffered_changes(since)) {
            return Ok(());
        }
        if self.listener.exceeds_limit(since) {
            return self.queue_sync().await;
        }
        if self.queue_found(self.listener.cached_changes(since)) {
            return Ok(());
        }
        match self.changes_since(since).await? {
            EncodedChanges::Changes { head, frames } => {
                self.queue_changes(since, head, &frames);
                Ok(())
            }
            EncodedChanges::TooMany => {
                self.listener.cache_limit_exceeded(since);
                self.queue_sync().await
            }
        }
    }

    /// Catches up a listener that fell behind while live. Its client takes a jump for a loss, so where
    /// positions jump, because a row changed twice, it gets a whole `space-sync`.
    pub(super) async fn catch_up_live(&mut self) -> Result<(), Refusal> {
        let permit = self.listener.load_permit().await;
        let missed = match self.listener.exceeds_limit(self.sent_up_to) {
            true => EncodedChanges::TooMany,
            false => self.changes_since(self.sent_up_to).await?,
        };
        match missed {
            EncodedChanges::Changes { head, frames }
                if are_contiguous(self.sent_up_to, &frames) =>
            {
                self.queue_changes(self.sent_up_to, head, &frames);
            }
            EncodedChanges::Changes { .. } => self.queue_sync().await?,
            EncodedChanges::TooMany => {
                self.listener.cache_limit_exceeded(self.sent_up_to);
                self.queue_sync().await?;
            }
        }
        drop(permit);
        self.queue_caught_up().await?;
        self.check_reader().await
    }

    pub(super) async fn sync(&mut self) -> Result<(), Refusal> {
        let _permit = self.listener.load_permit().await;
        self.queue_sync().await
    }

    async fn changes_since(&self, since: Seq) -> Result<EncodedChanges, Refusal> {
        let (store, reader) = (self.store.as_ref(), self.listener.being());
        self.log.changes_since(store, reader, &self.epoch, since).await
    }

    pub(super) async fn check_reader(&self) -> Result<(), Refusal> {
        self.log.check_reader(self.store.as_ref(), self.listener.being()).await
    }

    /// Whether anything was found.
    fn queue_found(&mut self, found: Option<(Vec<Bytes>, Seq)>) -> bool {
        let Some((frames, head)) = found else { return false };
        self.ready.extend(frames);
        self.sent_up_to = head;
        true
    }

    fn queue_changes(&mut self, since: Seq, head: Seq, changes: &[Frame]) {
        self.listener.cache_head(head);
        if are_contiguous(since, changes) {
            self.listener.buffer_changes(changes);
        }
        let frames: Vec<_> = changes.iter().map(|frame| frame.bytes.clone()).collect();
        self.listener.cache_changes(since, head, &frames);
        self.ready.extend(frames);
        self.sent_up_to = head;
    }

    /// Queues the whole log. The store is read once where many wait for it.
    async fn queue_sync(&mut self) -> Result<(), Refusal> {
        let (seq, bytes) = match self.listener.cached_sync() {
            Some(cached) => cached,
            None => {
                let reader = self.listener.being();
                let (seq, bytes) = self.log.sync(self.store.as_ref(), reader).await?;
                self.listener.cache_sync(seq, bytes.clone());
                (seq, bytes)
            }
        };
        self.ready.push_back(bytes);
        self.sent_up_to = seq;
        Ok(())
    }
}

fn are_contiguous(after: Seq, changes: &[Frame]) -> bool {
    let mut expected = after;
    changes.iter().all(|frame| {
        expected = expected.next();
        frame.seq == expected
    })
}
