//! Saying something, and changing or taking back what was said.

use app::protocol::{
    BeingId, Epoch, Intention, IntentionState, MessageId, Seq, SpaceId, SyncEvent,
};

use super::{
    Edit, NewIntention, Sent, reads,
    rows::{INTENTION, IntentionRow, signed},
    unit::{Done, Unit},
};
use crate::{
    chance::sha256,
    policy::{self, Actor},
    refusal::Refusal,
};

impl Unit {
    pub(super) async fn send(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        new: &NewIntention,
    ) -> Done<Sent> {
        policy::may_take_part(self.standing(space, &by.id).await?)?;
        if let Some(message) = new.reply_to
            && reads::intention(&mut self.connection, space, message).await?.is_none()
        {
            // That its id is taken is the first thing to say of it.
            return match self.sent_before(by, space, new).await? {
                Some(first) => Ok(first),
                None => Err(Refusal::UnknownMessage.into()),
            };
        }

        let seq = self.next_seq(space).await?;
        let intention = Intention {
            id: new.id,
            message_id: seq.as_message(),
            owner_id: by.id.clone(),
            state: IntentionState::Complete,
            reason: None,
            content: new.content.as_str().to_owned(),
            created_at: self.now.to_timestamp(),
            modified_at: None,
            reply_to: new.reply_to,
            seq,
        };
        if !self.create(space, &intention, None).await? {
            let first = self.sent_before(by, space, new).await?;
            return Ok(first.ok_or(sqlx::Error::RowNotFound)?);
        }
        self.begin_answers(space, &intention, usize::MAX).await?;
        Ok(Sent { intention, is_new: true })
    }

    /// What was sent under this id already, unless it was something else.
    async fn sent_before(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        new: &NewIntention,
    ) -> Done<Option<Sent>> {
        let sql = format!("SELECT {INTENTION} FROM intentions WHERE space_id = $1 AND id = $2");
        let found = sqlx::query(&sql).bind(space.as_str()).bind(new.id.to_string());
        let Some(row) = self.find::<IntentionRow>(found).await? else { return Ok(None) };
        Ok(Some(Sent { intention: first_result(row, &by.id, new)?, is_new: false }))
    }

    /// Writes a message, unless its id is taken: then nothing is written, and it returns false.
    /// `begun` is where an answer's text begins.
    pub(super) async fn create(
        &mut self,
        space: &SpaceId,
        new: &Intention,
        begun: Option<Seq>,
    ) -> Done<bool> {
        let insert = sqlx::query(
            "INSERT INTO intentions \
             (space_id, number, id, owner_id, state, content, created_at, reply_to, seq, begun) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $2, $9) \
             ON CONFLICT (space_id, id) DO NOTHING",
        )
        .bind(space.as_str())
        .bind(signed(new.seq.0))
        .bind(new.id.to_string())
        .bind(new.owner_id.as_str())
        .bind(new.state.as_str())
        .bind(&new.content)
        .bind(self.now.0)
        .bind(new.reply_to.map(|message| signed(message.0)))
        .bind(begun.map(|seq| signed(seq.0)));
        if self.run(insert).await? == 0 {
            return Ok(false);
        }
        let (message_id, data) = (new.message_id, new.clone());
        self.record(space, SyncEvent::IntentionCreated { message_id, data });
        Ok(true)
    }

    pub(super) async fn edit(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        edit: &Edit,
    ) -> Done<Intention> {
        let row = self.own_message(by, space, message).await?;
        self.is_of(space, edit.epoch.as_ref()).await?;
        let content = &edit.content;
        if row.intention.content == content.as_str() {
            return Ok(row.intention);
        }
        if edit.seq.is_some_and(|seq| seq != row.intention.seq) {
            return Err(Refusal::ChangedSince.into());
        }
        let sent_hash = sent_hash(&row);
        let edited = Intention {
            content: content.as_str().to_owned(),
            modified_at: Some(self.now.to_timestamp()),
            seq: self.next_seq(space).await?,
            ..row.intention
        };
        let update = sqlx::query(
            "UPDATE intentions SET content = $3, modified_at = $4, seq = $5, sent_hash = $6 \
             WHERE space_id = $1 AND number = $2",
        )
        .bind(space.as_str())
        .bind(signed(message.0))
        .bind(content.as_str())
        .bind(self.now.0)
        .bind(signed(edited.seq.0))
        .bind(sent_hash);
        self.run(update).await?;
        self.record_update(space, edited.clone());
        Ok(edited)
    }

    pub(super) async fn delete(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
        epoch: Option<&Epoch>,
    ) -> Done<()> {
        let row = self.own_message(by, space, message).await?;
        self.is_of(space, epoch).await?;
        let seq = self.next_seq(space).await?;
        let update = sqlx::query(
            "UPDATE intentions SET content = '', is_deleted = 1, seq = $3, sent_hash = $4 \
             WHERE space_id = $1 AND number = $2",
        )
        .bind(space.as_str())
        .bind(signed(message.0))
        .bind(signed(seq.0))
        .bind(sent_hash(&row));
        self.run(update).await?;
        self.record(space, SyncEvent::IntentionDeleted { message_id: message });
        Ok(())
    }

    /// Whether a change means the history that is there, where it says which it means.
    async fn is_of(&mut self, space: &SpaceId, epoch: Option<&Epoch>) -> Done<()> {
        let present = self.log(space).await?.epoch;
        match epoch.is_none_or(|epoch| *epoch == present) {
            true => Ok(()),
            false => Err(Refusal::AnotherHistory.into()),
        }
    }

    async fn own_message(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        message: MessageId,
    ) -> Done<IntentionRow> {
        let standing = self.standing(space, &by.id).await?;
        policy::may_take_part(standing)?;
        let row = self.message(space, message).await?;
        policy::may_edit(by, standing, &row.intention.owner_id)?;
        Ok(row)
    }

    pub(super) async fn message(
        &mut self,
        space: &SpaceId,
        message: MessageId,
    ) -> Done<IntentionRow> {
        let row = reads::intention(&mut self.connection, space, message).await?;
        Ok(row.filter(|row| !row.is_deleted).ok_or(Refusal::UnknownMessage)?)
    }

    pub(super) fn record_update(&mut self, space: &SpaceId, intention: Intention) {
        let message_id = intention.message_id;
        self.record(space, SyncEvent::IntentionUpdated { message_id, data: intention });
    }
}

/// What the first send of this id was answered with; its message may have changed or gone since.
fn first_result(row: IntentionRow, by: &BeingId, new: &NewIntention) -> Result<Intention, Refusal> {
    let repeats = row.intention.owner_id == *by
        && row.intention.reply_to == new.reply_to
        && match &row.sent_hash {
            Some(hash) => *hash == sha256(new.content.as_str().as_bytes()),
            None => row.intention.content == new.content.as_str(),
        };
    if !repeats {
        return Err(Refusal::IdTaken);
    }
    Ok(Intention {
        state: IntentionState::Complete,
        content: new.content.as_str().to_owned(),
        modified_at: None,
        seq: row.intention.message_id.created_at(),
        ..row.intention
    })
}

fn sent_hash(row: &IntentionRow) -> String {
    let first = || sha256(row.intention.content.as_bytes());
    row.sent_hash.clone().unwrap_or_else(first)
}
