//! Accounts and their sessions.

use app::protocol::{Being, BeingId, BeingKind, Hue, Name, Seq, limits::SESSION_DAYS};

use super::{
    NewAccount, reads,
    unit::{Done, Unit},
};
use crate::{chance::TokenHash, refusal::Refusal};

impl Unit {
    pub(super) async fn open_account(&mut self, new: &NewAccount) -> Done<Being> {
        let is_first = !reads::has_accounts(&mut self.connection).await?;
        let space = match &new.invite {
            Some(token) => {
                let space = reads::invited_to(&mut self.connection, token, self.now).await?;
                Some(space.ok_or(Refusal::UnknownInvite)?)
            }
            None if is_first => None,
            None => return Err(Refusal::InviteRequired.into()),
        };
        if self.being_exists(&new.id).await? {
            return Err(Refusal::HandleTaken(new.id.to_string()).into());
        }
        let being = Being {
            id: new.id.clone(),
            name: new.name.as_str().to_owned(),
            kind: BeingKind::Person,
            hue: Hue::of(&new.id),
            seq: Seq(0),
        };
        self.write_being(&being, None).await?;
        let insert = sqlx::query(
            "INSERT INTO accounts (being_id, password_hash, administers) VALUES ($1, $2, $3)",
        )
        .bind(new.id.as_str())
        .bind(&new.password_hash)
        .bind(i64::from(is_first));
        self.run(insert).await?;
        self.start_session(&new.id, &new.session).await?;
        if let Some(space) = space {
            self.join(&space, being.clone()).await?;
        }
        Ok(being)
    }

    pub(super) async fn start_session(&mut self, being: &BeingId, token: &TokenHash) -> Done<()> {
        let insert = sqlx::query(
            "INSERT INTO sessions (token_hash, being_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&token.0)
        .bind(being.as_str())
        .bind(self.now.0)
        .bind(self.now.plus_days(SESSION_DAYS).0);
        self.run(insert).await?;
        Ok(())
    }

    pub(super) async fn end_session(&mut self, token: &TokenHash) -> Done<()> {
        let delete = sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(&token.0);
        self.run(delete).await?;
        self.end_with_it(token);
        Ok(())
    }

    pub(super) async fn being_exists(&mut self, id: &BeingId) -> Done<bool> {
        let found = sqlx::query("SELECT 1 FROM beings WHERE id = $1").bind(id.as_str());
        Ok(self.exists(found).await?)
    }

    /// An id made from a name that nobody has: plain where it can be, else numbered at random, so
    /// that the thousandth space of one name costs no more queries than the second.
    pub(super) async fn free_id(&mut self, name: &Name, fallback: &str) -> Done<BeingId> {
        let mut attempt = 0;
        loop {
            let id = BeingId::from_name(name.as_str(), fallback, attempt);
            if !self.being_exists(&id).await? {
                return Ok(id);
            }
            attempt = if attempt == 0 { 1 } else { self.chance.below(100_000) };
        }
    }

    pub(super) async fn write_being(
        &mut self,
        being: &Being,
        made_by: Option<&BeingId>,
    ) -> Done<()> {
        let insert = sqlx::query(
            "INSERT INTO beings (id, kind, name, hue, made_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(being.id.as_str())
        .bind(being.kind.as_str())
        .bind(&being.name)
        .bind(i64::from(being.hue.0))
        .bind(made_by.map(BeingId::as_str))
        .bind(self.now.0);
        self.run(insert).await?;
        Ok(())
    }
}
