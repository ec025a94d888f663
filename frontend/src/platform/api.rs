//! The API over HTTP: the protocol's own endpoints, as any program uses them.

use std::{future::Future, pin::Pin};

use app::platform::{Api, PlatformFuture};
use client::{ApiError, Request, Response, Window};
use js_sys::{Promise, Reflect};
use leptos::prelude::window;
use protocol::{
    BEING_HEADER, BeingId, Endpoint, ErrorAnswer, ErrorBody, ErrorCode, PutLevelBody,
    ReactionsPosition, SpaceId, endpoint,
    json::{FromJson, ToJson, Value, from_json, to_json},
    limits::transfer_seconds,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect};

/// The API as the being that the page is rendered for: the server refuses it once somebody else has
/// signed in on this device.
pub struct HttpApi {
    pub me: BeingId,
}

/// When to try again, where a server says "later" without saying when.
const RETRY_AFTER_DEFAULT_SECONDS: u64 = 2;
/// How long an answer to a small request may take.
const ANSWER_MAX_SECONDS: u64 = 20;

impl Api for HttpApi {
    fn call(&self, space: SpaceId, request: Request) -> PlatformFuture<Result<Response, ApiError>> {
        let answered = self.fetch_request(&space, &request);
        Box::pin(async move {
            let json = answered.await?;
            match request {
                Request::Spaces => read(&json).map(Response::Spaces),
                Request::History(_) => read(&json).map(Response::History),
                Request::Message(_)
                | Request::Send(_)
                | Request::Edit { .. }
                | Request::Retry(_) => read(&json).map(Response::Intention),
                Request::Versions(_) => read(&json).map(Response::Versions),
                Request::MakeInvite => read(&json).map(Response::Invite),
                Request::React { .. } => {
                    read(&json).map(|at: ReactionsPosition| Response::Reacted(at.reactions_seq))
                }
                Request::Delete { .. }
                | Request::Stop(_)
                | Request::RemoveBeing(_)
                | Request::Read(_)
                | Request::SetLevel(_) => {
                    Value::read(&json).map(|_| Response::Done).ok_or(ApiError::Gate)
                }
            }
        })
    }
}

type Fetched = Pin<Box<dyn Future<Output = Result<String, ApiError>>>>;

impl HttpApi {
    fn fetch_request(&self, space: &SpaceId, request: &Request) -> Fetched {
        match request {
            Request::Spaces => self.fetch_endpoint(&endpoint::GetSpaces {}),
            Request::History(window) => {
                let (before, after, around, limit) = match window {
                    Window::Before(place) => (Some(*place), None, None, None),
                    Window::After(place) => (None, Some(*place), None, None),
                    Window::Around(place) => (None, None, Some(*place), None),
                };
                self.fetch_endpoint(&endpoint::GetHistory { space, before, after, around, limit })
            }
            Request::Message(message) => {
                self.fetch_endpoint(&endpoint::GetIntention { space, message: *message })
            }
            Request::Send(body) => self.fetch_endpoint(&endpoint::PostIntention { space, body }),
            Request::Edit { message, epoch, edit } => {
                self.fetch_endpoint(&endpoint::PatchIntention {
                    space,
                    message: *message,
                    epoch: Some(epoch),
                    body: edit,
                })
            }
            Request::Delete { message, epoch } => {
                let (message, epoch) = (*message, Some(epoch));
                self.fetch_endpoint(&endpoint::DeleteIntention { space, message, epoch })
            }
            Request::React { message, epoch, emoji, is_there } => {
                let (message, epoch) = (*message, Some(epoch));
                if *is_there {
                    self.fetch_endpoint(&endpoint::PutReaction { space, message, emoji, epoch })
                } else {
                    self.fetch_endpoint(&endpoint::DeleteReaction { space, message, emoji, epoch })
                }
            }
            Request::Stop(message) => {
                self.fetch_endpoint(&endpoint::StopAnswer { space, message: *message })
            }
            Request::Retry(message) => {
                self.fetch_endpoint(&endpoint::RetryAnswer { space, message: *message })
            }
            Request::Versions(message) => {
                self.fetch_endpoint(&endpoint::GetVersions { space, message: *message })
            }
            Request::MakeInvite => self.fetch_endpoint(&endpoint::PostInvite { space }),
            Request::Read(body) => self.fetch_endpoint(&endpoint::PutRead { space, body }),
            Request::SetLevel(level) => {
                let body = PutLevelBody { level: level.as_str().into() };
                self.fetch_endpoint(&endpoint::PutLevel { space, body: &body })
            }
            Request::RemoveBeing(being) => {
                self.fetch_endpoint(&endpoint::DeleteMember { space, being })
            }
        }
    }

    /// Thin, because each endpoint has its own copy of it in what a browser downloads.
    fn fetch_endpoint<E: Endpoint<Body: ToJson>>(&self, request: &E) -> Fetched {
        self.fetch(E::METHOD, &request.path(), request.body().map(to_json))
    }

    fn fetch(&self, method: protocol::Method, path: &str, body: Option<String>) -> Fetched {
        let fetched = self.request(method, path, body);
        Box::pin(async move {
            let response: web_sys::Response =
                JsFuture::from(fetched.map_err(unreachable)?).await.map_err(unreachable)?.into();
            let status = response.status();
            match status {
                0 => return Err(ApiError::Gate),
                // No body stands for `()`, which is `null` in JSON.
                204 => return Ok("null".into()),
                200..300 => return text(&response).await.map_err(unreachable),
                _ => {}
            }
            // 408: the request did not arrive in time, and nobody is to blame.
            if matches!(status, 408 | 429) || status >= 500 {
                let named = response.headers().get("retry-after").ok().flatten();
                let named = named.and_then(|text| text.parse().ok());
                let retry_after_seconds = named.unwrap_or(RETRY_AFTER_DEFAULT_SECONDS);
                return Err(ApiError::RetryLater { retry_after_seconds });
            }
            Err(refusal(status, &text(&response).await.unwrap_or_default()))
        })
    }

    fn request(
        &self,
        method: protocol::Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Promise, JsValue> {
        let headers = Headers::new()?;
        headers.set(BEING_HEADER, self.me.as_str())?;
        let init = RequestInit::new();
        let bytes = body.as_ref().map_or(0, String::len);
        let seconds = ANSWER_MAX_SECONDS + transfer_seconds(bytes);
        init.set_method(method.as_str());
        // A small change, such as what was read: it leaves although its page is left.
        if method == protocol::Method::Put {
            Reflect::set(&init, &"keepalive".into(), &true.into())?;
        }
        if let Some(json) = body {
            headers.set("Content-Type", "application/json")?;
            init.set_body(&json.into());
        }
        init.set_headers(&headers);
        // A socket that died while the device slept never answers; giving up lets the request be made
        // again.
        init.set_signal(Some(&AbortSignal::timeout_with_u32(seconds as u32 * 1000)));
        // The API redirects nobody; a gate may, to a page that only a navigation can show.
        init.set_redirect(RequestRedirect::Manual);
        Ok(window().fetch_with_str_and_init(path, &init))
    }
}

async fn text(response: &web_sys::Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

fn read<T: FromJson>(json: &str) -> Result<T, ApiError> {
    // Anything else is the page of a portal or a gate, which is no answer.
    from_json(json).ok_or(ApiError::Gate)
}

fn refusal(status: u16, text: &str) -> ApiError {
    let error = match from_json::<ErrorAnswer>(text) {
        Some(answer) => answer.error,
        // Not our server's words: those of a gate that wants the reader to sign in there.
        None if matches!(status, 401 | 403 | 407 | 511) => return ApiError::Gate,
        // A proxy's, which has no server behind it at the moment.
        None if status == 404 => {
            return ApiError::RetryLater { retry_after_seconds: RETRY_AFTER_DEFAULT_SECONDS };
        }
        None => ErrorBody {
            code: ErrorCode::Unknown,
            message: format!("The server answered with status {status}."),
            field: None,
        },
    };
    ApiError::Refused { status, error }
}

fn unreachable(_: JsValue) -> ApiError {
    ApiError::Unreachable
}
