//! What every answer keeps to, whatever was asked.

use app::protocol::{
    Being, BeingSettings, ErrorAnswer, HistoryPage, Intention, Invite, ProviderListing,
    SpaceListing,
};
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::{house::Events, request::Shot};

pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The statuses of the protocol's table; what is not ours to answer is no part of it.
const REFUSALS: [(u16, &[&str]); 10] = [
    (400, &["malformed"]),
    (401, &["no-session", "wrong-password"]),
    (403, &["cross-origin", "not-member", "not-allowed", "invite-required"]),
    (
        404,
        &[
            "unknown-space",
            "unknown-message",
            "unknown-being",
            "unknown-invite",
            "unknown-route",
            "unknown-provider",
        ],
    ),
    (405, &["wrong-method"]),
    (408, &["too-slow", "cut-off"]),
    (409, &["handle-taken", "id-taken", "changed-since", "another-history", "not-an-answer"]),
    (413, &["too-large"]),
    (422, &["out-of-bounds"]),
    (429, &["slow-down"]),
];

impl Told {
    /// The whole answer; of a stream, what it says until it is caught up.
    pub async fn read(shot: &Shot, answer: Response) -> Result<Self, String> {
        let status = answer.status().as_u16();
        let is_stream =
            answer.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
        if is_stream && shot.method == "GET" {
            let mut events = Events::read(answer);
            let frames = events.until_caught_up().await;
            let body: String = frames.iter().map(|frame| frame.text.as_str()).collect();
            return Ok(Self { status, headers: events.headers, body: body.into_bytes() });
        }
        let (head, body) = answer.into_parts();
        let body =
            body.collect().await.map_err(|error| format!("the answer breaks off: {error}"))?;
        Ok(Self { status, headers: head.headers, body: body.to_bytes().to_vec() })
    }

    /// Whether the request was refused, in words or by a page that says so.
    pub fn is_refusal(&self) -> bool {
        self.status >= 400 || self.header("location").contains("problem=")
    }

    /// In a few words, for the corpus.
    pub fn gist(&self) -> String {
        let status = self.status;
        if let Ok(ErrorAnswer { error }) = serde_json::from_slice(&self.body) {
            let field = error.field.map(|field| format!(" {field}")).unwrap_or_default();
            return format!("{status} {}{field}", error.code);
        }
        let location = self.header("location");
        let problem = location.split("problem=").nth(1).and_then(|rest| rest.split('&').next());
        let path = location.split('?').next().unwrap_or_default();
        match (problem, self.kind()) {
            (Some(problem), _) => format!("{status} {path} {problem}"),
            _ if !path.is_empty() => format!("{status} {path}"),
            (None, "") => status.to_string(),
            (None, kind) => format!("{status} {kind}"),
        }
    }

    /// What is wrong with it, if something is.
    pub fn verdict(&self, shot: &Shot) -> Result<(), String> {
        let wrong = |what: &str| {
            let body: String = String::from_utf8_lossy(&self.body).chars().take(600).collect();
            Err(format!("{what}: {} {:?} {body}", self.status, self.headers))
        };
        if self.status >= 500 {
            return wrong("a failure");
        }
        // The answer to HEAD loses its body on its way; one that is compressed is not looked into.
        if shot.method == "HEAD" || self.headers.contains_key("content-encoding") {
            return Ok(());
        }
        if let Some(location) = self.headers.get("location") {
            let is_ours = location.as_bytes().starts_with(b"/")
                && !location.as_bytes().starts_with(b"//")
                && !location.as_bytes().contains(&b'\\');
            return if is_ours { Ok(()) } else { wrong("it leads away") };
        }
        match (shot.is_of_api(), self.status >= 400) {
            (true, true) => self.of_a_refusal().or_else(|what| wrong(&what)),
            (true, false) => self.of_an_acceptance(shot).or_else(|what| wrong(&what)),
            (false, _) => self.of_a_page().or_else(|what| wrong(&what)),
        }
    }

    fn of_a_refusal(&self) -> Result<(), String> {
        if self.kind() != "application/json" {
            return Err("a refusal that is not JSON".into());
        }
        let ErrorAnswer { error } = self.json()?;
        let known = REFUSALS.iter().find(|(status, _)| *status == self.status);
        if !known.is_some_and(|(_, codes)| codes.contains(&&*error.code)) {
            return Err("a refusal that no table holds".into());
        }
        if error.message.is_empty() || error.field.is_some() != (self.status == 422) {
            return Err("a refusal without its words".into());
        }
        if self.header("retry-after").is_empty() == (self.status == 429) {
            return Err("when to come back belongs to 429".into());
        }
        let sets = self.headers.contains_key("set-cookie");
        if sets { Err("a refusal that signs in".into()) } else { Ok(()) }
    }

    fn of_an_acceptance(&self, shot: &Shot) -> Result<(), String> {
        if self.status == 204 || shot.method == "OPTIONS" {
            return if self.body.is_empty() { Ok(()) } else { Err("words beside a 204".into()) };
        }
        let segments = shot.segments();
        match (&*shot.method, &segments[1..]) {
            // Its frames were read as they came.
            ("GET", ["stream"]) => {}
            ("GET", ["spaces"]) => drop(self.json::<Vec<SpaceListing>>()?),
            ("GET", ["providers"]) => drop(self.json::<Vec<ProviderListing>>()?),
            ("GET", ["spaces", _, "intentions"]) => drop(self.json::<HistoryPage>()?),
            ("GET", ["beings", _, "settings"]) => drop(self.json::<BeingSettings>()?),
            ("PUT", ["providers", _]) => drop(self.json::<ProviderListing>()?),
            (_, ["spaces", _, "invites"]) => drop(self.json::<Invite>()?),
            (_, ["spaces", _, "intentions", ..]) => drop(self.json::<Intention>()?),
            _ => drop(self.json::<Being>()?),
        }
        Ok(())
    }

    fn of_a_page(&self) -> Result<(), String> {
        let text = String::from_utf8(self.body.clone()).map_err(|error| error.to_string())?;
        let is_page = self.kind() == "text/html; charset=utf-8"
            && text.to_ascii_lowercase().starts_with("<!doctype html>")
            && text.contains("</html>");
        let is_file =
            self.status < 400 && self.kind().starts_with("text/") && !self.kind().contains("html");
        // Of a file, a part that is not there or that did not change.
        let is_of_a_file = text.is_empty() && matches!(self.status, 304 | 412 | 416);
        if is_page || is_file || is_of_a_file || (self.status == 200 && text.is_empty()) {
            Ok(())
        } else {
            Err("neither a page nor a file".into())
        }
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| format!("it cannot be read, {error}"))
    }

    pub fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }

    fn kind(&self) -> &str {
        self.header("content-type")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
