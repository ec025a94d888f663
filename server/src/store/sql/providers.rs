//! What AI beings answer with. Keys lie in a table of their own, which only [`endpoints`] reads.

use super::{
    query::{Columns, Connection, query},
    rows::{self, unsigned},
};
use crate::domain::endpoint::{BaseUrl, Endpoint, EndpointOptions, Key, ProviderName};
use protocol::{AnswersWhen, BeingId, BeingSettings, Decimal, Given, JsonObject, OutOfBounds};

pub(super) async fn settings(
    on: &mut impl Connection,
    id: &BeingId,
) -> sqlx::Result<Option<BeingSettings>> {
    let row = query(
        "SELECT provider, model, instructions, answers_when, context_messages, \
         context_characters, temperature, max_tokens, reasoning_effort, request_extra \
         FROM being_settings WHERE being_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(on)
    .await?;
    row.map(|row| {
        let number = |at| -> sqlx::Result<_> { Ok(unsigned(row.try_get(at)?) as usize) };
        let text = |at| row.try_get::<Option<&str>>(at);
        let when: AnswersWhen = rows::parsed(row.try_get(3)?)?;
        Ok(BeingSettings {
            provider: row.try_get(0)?,
            model: row.try_get(1)?,
            instructions: row.try_get(2)?,
            answers_when: when,
            context_messages: number(4)?,
            context_characters: number(5)?,
            temperature: given(text(6)?.and_then(Decimal::parse)),
            max_tokens: given(row.try_get::<Option<i64>>(7)?.map(unsigned)),
            reasoning_effort: given(text(8)?.map(str::to_owned)),
            request_extra: given(text(9)?.and_then(JsonObject::parse)),
        })
    })
    .transpose()
}

/// What is kept was given.
fn given<T>(kept: Option<T>) -> Given<T> {
    kept.map(Some)
}

pub(super) async fn endpoints(on: &mut impl Connection) -> sqlx::Result<Vec<Endpoint>> {
    let found = query(
        "SELECT p.name, p.base_url, p.silence_seconds, p.answer_seconds, p.key_header, k.secret \
         FROM providers p LEFT JOIN provider_keys k ON k.provider = p.name ORDER BY p.name",
    )
    .fetch_all(on)
    .await?;
    // One that a later build wrote, and this one cannot read, does not take the others along.
    let read = |row| endpoint(row).inspect_err(|error| tracing::error!(%error, "a provider"));
    Ok(found.iter().map(read).filter_map(sqlx::Result::ok).collect())
}

fn endpoint(row: &impl Columns) -> sqlx::Result<Endpoint> {
    let decode = |error: OutOfBounds| sqlx::Error::Decode(Box::new(error));
    let secret: Option<&str> = row.try_get(5)?;
    let seconds = |at| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>>(at)?.map(unsigned));
    let key_header: Option<String> = row.try_get(4)?;
    Ok(Endpoint {
        name: ProviderName::parse(row.try_get(0)?).map_err(decode)?,
        base_url: BaseUrl::parse(row.try_get(1)?).map_err(decode)?,
        key: Key::parse(secret.unwrap_or_default()).map_err(decode)?,
        options: EndpointOptions {
            silence_seconds: seconds(2)?,
            answer_seconds: seconds(3)?,
            key_header: key_header.map(rows::parsed).transpose()?,
        },
    })
}
