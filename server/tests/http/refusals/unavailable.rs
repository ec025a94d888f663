//! Conflicts, and requests that would succeed at another time.

use super::*;

#[tokio::test]
async fn a_taken_id_is_a_conflict() {
    let scene = Scene::set().await;
    let Scene { ada, bob, sent, .. } = &scene;
    let token = ada.invite("@garden").await;
    let account = |handle: &str| {
        let (name, password) = ("Eve", harness::PASSWORD);
        let body = json!({ "handle": handle, "name": name, "password": password, "invite": token });
        scene.server.visitor().post("/api/accounts", body)
    };
    // All beings share one set of ids: nobody can impersonate a space or an AI being.
    let handles = ["bob", "@Bob", "garden", "sage"];
    scene.refuses(409, "handle-taken", handles.map(account)).await;

    let send = format!("{SPACE}/intentions");
    let but = |key: &str, value: Value| {
        let mut other = sent.clone();
        other[key] = value;
        other
    };
    let other = [
        ada.post(&send, but("content", json!("Hello!"))),
        ada.post(&send, but("replyTo", json!("msg_7"))),
        bob.post(&send, sent.clone()),
        bob.post(&send, but("content", json!("Hello!"))),
    ];
    scene.refuses(409, "id-taken", other.clone()).await;
    let late = json!({ "content": "Hello!", "seq": 1 });
    scene.refuses(409, "changed-since", [ada.patch(&scene.of_ada, late)]).await;
    // Whatever the id is in this space: hers, another's, or nobody's.
    let of_another = |message: &str| {
        let of = format!("{message}?epoch=another");
        [ada.patch(&of, json!({ "content": "Hello!" })), ada.delete(&of)]
    };
    let unknown = format!("{SPACE}/intentions/msg_999");
    let elsewhere = [&scene.of_ada, &scene.of_cyd, &scene.deleted, &unknown];
    let elsewhere = elsewhere.into_iter().flat_map(|message| of_another(message));
    scene.refuses(409, "another-history", elsewhere).await;
    // The first content decides, even after the message was edited or deleted.
    ada.patch(&scene.of_ada, json!({ "content": "Hello!" })).await.json_of(200);
    scene.refuses(409, "id-taken", other.clone()).await;
    ada.delete(&scene.of_ada).await.empty_of(204);
    scene.refuses(409, "id-taken", other).await;
}

#[tokio::test]
async fn after_ten_wrong_passwords_the_right_one_has_to_wait_too() {
    let scene = Scene::set().await;
    let visitor = scene.server.visitor();
    let tries = |handle: &str, password: &str| {
        visitor.post("/api/session", json!({ "handle": handle, "password": password }))
    };
    let wrong = "incorrect horse battery staple";
    let spellings = ["ada", "@ada", "ADA", " ada "];
    let guesses = (0..10).map(|guess| tries(spellings[guess % 4], wrong));
    scene.refuses(401, "wrong-password", guesses).await;

    scene.server.clock.advance_seconds(20);
    scene.refuses(429, "slow-down", [tries("ada", wrong), tries("ada", harness::PASSWORD)]).await;
    let refused = tries("ada", harness::PASSWORD).await;
    assert_eq!(refused.header("retry-after"), Some("40"));

    // Existing sessions and sign-ins to other accounts are not affected.
    scene.ada.get("/api/session").await.json_of(200);
    tries("bob", harness::PASSWORD).await.json_of(200);
    scene.server.clock.advance_seconds(40);
    tries("ada", harness::PASSWORD).await.json_of(200);
}

/// Each command, with a write that it needs.
fn commands(scene: &Scene, token: &str) -> Vec<(&'static str, TestRequest)> {
    let Scene { ada, dan, of_ada, .. } = scene;
    let visitor = scene.server.visitor();
    let name = json!({ "name": "Thyme" });
    let sign_in = json!({ "handle": "ada", "password": harness::PASSWORD });
    let account =
        json!({ "handle": "eve", "name": "Eve", "password": harness::PASSWORD, "invite": token });
    // The head is the last write of a change to a space.
    let head = "UPDATE ON spaces";
    vec![
        (head, ada.post(&format!("{SPACE}/intentions"), message("Hello."))),
        (head, ada.patch(of_ada, json!({ "content": "Hello?" }))),
        (head, ada.delete(of_ada)),
        (head, ada.post("/api/spaces", name.clone())),
        (head, ada.post(&format!("{SPACE}/beings"), name.clone())),
        (head, ada.patch("/api/beings/@ada", name)),
        (head, dan.post(&format!("/api/invites/{token}"), json!({}))),
        ("INSERT ON invites", ada.post(&format!("{SPACE}/invites"), json!({}))),
        ("INSERT ON sessions", visitor.post("/api/session", sign_in)),
        ("INSERT ON sessions", visitor.post("/api/accounts", account)),
        // His removal deletes the space's invites, too.
        (head, ada.delete(&format!("{SPACE}/beings/@bob"))),
        ("DELETE ON sessions", ada.delete("/api/session")),
    ]
}

/// A full disk may fail any write, also the last one of a command.
#[tokio::test]
async fn a_failed_write_leaves_nothing_behind_and_can_be_retried() {
    let scene = Scene::set().await;
    let token = scene.ada.invite("@garden").await;
    let mut listener = scene.server.visitor().signed_in("ada").await.listen("@garden").await;
    for (write, request) in commands(&scene, &token) {
        scene.server.folder.refuse_writes(write).await;
        scene.refuses(503, "unavailable", [request.clone()]).await;
        scene.server.folder.allow_writes().await;

        let what = request.to_string();
        let answer = request.await;
        assert!(answer.is_success(), "{what}: {}", answer.text);
    }
    let told = harness::gists(&listener.take(8).await);
    let expected = [
        "11 created msg_11",
        "12 updated msg_6",
        "13 deleted msg_6",
        "14 being @thyme-2 Thyme",
        "15 being @ada Thyme",
        "16 being @dan Dan",
        "17 being @eve Eve",
        "18 left @bob",
    ];
    assert_eq!(told, expected);
}

/// The same during a shutdown: the client retries, and reaches the next server.
#[tokio::test]
async fn a_closed_store_stores_nothing() {
    let scene = Scene::set().await;
    let token = scene.ada.invite("@garden").await;
    scene.server.close().await;
    let mut requests: Vec<_> =
        commands(&scene, &token).into_iter().map(|(_, request)| request).collect();
    requests.extend([
        scene.ada.get("/api/session"),
        scene.ada.get("/api/spaces"),
        scene.ada.get(&format!("{SPACE}/intentions")),
        scene.ada.get("/api/stream?spaceId=@garden"),
    ]);
    scene.refuses(503, "unavailable", requests).await;
}
