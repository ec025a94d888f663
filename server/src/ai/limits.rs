//! The limits of an answer, and of the requests to one provider.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use protocol::{FailureReason, limits::CONTENT_MAX_CHARACTERS};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::provider::Failure;
use crate::domain::endpoint::EndpointOptions;

/// Concurrent requests per provider; further answers queue for at most [`PERMIT_MAX_WAIT`]. The guide
/// has no such limit.
const REQUESTS_PER_PROVIDER: usize = 128;
const PERMIT_MAX_WAIT: Duration = Duration::from_secs(60);

/// The limits of one answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// How long a provider may send nothing.
    pub silence: Duration,
    /// How long the whole answer may take.
    pub whole: Duration,
    /// The longest wait that a provider may ask for before the next attempt.
    pub retry_after: Duration,
    /// The number of attempts when a provider asks for such waits.
    pub attempts: u32,
    pub characters: usize,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self {
            // A model that has to be loaded first takes its time.
            silence: Duration::from_secs(90),
            whole: Duration::from_secs(600),
            retry_after: Duration::from_secs(30),
            attempts: 3,
            characters: CONTENT_MAX_CHARACTERS,
        }
    }
}

impl AnswerLimits {
    /// Those of one provider.
    pub(super) fn with(self, options: EndpointOptions) -> Self {
        let or = |seconds: Option<u64>, default| seconds.map_or(default, Duration::from_secs);
        Self {
            silence: or(options.silence_seconds, self.silence),
            whole: or(options.answer_seconds, self.whole),
            ..self
        }
    }
}

/// Limits concurrent requests, provider by provider: one that is slow, or silent, delays only its own
/// beings.
#[derive(Clone, Default)]
pub(super) struct ProviderLimits(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl ProviderLimits {
    pub async fn acquire(&self, provider: &str) -> Result<OwnedSemaphorePermit, Failure> {
        let requests = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(REQUESTS_PER_PROVIDER));
            all.entry(provider.to_owned()).or_insert_with(new).clone()
        };
        let permit = timeout(PERMIT_MAX_WAIT, requests.acquire_owned()).await;
        let full = || Failure::new(FailureReason::Busy, "too many answers wait for it");
        permit.ok().and_then(Result::ok).ok_or_else(full)
    }
}
