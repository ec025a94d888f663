//! The messages that people send.

use protocol::{
    BeingId, Intention, IntentionCreated, IntentionDeleted, IntentionState, IntentionUpdated,
    MessageId, Seq, SpaceId, SyncEvent, VersionCount,
};
use server::domain::{
    clock::Moment,
    command::{DeleteMessage, EditMessage, SendMessage, Sent},
    refusal::Refusal,
};

use super::{
    Model,
    details::may_add,
    inbox::Mentioned,
    reactions::Reactions,
    space::{Space, StoredMessage},
};

impl Model {
    pub(super) fn send(&mut self, send: &SendMessage) -> Result<Sent, Refusal> {
        let SendMessage { by, space: id, .. } = send;
        let now = Moment(self.now).to_timestamp();
        let space = self.space_for(by, id)?;
        if let Some(stored) = space.messages.values().find(|stored| stored.row.id == send.id) {
            let repeats = stored.row.owner_id == *by
                && stored.row.reply_to == send.reply_to
                && stored.first == send.content.as_str();
            if !repeats {
                return Err(Refusal::IdTaken);
            }
            let intention = Intention {
                state: IntentionState::Complete,
                content: stored.first.clone(),
                modified_at: None,
                seq: stored.row.message_id.created_at(),
                ..stored.row.clone()
            };
            return Ok(Sent { intention, is_new: false });
        }
        may_add(space)?;
        if send.reply_to.is_some_and(|message| !space.messages.contains_key(&message)) {
            return Err(Refusal::UnknownMessage);
        }
        let seq = space.next();
        let row = Intention {
            id: send.id,
            message_id: seq.as_message(),
            owner_id: by.clone(),
            state: IntentionState::Complete,
            reason: None,
            content: send.content.as_str().to_owned(),
            reasoning: String::new(),
            reasoning_millis: None,
            created_at: now,
            modified_at: None,
            reply_to: send.reply_to,
            versions: VersionCount::default(),
            reactions: vec![],
            reactions_seq: Seq(0),
            seq,
        };
        self.insert_message(id, row.clone(), None);
        self.settle_mentions(id, row.message_id);
        self.begin_answers(id, &row, usize::MAX);
        Ok(Sent { intention: row, is_new: true })
    }

    pub(super) fn insert_message(&mut self, id: &SpaceId, row: Intention, started_at: Option<Seq>) {
        let space = self.spaces.get_mut(id).expect("a space that was looked at");
        let (message_id, first) = (row.message_id, row.content.clone());
        let stored = StoredMessage {
            row: row.clone(),
            first,
            is_deleted: false,
            started_at,
            reasoning_began: None,
            earlier: vec![],
            mentioned: Mentioned::default(),
            reactions: Reactions::default(),
        };
        space.messages.insert(message_id, stored);
        self.publish(
            id,
            row.seq,
            SyncEvent::IntentionCreated(IntentionCreated { message_id, data: row }),
        );
    }

    pub(super) fn edit(&mut self, edit: &EditMessage) -> Result<Intention, Refusal> {
        let EditMessage { by, space: id, message, content, seq: from, epoch: None } = edit else {
            unreachable!("{edit:?} is not simulated");
        };
        let now = Moment(self.now).to_timestamp();
        let space = self.space_for(by, id)?;
        let (seq, may_add) = (space.head.next(), may_add(space));
        let stored = own(space, by, *message)?;
        if stored.row.content == content.as_str() {
            return Ok(stored.row.clone());
        }
        may_add?;
        if from.is_some_and(|from| from != stored.row.seq) {
            return Err(Refusal::ChangedSince);
        }
        stored.row.content = content.as_str().to_owned();
        (stored.row.modified_at, stored.row.seq) = (Some(now), seq);
        let row = stored.row.clone();
        space.next();
        self.publish_update(id, &row);
        self.settle_mentions(id, row.message_id);
        Ok(row)
    }

    pub(super) fn delete(&mut self, delete: &DeleteMessage) -> Result<(), Refusal> {
        let DeleteMessage { by, space: id, message, epoch: None } = delete else {
            unreachable!("{delete:?} is not simulated");
        };
        let space = self.space_for(by, id)?;
        let seq = space.head.next();
        let stored = own(space, by, *message)?;
        stored.is_deleted = true;
        stored.row.content = String::new();
        stored.row.reasoning = String::new();
        stored.row.seq = seq;
        stored.reactions = Reactions::default();
        space.next();
        let event = SyncEvent::IntentionDeleted(IntentionDeleted { message_id: *message });
        self.publish(id, seq, event);
        Ok(())
    }

    pub(super) fn publish_update(&mut self, id: &SpaceId, row: &Intention) {
        let (message_id, data) = (row.message_id, row.clone());
        let event = SyncEvent::IntentionUpdated(IntentionUpdated { message_id, data });
        self.publish(id, row.seq, event);
    }
}

fn own<'a>(
    space: &'a mut Space,
    by: &BeingId,
    message: MessageId,
) -> Result<&'a mut StoredMessage, Refusal> {
    let stored = space.messages.get_mut(&message).filter(|stored| !stored.is_deleted);
    let stored = stored.ok_or(Refusal::UnknownMessage)?;
    if stored.row.owner_id == *by { Ok(stored) } else { Err(Refusal::NotAllowed("")) }
}
