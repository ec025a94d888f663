//! The row verbs of spaces and their members.

use super::{
    super::{
        super::{
            positions::Place,
            tx::{SpaceRows, TxResult},
        },
        queries,
        query::query,
        rows::{self, signed},
    },
    Database, SqlTx,
};
use crate::domain::{clock::Moment, members::SpaceState, rng::Rng, settings::Settings};
use protocol::{Being, BeingId, BeingKind, BeingUpdated, Epoch, SpaceDetails, SpaceId, SyncEvent};

impl<D: Database> SpaceRows for SqlTx<D> {
    fn now(&self) -> Moment {
        self.now
    }

    fn rng(&self) -> &Rng {
        &self.rng
    }

    async fn space(&mut self, id: &SpaceId) -> TxResult<Option<SpaceState>> {
        if let Some(state) = self.positions.get(id) {
            return Ok(Some(state.clone()));
        }
        if self.positions.is_deleted(id) {
            return Ok(None);
        }
        Ok(self.load_space(id).await?)
    }

    fn next(&mut self, space: &SpaceId) -> Place {
        self.positions.next(space)
    }

    async fn insert_space(
        &mut self,
        space: &Being,
        founder: &BeingId,
        epoch: &Epoch,
    ) -> TxResult<()> {
        let insert = query(
            "INSERT INTO spaces (id, epoch, head, revision) VALUES ($1, $2, 0, 0); \
             INSERT INTO search_spaces (space_id) VALUES ($1)",
        )
        .bind(space.id.as_str())
        .bind(epoch.as_str());
        self.run(insert).await?;
        let state = SpaceState::created(space.clone(), founder.clone(), epoch.clone());
        self.positions.create(state.members.space_id(), state);
        Ok(())
    }

    async fn make_direct(&mut self, space: &SpaceId, persons: &[BeingId]) -> TxResult<()> {
        let update = query("UPDATE spaces SET persons = $2 WHERE id = $1")
            .bind(space.as_str())
            .bind(key(persons));
        self.run_on_one(update).await?;
        self.positions.make_direct(space);
        Ok(())
    }

    async fn direct_space(&mut self, persons: &[BeingId]) -> TxResult<Option<SpaceId>> {
        let found = query("SELECT id FROM spaces WHERE persons = $1").bind(key(persons));
        let found = self.texts(found).await?.into_iter().next();
        Ok(found.map(rows::parsed).transpose()?)
    }

    async fn delete_space(&mut self, space: &SpaceId) -> TxResult<()> {
        self.end_space(space).await
    }

    async fn put_details(&mut self, place: Place, details: &SpaceDetails) -> TxResult<()> {
        let update = query(
            "UPDATE spaces SET topic = $2, is_archived = $3, is_open = $4, details_seq = $5 \
             WHERE id = $1",
        )
        .bind(place.space().as_str())
        .bind(&details.topic)
        .bind(i64::from(details.archived))
        .bind(i64::from(details.open))
        .bind(signed(place.seq().0));
        self.run_on_one(update).await?;
        self.positions.spend(place, SyncEvent::SpaceChanged(details.clone()));
        Ok(())
    }

    async fn put_member(&mut self, place: Place, being: Being) -> TxResult<Being> {
        let is_member = |state: &SpaceState| state.members.present.contains_key(&being.id);
        if being.kind == BeingKind::Person
            && !self.positions.get(place.space()).is_some_and(is_member)
        {
            return self.join(place, being).await;
        }
        let being = Being { seq: place.seq(), ..being };
        let upsert = query(
            "INSERT INTO members (space_id, being_id, seq, has_left) VALUES ($1, $2, $3, 0) \
             ON CONFLICT (space_id, being_id) DO UPDATE SET seq = excluded.seq, has_left = 0",
        )
        .bind(place.space().as_str())
        .bind(being.id.as_str())
        .bind(signed(being.seq.0));
        self.run(upsert).await?;
        let data = being.clone();
        self.positions.spend(place, SyncEvent::BeingUpdated(BeingUpdated { data }));
        Ok(being)
    }

    async fn remove_member(&mut self, place: Place, being: &BeingId) -> TxResult<()> {
        self.leave(place, being).await
    }

    async fn spaces_with(&mut self, being: &BeingId) -> TxResult<Vec<SpaceId>> {
        let spaces = query(
            "SELECT space_id FROM members WHERE being_id = $1 AND has_left = 0 ORDER BY space_id",
        )
        .bind(being.as_str());
        let spaces = self.texts(spaces).await?;
        Ok(spaces.into_iter().map(rows::parsed).collect::<sqlx::Result<_>>()?)
    }

    async fn have_a_space_in_common(&mut self, one: &BeingId, other: &BeingId) -> TxResult<bool> {
        Ok(queries::have_a_space_in_common(self.rows()?, one, other).await?)
    }

    async fn set_answering(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        settings: &Settings,
    ) -> TxResult<()> {
        self.space(space).await?;
        self.positions.set_answering(space, being, settings.as_wire().answers_when);
        Ok(())
    }
}

/// As the table holds the persons of a direct space. No id has a blank in it.
fn key(persons: &[BeingId]) -> String {
    persons.iter().map(BeingId::as_str).collect::<Vec<_>>().join(" ")
}
