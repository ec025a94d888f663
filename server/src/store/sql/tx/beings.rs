//! The row verbs of beings, their accounts, sessions and invites, and of AI beings' providers.

use super::{
    super::{
        super::tx::{BeingRow, BeingRows, TxResult},
        queries,
        query::query,
        rows::signed,
    },
    Database, SqlTx,
};
use crate::domain::{
    clock::Moment,
    endpoint::{BaseUrl, Key, OptionsChange, ProviderName},
    settings::Settings,
    token::TokenHash,
};
use protocol::{Being, BeingId, Decimal, Epoch, JsonObject, KeyHeader, SpaceId};

impl<D: Database> BeingRows for SqlTx<D> {
    async fn being(&mut self, id: &BeingId) -> TxResult<Option<BeingRow>> {
        Ok(queries::being(self.rows()?, id).await?)
    }

    async fn insert_being(&mut self, being: &Being, made_by: Option<&BeingId>) -> TxResult<()> {
        let insert = query(
            "INSERT INTO beings (id, kind, name, hue, made_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(being.id.as_str())
        .bind(being.kind.as_str())
        .bind(&being.name)
        .bind(i64::from(being.hue.degrees()))
        .bind(made_by.map(BeingId::as_str))
        .bind(self.now.0);
        self.run(insert).await?;
        Ok(())
    }

    async fn update_being(&mut self, being: &Being) -> TxResult<()> {
        let update = query("UPDATE beings SET name = $2, hue = $3 WHERE id = $1")
            .bind(being.id.as_str())
            .bind(&being.name)
            .bind(i64::from(being.hue.degrees()));
        self.run_on_one(update).await?;
        Ok(())
    }

    async fn has_accounts(&mut self) -> TxResult<bool> {
        Ok(queries::has_accounts(self.rows()?).await?)
    }

    async fn is_admin(&mut self, being: &BeingId) -> TxResult<bool> {
        Ok(queries::is_admin(self.rows()?, being).await?)
    }

    async fn insert_account(
        &mut self,
        being: &BeingId,
        password_hash: &str,
        is_admin: bool,
        inbox: &Epoch,
    ) -> TxResult<()> {
        let insert = query(
            "INSERT INTO accounts (being_id, password_hash, administers) VALUES ($1, $2, $3); \
             INSERT INTO inboxes (being_id, epoch, head) VALUES ($1, $4, 0)",
        )
        .bind(being.as_str())
        .bind(password_hash)
        .bind(i64::from(is_admin))
        .bind(inbox.as_str());
        self.run(insert).await?;
        Ok(())
    }

    async fn replace_password_hash(
        &mut self,
        being: &BeingId,
        before: &str,
        hash: &str,
    ) -> TxResult<()> {
        let update = query(
            "UPDATE accounts SET password_hash = $3 WHERE being_id = $1 AND password_hash = $2",
        )
        .bind(being.as_str())
        .bind(before)
        .bind(hash);
        self.run(update).await?;
        Ok(())
    }

    async fn insert_session(
        &mut self,
        being: &BeingId,
        token: &TokenHash,
        expires_at: Moment,
    ) -> TxResult<()> {
        let insert = query(
            "INSERT INTO sessions (token_hash, being_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&token.0)
        .bind(being.as_str())
        .bind(self.now.0)
        .bind(expires_at.0);
        self.run(insert).await?;
        Ok(())
    }

    async fn delete_session(&mut self, token: &TokenHash) -> TxResult<()> {
        let delete = query("DELETE FROM sessions WHERE token_hash = $1").bind(&token.0);
        self.run(delete).await?;
        self.ended_sessions.push(token.clone());
        Ok(())
    }

    async fn insert_invite(
        &mut self,
        space: &SpaceId,
        made_by: &BeingId,
        token: &TokenHash,
        expires_at: Moment,
    ) -> TxResult<()> {
        let insert = query(
            "INSERT INTO invites (token_hash, space_id, made_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&token.0)
        .bind(space.as_str())
        .bind(made_by.as_str())
        .bind(self.now.0)
        .bind(expires_at.0);
        self.run(insert).await?;
        Ok(())
    }

    async fn invited_to(&mut self, token: &TokenHash) -> TxResult<Option<SpaceId>> {
        let now = self.now;
        Ok(queries::invited_to(self.rows()?, token, now).await?)
    }

    async fn delete_invites(&mut self, space: &SpaceId) -> TxResult<()> {
        let delete = query("DELETE FROM invites WHERE space_id = $1").bind(space.as_str());
        self.run(delete).await?;
        Ok(())
    }

    async fn delete_expired(&mut self) -> TxResult<()> {
        for table in ["sessions", "invites"] {
            let expired = format!("DELETE FROM {table} WHERE expires_at <= $1");
            self.run(query(&expired).bind(self.now.0)).await?;
        }
        Ok(())
    }

    async fn put_settings(&mut self, being: &BeingId, settings: &Settings) -> TxResult<()> {
        let settings = settings.as_wire();
        let upsert = query(
            "INSERT INTO being_settings (being_id, provider, model, instructions, answers_when, \
             context_messages, context_characters, temperature, max_tokens, reasoning_effort, \
             request_extra) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (being_id) DO UPDATE SET provider = excluded.provider, \
             model = excluded.model, instructions = excluded.instructions, \
             answers_when = excluded.answers_when, context_messages = excluded.context_messages, \
             context_characters = excluded.context_characters, \
             temperature = CASE WHEN $12 THEN excluded.temperature ELSE being_settings.temperature END, \
             max_tokens = CASE WHEN $13 THEN excluded.max_tokens ELSE being_settings.max_tokens END, \
             reasoning_effort = \
             CASE WHEN $14 THEN excluded.reasoning_effort \
             ELSE being_settings.reasoning_effort END, \
             request_extra = CASE WHEN $15 THEN excluded.request_extra \
             ELSE being_settings.request_extra END",
        )
        .bind(being.as_str())
        .bind(&settings.provider)
        .bind(&settings.model)
        .bind(&settings.instructions)
        .bind(settings.answers_when.as_str())
        .bind(signed(settings.context_messages as u64))
        .bind(signed(settings.context_characters as u64))
        .bind(settings.temperature.iter().flatten().next().map(Decimal::as_str))
        .bind(settings.max_tokens.flatten().map(signed))
        .bind(settings.reasoning_effort.as_ref().and_then(Option::as_deref))
        .bind(settings.request_extra.iter().flatten().next().map(JsonObject::as_str))
        .bind(settings.temperature.is_some())
        .bind(settings.max_tokens.is_some())
        .bind(settings.reasoning_effort.is_some())
        .bind(settings.request_extra.is_some());
        self.run(upsert).await?;
        Ok(())
    }

    async fn provider(&mut self, name: &str) -> TxResult<Option<String>> {
        let found = query("SELECT base_url FROM providers WHERE name = $1").bind(name);
        Ok(self.texts(found).await?.into_iter().next())
    }

    async fn put_provider(
        &mut self,
        name: &ProviderName,
        base_url: &BaseUrl,
        key: Option<&Key>,
    ) -> TxResult<()> {
        let upsert = query(
            "INSERT INTO providers (name, base_url, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url",
        )
        .bind(name.as_str())
        .bind(base_url.as_str())
        .bind(self.now.0);
        self.run(upsert).await?;
        let delete = query("DELETE FROM provider_keys WHERE provider = $1").bind(name.as_str());
        self.run(delete).await?;
        if let Some(key) = key {
            let insert = query("INSERT INTO provider_keys (provider, secret) VALUES ($1, $2)")
                .bind(name.as_str())
                .bind(key.secret());
            self.run(insert).await?;
        }
        Ok(())
    }

    async fn set_provider_options(
        &mut self,
        name: &ProviderName,
        options: &OptionsChange,
    ) -> TxResult<()> {
        let update = query(
            "UPDATE providers SET \
             silence_seconds = CASE WHEN $2 THEN $3 ELSE silence_seconds END, \
             answer_seconds = CASE WHEN $4 THEN $5 ELSE answer_seconds END, \
             key_header = CASE WHEN $6 THEN $7 ELSE key_header END WHERE name = $1",
        )
        .bind(name.as_str())
        .bind(options.silence_seconds.is_some())
        .bind(options.silence_seconds.flatten().map(signed))
        .bind(options.answer_seconds.is_some())
        .bind(options.answer_seconds.flatten().map(signed))
        .bind(options.key_header.is_some())
        .bind(options.key_header.flatten().map(KeyHeader::as_str));
        self.run_on_one(update).await?;
        Ok(())
    }

    async fn delete_provider(&mut self, name: &ProviderName) -> TxResult<bool> {
        let delete = query("DELETE FROM providers WHERE name = $1").bind(name.as_str());
        Ok(self.run(delete).await? > 0)
    }
}
