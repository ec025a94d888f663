//! The rules for every response.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use harness::Events;
use http_body_util::BodyExt;
use protocol::{
    AnswerVersion, Being, BeingSettings, Colours, DirectoryPage, ErrorAnswer, FailureDetail,
    HistoryPage, InboxEvent, Intention, Invite, Model, ProviderListing, ReactionsPosition,
    SearchAnswer, SearchHit, SpaceDetails, SpaceListing, limits::PAGE_MAX_MESSAGES,
};
use serde::de::DeserializeOwned;

use super::request::FuzzRequest;

pub struct Received {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The statuses of the protocol's table; 5xx are failures, and not part of it.
const REFUSALS: [(u16, &[&str]); 11] = [
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
    (502, &["provider-unavailable"]),
];

impl Received {
    /// Reads the whole response; of a stream, up to `caught-up`.
    pub async fn read(fuzzed: &FuzzRequest, answer: Response) -> Result<Self, String> {
        let status = answer.status().as_u16();
        let is_stream =
            answer.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
        if is_stream && fuzzed.method == "GET" {
            let mut events = Events::read(answer);
            if fuzzed.segments() == ["api", "inbox"] {
                let mut body = String::new();
                while !body.contains("\"caught-up\"") {
                    body += &events.next_text().await.ok_or("the stream ends")?;
                }
                return Ok(Self { status, headers: events.headers, body: body.into_bytes() });
            }
            let frames = events.until_caught_up().await;
            let body: String = frames.iter().map(|frame| frame.text.as_str()).collect();
            return Ok(Self { status, headers: events.headers, body: body.into_bytes() });
        }
        let (head, body) = answer.into_parts();
        let body =
            body.collect().await.map_err(|error| format!("the response breaks off: {error}"))?;
        Ok(Self { status, headers: head.headers, body: body.to_bytes().to_vec() })
    }

    /// Whether the request was refused.
    pub fn is_refusal(&self) -> bool {
        self.status >= 400
    }

    /// A summary, for the corpus.
    pub fn gist(&self) -> String {
        let status = self.status;
        if let Ok(ErrorAnswer { error }) = serde_json::from_slice(&self.body) {
            let field = error.field.map(|field| format!(" {field}")).unwrap_or_default();
            return format!("{status} {}{field}", error.code);
        }
        let location = self.header("location");
        let path = location.split('?').next().unwrap_or_default();
        match (self.problem(), self.kind()) {
            (Some(problem), _) => format!("{status} {problem}"),
            _ if !path.is_empty() => format!("{status} {path}"),
            (None, "") => status.to_string(),
            (None, kind) => format!("{status} {kind}"),
        }
    }

    /// Why the form on a page was refused: the code, and the field of a value that is out of bounds.
    fn problem(&self) -> Option<String> {
        let (_, alert) = std::str::from_utf8(&self.body).ok()?.split_once("role=\"alert\"")?;
        let alert = alert.split_once('>')?.0;
        let value = |name: &str| {
            Some(alert.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.to_owned())
        };
        let field = value("data-field").map(|field| format!(" {field}")).unwrap_or_default();
        Some(value("data-code")? + &field)
    }

    /// Checks the rules.
    pub fn verdict(&self, fuzzed: &FuzzRequest) -> Result<(), String> {
        let wrong = |what: &str| {
            let body: String = String::from_utf8_lossy(&self.body).chars().take(600).collect();
            Err(format!("{what}: {} {:?} {body}", self.status, self.headers))
        };
        if self.status >= 500 {
            return wrong("a failure");
        }
        // A response to HEAD has no body; a compressed body is not inspected.
        if fuzzed.method == "HEAD" || self.headers.contains_key("content-encoding") {
            return Ok(());
        }
        if let Some(location) = self.headers.get("location") {
            let is_ours = location.as_bytes().starts_with(b"/")
                && !location.as_bytes().starts_with(b"//")
                && !location.as_bytes().contains(&b'\\');
            return if is_ours { Ok(()) } else { wrong("it redirects to another site") };
        }
        match (fuzzed.is_of_api(), self.status >= 400) {
            (true, true) => self.of_a_refusal().or_else(|what| wrong(&what)),
            (true, false) => self.of_an_acceptance(fuzzed).or_else(|what| wrong(&what)),
            (false, _) => self.of_a_page().or_else(|what| wrong(&what)),
        }
    }

    fn of_a_refusal(&self) -> Result<(), String> {
        if self.kind() != "application/json" {
            return Err("a refusal that is not JSON".into());
        }
        let ErrorAnswer { error } = self.json()?;
        let known = REFUSALS.iter().find(|(status, _)| *status == self.status);
        if !known.is_some_and(|(_, codes)| codes.contains(&error.code.as_str())) {
            return Err("a refusal that is not in the table".into());
        }
        if error.message.is_empty() || error.field.is_some() != (self.status == 422) {
            return Err("a refusal without a message or a field".into());
        }
        if self.header("retry-after").is_empty() == (self.status == 429) {
            return Err("retry-after belongs to 429".into());
        }
        let sets = self.headers.contains_key("set-cookie");
        if sets { Err("a refusal that signs in".into()) } else { Ok(()) }
    }

    fn of_an_acceptance(&self, fuzzed: &FuzzRequest) -> Result<(), String> {
        if self.status == 204 || fuzzed.method == "OPTIONS" {
            return if self.body.is_empty() { Ok(()) } else { Err("a 204 with a body".into()) };
        }
        let segments = fuzzed.segments();
        match (&*fuzzed.method, &segments[1..]) {
            // Its frames were parsed already.
            ("GET", ["stream"]) => {}
            ("GET", ["inbox"]) => {
                let text = String::from_utf8_lossy(&self.body);
                for json in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
                    let event: InboxEvent =
                        serde_json::from_str(json).map_err(|error| error.to_string())?;
                    if event == InboxEvent::Unknown {
                        return Err("an event that no client knows".into());
                    }
                }
            }
            ("GET", ["spaces"]) => drop(self.json::<Vec<SpaceListing>>()?),
            ("GET", ["providers"]) => drop(self.json::<Vec<ProviderListing>>()?),
            ("GET", ["spaces", _, "intentions"]) => {
                let rows = self.json::<HistoryPage>()?.intentions;
                if rows.len() > PAGE_MAX_MESSAGES || !rows.is_sorted_by_key(|row| row.message_id) {
                    return Err("a page that is too long, or not oldest first".into());
                }
            }
            ("GET", ["search"]) => {
                let hits = self.json::<SearchAnswer>()?.hits;
                let is_marked = |hit: &SearchHit| {
                    let ranges =
                        hit.matches.iter().map(|(from, to)| hit.intention.content.get(*from..*to));
                    ranges.into_iter().all(|text| text.is_some_and(|text| !text.is_empty()))
                        && hit.matches.is_sorted_by(|one, other| one.1 < other.0)
                };
                if hits.len() > PAGE_MAX_MESSAGES || !hits.iter().all(is_marked) {
                    return Err("a page that is too long, or marks beside the words".into());
                }
            }
            ("GET", ["directory"]) => drop(self.json::<DirectoryPage>()?),
            ("PATCH", ["spaces", _]) => drop(self.json::<SpaceDetails>()?),
            ("GET", ["beings", _, "settings"]) => drop(self.json::<BeingSettings>()?),
            ("GET", ["providers", _, "models"]) => drop(self.json::<Vec<Model>>()?),
            ("PUT", ["providers", _]) => drop(self.json::<ProviderListing>()?),
            ("POST", ["spaces", _, "colours"]) => drop(self.json::<Colours>()?),
            (_, ["spaces", _, "invites"]) => drop(self.json::<Invite>()?),
            ("GET", ["spaces", _, "intentions", _, "failure"]) => {
                drop(self.json::<FailureDetail>()?);
            }
            ("GET", ["spaces", _, "intentions", _, "versions"]) => {
                drop(self.json::<Vec<AnswerVersion>>()?);
            }
            (_, ["spaces", _, "intentions", _, "reactions", _]) => {
                self.json::<ReactionsPosition>()?;
            }
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
        // A range of a file that does not exist, or a file that has not changed.
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
