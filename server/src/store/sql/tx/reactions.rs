//! The row verbs of reactions.

use protocol::{MessageId, SpaceId};

use super::{
    super::{
        super::{
            positions::Place,
            tracked::{ReactionRow, Tracked},
            tx::{MessageReactions, ReactionRows, TxResult},
        },
        query::query,
        reactions,
        rows::signed,
    },
    Database, SqlTx,
};

impl<D: Database> ReactionRows for SqlTx<D> {
    async fn reactions(
        &mut self,
        space: &SpaceId,
        message: MessageId,
    ) -> TxResult<Option<MessageReactions>> {
        self.flush_for(space, message).await?;
        Ok(reactions::reactions(self.rows()?, space, message).await?)
    }

    async fn put_reaction(&mut self, place: Place, reaction: ReactionRow) -> TxResult<()> {
        let reaction = ReactionRow { seq: place.seq(), ..reaction };
        let upsert = query(
            "INSERT INTO reactions (space_id, number, emoji, being_id, seq, is_removed) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (space_id, number, emoji, being_id) DO UPDATE \
             SET seq = excluded.seq, is_removed = excluded.is_removed",
        )
        .bind(place.space().as_str())
        .bind(signed(reaction.message.0))
        .bind(&reaction.emoji)
        .bind(reaction.by.as_str())
        .bind(signed(reaction.seq.0))
        .bind(i64::from(reaction.is_removed));
        self.change(place.space(), reaction.message, upsert).await?;
        let seq = place.seq();
        self.positions.spend(place, reaction.into_event(seq));
        Ok(())
    }
}
