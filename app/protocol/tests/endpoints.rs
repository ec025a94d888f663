//! Every request to the letter: its method, its address and its body.

use protocol::{
    AddBeing, BeginDirect, BeingId, ChangeBeing, ChangeSpace, Code, CreateAccount, CreateSpace,
    Cursor, EditIntention, Endpoint, Epoch, MessageId, Method, ProviderConfig, PutLevelBody,
    PutReadBody, SendIntention, SignIn, SpaceId, endpoint::*,
};

/// Method and route, and the request as it is sent.
type Row = ((Method, &'static str), String);

fn row<E: Endpoint>(request: E) -> Row {
    let mut text = format!("{} {}", E::METHOD.as_str(), request.path());
    if let Some(body) = request.body() {
        text += " ";
        text += &serde_json::to_string(body).expect("JSON");
    }
    ((E::METHOD, E::ROUTE), text)
}

fn rows() -> Vec<(Row, &'static str)> {
    let space: &SpaceId = &"@garden".parse().expect("an id");
    let being: &BeingId = &"@ada".parse().expect("an id");
    let epoch: &Epoch = &"k3f9".parse().expect("an epoch");
    let since: &Cursor = &"k3f9.130".parse().expect("a cursor");
    let id = "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b".parse().expect("a UUID");
    let (message, name) = (MessageId(7), "Ada".to_owned());
    let at = Some(message);
    let (handle, password) = ("ada".to_owned(), "correct horse".to_owned());
    let account = CreateAccount {
        handle: handle.clone(),
        name: name.clone(),
        password: password.clone(),
        invite: None,
    };
    let edit = EditIntention { content: "Hi".into(), seq: None };
    let config = ProviderConfig { base_url: "http://127.0.0.1/v1".into(), ..Default::default() };
    vec![
        (
            row(PostAccount { body: &account }),
            r#"POST /api/accounts {"handle":"ada","name":"Ada","password":"correct horse"}"#,
        ),
        (
            row(PostSession { body: &SignIn { handle, password } }),
            r#"POST /api/session {"handle":"ada","password":"correct horse"}"#,
        ),
        (row(GetSession {}), "GET /api/session"),
        (row(DeleteSession {}), "DELETE /api/session"),
        (row(GetSpaces {}), "GET /api/spaces"),
        (
            row(PostSpace { body: &CreateSpace { name: name.clone() } }),
            r#"POST /api/spaces {"name":"Ada"}"#,
        ),
        (
            row(PatchSpace {
                space,
                body: &ChangeSpace { archived: Some(false), ..Default::default() },
            }),
            r#"PATCH /api/spaces/@garden {"archived":false}"#,
        ),
        (row(DeleteSpace { space }), "DELETE /api/spaces/@garden"),
        (
            row(PostDirect { body: &BeginDirect { beings: vec!["@ben".into()] } }),
            r#"POST /api/direct {"beings":["@ben"]}"#,
        ),
        (row(GetDirectory { q: None, after: None }), "GET /api/directory"),
        (
            row(GetDirectory { q: Some("a b"), after: Some(space) }),
            "GET /api/directory?q=a%20b&after=@garden",
        ),
        (row(GetSearch { q: "roses", ..GetSearch::default() }), "GET /api/search?q=roses"),
        (
            row(GetSearch {
                q: "two words & more",
                space: Some(space),
                before: Some("7.9"),
                limit: Some(20),
                ..GetSearch::default()
            }),
            "GET /api/search?q=two%20words%20%26%20more&spaceId=@garden&before=7.9&limit=20",
        ),
        (row(JoinSpace { space }), "POST /api/spaces/@garden/join"),
        (row(PostInvite { space }), "POST /api/spaces/@garden/invites"),
        (row(AcceptInvite { token: "t0k-_n" }), "POST /api/invites/t0k-_n"),
        (row(AcceptInvite { token: "a/b?c d%é" }), "POST /api/invites/a%2Fb%3Fc%20d%25%C3%A9"),
        (
            row(GetHistory { space, before: None, after: None, around: None, limit: None }),
            "GET /api/spaces/@garden/intentions",
        ),
        (
            row(GetHistory { space, before: at, after: None, around: None, limit: None }),
            "GET /api/spaces/@garden/intentions?before=msg_7",
        ),
        (
            row(GetHistory { space, before: at, after: None, around: None, limit: Some(100) }),
            "GET /api/spaces/@garden/intentions?before=msg_7&limit=100",
        ),
        (
            row(GetHistory { space, before: None, after: at, around: None, limit: None }),
            "GET /api/spaces/@garden/intentions?after=msg_7",
        ),
        (
            row(GetHistory { space, before: None, after: None, around: at, limit: Some(1) }),
            "GET /api/spaces/@garden/intentions?around=msg_7&limit=1",
        ),
        (row(GetIntention { space, message }), "GET /api/spaces/@garden/intentions/msg_7"),
        (
            row(PostIntention {
                space,
                body: &SendIntention { id, content: "Hello".into(), reply_to: None },
            }),
            r#"POST /api/spaces/@garden/intentions {"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","content":"Hello"}"#,
        ),
        (
            row(PatchIntention { space, message, epoch: Some(epoch), body: &edit }),
            r#"PATCH /api/spaces/@garden/intentions/msg_7?epoch=k3f9 {"content":"Hi"}"#,
        ),
        (
            row(PatchIntention { space, message, epoch: None, body: &edit }),
            r#"PATCH /api/spaces/@garden/intentions/msg_7 {"content":"Hi"}"#,
        ),
        (
            row(DeleteIntention { space, message, epoch: Some(epoch) }),
            "DELETE /api/spaces/@garden/intentions/msg_7?epoch=k3f9",
        ),
        (row(StopAnswer { space, message }), "POST /api/spaces/@garden/intentions/msg_7/stop"),
        (row(RetryAnswer { space, message }), "POST /api/spaces/@garden/intentions/msg_7/retry"),
        (row(GetFailure { space, message }), "GET /api/spaces/@garden/intentions/msg_7/failure"),
        (row(GetVersions { space, message }), "GET /api/spaces/@garden/intentions/msg_7/versions"),
        (
            row(PutRead {
                space,
                body: &PutReadBody { up_to: message, epoch: None, unread: false },
            }),
            r#"PUT /api/spaces/@garden/read {"upTo":"msg_7"}"#,
        ),
        (
            row(PutLevel { space, body: &PutLevelBody { level: "nothing".into() } }),
            r#"PUT /api/spaces/@garden/level {"level":"nothing"}"#,
        ),
        (
            row(GetInbox { being: Some(being), since: Some(since) }),
            "GET /api/inbox?being=@ada&since=k3f9.130",
        ),
        (row(GetInbox { being: None, since: None }), "GET /api/inbox"),
        (
            row(PutReaction { space, message, emoji: "❤️", epoch: Some(epoch) }),
            "PUT /api/spaces/@garden/intentions/msg_7/reactions/%E2%9D%A4%EF%B8%8F?epoch=k3f9",
        ),
        (
            row(DeleteReaction { space, message, emoji: "#️⃣", epoch: None }),
            "DELETE /api/spaces/@garden/intentions/msg_7/reactions/%23%EF%B8%8F%E2%83%A3",
        ),
        (
            row(PostColours { space, body: &Code { language: "c++".into(), code: "é;".into() } }),
            r#"POST /api/spaces/@garden/colours {"language":"c++","code":"é;"}"#,
        ),
        (
            row(PostBeing { space, body: &AddBeing { name, hue: Some(7), settings: None } }),
            r#"POST /api/spaces/@garden/beings {"name":"Ada","hue":7}"#,
        ),
        (row(DeleteMember { space, being }), "DELETE /api/spaces/@garden/beings/@ada"),
        (
            row(PatchBeing { being, body: &ChangeBeing { hue: Some(7), ..Default::default() } }),
            r#"PATCH /api/beings/@ada {"hue":7}"#,
        ),
        (row(GetSettings { being }), "GET /api/beings/@ada/settings"),
        (row(GetProviders {}), "GET /api/providers"),
        (
            row(PutProvider { name: "ollama", body: &config }),
            r#"PUT /api/providers/ollama {"baseUrl":"http://127.0.0.1/v1"}"#,
        ),
        (row(DeleteProvider { name: "ollama" }), "DELETE /api/providers/ollama"),
        (row(GetModels { name: "ollama" }), "GET /api/providers/ollama/models"),
        (
            row(GetStream { space, being: Some(being), since: Some(since) }),
            "GET /api/stream?spaceId=@garden&being=@ada&since=k3f9.130",
        ),
        (row(GetStream { space, being: None, since: None }), "GET /api/stream?spaceId=@garden"),
    ]
}

#[test]
fn every_request_is_sent_to_the_letter() {
    for ((_, sent), expected) in rows() {
        assert_eq!(sent, expected);
    }
}

#[test]
fn every_route_is_in_the_table_once_and_has_a_request() {
    let rows = rows();
    let has_a_request = |route| rows.iter().any(|((of, _), _)| of == route);
    for (index, route) in ROUTES.iter().enumerate() {
        assert!(has_a_request(route), "{route:?}");
        assert!(!ROUTES[..index].contains(route), "{route:?} stands twice");
    }
}
