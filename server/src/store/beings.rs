//! Changing what a being is called: told in every space that it belongs to, in one transaction.

use app::protocol::{Being, BeingId, BeingKind, OutOfBounds, SpaceId, SyncEvent};

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
        let in_common = reads::have_a_space_in_common(&mut self.connection, &by.id, id);
        let in_common = in_common.await?;
        policy::may_change_being(by, id, found.made_by.as_ref(), in_common)?;
        if let Some(settings) = &patch.settings {
            if found.being.kind != BeingKind::Ai {
                return Err(OutOfBounds::new("settings", "are those of an AI being only").into());
            }
            self.provider_is_known(settings).await?;
            self.write_settings(id, settings).await?;
            for space in self.spaces_with(id).await? {
                self.set_answering(&space, id, settings.as_wire().answers_when).await?;
            }
        }

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
        for space in self.spaces_with(id).await? {
            self.tell_of_change(&space, &after).await?;
        }
        Ok(after)
    }

    async fn spaces_with(&mut self, id: &BeingId) -> Done<Vec<SpaceId>> {
        let spaces = sqlx::query(
            "SELECT space_id FROM members WHERE being_id = $1 AND has_left = 0 ORDER BY space_id",
        )
        .bind(id.as_str());
        let spaces = self.texts(spaces).await?;
        Ok(spaces.into_iter().map(rows::parsed).collect::<sqlx::Result<_>>()?)
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
}
