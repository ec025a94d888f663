//! The log that a stream tells: what is read of it, for whom, and how it is said. All else of a stream is
//! the same for every log.

use bytes::Bytes;
use protocol::{
    BeingId, CaughtUp, Cursor, Epoch, Heartbeat, InboxEvent, InboxPosition, Seq, SpaceId, SyncEvent,
};

use super::{
    change::Change,
    frame::{encode, encode_without_id},
    replay_buffer::Frame,
};
use crate::{
    domain::{policy, refusal::Refusal},
    store::{ChangesSince, Store},
};

pub(super) enum Log {
    Space(SpaceId),
    /// The inbox of a being, which is its only reader.
    Inbox(BeingId),
}

/// The changes that a cursor has missed.
pub(super) enum EncodedChanges {
    Changes {
        head: Seq,
        frames: Vec<Frame>,
    },
    /// More than a catch-up sends.
    TooMany,
}

impl Log {
    pub async fn head(&self, store: &dyn Store) -> Result<Cursor, Refusal> {
        match self {
            Self::Space(space) => store.head(space).await,
            Self::Inbox(being) => store.inbox_head(being).await,
        }
    }

    pub async fn changes_since(
        &self,
        store: &dyn Store,
        reader: &BeingId,
        epoch: &Epoch,
        since: Seq,
    ) -> Result<EncodedChanges, Refusal> {
        match self {
            Self::Space(space) => {
                let missed = store.changes_since(space, since).await?;
                Ok(encoded(epoch, missed.for_being(store, reader).await?))
            }
            Self::Inbox(being) => {
                Ok(encoded(epoch, store.inbox_changes_since(being, since).await?))
            }
        }
    }

    /// All of it, and its position.
    pub async fn sync(&self, store: &dyn Store, reader: &BeingId) -> Result<(Seq, Bytes), Refusal> {
        let (cursor, bytes) = match self {
            Self::Space(space) => {
                let (cursor, sync) = store.sync(space).await?.for_being(store, reader).await?;
                let bytes = encode(&cursor, &SyncEvent::SpaceSync(sync));
                (cursor, bytes)
            }
            Self::Inbox(being) => {
                let (cursor, sync) = store.inbox(being).await?;
                let bytes = encode(&cursor, &InboxEvent::InboxSync(sync));
                (cursor, bytes)
            }
        };
        Ok((cursor.seq, bytes))
    }

    /// Asked after every read, also of another listener's: the being may have left before some of the
    /// messages read were sent. An inbox is its being's for good.
    pub async fn check_reader(&self, store: &dyn Store, reader: &BeingId) -> Result<(), Refusal> {
        match self {
            Self::Space(space) => policy::may_take_part(store.membership(space, reader).await?),
            Self::Inbox(_) => Ok(()),
        }
    }

    pub fn caught_up(&self, at: Seq) -> Bytes {
        match self {
            Self::Space(_) => {
                let last_message_id = at.as_message();
                encode_without_id(&SyncEvent::CaughtUp(CaughtUp { last_message_id }))
            }
            Self::Inbox(_) => {
                encode_without_id(&InboxEvent::CaughtUp(InboxPosition { last_position: at }))
            }
        }
    }

    pub fn heartbeat(&self, at: Seq) -> Bytes {
        match self {
            Self::Space(_) => {
                let last_message_id = at.as_message();
                encode_without_id(&SyncEvent::Heartbeat(Heartbeat { last_message_id }))
            }
            Self::Inbox(_) => {
                encode_without_id(&InboxEvent::Heartbeat(InboxPosition { last_position: at }))
            }
        }
    }

    /// Whoever signs out is still a member of their spaces, and may not see their inbox any more.
    pub fn is_revoked_at_sign_out(&self) -> bool {
        matches!(self, Self::Inbox(_))
    }

    /// For the server's log.
    pub fn name(&self) -> &BeingId {
        match self {
            Self::Space(space) => space.as_being(),
            Self::Inbox(being) => being,
        }
    }
}

fn encoded(epoch: &Epoch, missed: ChangesSince<impl Change>) -> EncodedChanges {
    let ChangesSince::Changes { head, changes } = missed else { return EncodedChanges::TooMany };
    let frame = |(seq, event)| {
        let cursor = Cursor { epoch: epoch.clone(), seq };
        Frame::of(seq, &event, encode(&cursor, &event))
    };
    EncodedChanges::Changes { head, frames: changes.into_iter().filter_map(frame).collect() }
}
