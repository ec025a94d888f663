//! The commands over HTTP: the protocol's own routes, as any program would use them.

use app::{
    backend::{Commands, Reply, Trouble},
    protocol::{
        Being, BeingId, ChangeBeing, EditIntention, ErrorAnswer, ErrorBody, HistoryPage, Intention,
        Invite, MessageId, SendIntention, SpaceId, SpaceListing,
    },
};
use gloo_net::http::{Request, RequestBuilder, Response};
use send_wrapper::SendWrapper;
use serde::{Serialize, de::DeserializeOwned};
use web_sys::AbortSignal;

pub struct Http;

/// A server that says "later" without saying when means soon.
const RETRY_AFTER_DEFAULT_SECONDS: u64 = 2;
const ANSWER_MAX_MILLIS: u32 = 20_000;

impl Commands for Http {
    fn spaces(&self) -> Reply<Vec<SpaceListing>> {
        ask(Request::get("/api/spaces"))
    }

    fn history(&self, space: &SpaceId, before: MessageId) -> Reply<HistoryPage> {
        ask(Request::get(&format!("/api/spaces/{space}/intentions?before={before}")))
    }

    fn send(&self, space: &SpaceId, intention: &SendIntention) -> Reply<Intention> {
        tell(Request::post(&format!("/api/spaces/{space}/intentions")), intention)
    }

    fn edit(&self, space: &SpaceId, message: MessageId, content: String) -> Reply<Intention> {
        let url = format!("/api/spaces/{space}/intentions/{message}");
        tell(Request::patch(&url), &EditIntention { content })
    }

    fn delete(&self, space: &SpaceId, message: MessageId) -> Reply<()> {
        ask_nothing(Request::delete(&format!("/api/spaces/{space}/intentions/{message}")))
    }

    fn stop(&self, space: &SpaceId, message: MessageId) -> Reply<()> {
        ask_nothing(Request::post(&format!("/api/spaces/{space}/intentions/{message}/stop")))
    }

    fn retry(&self, space: &SpaceId, message: MessageId) -> Reply<Intention> {
        ask(Request::post(&format!("/api/spaces/{space}/intentions/{message}/retry")))
    }

    fn change_being(&self, being: &BeingId, change: ChangeBeing) -> Reply<Being> {
        tell(Request::patch(&format!("/api/beings/{being}")), &change)
    }

    fn make_invite(&self, space: &SpaceId) -> Reply<Invite> {
        ask(Request::post(&format!("/api/spaces/{space}/invites")))
    }

    fn remove_being(&self, space: &SpaceId, being: &BeingId) -> Reply<()> {
        ask_nothing(Request::delete(&format!("/api/spaces/{space}/beings/{being}")))
    }
}

fn ask<T: DeserializeOwned + 'static>(request: RequestBuilder) -> Reply<T> {
    let sent = in_time(request).send();
    reply(async move { read(sent.await).await?.json().await.map_err(unreachable) })
}

fn ask_nothing(request: RequestBuilder) -> Reply<()> {
    let sent = in_time(request).send();
    reply(async move { read(sent.await).await.map(drop) })
}

fn tell<T: DeserializeOwned + 'static>(request: RequestBuilder, body: &impl Serialize) -> Reply<T> {
    let request = in_time(request).json(body);
    reply(async move {
        let sent = request.map_err(unreachable)?.send().await;
        read(sent).await?.json().await.map_err(unreachable)
    })
}

/// A socket that died in its sleep answers never; giving up lets the request be made again.
fn in_time(request: RequestBuilder) -> RequestBuilder {
    request.abort_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_MAX_MILLIS)))
}

/// The browser has one thread; the wrapper says so to types that ask for `Send`.
fn reply<T: 'static>(future: impl Future<Output = Result<T, Trouble>> + 'static) -> Reply<T> {
    Box::pin(SendWrapper::new(future))
}

async fn read(sent: Result<Response, gloo_net::Error>) -> Result<Response, Trouble> {
    let response = sent.map_err(unreachable)?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    if status == 429 || status >= 500 {
        let named = response.headers().get("retry-after").and_then(|text| text.parse().ok());
        let retry_after_seconds = named.unwrap_or(RETRY_AFTER_DEFAULT_SECONDS);
        return Err(Trouble::Later { retry_after_seconds });
    }
    let error = match response.json::<ErrorAnswer>().await {
        Ok(answer) => answer.error,
        // Not our server's words: a proxy's, perhaps.
        Err(_) => ErrorBody {
            code: "unknown".into(),
            message: format!("The server answered with status {status}."),
            field: None,
        },
    };
    Err(Trouble::Refused { status, error })
}

fn unreachable(_: gloo_net::Error) -> Trouble {
    Trouble::Unreachable
}
