//! The models that providers list, to choose from.
//!
//! Always true:
//! - A list is remembered for [`MODELS_SECONDS`], and only while its endpoint stays as it is.
//! - Those that want one list at once ask for it once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::{Model, limits::MODELS_SECONDS};
use tokio::sync::OnceCell;

use super::openai::{Clients, models};
use crate::domain::{
    clock::{Clock, Moment},
    endpoint::Endpoint,
    refusal::Refusal,
};

pub struct Models {
    clock: Arc<dyn Clock>,
    /// Made when they are first needed: it takes reading the certificates that the machine trusts.
    clients: OnceCell<Clients>,
    /// By the provider's name.
    lists: Mutex<HashMap<String, Slot>>,
}

type Slot = Arc<tokio::sync::Mutex<Option<List>>>;

struct List {
    endpoint: Endpoint,
    listed_at: Moment,
    models: Vec<Model>,
}

impl Models {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, clients: OnceCell::new(), lists: Mutex::default() }
    }

    pub async fn of(&self, endpoint: &Endpoint) -> Result<Vec<Model>, Refusal> {
        let slot = {
            let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
            lists.entry(endpoint.name.as_str().to_owned()).or_default().clone()
        };
        let mut remembered = slot.lock().await;
        let now = self.clock.now();
        let is_new = |list: &&mut List| {
            let age = now.0.saturating_sub(list.listed_at.0);
            list.endpoint == *endpoint && (0..MODELS_SECONDS as i64 * 1000).contains(&age)
        };
        if let Some(list) = remembered.as_mut().filter(is_new) {
            return Ok(list.models.clone());
        }
        let clients = self.clients.get_or_try_init(async || Clients::new()).await;
        let clients = clients.map_err(|error| {
            tracing::error!(%error, "cannot make requests to providers");
            Refusal::ProviderUnavailable
        })?;
        match models::list(clients.of(&endpoint.base_url), endpoint).await {
            Ok(models) => {
                let endpoint = endpoint.clone();
                *remembered = Some(List { endpoint, listed_at: now, models: models.clone() });
                Ok(models)
            }
            Err(failure) => {
                let provider = endpoint.name.as_str();
                tracing::warn!(provider, %failure, "a provider lists no models");
                Err(Refusal::ProviderUnavailable)
            }
        }
    }
}
