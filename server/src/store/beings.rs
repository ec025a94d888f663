//! Changing what a being is called: told in every space that it belongs to, in one transaction.

use app::protocol::{Being, BeingId, SpaceId, SyncEvent};

use super::{
    BeingPatch, reads,
    rows::{self, signed},
    unit::{Done, Unit},
};
use crate::{
    policy::{self, Actor},
    refusal::Refusal,
};

impl Unit {
    pub(super) async fn change_being(
        &mut self,
        by: &Actor,
        id: &BeingId,
        patch: &BeingPatch,
    ) -> Done<Being> {
        let found = reads::being(&mut self.connection, id).await?.ok_or(Refusal::UnknownBeing)?;
        let in_common = self.have_a_space_in_common(&by.id, id).await?;
        policy::may_change_being(by, id, found.made_by.as_ref(), in_common)?;

        let before = reads::nowhere(found);
        let mut after = before.clone();
        if let Some(name) = &patch.name {
            after.name = name.as_str().to_owned();
        }
        if let Some(hue) = patch.hue {
            after.hue = hue;
        }
        if after == before {
            return Ok(after);
        }
        let update = sqlx::query("UPDATE beings SET name = $2, hue = $3 WHERE id = $1")
            .bind(id.as_str())
            .bind(&after.name)
            .bind(i64::from(after.hue.0));
        self.run(update).await?;
        let spaces = sqlx::query(
            "SELECT space_id FROM members WHERE being_id = $1 AND has_left = 0 ORDER BY space_id",
        )
        .bind(id.as_str());
        for space in self.texts(spaces).await? {
            self.tell_of_change(&rows::parsed(space)?, &after).await?;
        }
        Ok(after)
    }

    async fn tell_of_change(&mut self, space: &SpaceId, being: &Being) -> Done<()> {
        let told = Being { seq: self.next_seq(space).await?, ..being.clone() };
        let update =
            sqlx::query("UPDATE members SET seq = $3 WHERE space_id = $1 AND being_id = $2")
                .bind(space.as_str())
                .bind(told.id.as_str())
                .bind(signed(told.seq.0));
        self.run(update).await?;
        self.record(space, SyncEvent::BeingUpdated { data: told });
        Ok(())
    }

    async fn have_a_space_in_common(&mut self, one: &BeingId, other: &BeingId) -> Done<bool> {
        let found = sqlx::query(
            "SELECT 1 FROM members a \
             CROSS JOIN members b ON b.space_id = a.space_id AND b.being_id = $2 \
             WHERE a.being_id = $1 AND a.has_left = 0 AND b.has_left = 0 LIMIT 1",
        )
        .bind(one.as_str())
        .bind(other.as_str());
        Ok(self.exists(found).await?)
    }
}
