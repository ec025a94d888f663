//! What AI beings answer with. Keys lie in a table of their own, which only [`endpoints`] reads.

use app::protocol::{AnswersWhen, BeingId, BeingSettings, OutOfBounds};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    KeyChange,
    rows::{self, signed, unsigned},
    unit::{Done, Unit},
};
use crate::{
    ai::{
        endpoint::{BaseUrl, Endpoint, GUIDE, Key, ProviderName},
        settings::Settings,
    },
    policy::{self, Actor},
    refusal::Refusal,
};

impl Unit {
    pub(super) async fn put_provider(
        &mut self,
        by: &Actor,
        name: &ProviderName,
        base_url: &BaseUrl,
        key: &KeyChange,
    ) -> Done<()> {
        policy::may_configure_providers(by)?;
        let unchanged = sqlx::query("SELECT 1 FROM providers WHERE name = $1 AND base_url = $2")
            .bind(name.as_str())
            .bind(base_url.as_str());
        let key = match key {
            KeyChange::Keep if self.exists(unchanged).await? => return Ok(()),
            KeyChange::Set(key) => Some(key),
            KeyChange::Keep | KeyChange::Remove => None,
        };
        let upsert = sqlx::query(
            "INSERT INTO providers (name, base_url, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url",
        )
        .bind(name.as_str())
        .bind(base_url.as_str())
        .bind(self.now.0);
        self.run(upsert).await?;
        let forget =
            sqlx::query("DELETE FROM provider_keys WHERE provider = $1").bind(name.as_str());
        self.run(forget).await?;
        if let Some(key) = key {
            let insert =
                sqlx::query("INSERT INTO provider_keys (provider, secret) VALUES ($1, $2)")
                    .bind(name.as_str())
                    .bind(key.secret());
            self.run(insert).await?;
        }
        Ok(())
    }

    pub(super) async fn remove_provider(&mut self, by: &Actor, name: &ProviderName) -> Done<()> {
        policy::may_configure_providers(by)?;
        let delete = sqlx::query("DELETE FROM providers WHERE name = $1").bind(name.as_str());
        if self.run(delete).await? == 0 {
            return Err(Refusal::UnknownProvider.into());
        }
        Ok(())
    }

    /// Refuses settings whose provider nobody has configured.
    pub(super) async fn provider_is_known(&mut self, settings: &Settings) -> Done<()> {
        let name = settings.as_wire().provider.as_str();
        if name == GUIDE {
            return Ok(());
        }
        let found = sqlx::query("SELECT 1 FROM providers WHERE name = $1").bind(name);
        if self.exists(found).await? {
            Ok(())
        } else {
            Err(OutOfBounds::new("provider", "is not configured").into())
        }
    }

    pub(super) async fn write_settings(&mut self, id: &BeingId, settings: &Settings) -> Done<()> {
        let settings = settings.as_wire();
        let upsert = sqlx::query(
            "INSERT INTO being_settings (being_id, provider, model, instructions, answers_when, \
             context_messages, context_characters) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (being_id) DO UPDATE SET provider = excluded.provider, \
             model = excluded.model, instructions = excluded.instructions, \
             answers_when = excluded.answers_when, context_messages = excluded.context_messages, \
             context_characters = excluded.context_characters",
        )
        .bind(id.as_str())
        .bind(&settings.provider)
        .bind(&settings.model)
        .bind(&settings.instructions)
        .bind(settings.answers_when.as_str())
        .bind(signed(settings.context_messages as u64))
        .bind(signed(settings.context_characters as u64));
        self.run(upsert).await?;
        Ok(())
    }
}

pub(super) async fn settings(
    on: &mut SqliteConnection,
    id: &BeingId,
) -> sqlx::Result<Option<BeingSettings>> {
    let row = sqlx::query(
        "SELECT provider, model, instructions, answers_when, context_messages, context_characters \
         FROM being_settings WHERE being_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(on)
    .await?;
    let number =
        |row: &SqliteRow, at| -> sqlx::Result<_> { Ok(unsigned(row.try_get(at)?) as usize) };
    row.map(|row| {
        let when: AnswersWhen = rows::answers_when(row.try_get(3)?)?;
        Ok(BeingSettings {
            provider: row.try_get(0)?,
            model: row.try_get(1)?,
            instructions: row.try_get(2)?,
            answers_when: when,
            context_messages: number(&row, 4)?,
            context_characters: number(&row, 5)?,
        })
    })
    .transpose()
}

pub(super) async fn endpoints(on: &mut SqliteConnection) -> sqlx::Result<Vec<Endpoint>> {
    let found = sqlx::query(
        "SELECT p.name, p.base_url, k.secret FROM providers p \
         LEFT JOIN provider_keys k ON k.provider = p.name ORDER BY p.name",
    )
    .fetch_all(on)
    .await?;
    let decode = |error: OutOfBounds| sqlx::Error::Decode(Box::new(error));
    let endpoint = |row: &SqliteRow| -> sqlx::Result<Endpoint> {
        let secret: Option<String> = row.try_get(2)?;
        Ok(Endpoint {
            name: ProviderName::parse(row.try_get(0)?).map_err(decode)?,
            base_url: BaseUrl::parse(row.try_get(1)?).map_err(decode)?,
            key: Key::parse(secret.as_deref().unwrap_or_default()).map_err(decode)?,
        })
    };
    // One that a later build wrote, and this one cannot read, does not take the others along.
    let read = |row| endpoint(row).inspect_err(|error| tracing::error!(%error, "a provider"));
    Ok(found.iter().map(read).filter_map(sqlx::Result::ok).collect())
}
