//! Founding a space, and the ways into it and out.

use std::collections::BTreeMap;

use app::protocol::{
    Being, BeingId, BeingKind, Hue, Name, Seq, SpaceId, SyncEvent, limits::INVITE_DAYS,
};

use super::{
    NewBeing,
    ledger::Beings,
    reads,
    rows::signed,
    unit::{Done, Unit},
};
use crate::{
    chance::TokenHash,
    policy::{self, Actor, Standing},
    refusal::Refusal,
};

impl Unit {
    pub(super) async fn found_space(&mut self, by: &Actor, name: &Name) -> Done<Being> {
        let founder = self.known(&by.id).await?;
        let id = self.free_id(name, "space").await?;
        let space = Being {
            hue: Hue::of(&id),
            id,
            name: name.as_str().to_owned(),
            kind: BeingKind::Space,
            seq: Seq(0),
        };
        let space_id = SpaceId::from(space.id.clone());
        let epoch = self.chance.epoch();
        self.write_being(&space, Some(&by.id)).await?;
        let insert = sqlx::query("INSERT INTO spaces (id, epoch, head) VALUES ($1, $2, 0)")
            .bind(space_id.as_str())
            .bind(epoch.as_str());
        self.run(insert).await?;
        let beings = Beings {
            space: space.clone(),
            founder: Some(by.id.clone()),
            members: BTreeMap::new(),
            answering: BTreeMap::new(),
            departed: BTreeMap::new(),
        };
        self.open_log(space_id.clone(), epoch, beings);
        let space = self.join(&space_id, space).await?;
        self.join(&space_id, founder).await?;
        Ok(space)
    }

    /// Makes the being belong, at the next position; who belongs already stays as it is.
    pub(super) async fn join(&mut self, space: &SpaceId, being: Being) -> Done<Being> {
        let log = self.log(space).await?;
        if let Some(member) = log.beings.members.get(&being.id) {
            return Ok(member.clone());
        }
        let joined = Being { seq: log.head.next(), ..being };
        let upsert = sqlx::query(
            "INSERT INTO members (space_id, being_id, seq, has_left) VALUES ($1, $2, $3, 0) \
             ON CONFLICT (space_id, being_id) DO UPDATE SET seq = excluded.seq, has_left = 0",
        )
        .bind(space.as_str())
        .bind(joined.id.as_str())
        .bind(signed(joined.seq.0));
        self.run(upsert).await?;
        self.record(space, SyncEvent::BeingUpdated { data: joined.clone() });
        Ok(joined)
    }

    pub(super) async fn make_invite(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        token: &TokenHash,
    ) -> Done<()> {
        policy::may_take_part(self.standing(space, &by.id).await?)?;
        let insert = sqlx::query(
            "INSERT INTO invites (token_hash, space_id, made_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&token.0)
        .bind(space.as_str())
        .bind(by.id.as_str())
        .bind(self.now.0)
        .bind(self.now.plus_days(INVITE_DAYS).0);
        self.run(insert).await?;
        Ok(())
    }

    pub(super) async fn accept_invite(&mut self, by: &Actor, token: &TokenHash) -> Done<Being> {
        let space = reads::invited_to(&mut self.connection, token, self.now).await?;
        let space = space.ok_or(Refusal::UnknownInvite)?;
        let being = self.known(&by.id).await?;
        self.join(&space, being).await?;
        Ok(self.log(&space).await?.beings.space.clone())
    }

    pub(super) async fn add_being(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        new: &NewBeing,
    ) -> Done<Being> {
        policy::may_take_part(self.standing(space, &by.id).await?)?;
        if let Some(settings) = &new.settings {
            self.provider_is_known(settings).await?;
        }
        let id = self.free_id(&new.name, "being").await?;
        let being = Being {
            hue: new.hue.unwrap_or(Hue::of(&id)),
            id: id.clone(),
            name: new.name.as_str().to_owned(),
            kind: BeingKind::Ai,
            seq: Seq(0),
        };
        self.write_being(&being, Some(&by.id)).await?;
        let joined = self.join(space, being).await?;
        if let Some(settings) = &new.settings {
            self.write_settings(&id, settings).await?;
            self.set_answering(space, &id, settings.as_wire().answers_when).await?;
        }
        Ok(joined)
    }

    pub(super) async fn remove_being(
        &mut self,
        by: &Actor,
        space: &SpaceId,
        id: &BeingId,
    ) -> Done<()> {
        let beings = self.log(space).await?.beings;
        let standing = beings.standing(&by.id);
        policy::may_take_part(standing)?;
        let (kind, made_by) = match beings.members.get(id) {
            Some(member) => (member.kind, self.maker(id).await?),
            None => return Err(Refusal::UnknownBeing.into()),
        };
        let founder = beings.founder.as_ref();
        policy::may_remove_being(by, standing, id, kind, founder, made_by.as_ref())?;
        if kind == BeingKind::Ai {
            self.end_answers_of(space, id).await?;
        }
        if kind == BeingKind::Person && by.id != *id {
            // Who was sent away would come back by the link they came by, or by one of their own.
            let links = sqlx::query("DELETE FROM invites WHERE space_id = $1");
            self.run(links.bind(space.as_str())).await?;
        }
        let seq = self.next_seq(space).await?;
        let update = sqlx::query(
            "UPDATE members SET seq = $3, has_left = 1 WHERE space_id = $1 AND being_id = $2",
        )
        .bind(space.as_str())
        .bind(id.as_str())
        .bind(signed(seq.0));
        self.run(update).await?;
        self.record(space, SyncEvent::BeingLeft { being_id: id.clone() });
        Ok(())
    }

    pub(super) async fn standing(&mut self, space: &SpaceId, id: &BeingId) -> Done<Standing> {
        Ok(self.log(space).await?.beings.standing(id))
    }

    /// The being itself, without a position.
    pub(super) async fn known(&mut self, id: &BeingId) -> Done<Being> {
        let found = reads::being(&mut self.connection, id).await?;
        Ok(found.map(reads::nowhere).ok_or(Refusal::UnknownBeing)?)
    }

    async fn maker(&mut self, id: &BeingId) -> Done<Option<BeingId>> {
        Ok(reads::being(&mut self.connection, id).await?.and_then(|row| row.made_by))
    }
}
