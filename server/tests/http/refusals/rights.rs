//! Requests without the right: forbidden ones, and those that must not learn that a thing exists.

use super::*;

/// One request for each route that needs a session.
fn every_route(caller: &Client, space: &str, message_id: &str) -> Vec<TestRequest> {
    let mut routes = routes_of(caller, space, message_id);
    routes.extend([
        caller.get("/api/session"),
        caller.delete("/api/session"),
        caller.get("/api/spaces"),
        caller.get("/api/search?q=hello"),
        caller.post("/api/spaces", json!({ "name": "Cellar" })),
        caller.post("/api/invites/any", json!({})),
        caller.patch("/api/beings/@ada", json!({ "name": "Eve" })),
        caller.get("/api/beings/@ada/settings"),
        caller.get("/api/providers"),
        caller.get("/api/providers/far/models"),
        caller.ask("PUT", "/api/providers/far").json(json!({ "baseUrl": "http://127.0.0.1:1" })),
        caller.delete("/api/providers/far"),
    ]);
    routes
}

/// One request for each route of a space.
fn routes_of(caller: &Client, space: &str, message_id: &str) -> Vec<TestRequest> {
    let path = format!("/api/spaces/{space}");
    let message_path = format!("{path}/intentions/{message_id}");
    vec![
        caller.get(&format!("/api/stream?spaceId={space}")),
        caller.get(&format!("/api/stream?spaceId={space}&since=1")),
        caller.get(&format!("{path}/intentions")),
        caller.get(&format!("{path}/intentions?after=msg_1")),
        caller.get(&format!("/api/search?q=hello&spaceId={space}")),
        caller.get(&format!("{path}/intentions?around={message_id}")),
        caller.get(&message_path),
        caller.post(&format!("{path}/intentions"), message("Hello.")),
        caller.patch(&message_path, json!({ "content": "Hello?" })),
        caller.delete(&message_path),
        caller.post(&format!("{message_path}/stop"), json!({})),
        caller.post(&format!("{message_path}/retry"), json!({})),
        caller.get(&format!("{message_path}/failure")),
        caller.get(&format!("{message_path}/versions")),
        caller.ask("PUT", &format!("{message_path}/reactions/%F0%9F%8C%B1")),
        caller.delete(&format!("{message_path}/reactions/%F0%9F%8C%B1")),
        caller.post(&format!("{path}/colours"), json!({ "language": "rust", "code": "fn" })),
        caller.post(&format!("{path}/invites"), json!({})),
        caller.post(&format!("{path}/beings"), json!({ "name": "Sage" })),
        caller.delete(&format!("{path}/beings/@bob")),
    ]
}

#[tokio::test]
async fn without_a_session_every_route_is_refused() {
    let scene = Scene::set().await;
    let nobody = scene.server.visitor();
    let forger = nobody.with_cookie(Some("rhizome_session=0123456789abcdef".into()));
    // The database holds the hash: a person who has read it cannot sign in with it.
    let stolen = scene.server.folder.texts("SELECT token_hash FROM sessions LIMIT 1").await;
    let thief = nobody.with_cookie(Some(format!("rhizome_session={}", stolen[0])));
    for caller in [nobody, forger, thief] {
        scene.refuses(401, "no-session", every_route(&caller, "@garden", "msg_7")).await;
    }
    scene.assert_no_events().await;
}

#[tokio::test]
async fn an_expired_session_is_refused() {
    let scene = Scene::set().await;
    let (ada, server) = (&scene.ada, &scene.server);
    let elsewhere = server.visitor().signed_in("ada").await;
    elsewhere.delete("/api/session").await.empty_of(204);
    scene.refuses(401, "no-session", every_route(&elsewhere, "@garden", "msg_7")).await;
    server.clock.advance_days(180);
    scene.refuses(401, "no-session", every_route(ada, "@garden", "msg_7")).await;
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_handle_are_refused_alike() {
    let scene = Scene::set().await;
    let visitor = scene.server.visitor();
    let tries = |handle: &str, password: &str| {
        visitor.post("/api/session", json!({ "handle": handle, "password": password }))
    };
    let requests = [
        tries("ada", "incorrect horse battery staple"),
        tries("ada", "short"),
        tries("ada", &"x".repeat(300)),
        tries("nobody", harness::PASSWORD),
        tries("@garden", harness::PASSWORD),
        tries("not a handle", harness::PASSWORD),
    ];
    scene.refuses(401, "wrong-password", requests.clone()).await;
    let mut answers = Vec::new();
    for request in requests {
        answers.push(request.await.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the answers tell which handles exist: {answers:?}");
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_former_member_is_refused() {
    let scene = Scene::set().await;
    let message_id = scene.of_cyd.rsplit('/').next().expect("a message id");
    scene.refuses(403, "not-member", routes_of(&scene.cyd, "@garden", message_id)).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn only_its_owner_changes_a_message_and_only_its_creator_a_space() {
    let scene = Scene::set().await;
    let Scene { ada, bob, of_ada, of_cyd, .. } = &scene;
    let (edit, name) = (json!({ "content": "I love Bob." }), json!({ "name": "Bob's" }));
    let requests = [
        bob.patch(of_ada, edit.clone()),
        bob.delete(of_ada),
        // An administrator does not speak for others.
        ada.patch(of_cyd, edit),
        ada.delete(of_cyd),
        ada.patch("/api/beings/@bob", name.clone()),
        bob.patch("/api/beings/@ada", name.clone()),
        bob.patch("/api/beings/@garden", name.clone()),
        bob.patch("/api/beings/@sage", name),
        bob.delete(&format!("{SPACE}/beings/@ada")),
        bob.delete(&format!("{SPACE}/beings/@sage")),
    ];
    scene.refuses(403, "not-allowed", requests).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_page_of_another_site_can_send_no_command() {
    let scene = Scene::set().await;
    let mut requests = Vec::new();
    for request in every_route(&scene.ada, "@garden", "msg_7") {
        // Requests that change nothing are allowed from anywhere; the browser withholds the
        // response.
        if request.method != "GET" {
            requests.push(request.clone().header("sec-fetch-site", "cross-site"));
            requests.push(request.clone().header("sec-fetch-site", "same-site"));
            requests.push(request.clone().header("origin", "https://evil.example"));
            requests.push(request.header("origin", "null"));
        }
    }
    let body = json!({ "handle": "ada", "password": harness::PASSWORD });
    let sign_in = scene.server.visitor().post("/api/session", body);
    requests.push(sign_in.header("origin", "https://evil.example"));
    scene.refuses(403, "cross-origin", requests).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn without_an_invite_there_is_no_account() {
    let scene = Scene::set().await;
    let visitor = scene.server.visitor();
    let account = |invite: Value| {
        let (name, password) = ("Eve", harness::PASSWORD);
        let body = json!({ "handle": "eve", "name": name, "password": password, "invite": invite });
        visitor.post("/api/accounts", body)
    };
    scene.refuses(403, "invite-required", [account(json!(null))]).await;
    let unknown = [account(json!("")), account(json!("unknown")), account(json!("x".repeat(9999)))];
    scene.refuses(404, "unknown-invite", unknown).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_hidden_space_looks_like_one_that_does_not_exist() {
    let scene = Scene::set().await;
    let message_id = scene.of_ada.rsplit('/').next().expect("a message id");
    let there = routes_of(&scene.dan, "@garden", message_id);
    let nowhere = routes_of(&scene.dan, "@nowhere", message_id);
    // A being is not a space, whosever it is.
    let being = routes_of(&scene.dan, "@dan", message_id);
    for requests in [&there, &nowhere, &being] {
        scene.refuses(404, "unknown-space", requests.clone()).await;
    }
    for (there, nowhere) in there.into_iter().zip(nowhere) {
        let (there, nowhere) = (there.await, nowhere.await);
        assert_eq!(there.text, nowhere.text);
        assert_eq!(there.headers, nowhere.headers);
    }
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_thing_that_does_not_exist_is_unknown() {
    let scene = Scene::set().await;
    let Scene { ada, bob, dan, deleted, .. } = &scene;
    let (edit, none) = (json!({ "content": "Hello?" }), json!({}));
    let mut reply = message("Why?");
    reply["replyTo"] = json!("msg_4000");
    let mut requests = vec![ada.post(&format!("{SPACE}/intentions"), reply)];
    // A future position, the position of another row, and a deleted message.
    let (to_come, a_being) =
        (format!("{SPACE}/intentions/msg_4000"), format!("{SPACE}/intentions/msg_1"));
    for path in [&to_come, &a_being, deleted] {
        requests.push(bob.get(path));
        requests.push(bob.patch(path, edit.clone()));
        requests.push(bob.delete(path));
        requests.push(bob.post(&format!("{path}/stop"), none.clone()));
    }
    scene.refuses(404, "unknown-message", requests).await;

    let name = json!({ "name": "Nobody" });
    let requests = [
        ada.patch("/api/beings/@nobody", name.clone()),
        dan.patch("/api/beings/@bob", name.clone()),
        dan.patch("/api/beings/@garden", name),
        ada.delete(&format!("{SPACE}/beings/@nobody")),
        ada.delete(&format!("{SPACE}/beings/@cyd")),
        ada.delete(&format!("{SPACE}/beings/@garden")),
    ];
    scene.refuses(404, "unknown-being", requests).await;

    scene.refuses(404, "unknown-invite", [ada.post("/api/invites/unknown", none.clone())]).await;
    let requests =
        [ada.get("/api/nothing"), ada.post("/api/nothing", none), ada.get("/api/spaces/@garden/x")];
    scene.refuses(404, "unknown-route", requests).await;
    let requests =
        [ada.delete("/api/spaces"), ada.get("/api/spaces/@garden"), ada.get("/api/beings/@ada")];
    scene.refuses(405, "wrong-method", requests).await;
    scene.assert_no_events().await;
}
