//! The protocol's own endpoints against the real routes: each path has its methods and no other, and
//! each request is answered with what its type promises.

use protocol::{
    AddBeing, BeginDirect, Being, BeingSettings, ChangeBeing, ChangeSpace, Code, CreateAccount,
    CreateSpace, EditIntention, Endpoint, ProviderConfig, PutLevelBody, PutReadBody, SendIntention,
    SignIn, SpaceId, endpoint::*,
};

use super::*;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// A path that the route matches.
fn filled(route: &str) -> String {
    let placeholders = [
        ("{space}", "@garden"),
        ("{message}", "msg_4"),
        ("{being}", "@bob"),
        ("{name}", "ollama"),
        ("{token}", "t0ken"),
        ("{emoji}", "%F0%9F%8C%B1"),
    ];
    placeholders
        .iter()
        .fold(route.to_owned(), |path, (placeholder, id)| path.replace(placeholder, id))
}

#[tokio::test]
async fn each_route_has_its_methods_and_no_other() {
    let (server, ..) = TestServer::with_two_members().await;
    let visitor = server.visitor();
    let code = async |method, path: &str| {
        let answer = visitor.ask(method, path).await;
        let code = answer.json["error"]["code"].as_str().unwrap_or_default().to_owned();
        (answer.status, code)
    };
    for (_, route) in ROUTES {
        let path = filled(route);
        assert!(!path.contains('{'), "{path}");
        for method in METHODS {
            let is_declared = ROUTES.iter().any(|(m, r)| r == route && m.as_str() == method);
            let (status, code) = code(method, &path).await;
            let is_routed = !matches!(&*code, "unknown-route" | "wrong-method");
            assert_eq!(is_routed, is_declared, "{method} {path}: {status} {code}");
            assert!(is_declared || status == 405, "{method} {path}: {status} {code}");
        }
        let nowhere = format!("{path}/no/such/route");
        assert_eq!(code("GET", &nowhere).await, (404, "unknown-route".into()), "{nowhere}");
    }
}

/// Sends a request as any program would, and reads what its type promises.
async fn call<E: Endpoint>(client: &Client, status: u16, endpoint: E) -> E::Answer {
    let request = client.ask(E::METHOD.as_str(), &endpoint.path());
    let request = match endpoint.body() {
        Some(body) => request.json(serde_json::to_value(body).expect("JSON")),
        None => request,
    };
    let what = request.to_string();
    let answer = request.await;
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    let json = if status == 204 { "null" } else { &answer.text };
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{what}: {error}: {}", answer.text))
}

/// RFC 9110, section 15.5.6.
#[tokio::test]
async fn a_wrong_method_is_told_which_are_right() {
    let (server, ..) = TestServer::with_two_members().await;
    for (path, methods) in [
        ("/api/session", "GET,HEAD,POST,DELETE"),
        ("/api/spaces/@garden/intentions", "GET,HEAD,POST"),
        ("/api/providers/ollama", "PUT,DELETE"),
    ] {
        let answer = server.visitor().ask("OPTIONS", path).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(methods)), "{path}");
    }
}

#[tokio::test]
async fn each_request_is_answered_with_what_its_type_promises() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let space: &SpaceId = &"@garden".parse().expect("an id");
    let id_of = |client: &Being| client.id.clone();

    let invite = call(&ada, 201, PostInvite { space }).await;
    let account = CreateAccount {
        handle: "cyd".into(),
        name: "Cyd".into(),
        password: PASSWORD.into(),
        invite: Some(invite.token.clone()),
    };
    let cyd = call(&server.visitor(), 201, PostAccount { body: &account }).await;
    assert_eq!(cyd.id.as_str(), "@cyd");
    let credentials = SignIn { handle: "bob".into(), password: PASSWORD.into() };
    let again = call(&server.visitor(), 200, PostSession { body: &credentials }).await;
    assert_eq!(again, call(&bob, 200, GetSession {}).await);

    let attic = call(&ada, 201, PostSpace { body: &CreateSpace { name: "Attic".into() } }).await;
    let listed: Vec<_> = call(&ada, 200, GetSpaces {}).await;
    assert_eq!(listed.iter().filter(|line| line.space.id == attic.id).count(), 1);
    let invite = call(&ada, 201, PostInvite { space: &SpaceId::from(id_of(&attic)) }).await;
    let joined = call(&bob, 200, AcceptInvite { token: &invite.token }).await;
    assert_eq!(joined.id, attic.id);
    let of_attic = &SpaceId::from(id_of(&attic));
    let open = ChangeSpace { open: Some(true), ..ChangeSpace::default() };
    assert!(call(&ada, 200, PatchSpace { space: of_attic, body: &open }).await.open);
    let page = call(&bob, 200, GetDirectory { q: Some("att"), after: None }).await;
    assert_eq!((page.spaces.len(), page.next), (1, None));
    assert_eq!(call(&bob, 200, JoinSpace { space: of_attic }).await.id, attic.id);
    let with = BeginDirect { beings: vec!["@bob".into()] };
    let direct = call(&ada, 201, PostDirect { body: &with }).await;
    assert_eq!(call(&ada, 200, PostDirect { body: &with }).await, direct);
    call(&ada, 204, DeleteSpace { space: of_attic }).await;

    let id = "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b".parse().expect("a UUID");
    let words = SendIntention { id, content: "Hello.".into(), reply_to: None };
    let sent = call(&bob, 201, PostIntention { space, body: &words }).await;
    assert_eq!(call(&bob, 200, PostIntention { space, body: &words }).await, sent);
    let message = sent.message_id;
    let edit = EditIntention { content: "Hello!".into(), seq: Some(sent.seq) };
    let edited = call(&bob, 200, PatchIntention { space, message, epoch: None, body: &edit }).await;
    let (before, after, around, limit) = (None, None, Some(message), Some(1));
    let page = call(&ada, 200, GetHistory { space, before, after, around, limit }).await;
    assert_eq!(page.intentions, std::slice::from_ref(&edited));
    assert_eq!(call(&ada, 200, GetIntention { space, message }).await, edited);
    let read = PutReadBody { up_to: message, epoch: None, unread: false };
    call(&ada, 204, PutRead { space, body: &read }).await;
    call(&ada, 204, PutLevel { space, body: &PutLevelBody { level: "nothing".into() } }).await;
    let code = Code { language: "rust".into(), code: "fn main() {}".into() };
    let colours = call(&bob, 200, PostColours { space, body: &code }).await;
    assert!(!colours.0.is_empty());
    let search =
        GetSearch { q: "hello", space: Some(space), limit: Some(1), ..GetSearch::default() };
    let found = call(&ada, 200, search).await;
    assert_eq!((&found.hits[0].intention, &*found.hits[0].matches), (&edited, &[(0, 5)][..]));
    let emoji = "❤️";
    let added = call(&ada, 200, PutReaction { space, message, emoji, epoch: None }).await;
    assert!(added.reactions_seq > sent.seq);
    let removed = call(&ada, 200, DeleteReaction { space, message, emoji, epoch: None }).await;
    assert_eq!(removed.reactions_seq, added.reactions_seq.next());
    call(&bob, 204, DeleteIntention { space, message, epoch: None }).await;

    let settings = BeingSettings::with_provider("guide");
    let guide = AddBeing { name: "Guide".into(), hue: Some(359), settings: Some(settings) };
    let guide = call(&ada, 201, PostBeing { space, body: &guide }).await;
    let settings = call(&ada, 200, GetSettings { being: &guide.id }).await;
    assert_eq!(settings.provider, "guide");
    let name = ChangeBeing { name: Some("Sage".into()), ..ChangeBeing::default() };
    let renamed = call(&ada, 200, PatchBeing { being: &guide.id, body: &name }).await;
    assert_eq!((&*renamed.name, renamed.hue.degrees()), ("Sage", 359));

    let id = "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5c".parse().expect("a UUID");
    let words = SendIntention { id, content: format!("{}, hello.", guide.id), reply_to: None };
    let asked = call(&ada, 201, PostIntention { space, body: &words }).await;
    let message = asked.seq.next().as_message();
    call(&ada, 204, StopAnswer { space, message }).await;
    let retried = call(&ada, 200, RetryAnswer { space, message }).await;
    assert_eq!((retried.message_id, retried.reply_to), (message, Some(asked.message_id)));
    let earlier = call(&bob, 200, GetVersions { space, message }).await;
    assert!(earlier.len() <= usize::from(retried.versions.get()), "{earlier:?}");
    call(&ada, 204, DeleteMember { space, being: &guide.id }).await;

    let base_url = "http://127.0.0.1:1/v1".into();
    let body = &ProviderConfig { base_url, ..ProviderConfig::default() };
    let stored = call(&ada, 200, PutProvider { name: "far", body }).await;
    assert!(call(&ada, 200, GetProviders {}).await.contains(&stored));
    assert_eq!(call(&ada, 200, GetModels { name: "guide" }).await, []);
    let far = AddBeing {
        name: "Far".into(),
        hue: None,
        settings: Some(BeingSettings::with_provider("far")),
    };
    let far = call(&ada, 201, PostBeing { space, body: &far }).await;
    let id = "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5d".parse().expect("a UUID");
    let words = SendIntention { id, content: format!("{}, hello.", far.id), reply_to: None };
    let message =
        call(&ada, 201, PostIntention { space, body: &words }).await.seq.next().as_message();
    let failure = loop {
        let answer = ada.get(&GetFailure { space, message }.path()).await;
        match answer.status {
            200 => break answer.json["detail"].as_str().expect("words").to_owned(),
            _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    assert!(!failure.contains("127.0.0.1"), "an address is for administrators: {failure}");
    call(&ada, 204, DeleteProvider { name: "far" }).await;

    let stream = GetStream { space, being: Some(&again.id), since: None };
    let told = bob.get(&stream.path()).stream().await.until_caught_up().await;
    assert!(!told.is_empty());
    let inbox = GetInbox { being: Some(&again.id), since: None };
    let told = bob.get(&inbox.path()).stream().await.next_text().await.expect("an inbox");
    assert!(told.contains("inbox-sync"), "{told}");
    call(&bob, 204, DeleteSession {}).await;
}
