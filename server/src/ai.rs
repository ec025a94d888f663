//! The beings that answer. An answer begins in the store, with the question; what is here writes it.
//!
//! ```text
//! Committed (an answer has begun) -> brief -> prompt -> provider -> portions -> store
//! ```
//!
//! Always true:
//! - Whoever writes an answer learned of it from a [`Committed`], and so does who is to stop.
//! - An answer that is stopped, or begun anew, has nobody writing the old one.
//! - A key is read where it is used, and is in nothing that is said, logged or sent elsewhere.

mod desk;
pub mod endpoint;
pub mod guide;
mod openai;
mod prompt;
pub mod provider;
pub mod settings;
mod speaking;
pub mod turns;
mod writing;

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::protocol::{
    BeingSettings, FailureReason, IntentionState, MessageId, SpaceId, SyncEvent,
    limits::CONTENT_MAX_CHARACTERS,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, sleep, timeout},
};

use self::{
    desk::Desk,
    endpoint::{Endpoint, GUIDE, Key, ProviderName},
    openai::OpenAi,
    provider::{Failure, Prompt, Provider},
    speaking::Guide,
    writing::Writing,
};
use crate::{
    refusal::Refusal,
    store::{Answer, Brief, Committed, Ending, Publish, Store},
};

/// So many answers are written at once with one provider; more wait for their turn, but not for
/// long. The guide has no such bound.
const SEATS_PER_PROVIDER: usize = 128;
const SEAT_MAX_WAIT: Duration = Duration::from_secs(60);
/// A database that does not say what is asked is asked again after this long.
const BRIEF_AGAIN: Duration = Duration::from_secs(2);

/// What an answer may take.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// How long a provider may send nothing.
    pub silence: Duration,
    /// How long the whole may take.
    pub whole: Duration,
    /// The longest that a provider which asks us to come back later is waited for.
    pub retry_after: Duration,
    /// How often it is asked, then.
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

/// The keys that came with the environment; they win over those that were entered.
#[derive(Clone, Default)]
pub struct KeyRing(BTreeMap<String, Key>);

impl KeyRing {
    /// Every variable whose name a provider could have. What is no key is passed over, and named.
    pub fn from_variables(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let key = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("RHIZOME_KEY_"))?;
            let key = value.into_string().ok().and_then(|value| Key::parse(&value).ok().flatten());
            if key.is_none() {
                tracing::warn!(variable = name, "this is no key");
            }
            Some((name, key?))
        };
        Self(variables.filter_map(key).collect())
    }

    pub fn of(&self, provider: &ProviderName) -> Option<&Key> {
        self.0.get(&provider.key_variable())
    }
}

/// Hears of answers that begin, and of those that are stopped. A store publishes to it.
pub struct Ear(mpsc::UnboundedSender<Order>);

/// Writes the answers that it hears of, until it is dropped.
pub struct Responder {
    orders: mpsc::UnboundedReceiver<Order>,
    client: reqwest::Client,
    keys: KeyRing,
    limits: AnswerLimits,
}

enum Order {
    Begin(Answer),
    Stop(SpaceId, MessageId),
}

impl Publish for Ear {
    fn publish(&self, committed: &Committed) {
        let space = committed.space();
        for (seq, event) in committed.changes() {
            let order = match event {
                SyncEvent::IntentionCreated { message_id, data }
                | SyncEvent::IntentionUpdated { message_id, data } => match data.state {
                    IntentionState::Active => {
                        let (space, message) = (space.clone(), *message_id);
                        Order::Begin(Answer { space, message, begun: *seq })
                    }
                    IntentionState::Cancelled => Order::Stop(space.clone(), *message_id),
                    // Who wrote it has ended it.
                    IntentionState::Complete | IntentionState::Failed => continue,
                },
                _ => continue,
            };
            // Without a responder the server is ending, or a test has none.
            let _ = self.0.send(order);
        }
    }
}

impl Responder {
    pub fn new(keys: KeyRing, limits: AnswerLimits) -> reqwest::Result<(Ear, Self)> {
        let (ear, orders) = mpsc::unbounded_channel();
        let client = openai::client()?;
        Ok((Ear(ear), Self { orders, client, keys, limits }))
    }

    /// Runs until nothing can begin any more. What is being written when this is dropped is
    /// interrupted; the store says so when it is opened again.
    pub async fn run(mut self, store: Arc<dyn Store>) {
        let mut desk = Desk::default();
        let seats = Seats::default();
        let beat = Instant::now();
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    None => return,
                    Some(Order::Stop(space, message)) => desk.clear(&(space, message)),
                    Some(Order::Begin(answer)) => {
                        let writer = Writer {
                            store: store.clone(),
                            client: self.client.clone(),
                            keys: self.keys.clone(),
                            limits: self.limits,
                            seats: seats.clone(),
                            beat,
                        };
                        desk.put(answer.clone(), writer.write(answer));
                    }
                },
                Some(ended) = desk.tasks.join_next_with_id() => {
                    if let Some(answer) = desk.take_away(ended) {
                        let ending = Ending::Failed(FailureReason::Interrupted);
                        let writing = Writing::new(store.clone(), answer.clone(), self.limits, beat);
                        desk.put(answer, writing.end(ending));
                    }
                }
            }
        }
    }
}

/// A provider that is slow, or silent, keeps only its own beings waiting.
#[derive(Clone, Default)]
struct Seats(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

impl Seats {
    async fn take(&self, provider: &str) -> Result<OwnedSemaphorePermit, Failure> {
        let seats = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(SEATS_PER_PROVIDER));
            all.entry(provider.to_owned()).or_insert_with(new).clone()
        };
        let seat = timeout(SEAT_MAX_WAIT, seats.acquire_owned()).await;
        let full = || Failure::new(FailureReason::Busy, "too many answers wait for it");
        seat.ok().and_then(Result::ok).ok_or_else(full)
    }
}

/// Who writes one answer.
struct Writer {
    store: Arc<dyn Store>,
    client: reqwest::Client,
    keys: KeyRing,
    limits: AnswerLimits,
    seats: Seats,
    beat: Instant,
}

impl Writer {
    async fn write(self, answer: Answer) {
        let (store, limits) = (self.store.clone(), self.limits);
        let mut writing = Writing::new(store, answer.clone(), limits, self.beat);
        let ending = match self.brief(&answer).await {
            Ok(brief) if !brief.is_asked => Ending::Cancelled,
            Ok(brief) => match self.hear(&brief, &mut writing).await {
                Ok(()) => Ending::Complete,
                Err(failure) => {
                    let provider = brief.settings.as_ref().map(|settings| &settings.provider);
                    tracing::warn!(
                        space = %answer.space, answer = %answer.message, being = %brief.being.id,
                        provider, %failure, "an answer failed"
                    );
                    Ending::Failed(failure.reason)
                }
            },
            Err(Refusal::AnswerEnded) => return,
            Err(refusal) => {
                tracing::error!(?answer, %refusal, "an answer cannot be begun");
                Ending::Failed(FailureReason::Interrupted)
            }
        };
        writing.end(ending).await;
    }

    async fn brief(&self, answer: &Answer) -> Result<Brief, Refusal> {
        loop {
            match self.store.brief(answer).await {
                Err(Refusal::Unavailable) => sleep(BRIEF_AGAIN).await,
                brief => return brief,
            }
        }
    }

    async fn hear(&self, brief: &Brief, writing: &mut Writing) -> Result<(), Failure> {
        let (provider, prompt) = self.provider(brief).await?;
        let named = brief.settings.as_ref().map(|settings| settings.provider.as_str());
        let _seat = match named {
            Some(name) if name != GUIDE => Some(self.seats.take(name).await?),
            _ => None,
        };
        writing.write(provider.as_ref(), &prompt).await
    }

    async fn provider(&self, brief: &Brief) -> Result<(Box<dyn Provider>, Prompt), Failure> {
        let settings = brief.settings.as_ref().ok_or_else(|| no_provider("it has no settings"))?;
        let prompt = prompt::prompt(brief, settings);
        if settings.provider == GUIDE {
            return Ok((Box::new(Guide), prompt));
        }
        let mut endpoint = self.endpoint(settings).await?;
        if let Some(key) = self.keys.of(&endpoint.name) {
            endpoint.key = Some(key.clone());
        }
        let provider = OpenAi::new(self.client.clone(), endpoint, self.limits.silence);
        Ok((Box::new(provider), prompt))
    }

    async fn endpoint(&self, settings: &BeingSettings) -> Result<Endpoint, Failure> {
        let unavailable =
            |refusal: Refusal| Failure::new(FailureReason::Interrupted, refusal.to_string());
        let all = self.store.providers().await.map_err(unavailable)?;
        let named = all.into_iter().find(|one| one.name.as_str() == settings.provider);
        named.ok_or_else(|| no_provider("its provider is not configured"))
    }
}

fn no_provider(detail: &str) -> Failure {
    Failure::new(FailureReason::NoProvider, detail)
}
