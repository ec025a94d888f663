//! `/api/providers`: what AI beings can answer with.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use protocol::{Model, ProviderConfig, ProviderListing};

use crate::{
    app_state::AppState,
    domain::{
        command::{KeyChange, PutProvider, RemoveProvider},
        endpoint::{BaseUrl, Key, OptionsChange, ProviderName},
        refusal::Refusal,
    },
    http::{
        auth::Caller,
        extract::{Json, Path},
    },
    store::Execute,
};

pub async fn list(
    State(services): State<Arc<AppState>>,
    caller: Caller,
) -> Result<axum::Json<Vec<ProviderListing>>, Refusal> {
    Ok(axum::Json(services.providers(&caller.being).await?))
}

pub async fn put(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(name): Path<String>,
    Json(request): Json<ProviderConfig>,
) -> Result<axum::Json<ProviderListing>, Refusal> {
    let name = ProviderName::parse(&name)?;
    let key = match request.key.as_deref().map(Key::parse).transpose()? {
        None => KeyChange::Keep,
        Some(None) => KeyChange::Remove,
        Some(Some(key)) => KeyChange::Set(key),
    };
    let base_url = BaseUrl::parse(&request.base_url)?;
    let ProviderConfig { silence_seconds, answer_seconds, key_header, .. } = request;
    let options = OptionsChange::parse(silence_seconds, answer_seconds, key_header)?;
    let (by, name_again) = (caller.being.clone(), name.clone());
    let put = PutProvider { by, name: name_again, base_url, key, options };
    services.store.execute(put).await?;
    let all = services.providers(&caller.being).await?;
    let stored = all.into_iter().find(|provider| provider.name == name.as_str());
    Ok(axum::Json(stored.ok_or(Refusal::UnknownProvider)?))
}

pub async fn remove(
    State(services): State<Arc<AppState>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Refusal> {
    let name = ProviderName::parse(&name).map_err(|_| Refusal::UnknownProvider)?;
    services.store.execute(RemoveProvider { by: caller.being, name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn models(
    State(services): State<Arc<AppState>>,
    _: Caller,
    Path(name): Path<String>,
) -> Result<axum::Json<Vec<Model>>, Refusal> {
    Ok(axum::Json(services.models(&name).await?))
}
