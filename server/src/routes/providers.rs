//! `/api/providers`

use std::sync::Arc;

use app::protocol::{ProviderListing, PutProvider};
use axum::{extract::State, http::StatusCode};

use crate::{
    ai::endpoint::{BaseUrl, Key, ProviderName},
    json::{Ids, Json},
    refusal::Refusal,
    services::Services,
    session::Caller,
    store::KeyChange,
};

pub async fn list(
    State(services): State<Arc<Services>>,
    caller: Caller,
) -> Result<axum::Json<Vec<ProviderListing>>, Refusal> {
    Ok(axum::Json(services.providers(&caller.actor).await?))
}

pub async fn put(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(name): Ids<String>,
    Json(wish): Json<PutProvider>,
) -> Result<axum::Json<ProviderListing>, Refusal> {
    let name = ProviderName::parse(&name)?;
    let key = match wish.key.as_deref().map(Key::parse).transpose()? {
        None => KeyChange::Keep,
        Some(None) => KeyChange::Remove,
        Some(Some(key)) => KeyChange::Set(key),
    };
    let base_url = BaseUrl::parse(&wish.base_url)?;
    services.store.put_provider(&caller.actor, name.clone(), base_url, key).await?;
    let all = services.providers(&caller.actor).await?;
    let put = all.into_iter().find(|provider| provider.name == name.as_str());
    Ok(axum::Json(put.ok_or(Refusal::UnknownProvider)?))
}

pub async fn remove(
    State(services): State<Arc<Services>>,
    caller: Caller,
    Ids(name): Ids<String>,
) -> Result<StatusCode, Refusal> {
    let name = ProviderName::parse(&name).map_err(|_| Refusal::UnknownProvider)?;
    services.store.remove_provider(&caller.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
