//! One space of the model, and what is to be read of it.

use std::collections::BTreeMap;

use app::protocol::{
    BeingId, Epoch, HistoryPage, Intention, MessageId, Seq, SpaceId, SpaceSync, SyncEvent,
    limits::{CATCH_UP_LIMIT_ROWS, PAGE_DEFAULT_MESSAGES},
};

use super::Model;

#[derive(Debug, Clone)]
pub struct Space {
    pub head: Seq,
    /// Chance's to make: learned when it is first seen.
    pub epoch: Option<Epoch>,
    pub founder: BeingId,
    /// Who belongs and who once did; the space itself among them.
    pub members: BTreeMap<BeingId, Member>,
    pub messages: BTreeMap<MessageId, Said>,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub seq: Seq,
    pub has_left: bool,
}

#[derive(Debug, Clone)]
pub struct Said {
    pub row: Intention,
    /// What was first sent.
    pub first: String,
    pub is_deleted: bool,
    /// Of an answer: where its present text begins.
    pub begun: Option<Seq>,
}

impl Space {
    pub fn next(&mut self) -> Seq {
        self.head = self.head.next();
        self.head
    }

    /// Who belongs, without the space itself.
    pub fn present<'a>(&'a self, space: &'a SpaceId) -> impl Iterator<Item = &'a BeingId> {
        let present = self.members.iter().filter(|(_, member)| !member.has_left);
        present.map(|(id, _)| id).filter(move |id| *id != space.as_being())
    }

    pub fn has(&self, id: &BeingId) -> bool {
        self.members.get(id).is_some_and(|member| !member.has_left)
    }

    /// The newest messages before one, oldest first.
    pub fn history(&self, before: MessageId, limit: usize) -> HistoryPage {
        let earlier = self.messages.range(..before).rev().filter(|(_, said)| !said.is_deleted);
        let mut rows: Vec<_> = earlier.take(limit + 1).map(|(_, said)| said.row.clone()).collect();
        let has_earlier = rows.len() > limit;
        rows.truncate(limit);
        rows.reverse();
        HistoryPage { intentions: rows, has_earlier }
    }
}

impl Model {
    pub fn sync(&self, id: &SpaceId) -> SpaceSync {
        let space = &self.spaces[id];
        let page = space.history(MessageId(u64::MAX), PAGE_DEFAULT_MESSAGES);
        let being = |being| self.being_in(being, space.members[being].seq);
        SpaceSync {
            space: being(id.as_being()),
            beings: space.present(id).map(being).collect(),
            intentions: page.intentions,
            has_earlier: page.has_earlier,
            last_message_id: space.head.as_message(),
        }
    }

    /// None where they are more than a catch-up tells.
    pub fn changes_since(&self, id: &SpaceId, since: Seq) -> Option<Vec<(Seq, SyncEvent)>> {
        let space = &self.spaces[id];
        let said = space.messages.iter().map(|(message_id, said)| {
            let (message_id, data) = (*message_id, said.row.clone());
            let event = match said.is_deleted {
                true => SyncEvent::IntentionDeleted { message_id },
                false if message_id.created_at() > since => {
                    SyncEvent::IntentionCreated { message_id, data }
                }
                false => SyncEvent::IntentionUpdated { message_id, data },
            };
            (said.row.seq, event)
        });
        let members = space.members.iter().map(|(being, member)| {
            let event = match member.has_left {
                true => SyncEvent::BeingLeft { being_id: being.clone() },
                false => SyncEvent::BeingUpdated { data: self.being_in(being, member.seq) },
            };
            (member.seq, event)
        });
        let mut changes: Vec<_> = said.chain(members).filter(|(seq, _)| *seq > since).collect();
        changes.sort_by_key(|(seq, _)| *seq);
        (changes.len() <= CATCH_UP_LIMIT_ROWS).then_some(changes)
    }
}
