//! Requests as they should be: one for each route, filled in from what is there and what nearly is.

use super::{
    mutation::Draft,
    request::{INVITE, Who},
};

/// Method, address, and body: JSON, or a form where it does not begin with a brace.
pub const ROUTES: [(&str, &str, &str); 50] = [
    ("GET", "/api/stream?spaceId={space}", ""),
    ("GET", "/api/stream?spaceId={space}&since={since}&being=@bob", ""),
    (
        "POST",
        "/api/accounts",
        r#"{"handle":"{handle}","name":"{name}","password":"{password}","invite":"INVITE"}"#,
    ),
    ("GET", "/api/session", ""),
    ("POST", "/api/session", r#"{"handle":"bob","password":"{password}"}"#),
    ("DELETE", "/api/session", ""),
    ("GET", "/api/spaces", ""),
    ("POST", "/api/spaces", r#"{"name":"{name}"}"#),
    ("POST", "/api/spaces/{space}/invites", "{}"),
    ("POST", "/api/invites/INVITE", "{}"),
    ("GET", "/api/spaces/{space}/intentions", ""),
    ("GET", "/api/spaces/{space}/intentions?before={message}&limit={limit}", ""),
    ("POST", "/api/spaces/{space}/intentions", r#"{"id":"{id}","content":"{text}"}"#),
    (
        "POST",
        "/api/spaces/{space}/intentions",
        r#"{"id":"{id}","content":"{text}","replyTo":"{message}"}"#,
    ),
    ("PATCH", "/api/spaces/{space}/intentions/{message}", r#"{"content":"{text}"}"#),
    ("PATCH", "/api/spaces/{space}/intentions/{message}", r#"{"content":"{text}","seq":7}"#),
    ("DELETE", "/api/spaces/{space}/intentions/{message}", ""),
    ("POST", "/api/spaces/{space}/intentions/{message}/stop", ""),
    ("POST", "/api/spaces/{space}/intentions/{message}/retry", ""),
    (
        "POST",
        "/api/spaces/{space}/beings",
        r#"{"name":"{name}","hue":7,"settings":{"provider":"{provider}","model":"m","instructions":"{text}","answersWhen":"every-message","contextMessages":30,"contextCharacters":20000}}"#,
    ),
    ("POST", "/api/spaces/{space}/beings", r#"{"name":"{name}"}"#),
    ("DELETE", "/api/spaces/{space}/beings/{being}", ""),
    ("PATCH", "/api/beings/{being}", r#"{"name":"{name}","hue":200}"#),
    ("PATCH", "/api/beings/{being}", r#"{"settings":{"provider":"{provider}"}}"#),
    ("GET", "/api/beings/{being}/settings", ""),
    ("GET", "/api/providers", ""),
    ("PUT", "/api/providers/{provider}", r#"{"baseUrl":"{url}","key":"sk-1"}"#),
    ("DELETE", "/api/providers/{provider}", ""),
    ("GET", "/api/nothing", ""),
    ("GET", "/?problem=name", ""),
    ("GET", "/sign-up?invite=INVITE&name={name}&handle={handle}&problem=handle", ""),
    ("POST", "/sign-up", "handle={handle}&name={name}&password={password}&invite=INVITE"),
    ("GET", "/sign-in?next=/spaces/{space}&problem=wrong-password", ""),
    ("POST", "/sign-in", "handle=bob&password={password}&next=/spaces/{space}"),
    ("POST", "/sign-out", ""),
    ("POST", "/me", "name={name}"),
    ("POST", "/spaces", "name={name}"),
    ("GET", "/spaces/{space}", ""),
    ("GET", "/spaces/{space}/beings/new", ""),
    (
        "POST",
        "/spaces/{space}/beings/new",
        "name={name}&provider={provider}&model=m&instructions={text}&answers_when=mentioned&context_messages=30&context_characters=20000",
    ),
    ("GET", "/spaces/{space}/beings/{being}", ""),
    (
        "POST",
        "/spaces/{space}/beings/{being}",
        "name={name}&hue=7&provider={provider}&model=&instructions={text}&answers_when=every-message&context_messages=1&context_characters=1",
    ),
    ("POST", "/spaces/{space}/beings/{being}/remove", ""),
    ("GET", "/providers", ""),
    ("POST", "/providers", "name={provider}&base_url={url}&key=sk-1&forget_key=on&is_new=yes"),
    ("POST", "/providers/{provider}/remove", ""),
    ("GET", "/invites/INVITE?problem=unknown-invite", ""),
    ("POST", "/invites/INVITE", ""),
    ("GET", "/help/{page}", ""),
    ("GET", "/{file}", ""),
];

/// What a hole of that name may be filled with: first what fits.
fn filling(hole: &str) -> &'static [&'static str] {
    match hole {
        "space" => &["@garden", "@attic", "@nowhere", "@bob", "%40garden"],
        "message" => &["msg_8", "msg_7", "msg_9", "msg_10", "msg_1", "msg_4000"],
        "since" => &["7", "msg_7", "0", "", "zzz.7", "4000"],
        "being" => &["@sage", "@bob", "@ada", "@garden", "@cyd", "@nobody"],
        "handle" => &["eve", "@Eve", "bob", "garden"],
        "name" => &["Eve", "Thyme", "É 🌱", " x "],
        "password" => &["correct horse battery staple", "incorrect", "short"],
        "id" => &[
            "01890000-0000-7000-8000-000000000009",
            // Sent before, by Ada.
            "01890000-0000-7000-8000-000000000001",
        ],
        "text" => &["Hello.", "@sage, hello", "# A *heading*"],
        "limit" => &["50", "1", "1000"],
        "provider" => &["guide", "far", "other"],
        "url" => &["http://127.0.0.1:1/v1", "https://example.org"],
        "page" => &["start", "programs", "nothing"],
        "file" => &["pkg/rhizome.x.css", "sw.js", "device.js", "shell", "help", "nothing", "pkg"],
        _ => panic!("nothing fills {hole}"),
    }
}

/// The request of a route. `picks` say what fills the holes; all 0 is the most ordinary.
pub fn draft(by: Who, route: usize, picks: &[u8]) -> Draft {
    let (method, target, body) = ROUTES[route % ROUTES.len()];
    let mut picks = picks.iter().copied();
    let target = filled(target, &mut picks);
    let mut draft = Draft { by, method: method.to_owned(), target, ..Draft::default() };
    if body.starts_with('{') {
        let body = filled(body, &mut picks);
        draft.json = Some(serde_json::from_str(&body).expect("JSON"));
    } else if method != "GET" {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| (name.to_owned(), filled(value, &mut picks)));
        draft.form = Some(pairs.collect());
    }
    draft
}

fn filled(template: &str, picks: &mut impl Iterator<Item = u8>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let hole = rest[at + 1..].split('}').next().unwrap_or_default();
        // A brace of JSON is no hole.
        if hole.is_empty() || !hole.bytes().all(|c| c.is_ascii_lowercase()) {
            text += &rest[..=at];
            rest = &rest[at + 1..];
            continue;
        }
        let fillings = filling(hole);
        let pick = usize::from(picks.next().unwrap_or(0));
        text += &rest[..at];
        text += fillings[pick % fillings.len()];
        rest = &rest[at + hole.len() + 2..];
    }
    text + rest
}

#[test]
fn a_request_is_filled_in_and_keeps_the_invite_for_later() {
    let shot = draft(Who::Bob, 2, &[0]).into_shot();
    let body = String::from_utf8(shot.body).expect("text");
    assert!(body.contains(INVITE) && body.contains(r#""handle":"eve""#), "{body}");
}
