//! Any endpoint that speaks OpenAI's streaming chat-completions API: OpenAI, OpenRouter, Ollama,
//! llama.cpp, vLLM. See <https://platform.openai.com/docs/api-reference/chat-streaming>.

mod body;
mod chunk;
mod clients;
mod completion;
mod dialect;
mod event_stream;
mod halves;
mod messages;
pub mod models;
mod redaction;
mod refused;
mod thoughts;
mod words;

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream::once};
use protocol::FailureReason;
use reqwest::{Client, Response, header::CONTENT_TYPE};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep, timeout};

use self::{
    body::{beginning, silent, with_causes},
    dialect::Dialect,
    messages::messages,
    redaction::redact,
    refused::Refused,
};
pub use self::{clients::Clients, dialect::Dialects};
use super::provider::{Failure, PieceStream, Prompt, Provider, Sampling};
use crate::domain::endpoint::Endpoint;

/// The pause before a model that is being loaded is asked again.
const LOADING_PAUSE: Duration = Duration::from_secs(2);

/// A provider, to be asked once.
#[derive(Clone)]
pub struct OpenAi {
    client: Client,
    endpoint: Endpoint,
    dialects: Dialects,
    /// How long the provider may send nothing.
    silence_max: Duration,
}

impl OpenAi {
    pub fn new(
        client: Client,
        endpoint: Endpoint,
        dialects: Dialects,
        silence_max: Duration,
    ) -> Self {
        Self { client, endpoint, dialects, silence_max }
    }

    /// Asks, and asks again where what the provider refuses can be said in another way.
    async fn open(&self, prompt: &Prompt) -> Result<Response, Failure> {
        let (at, model) = (self.endpoint.base_url.as_str(), prompt.model.as_str());
        let known = self.dialects.of(at, model);
        let mut dialect = known;
        let asked_at = Instant::now();
        loop {
            let response = self.send(&request(prompt, dialect)).await?;
            if response.status().is_success() {
                if dialect != known {
                    self.dialects.learn(at, model, dialect);
                }
                return streamed(response).await;
            }
            let refused = Refused::read(response).await;
            if let Some(other) = dialect.after(refused.status, &refused.words) {
                dialect = other;
            } else if refused.is_loading() && asked_at.elapsed() + LOADING_PAUSE < self.silence_max
            {
                // It takes as long as silence may.
                sleep(LOADING_PAUSE).await;
            } else {
                return Err(refused.into());
            }
        }
    }

    async fn send(&self, body: &Value) -> Result<Response, Failure> {
        let mut request = self.client.post(self.endpoint.base_url.chat_completions());
        if let Some(key) = &self.endpoint.key {
            let (name, value) = key.header(self.endpoint.options.key_header.unwrap_or_default());
            request = request.header(name, value);
        }
        let sent = timeout(self.silence_max, request.json(body).send()).await;
        sent.map_err(|_| silent(self.silence_max))?
            .map_err(|error| Failure::new(FailureReason::Unreachable, with_causes(error)))
    }
}

impl Provider for OpenAi {
    fn answer(&self, prompt: &Prompt) -> PieceStream {
        let (asked, prompt) = (self.clone(), prompt.clone());
        let (key, silence_max) = (self.endpoint.key.clone(), self.silence_max);
        let pieces = once(async move {
            let response = asked.open(&prompt).await?;
            Ok::<_, Failure>(body::pieces(response, silence_max))
        });
        let pieces = pieces.try_flatten();
        pieces.map_err(move |failure| redact(failure, key.as_ref())).boxed()
    }
}

fn request(prompt: &Prompt, dialect: Dialect) -> Value {
    let Sampling { temperature, max_tokens, reasoning_effort, extra } = &prompt.sampling;
    let messages = messages(prompt, !dialect.is_without_system);
    let mut request = json!({ "model": prompt.model, "stream": true, "messages": messages });
    let most = if dialect.counts_thoughts { "max_completion_tokens" } else { "max_tokens" };
    let options = [
        ("temperature", temperature.clone().map(Value::Number)),
        (most, max_tokens.map(Value::from)),
        ("reasoning_effort", reasoning_effort.clone().map(Value::from)),
    ];
    let given = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let extra = extra.iter().map(|(name, value)| (name.clone(), value.clone()));
    let mut fields: Map<_, _> = given.chain(extra).collect();
    request.as_object_mut().into_iter().for_each(|request| request.append(&mut fields));
    request
}

/// Refuses a response that is no stream, in the words that it has instead.
async fn streamed(response: Response) -> Result<Response, Failure> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or("no type").to_owned();
    if kind.to_ascii_lowercase().starts_with("text/event-stream") {
        return Ok(response);
    }
    let said = beginning(response).await;
    let said_by_itself = words::of_body(&said);
    if words::is_error(&said) {
        return Err(Failure::new(FailureReason::ProviderError, said_by_itself));
    }
    let detail = format!("not a stream, but {kind}: {said_by_itself}");
    Err(Failure::new(FailureReason::Malformed, detail))
}
