//! Any endpoint that speaks OpenAI's chat-completions and streams: OpenAI, OpenRouter, Ollama,
//! llama.cpp, vLLM. See <https://platform.openai.com/docs/api-reference/chat-streaming>.

mod words;

use std::{error::Error as _, time::Duration};

use app::protocol::{FailureReason, limits::KEY_MAX_BYTES};
use bytes::Bytes;
use futures::{
    Stream, StreamExt, TryStreamExt,
    stream::{once, unfold},
};
use reqwest::{
    Client, ClientBuilder, RequestBuilder, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde::Serialize;
use tokio::time::timeout;

use super::{
    endpoint::{Endpoint, Key},
    provider::{Failure, Prompt, Provider, Words},
};

const CONNECT_MAX: Duration = Duration::from_secs(10);
/// No answer within its bounds has more; who sends more sends something else.
const RESPONSE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// No event has a longer line.
const LINE_MAX_BYTES: usize = 64 * 1024;
/// So much of what a provider says about an error goes to the log.
const DETAIL_MAX_BYTES: usize = 1000;
const DETAIL_MAX_WAIT: Duration = Duration::from_secs(5);
/// For a provider that is busy and does not say how long.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(2);

pub struct OpenAi {
    client: Client,
    endpoint: Endpoint,
    /// How long it may send nothing.
    silence_max: Duration,
}

/// One for all providers: it keeps their connections. On a machine without certificates it is one
/// that trusts nobody, which is enough for those that are asked over plain HTTP.
pub fn client() -> reqwest::Result<Client> {
    // Which cryptography TLS uses is settled once for the process; a second call finds it settled.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder().build().or_else(|error| {
        tracing::warn!(error = told(&error), "providers cannot be asked over HTTPS");
        builder().tls_certs_only([]).build()
    })
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("rhizome/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_MAX)
        // A key, and what was said, are for the address that was entered, and nobody between.
        .redirect(Policy::none())
        .no_proxy()
}

impl OpenAi {
    pub fn new(client: Client, endpoint: Endpoint, silence_max: Duration) -> Self {
        Self { client, endpoint, silence_max }
    }
}

impl Provider for OpenAi {
    fn answer(&self, prompt: &Prompt) -> Words {
        let mut request = self.client.post(self.endpoint.base_url.chat_completions());
        if let Some(key) = &self.endpoint.key {
            request = request.header(AUTHORIZATION, key.authorization());
        }
        let request = request.json(&Body::of(prompt));
        let key = self.endpoint.key.clone();
        let silence_max = self.silence_max;
        let words = once(async move {
            let response = open(request, silence_max).await?;
            Ok(words::words(bytes(response, silence_max)))
        });
        let words = words.try_flatten();
        words.map_err(move |failure| strike(failure, key.as_ref())).boxed()
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    messages: Vec<Message<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

impl<'a> Body<'a> {
    fn of(prompt: &'a Prompt) -> Self {
        let system = Message { role: "system", content: &prompt.instructions };
        let turns = prompt.turns.iter().map(|turn| Message {
            role: if turn.is_own { "assistant" } else { "user" },
            content: &turn.text,
        });
        let messages = std::iter::once(system).chain(turns).collect();
        Self { model: &prompt.model, stream: true, messages }
    }
}

async fn open(request: RequestBuilder, silence_max: Duration) -> Result<Response, Failure> {
    let sent = timeout(silence_max, request.send()).await.map_err(|_| silent(silence_max))?;
    let response = sent.map_err(|error| Failure::new(FailureReason::Unreachable, told(&error)))?;
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/event-stream")) {
        let detail = format!("an answer of type {kind:?}, not text/event-stream");
        return Err(Failure::new(FailureReason::Malformed, detail));
    }
    Ok(response)
}

async fn refused(response: Response) -> Failure {
    let status = response.status();
    let after = retry_after(response.headers());
    let reason = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => FailureReason::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => FailureReason::Busy,
        StatusCode::SERVICE_UNAVAILABLE if after.is_some() => FailureReason::Busy,
        status if status.is_server_error() => FailureReason::ProviderError,
        _ => FailureReason::Misconfigured,
    };
    let retry_after = (reason == FailureReason::Busy).then(|| after.unwrap_or(RETRY_AFTER_DEFAULT));
    let said = timeout(DETAIL_MAX_WAIT, beginning(response)).await.unwrap_or_default();
    let detail = format!("{status}: {}", String::from_utf8_lossy(&said));
    Failure { reason, detail, retry_after }
}

/// Seconds, or a date (RFC 9110, section 10.2.3), which is as far off as the provider's own clock
/// says.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let after = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text| jiff::fmt::rfc2822::parse(text).ok().map(|moment| moment.timestamp());
    let (then, now) = (moment(after)?, text(DATE).and_then(moment));
    // Without a clock to go by, it is too far off.
    Some(now.map_or(Duration::MAX, |now| {
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    }))
}

async fn beginning(mut response: Response) -> Vec<u8> {
    let mut said = Vec::new();
    // A key in it is struck whole, before it is cut.
    while said.len() < DETAIL_MAX_BYTES + KEY_MAX_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        said.extend_from_slice(&chunk);
    }
    said
}

/// The body as it comes, until it is silent for too long or far too large.
fn bytes(
    response: Response,
    silence_max: Duration,
) -> impl Stream<Item = Result<Bytes, Failure>> + Unpin {
    let body =
        response.bytes_stream().map_err(|error| Failure::new(FailureReason::CutOff, told(&error)));
    let bounded =
        unfold((body.boxed(), Measure::default()), move |(mut body, mut measure)| async move {
            let next = match timeout(silence_max, body.next()).await {
                Ok(next) => next?.and_then(|bytes| measure.take(&bytes).map(|()| bytes)),
                Err(_) => Err(silent(silence_max)),
            };
            Some((next, (body, measure)))
        });
    Box::pin(bounded)
}

/// How much has come.
#[derive(Default)]
struct Measure {
    all: usize,
    /// Since the last line ended: a line is searched for its end whenever some of it comes.
    line: usize,
}

impl Measure {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.all += bytes.len();
        let end = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
        self.line = end.map_or(self.line + bytes.len(), |end| bytes.len() - end - 1);
        let (reason, max) = if self.all > RESPONSE_MAX_BYTES {
            (FailureReason::TooLong, RESPONSE_MAX_BYTES)
        } else if self.line > LINE_MAX_BYTES {
            (FailureReason::Malformed, LINE_MAX_BYTES)
        } else {
            return Ok(());
        };
        Err(Failure::new(reason, format!("more than {max} bytes")))
    }
}

fn silent(silence_max: Duration) -> Failure {
    let detail = format!("nothing came for {} s", silence_max.as_secs_f32());
    Failure::new(FailureReason::Silent, detail)
}

/// An error with what caused it, which is where the network's own words are.
fn told(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn strike(mut failure: Failure, key: Option<&Key>) -> Failure {
    if let Some(key) = key {
        failure.detail = key.struck_from(&failure.detail);
    }
    failure.detail.truncate(failure.detail.floor_char_boundary(DETAIL_MAX_BYTES));
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: [&str; 14] = [
        "2",
        "-1",
        "+2",
        "1.5",
        "18446744073709551615",
        "18446744073709551616",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Sat, 01 Jan -9999 00:00:00 GMT",
        "Thu, 26 Nov 2026 00:00:00 +2359",
        "Thu, 31 Feb 2026 00:00:00 GMT",
        "Thu, 26 Nov 2026 23:59:60 GMT",
        "soon",
        "",
    ];

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// What is said of when to come back is a time to wait, or nothing that helps.
        #[test]
        fn a_time_to_come_back_is_read_or_passed_over(
            after in 0..AFTER.len(),
            now in 0..AFTER.len(),
            mutated in proptest::prelude::any::<(usize, u8)>(),
        ) {
            let mut text = AFTER[after].as_bytes().to_vec();
            if let (at, letter @ b' '..=b'~') = mutated && !text.is_empty() {
                let at = at % text.len();
                text[at] = letter;
            }
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_bytes(&text).expect("visible ASCII"));
            headers.insert(DATE, HeaderValue::from_static(AFTER[now]));
            let wait = retry_after(&headers);
            if let Ok(seconds) = String::from_utf8_lossy(&text).trim().parse() {
                proptest::prop_assert_eq!(wait, Some(Duration::from_secs(seconds)));
            }
        }
    }

    #[test]
    fn a_key_is_struck_whole_wherever_the_cut_falls() {
        let key = Key::parse("sk-0123456789").expect("a key").expect("one");
        for before in DETAIL_MAX_BYTES - 20..DETAIL_MAX_BYTES + 5 {
            let detail = format!("{}{}", "y".repeat(before), key.secret());
            let failure = Failure::new(FailureReason::ProviderError, detail);
            let struck = strike(failure, Some(&key)).detail;
            assert!(struck.len() <= DETAIL_MAX_BYTES && !struck.contains("sk-"), "{before}");
        }
    }
}
