//! Valid requests: a template for each route, filled in with values that exist and values that
//! nearly do.

use super::{
    mutation::Draft,
    request::{INVITE, Sender},
};

/// Method, target, and body: JSON, or a form if it does not begin with a brace.
pub const ROUTES: [(&str, &str, &str); 81] = [
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
    ("GET", "/api/spaces/{space}/intentions/{message}/failure", ""),
    ("GET", "/api/spaces/{space}/intentions/{message}/versions", ""),
    ("GET", "/api/inbox?since={since}", ""),
    ("PUT", "/api/spaces/{space}/read", r#"{"upTo":"{message}","unread":true}"#),
    ("PUT", "/api/spaces/{space}/read", r#"{"upTo":"{message}","epoch":"zzz"}"#),
    ("PUT", "/api/spaces/{space}/level", r#"{"level":"{level}"}"#),
    ("PUT", "/api/spaces/{space}/intentions/{message}/reactions/{emoji}", ""),
    ("DELETE", "/api/spaces/{space}/intentions/{message}/reactions/{emoji}?epoch=zzz", ""),
    ("POST", "/api/spaces/{space}/colours", r#"{"language":"{language}","code":"{text}"}"#),
    (
        "POST",
        "/api/spaces/{space}/beings",
        r#"{"name":"{name}","hue":7,"settings":{"provider":"{provider}","model":"m","instructions":"{text}","answersWhen":"every-message","contextMessages":30,"contextCharacters":20000}}"#,
    ),
    ("POST", "/api/spaces/{space}/beings", r#"{"name":"{name}"}"#),
    ("DELETE", "/api/spaces/{space}/beings/{being}", ""),
    ("PATCH", "/api/beings/{being}", r#"{"name":"{name}","hue":200}"#),
    ("PATCH", "/api/beings/{being}", r#"{"settings":{"provider":"{provider}"}}"#),
    (
        "PATCH",
        "/api/beings/{being}",
        r#"{"settings":{"provider":"{provider}","temperature":0.7,"maxTokens":{limit},"reasoningEffort":"low","requestExtra":{"{name}":"{text}"}}}"#,
    ),
    ("GET", "/api/beings/{being}/settings", ""),
    ("GET", "/api/providers", ""),
    ("PUT", "/api/providers/{provider}", r#"{"baseUrl":"{url}","key":"sk-1"}"#),
    (
        "PUT",
        "/api/providers/{provider}",
        r#"{"baseUrl":"{url}","silenceSeconds":{limit},"answerSeconds":null,"keyHeader":"api-key"}"#,
    ),
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
    ("GET", "/spaces/{space}/history?before={message}", ""),
    ("POST", "/spaces/{space}", "id={id}&content={text}"),
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
    ("GET", "/api/spaces/{space}/intentions?after={message}&limit={limit}", ""),
    ("GET", "/api/spaces/{space}/intentions?around={message}&limit={limit}", ""),
    ("GET", "/api/spaces/{space}/intentions/{message}", ""),
    ("PATCH", "/api/spaces/{space}", r#"{"topic":"{name}","archived":false,"open":true}"#),
    ("PATCH", "/api/spaces/{space}", r#"{"archived":true}"#),
    ("DELETE", "/api/spaces/{space}", ""),
    ("POST", "/api/direct", r#"{"beings":["{being}"]}"#),
    ("GET", "/api/directory?q={name}&after={space}", ""),
    ("POST", "/api/spaces/{space}/join", ""),
    ("GET", "/directory?q={name}&after={space}", ""),
    ("POST", "/spaces/{space}/join", ""),
    ("GET", "/direct?with={being}", ""),
    ("POST", "/direct", "with={being}"),
    ("GET", "/spaces/{space}/settings", ""),
    ("POST", "/spaces/{space}/settings", "name={name}&topic={text}&joining=open"),
    ("POST", "/spaces/{space}/delete", "confirmed={name}"),
    ("GET", "/api/search?q={words}&spaceId={space}&before={position}", ""),
    ("GET", "/search?q={words}&space={space}&by={being}", ""),
];

/// The values of a placeholder; the first one fits.
fn values(placeholder: &str) -> &'static [&'static str] {
    match placeholder {
        "space" => &["@garden", "@attic", "@nowhere", "@bob", "%40garden"],
        "message" => &["msg_8", "msg_7", "msg_9", "msg_10", "msg_1", "msg_4000"],
        "since" => &["7", "msg_7", "0", "", "zzz.7", "4000"],
        "level" => &["nothing", "everything", "mentions", "loud", ""],
        "language" => &["rust", "C++", "yaml", "markdown", "", "no such language"],
        "being" => &["@sage", "@bob", "@ada", "@garden", "@cyd", "@nobody"],
        "handle" => &["eve", "@Eve", "bob", "garden"],
        "name" => &["Eve", "Thyme", "É 🌱", " x "],
        "password" => &["correct horse battery staple", "incorrect", "short"],
        "id" => &[
            "01890000-0000-7000-8000-000000000009",
            // Ada has used it already.
            "01890000-0000-7000-8000-000000000001",
        ],
        "emoji" => &[
            "%F0%9F%8C%B1",
            "%E2%9D%A4",
            "%E2%9D%A4%EF%B8%8F",
            // Half a flag, a letter, and half a character.
            "%F0%9F%87%A9",
            "a",
            "%F0%9F",
        ],
        "text" => &["Hello.", "@sage, hello", "# A *heading*", "@everyone and @bob"],
        "words" => {
            &["hello", "%22hello%20", "%E4%B8%8A%E6%B5%B7", "*", "a%22b%22-", "%00", "NEAR(a)"]
        }
        "position" => &["1.9", "1.4_2.3", "4294967295.18446744073709551615", "2.1_1.1", ""],
        "limit" => &["50", "1", "1000"],
        "provider" => &["guide", "far", "other"],
        "url" => &["http://127.0.0.1:1/v1", "https://example.org"],
        "page" => &["start", "programs", "nothing"],
        "file" => &[
            "pkg/rhizome.x.css",
            "sw.js",
            "device.js",
            "unsent.js",
            "shell",
            "help",
            "nothing",
            "pkg",
        ],
        _ => panic!("nothing fills {placeholder}"),
    }
}

/// The request of a route. `picks` choose the values; all 0 is the most ordinary request.
pub fn draft(by: Sender, route: usize, picks: &[u8]) -> Draft {
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
        let placeholder = rest[at + 1..].split('}').next().unwrap_or_default();
        // A brace of JSON is not a placeholder.
        if placeholder.is_empty() || !placeholder.bytes().all(|c| c.is_ascii_lowercase()) {
            text += &rest[..=at];
            rest = &rest[at + 1..];
            continue;
        }
        let values = values(placeholder);
        let pick = usize::from(picks.next().unwrap_or(0));
        text += &rest[..at];
        text += values[pick % values.len()];
        rest = &rest[at + placeholder.len() + 2..];
    }
    text + rest
}

#[test]
fn a_template_is_filled_in_except_for_the_invite() {
    let fuzzed = draft(Sender::Bob, 2, &[0]).into_request();
    let body = String::from_utf8(fuzzed.body).expect("text");
    assert!(body.contains(INVITE) && body.contains(r#""handle":"eve""#), "{body}");
}
