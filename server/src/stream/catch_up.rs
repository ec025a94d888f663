//! What a listener has missed: out of the ring where that reaches, else from the store, which is asked
//! by one listener of a room at a time.

use app::protocol::{Seq, SyncEvent};
use bytes::Bytes;

use super::Stream;
use crate::{hub::encode, policy, refusal::Refusal, store::Missed};

impl Stream {
    /// Tells what was missed since a position, by the rules of a new connection.
    pub(super) async fn catch_up(&mut self, since: Seq) -> Result<(), Refusal> {
        if self.tell_found(self.listener.missed_since(since)) {
            return Ok(());
        }
        let _turn = self.listener.turn_to_ask().await;
        // Who had it before may have been told the same.
        if self.tell_found(self.listener.missed_since(since)) {
            return Ok(());
        }
        if self.listener.is_too_much(since) {
            return self.tell_all().await;
        }
        if self.tell_found(self.listener.missed_by_another(since)) {
            return Ok(());
        }
        match self.store.changes_since(&self.space, since).await? {
            Missed::Changes { head, changes } => {
                self.tell(since, head, changes);
                Ok(())
            }
            Missed::TooMany => {
                self.listener.learn_too_much(since);
                self.tell_all().await
            }
        }
    }

    /// The same for a listener that fell behind while live. It takes a jump for a loss, so where
    /// positions jump, because a row changed twice, it gets a whole `space-sync`.
    pub(super) async fn catch_up_live(&mut self) -> Result<(), Refusal> {
        let turn = self.listener.turn_to_ask().await;
        let missed = match self.listener.is_too_much(self.told) {
            true => Missed::TooMany,
            false => self.store.changes_since(&self.space, self.told).await?,
        };
        match missed {
            Missed::Changes { head, changes } if are_contiguous(self.told, &changes) => {
                self.tell(self.told, head, changes);
            }
            Missed::Changes { .. } => self.tell_all().await?,
            Missed::TooMany => {
                self.listener.learn_too_much(self.told);
                self.tell_all().await?;
            }
        }
        drop(turn);
        self.say_caught_up();
        self.still_belongs().await
    }

    pub(super) async fn sync(&mut self) -> Result<(), Refusal> {
        let _turn = self.listener.turn_to_ask().await;
        self.tell_all().await
    }

    /// Asked behind every read: what was read may have been said after the being had left.
    pub(super) async fn still_belongs(&self) -> Result<(), Refusal> {
        let standing = self.store.standing(&self.space, self.listener.being()).await?;
        policy::may_take_part(standing)
    }

    /// Whether there was something that could tell it.
    fn tell_found(&mut self, found: Option<(Vec<Bytes>, Seq)>) -> bool {
        let Some((frames, head)) = found else { return false };
        self.ready.extend(frames);
        self.told = head;
        true
    }

    fn tell(&mut self, since: Seq, head: Seq, changes: Vec<(Seq, SyncEvent)>) {
        let follow_each_other = are_contiguous(since, &changes);
        let encoded = changes.into_iter().map(|(seq, event)| {
            let bytes = encode(&self.cursor(seq), &event);
            (seq, event, bytes)
        });
        let encoded: Vec<_> = encoded.collect();
        self.listener.learn_head(head);
        if follow_each_other {
            self.listener.learn(&encoded);
        }
        let frames: Vec<_> = encoded.into_iter().map(|(.., bytes)| bytes).collect();
        self.listener.learn_missed(since, head, &frames);
        self.ready.extend(frames);
        self.told = head;
    }

    /// Tells the whole space. It is asked for once where many wait for it.
    async fn tell_all(&mut self) -> Result<(), Refusal> {
        let (seq, bytes) = match self.listener.present_sync() {
            Some(present) => present,
            None => {
                let (cursor, sync) = self.store.sync(&self.space).await?;
                let bytes = encode(&cursor, &SyncEvent::SpaceSync(sync));
                self.listener.learn_sync(cursor.seq, bytes.clone());
                (cursor.seq, bytes)
            }
        };
        self.ready.push_back(bytes);
        self.told = seq;
        Ok(())
    }
}

fn are_contiguous(after: Seq, changes: &[(Seq, SyncEvent)]) -> bool {
    let mut expected = after;
    changes.iter().all(|(seq, _)| {
        expected = expected.next();
        *seq == expected
    })
}
