//! The commands over HTTP: the protocol's own routes, as any program would use them.

use app::{
    backend::{Commands, Reply, Trouble},
    protocol::{
        BEING_HEADER, BeingId, ChangeBeing, EditIntention, Epoch, ErrorAnswer, ErrorBody,
        HistoryPage, Intention, Invite, MessageId, SendIntention, SpaceId, SpaceListing,
    },
};
use gloo_net::http::{Request, RequestBuilder, Response};
use send_wrapper::SendWrapper;
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use web_sys::AbortSignal;

/// As whom the page asks: the server refuses it once another has signed in on this device.
pub struct Http {
    pub me: BeingId,
}

/// A server that says "later" without saying when means soon.
const RETRY_AFTER_DEFAULT_SECONDS: u64 = 2;
const ANSWER_MAX_MILLIS: u32 = 20_000;

impl Commands for Http {
    fn spaces(&self) -> Reply<Vec<SpaceListing>> {
        self.ask(Request::get("/api/spaces"))
    }

    fn history(&self, space: &SpaceId, before: MessageId) -> Reply<HistoryPage> {
        self.ask(Request::get(&format!("/api/spaces/{space}/intentions?before={before}")))
    }

    fn send(&self, space: &SpaceId, intention: &SendIntention) -> Reply<Intention> {
        self.tell(Request::post(&format!("/api/spaces/{space}/intentions")), intention)
    }

    fn edit(
        &self,
        space: &SpaceId,
        message: MessageId,
        epoch: &Epoch,
        edit: EditIntention,
    ) -> Reply<Intention> {
        let url = format!("/api/spaces/{space}/intentions/{message}?epoch={epoch}");
        self.tell(Request::patch(&url), &edit)
    }

    fn delete(&self, space: &SpaceId, message: MessageId, epoch: &Epoch) -> Reply<()> {
        let url = format!("/api/spaces/{space}/intentions/{message}?epoch={epoch}");
        self.ask_nothing(Request::delete(&url))
    }

    fn stop(&self, space: &SpaceId, message: MessageId) -> Reply<()> {
        self.ask_nothing(Request::post(&format!("/api/spaces/{space}/intentions/{message}/stop")))
    }

    fn retry(&self, space: &SpaceId, message: MessageId) -> Reply<Intention> {
        self.ask(Request::post(&format!("/api/spaces/{space}/intentions/{message}/retry")))
    }

    fn change_being(&self, being: &BeingId, change: ChangeBeing) -> Reply<()> {
        self.tell_only(Request::patch(&format!("/api/beings/{being}")), &change)
    }

    fn make_invite(&self, space: &SpaceId) -> Reply<Invite> {
        self.ask(Request::post(&format!("/api/spaces/{space}/invites")))
    }

    fn remove_being(&self, space: &SpaceId, being: &BeingId) -> Reply<()> {
        self.ask_nothing(Request::delete(&format!("/api/spaces/{space}/beings/{being}")))
    }
}

impl Http {
    fn ask<T: DeserializeOwned + 'static>(&self, request: RequestBuilder) -> Reply<T> {
        read(self.prepare(request).build())
    }

    fn ask_nothing(&self, request: RequestBuilder) -> Reply<()> {
        let asked = answer(self.prepare(request).build());
        reply(async move {
            match asked.await?.status() {
                204 => Ok(()),
                // A page of a portal or a proxy, which is no answer.
                _ => Err(Trouble::Unreachable),
            }
        })
    }

    fn tell_only(&self, request: RequestBuilder, body: &impl Serialize) -> Reply<()> {
        let sent: Reply<IgnoredAny> = read(self.prepare(request).json(body));
        reply(async move { sent.await.map(drop) })
    }

    fn tell<T>(&self, request: RequestBuilder, body: &impl Serialize) -> Reply<T>
    where
        T: DeserializeOwned + 'static,
    {
        read(self.prepare(request).json(body))
    }

    fn prepare(&self, request: RequestBuilder) -> RequestBuilder {
        // A socket that died in its sleep answers never; giving up lets the request be made again.
        let signal = AbortSignal::timeout_with_u32(ANSWER_MAX_MILLIS);
        request.header(BEING_HEADER, self.me.as_str()).abort_signal(Some(&signal))
    }
}

/// The browser has one thread; the wrapper says so to types that ask for `Send`.
fn reply<T: 'static>(future: impl Future<Output = Result<T, Trouble>> + 'static) -> Reply<T> {
    Box::pin(SendWrapper::new(future))
}

fn read<T: DeserializeOwned + 'static>(request: Result<Request, gloo_net::Error>) -> Reply<T> {
    let asked = answer(request);
    reply(async move {
        let words = asked.await?.text().await.map_err(unreachable)?;
        serde_json::from_str(&words).map_err(|_| Trouble::Unreachable)
    })
}

/// What was answered, if that is what was hoped for.
async fn answer(request: Result<Request, gloo_net::Error>) -> Result<Response, Trouble> {
    let response = request.map_err(unreachable)?.send().await.map_err(unreachable)?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    // 408: it did not arrive in time, which is nobody's fault.
    if matches!(status, 408 | 429) || status >= 500 {
        let named = response.headers().get("retry-after").and_then(|text| text.parse().ok());
        let retry_after_seconds = named.unwrap_or(RETRY_AFTER_DEFAULT_SECONDS);
        return Err(Trouble::Later { retry_after_seconds });
    }
    let words = response.text().await.unwrap_or_default();
    let error = match serde_json::from_str::<ErrorAnswer>(&words) {
        Ok(answer) => answer.error,
        // Not our server's words: a proxy's, that has no server behind it just now.
        Err(_) if status == 404 => {
            return Err(Trouble::Later { retry_after_seconds: RETRY_AFTER_DEFAULT_SECONDS });
        }
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
