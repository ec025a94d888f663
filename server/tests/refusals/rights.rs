//! Who may not, and who may not even know.

use super::*;

/// One request for each route that asks for a session.
fn every_route(caller: &Client, space: &str, message_id: &str) -> Vec<Ask> {
    let mut routes = routes_of(caller, space, message_id);
    routes.extend([
        caller.get("/api/session"),
        caller.delete("/api/session"),
        caller.get("/api/spaces"),
        caller.post("/api/spaces", json!({ "name": "Cellar" })),
        caller.post("/api/invites/any", json!({})),
        caller.patch("/api/beings/@ada", json!({ "name": "Eve" })),
        caller.get("/api/beings/@ada/settings"),
        caller.get("/api/providers"),
        caller.ask("PUT", "/api/providers/far").json(json!({ "baseUrl": "http://127.0.0.1:1" })),
        caller.delete("/api/providers/far"),
    ]);
    routes
}

/// One request for each route of a space.
fn routes_of(caller: &Client, space: &str, message_id: &str) -> Vec<Ask> {
    let path = format!("/api/spaces/{space}");
    let message_path = format!("{path}/intentions/{message_id}");
    vec![
        caller.get(&format!("/api/stream?spaceId={space}")),
        caller.get(&format!("/api/stream?spaceId={space}&since=1")),
        caller.get(&format!("{path}/intentions")),
        caller.post(&format!("{path}/intentions"), message("Hello.")),
        caller.patch(&message_path, json!({ "content": "Hello?" })),
        caller.delete(&message_path),
        caller.post(&format!("{message_path}/stop"), json!({})),
        caller.post(&format!("{message_path}/retry"), json!({})),
        caller.post(&format!("{path}/invites"), json!({})),
        caller.post(&format!("{path}/beings"), json!({ "name": "Sage" })),
        caller.delete(&format!("{path}/beings/@bob")),
    ]
}

#[tokio::test]
async fn without_a_session_nothing_is_to_be_had() {
    let scene = Scene::set().await;
    let nobody = scene.house.visitor();
    let forger = nobody.with_cookie(Some("rhizome_session=0123456789abcdef".into()));
    // The hash is what the database holds: who has read it cannot sign in with it.
    let stolen = scene.house.folder.texts("SELECT token_hash FROM sessions LIMIT 1").await;
    let thief = nobody.with_cookie(Some(format!("rhizome_session={}", stolen[0])));
    for caller in [nobody, forger, thief] {
        scene.refuses(401, "no-session", every_route(&caller, "@garden", "msg_7")).await;
    }
    scene.stayed_silent().await;
}

#[tokio::test]
async fn a_session_that_is_over_is_none() {
    let scene = Scene::set().await;
    let (ada, house) = (&scene.ada, &scene.house);
    let elsewhere = house.visitor().signed_in("ada").await;
    elsewhere.delete("/api/session").await.empty_of(204);
    scene.refuses(401, "no-session", every_route(&elsewhere, "@garden", "msg_7")).await;
    house.clock.advance_days(180);
    scene.refuses(401, "no-session", every_route(ada, "@garden", "msg_7")).await;
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_handle_are_refused_alike() {
    let scene = Scene::set().await;
    let visitor = scene.house.visitor();
    let tries = |handle: &str, password: &str| {
        visitor.post("/api/session", json!({ "handle": handle, "password": password }))
    };
    let asks = [
        tries("ada", "incorrect horse battery staple"),
        tries("ada", "short"),
        tries("ada", &"x".repeat(300)),
        tries("nobody", house::PASSWORD),
        tries("@garden", house::PASSWORD),
        tries("not a handle", house::PASSWORD),
    ];
    scene.refuses(401, "wrong-password", asks.clone()).await;
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(ask.await.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the answers tell which handles exist: {answers:?}");
    scene.stayed_silent().await;
}

#[tokio::test]
async fn who_has_left_is_no_member() {
    let scene = Scene::set().await;
    let message_id = scene.of_cyd.rsplit('/').next().expect("a message id");
    scene.refuses(403, "not-member", routes_of(&scene.cyd, "@garden", message_id)).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn a_message_is_its_owners_and_a_space_is_its_founders() {
    let scene = Scene::set().await;
    let Scene { ada, bob, of_ada, of_cyd, .. } = &scene;
    let (edit, name) = (json!({ "content": "I love Bob." }), json!({ "name": "Bob's" }));
    let asks = [
        bob.patch(of_ada, edit.clone()),
        bob.delete(of_ada),
        // To administer is not to speak for others.
        ada.patch(of_cyd, edit),
        ada.delete(of_cyd),
        ada.patch("/api/beings/@bob", name.clone()),
        bob.patch("/api/beings/@ada", name.clone()),
        bob.patch("/api/beings/@garden", name.clone()),
        bob.patch("/api/beings/@sage", name),
        bob.delete(&format!("{GARDEN}/beings/@ada")),
        bob.delete(&format!("{GARDEN}/beings/@sage")),
    ];
    scene.refuses(403, "not-allowed", asks).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn another_sites_page_commands_nothing() {
    let scene = Scene::set().await;
    let mut asks = Vec::new();
    for ask in every_route(&scene.ada, "@garden", "msg_7") {
        // Only what changes nothing may be asked from anywhere; the browser keeps the answer.
        if ask.method != "GET" {
            asks.push(ask.clone().header("sec-fetch-site", "cross-site"));
            asks.push(ask.clone().header("sec-fetch-site", "same-site"));
            asks.push(ask.clone().header("origin", "https://evil.example"));
            asks.push(ask.header("origin", "null"));
        }
    }
    let wish = json!({ "handle": "ada", "password": house::PASSWORD });
    let sign_in = scene.house.visitor().post("/api/session", wish);
    asks.push(sign_in.header("origin", "https://evil.example"));
    scene.refuses(403, "cross-origin", asks).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn who_is_not_invited_gets_no_account() {
    let scene = Scene::set().await;
    let visitor = scene.house.visitor();
    let account = |invite: Value| {
        let (name, password) = ("Eve", house::PASSWORD);
        let wish = json!({ "handle": "eve", "name": name, "password": password, "invite": invite });
        visitor.post("/api/accounts", wish)
    };
    scene.refuses(403, "invite-required", [account(json!(null))]).await;
    let unknown = [account(json!("")), account(json!("unknown")), account(json!("x".repeat(9999)))];
    scene.refuses(404, "unknown-invite", unknown).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn a_space_one_may_not_know_of_is_like_one_that_is_not() {
    let scene = Scene::set().await;
    let message_id = scene.of_ada.rsplit('/').next().expect("a message id");
    let there = routes_of(&scene.dan, "@garden", message_id);
    let nowhere = routes_of(&scene.dan, "@nowhere", message_id);
    // A being is no space, whoever's it is.
    let being = routes_of(&scene.dan, "@dan", message_id);
    for asks in [&there, &nowhere, &being] {
        scene.refuses(404, "unknown-space", asks.clone()).await;
    }
    for (there, nowhere) in there.into_iter().zip(nowhere) {
        let (there, nowhere) = (there.await, nowhere.await);
        assert_eq!(there.text, nowhere.text);
        assert_eq!(there.headers, nowhere.headers);
    }
    scene.stayed_silent().await;
}

#[tokio::test]
async fn what_is_not_there_is_unknown() {
    let scene = Scene::set().await;
    let Scene { ada, bob, dan, deleted, .. } = &scene;
    let (edit, none) = (json!({ "content": "Hello?" }), json!({}));
    let mut reply = message("Why?");
    reply["replyTo"] = json!("msg_4000");
    let mut asks = vec![ada.post(&format!("{GARDEN}/intentions"), reply)];
    // One that is to come, one that is another row's position, and one that was taken back.
    let (to_come, a_being) =
        (format!("{GARDEN}/intentions/msg_4000"), format!("{GARDEN}/intentions/msg_1"));
    for path in [&to_come, &a_being, deleted] {
        asks.push(bob.patch(path, edit.clone()));
        asks.push(bob.delete(path));
        asks.push(bob.post(&format!("{path}/stop"), none.clone()));
    }
    scene.refuses(404, "unknown-message", asks).await;

    let name = json!({ "name": "Nobody" });
    let asks = [
        ada.patch("/api/beings/@nobody", name.clone()),
        dan.patch("/api/beings/@bob", name.clone()),
        dan.patch("/api/beings/@garden", name),
        ada.delete(&format!("{GARDEN}/beings/@nobody")),
        ada.delete(&format!("{GARDEN}/beings/@cyd")),
        ada.delete(&format!("{GARDEN}/beings/@garden")),
    ];
    scene.refuses(404, "unknown-being", asks).await;

    scene.refuses(404, "unknown-invite", [ada.post("/api/invites/unknown", none.clone())]).await;
    let asks =
        [ada.get("/api/nothing"), ada.post("/api/nothing", none), ada.get("/api/spaces/@garden")];
    scene.refuses(404, "unknown-route", asks).await;
    let asks =
        [ada.delete("/api/spaces"), ada.get("/api/invites/any"), ada.get("/api/beings/@ada")];
    scene.refuses(405, "wrong-method", asks).await;
    scene.stayed_silent().await;
}
