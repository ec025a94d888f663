//! The forms of the pages: each does what its command does, and fails in one way: the page again, with
//! the reason and what was typed.

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(caller: &Client, path: &str, fields: &[(&str, &str)]) -> TestResponse {
    let body = serde_urlencoded::to_string(fields).expect("fields");
    without_markers(caller.ask("POST", path).header("content-type", FORM).body(body).await)
}

/// Without the markers that Leptos puts behind a child.
fn without_markers(mut answer: TestResponse) -> TestResponse {
    answer.text = answer.text.replace("<!>", "");
    answer
}

/// The page again: with its heading, the reason, and these fields as they were typed.
fn is_page_again(
    answer: &TestResponse,
    status: u16,
    heading: &str,
    code: &str,
    typed: &[(&str, &str)],
) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store, no-transform"));
    assert_eq!(answer.header("set-cookie"), None);
    assert!(answer.text.contains(&format!("<h1>{heading}</h1>")), "{}", answer.text);
    assert!(answer.text.contains(&format!("data-code=\"{code}\"")), "{}", answer.text);
    assert!(!answer.text.contains(PASSWORD) && !answer.text.contains("wrong horse"));
    for (name, value) in typed {
        let inputs = answer.text.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
        let input = inputs.filter(|input| input.contains(&format!("name=\"{name}\"")));
        let value = format!("value=\"{value}\"");
        assert!(input.clone().any(|input| input.contains(&value)), "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_the_page_again_without_the_password() {
    let (server, _ada, _bob) = TestServer::with_two_members().await;
    let visitor = server.visitor();
    let sign_in = async |handle: &str, password: &str| {
        let fields = [("handle", handle), ("password", password), ("next", "/spaces/@garden")];
        post(&visitor, "/sign-in", &fields).await
    };
    let next = ("next", "/spaces/@garden");
    for handle in ["ada", "nobody", "not a handle"] {
        let refused = sign_in(handle, "wrong horse battery staple").await;
        let typed = [("handle", handle), next];
        is_page_again(&refused, 422, "Sign in", "wrong-password", &typed);
        assert!(refused.text.contains("The handle or the password is wrong."));
        // The device script runs here as it does on the page that was asked for.
        assert_eq!(
            refused.header("content-security-policy"),
            visitor.get("/sign-in").await.header("content-security-policy")
        );
    }
    let signed_in = sign_in("ada", PASSWORD).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("/spaces/@garden")));
    assert!(signed_in.cookie().is_some());

    for _ in 0..10 {
        sign_in("bob", "wrong horse battery staple").await;
    }
    let too_many = sign_in("bob", PASSWORD).await;
    is_page_again(&too_many, 429, "Sign in", "slow-down", &[("handle", "bob"), next]);
    assert_eq!(too_many.header("retry-after"), Some("60"));

    server.app_state.store.close().await;
    let unavailable = sign_in("ada", PASSWORD).await;
    is_page_again(&unavailable, 503, "Sign in", "unavailable", &[("handle", "ada"), next]);
    assert!(unavailable.header("retry-after").is_some());
}

#[tokio::test]
async fn a_refused_sign_up_is_the_page_again_with_what_was_typed() {
    let (server, ada, _bob) = TestServer::with_two_members().await;
    let token = ada.invite("@garden").await;
    let visitor = server.visitor();
    let heading = "Create your account";
    for (name, handle, password, invite, status, code, field) in [
        ("Eve", "bob", PASSWORD, &*token, 422, "handle-taken", None),
        ("Eve", "-eve", PASSWORD, &*token, 422, "out-of-bounds", Some("handle")),
        (" ", "eve", PASSWORD, &*token, 422, "out-of-bounds", Some("name")),
        ("Eve", "eve", "short", &*token, 422, "out-of-bounds", Some("password")),
        ("Eve", "eve", PASSWORD, "unknown", 422, "unknown-invite", None),
        ("Eve", "eve", PASSWORD, "", 403, "invite-required", None),
    ] {
        let fields =
            [("name", name), ("handle", handle), ("password", password), ("invite", invite)];
        let refused = post(&visitor, "/sign-up", &fields).await;
        let typed = [("name", name), ("handle", handle), ("invite", invite)];
        is_page_again(&refused, status, heading, code, &typed);
        assert!(!refused.text.contains("value=\"short\""));
        let field = field.map(|field| format!("data-field=\"{field}\""));
        assert!(field.is_none_or(|field| refused.text.contains(&field)), "{}", refused.text);
    }
    let fields = [("name", "Eve"), ("handle", "eve"), ("password", PASSWORD), ("invite", &token)];
    let created = post(&visitor, "/sign-up", &fields).await;
    assert_eq!((created.status, created.header("location")), (303, Some("/spaces/@garden")));
}

#[tokio::test]
async fn the_first_sign_up_welcomes_also_when_it_is_refused() {
    let server = TestServer::open().await;
    let visitor = server.visitor();
    assert_eq!(visitor.get("/").await.header("location"), Some("/sign-up?first"));
    assert!(without_markers(visitor.get("/sign-up?first").await).text.contains("<h1>Welcome</h1>"));
    let fields = [("name", "Ada"), ("handle", "ada"), ("password", "short")];
    let refused = post(&visitor, "/sign-up", &fields).await;
    is_page_again(&refused, 422, "Welcome", "out-of-bounds", &[("name", "Ada"), ("handle", "ada")]);
    let fields = [("name", "Ada"), ("handle", "ada"), ("password", PASSWORD)];
    assert_eq!(post(&visitor, "/sign-up", &fields).await.header("location"), Some("/"));
    assert_eq!(visitor.get("/sign-up?first").await.header("location"), Some("/sign-in"));
}

#[tokio::test]
async fn the_home_page_keeps_what_was_typed_into_either_of_its_forms() {
    let (server, ada, _bob) = TestServer::with_two_members().await;
    let long = "x".repeat(81);
    for (path, typed) in [("/spaces", &*long), ("/me", &*long), ("/spaces", " ")] {
        let refused = post(&ada, path, &[("name", typed)]).await;
        is_page_again(&refused, 422, "My spaces", "out-of-bounds", &[("name", typed)]);
        assert!(
            refused.text.contains("<bdi translate=\"no\" class=\"name\">Ada</bdi>"),
            "{}",
            refused.text
        );
    }
    assert_eq!(spaces_of(&ada).await, ["@garden 3"]);

    server.folder.refuse_writes("UPDATE ON spaces").await;
    for (path, typed) in [("/spaces", "Attic"), ("/me", "Augusta")] {
        let refused = post(&ada, path, &[("name", typed)]).await;
        is_page_again(&refused, 503, "My spaces", "unavailable", &[("name", typed)]);
        assert!(refused.header("retry-after").is_some());
    }
    server.folder.allow_writes().await;

    let created = post(&ada, "/spaces", &[("name", "Attic")]).await;
    assert_eq!((created.status, created.header("location")), (303, Some("/spaces/@attic")));
    let renamed = post(&ada, "/me", &[("name", "Augusta")]).await;
    assert_eq!((renamed.status, renamed.header("location")), (303, Some("/")));
    assert!(
        without_markers(ada.get("/").await)
            .text
            .contains("<bdi translate=\"no\" class=\"name\">Augusta</bdi>")
    );
    for path in ["/spaces", "/me"] {
        let stranger = post(&server.visitor(), path, &[("name", "Attic")]).await;
        assert_eq!(stranger.header("location"), Some("/sign-in?next=%2F"), "{path}");
    }
}

#[tokio::test]
async fn an_invite_is_accepted_by_its_page_or_is_not_found() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.create_space("Attic").await;
    let path = format!("/invites/{}", ada.invite("@attic").await);
    let stranger = post(&server.visitor(), &path, &[]).await;
    let next = serde_urlencoded::to_string([("next", &path)]).expect("a query");
    assert_eq!(stranger.header("location"), Some(&*format!("/sign-in?{next}")));
    let accepted = post(&bob, &path, &[]).await;
    assert_eq!((accepted.status, accepted.header("location")), (303, Some("/spaces/@attic")));
    for path in ["/invites/unknown", "/invites/a%00b", "/invites/%2F%2Fevil.example"] {
        let refused = post(&bob, path, &[]).await;
        assert_eq!(refused.status, 404, "{path}");
        assert!(refused.text.contains("This invite is unknown or has expired."), "{path}");
    }
}

#[tokio::test]
async fn a_message_is_sent_by_the_form_of_a_space_once_and_a_refused_one_stays_in_it() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let path = "/spaces/@garden";
    let page = without_markers(ada.get(path).await).text;
    let form = page.split("<noscript>").nth(1).expect("a form");
    assert!(form.contains("method=\"post\" action=\"/spaces/@garden\""), "{form}");
    let id = form.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = [("id", id.expect("an id")), ("content", "Hello,\r\nworld")];
    for _ in 0..2 {
        let sent = post(&ada, path, &fields).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some(path)));
    }
    // The reader has gone back to the form, and written something else.
    let other = [fields[0], ("content", "Another")];
    assert_eq!(post(&ada, path, &other).await.status, 303);
    // A form without an id, or with one that cannot be read, is a message all the same.
    for fields in [&[("content", "A third")][..], &[("id", "x"), ("content", "A fourth")]] {
        assert_eq!(post(&ada, path, fields).await.status, 303);
    }
    let texts: Vec<_> = history(&ada).await.into_iter().map(|message| message.content).collect();
    assert_eq!(texts, ["Hello,\nworld", "Another", "A third", "A fourth"]);

    let long = format!("</textarea><b>&amp;{}", "x".repeat(20_000));
    for (typed, problem) in [
        (&*long, "The message has more than 20000 characters."),
        (" \r\n", "The message is empty."),
    ] {
        let refused = post(&ada, path, &[("content", typed)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("data-code=\"out-of-bounds\""), "{}", refused.text);
        assert!(refused.text.contains(problem), "{}", refused.text);
        let escaped = typed.replace('&', "&amp;").replace('<', "&lt;");
        assert!(refused.text.contains(&format!("{escaped}</textarea>")), "{}", refused.text);
    }
    assert_eq!(history(&ada).await.len(), 4);

    let fields = [("content", "Hello?")];
    let stranger = post(&server.visitor(), path, &fields).await;
    assert_eq!(stranger.header("location"), Some("/sign-in?next=%2Fspaces%2F%40garden"));
    assert_eq!(post(&ada, "/spaces/@nowhere", &fields).await.status, 404);
    let body = serde_urlencoded::to_string(fields).expect("fields");
    let forged = ada.ask("POST", path).header("content-type", FORM).body(body);
    assert_eq!(forged.header("sec-fetch-site", "cross-site").await.status, 403);

    for number in 0..60 {
        ada.say("@garden", &format!("Line {number} <b>")).await;
    }
    let first = history(&ada).await.len() - 50;
    let earlier = "/spaces/@garden/history?before=";
    let page = without_markers(ada.get(path).await).text;
    let link = page.split(earlier).nth(1).and_then(|rest| rest.split('"').next());
    let before = history(&ada).await[first].message_id.to_string();
    assert_eq!(link, Some(&*before));
    let page = without_markers(ada.get(&format!("{earlier}{before}")).await);
    assert_eq!((page.status, page.text.matches("<article").count()), (200, first));
    assert!(page.text.contains("Line 9 &lt;b&gt;") && !page.text.contains("Line 10 "));
    let stranger = server.visitor().get(&format!("{earlier}{before}")).await;
    assert!(stranger.header("location").is_some_and(|to| to.starts_with("/sign-in?next=")));

    bob.delete("/api/spaces/@garden/beings/@bob").await.empty_of(204);
    assert_eq!(bob.get(&format!("{earlier}{before}")).await.status, 403);
    for former in [bob.get(path).await, post(&bob, path, &fields).await] {
        assert_eq!(former.status, 403);
        let text = without_markers(former).text;
        assert!(text.contains("<h1>You're no longer in this space</h1>"), "{text}");
        assert!(text.contains("data-being=\"@bob\" data-space=\"@garden\""), "{text}");
        assert!(!text.contains("Garden"), "its name may have changed since: {text}");
    }
}

#[tokio::test]
async fn what_is_no_number_stays_in_the_form_of_an_ai_being() {
    let (_house, ada, _bob) = TestServer::with_two_members().await;
    let fields = [
        ("name", "Fern"),
        ("provider", "guide"),
        ("instructions", "Be brief."),
        ("answers_when", "mentioned"),
        ("context_messages", "some"),
        ("context_characters", "1000"),
    ];
    let refused = post(&ada, "/spaces/@garden/beings/new", &fields).await;
    let typed = [("name", "Fern"), ("context_messages", "some"), ("context_characters", "1000")];
    is_page_again(&refused, 400, "Add an AI", "malformed", &typed);
    assert!(refused.text.contains("Be brief.</textarea>"), "{}", refused.text);
}

#[tokio::test]
async fn a_providers_address_stays_in_the_form_that_it_was_typed_into() {
    let (_house, ada, _bob) = TestServer::with_two_members().await;
    let add = [("is_new", "yes"), ("name", "far"), ("base_url", "http://127.0.0.1:1/v1")];
    assert_eq!(post(&ada, "/providers", &add).await.status, 303);
    let change = [("name", "far"), ("base_url", "ftp://far.example"), ("key", "wrong horse")];
    let refused = post(&ada, "/providers", &change).await;
    let typed = [("base_url", "ftp://far.example")];
    is_page_again(&refused, 422, "AI providers", "out-of-bounds", &typed);
    assert!(!refused.text.contains("http://127.0.0.1:1/v1"), "{}", refused.text);
    assert_eq!(refused.text.matches("ftp://far.example").count(), 1, "{}", refused.text);
}

/// `device.js` of an earlier build signs out by a fetch that follows no redirect.
#[tokio::test]
async fn a_sign_out_ends_the_session_and_answers_with_a_redirect() {
    let (_house, ada, _bob) = TestServer::with_two_members().await;
    let answer = ada.ask("POST", "/sign-out").header("sec-fetch-site", "same-origin").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")));
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(ada.get("/api/session").await.status, 401);
}
