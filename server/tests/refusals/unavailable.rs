//! Conflicts, and what would be possible at another time.

use super::*;

#[tokio::test]
async fn what_is_taken_is_a_conflict() {
    let scene = Scene::set().await;
    let Scene { ada, bob, sent, .. } = &scene;
    let token = ada.invite("@garden").await;
    let account = |handle: &str| {
        let (name, password) = ("Eve", house::PASSWORD);
        let wish = json!({ "handle": handle, "name": name, "password": password, "invite": token });
        scene.house.visitor().post("/api/accounts", wish)
    };
    // Beings share one set of ids: nobody can pass for a space, or for an AI being.
    let handles = ["bob", "@Bob", "garden", "sage"];
    scene.refuses(409, "handle-taken", handles.map(account)).await;

    let send = format!("{GARDEN}/intentions");
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
    let of = format!("{}?epoch=another", scene.of_ada);
    let elsewhere = [ada.patch(&of, json!({ "content": "Hello!" })), ada.delete(&of)];
    scene.refuses(409, "another-history", elsewhere).await;
    // What was first sent decides, also once the message is another, or is gone.
    ada.patch(&scene.of_ada, json!({ "content": "Hello!" })).await.json_of(200);
    scene.refuses(409, "id-taken", other.clone()).await;
    ada.delete(&scene.of_ada).await.empty_of(204);
    scene.refuses(409, "id-taken", other).await;
}

#[tokio::test]
async fn after_ten_wrong_passwords_even_the_right_one_waits() {
    let scene = Scene::set().await;
    let visitor = scene.house.visitor();
    let tries = |handle: &str, password: &str| {
        visitor.post("/api/session", json!({ "handle": handle, "password": password }))
    };
    let wrong = "incorrect horse battery staple";
    let spellings = ["ada", "@ada", "ADA", " ada "];
    let guesses = (0..10).map(|guess| tries(spellings[guess % 4], wrong));
    scene.refuses(401, "wrong-password", guesses).await;

    scene.house.clock.advance_seconds(20);
    scene.refuses(429, "slow-down", [tries("ada", wrong), tries("ada", house::PASSWORD)]).await;
    let refused = tries("ada", house::PASSWORD).await;
    assert_eq!(refused.header("retry-after"), Some("40"));

    // Who is already signed in, and who signs in as somebody else, does not suffer for it.
    scene.ada.get("/api/session").await.json_of(200);
    tries("bob", house::PASSWORD).await.json_of(200);
    scene.house.clock.advance_seconds(40);
    tries("ada", house::PASSWORD).await.json_of(200);
}

/// Each command, and a write that it cannot do without.
fn commands(scene: &Scene, token: &str) -> Vec<(&'static str, Ask)> {
    let Scene { ada, dan, of_ada, .. } = scene;
    let visitor = scene.house.visitor();
    let name = json!({ "name": "Thyme" });
    let sign_in = json!({ "handle": "ada", "password": house::PASSWORD });
    let account =
        json!({ "handle": "eve", "name": "Eve", "password": house::PASSWORD, "invite": token });
    // The head is the last that is written of a change to a space.
    let head = "UPDATE ON spaces";
    vec![
        (head, ada.post(&format!("{GARDEN}/intentions"), message("Hello."))),
        (head, ada.patch(of_ada, json!({ "content": "Hello?" }))),
        (head, ada.delete(of_ada)),
        (head, ada.post("/api/spaces", name.clone())),
        (head, ada.post(&format!("{GARDEN}/beings"), name.clone())),
        (head, ada.patch("/api/beings/@ada", name)),
        (head, dan.post(&format!("/api/invites/{token}"), json!({}))),
        ("INSERT ON invites", ada.post(&format!("{GARDEN}/invites"), json!({}))),
        ("INSERT ON sessions", visitor.post("/api/session", sign_in)),
        ("INSERT ON sessions", visitor.post("/api/accounts", account)),
        // With him go the invites.
        (head, ada.delete(&format!("{GARDEN}/beings/@bob"))),
        ("DELETE ON sessions", ada.delete("/api/session")),
    ]
}

/// A disk that is full shows it at any write, also at the last one of a command.
#[tokio::test]
async fn a_write_that_fails_leaves_nothing_behind_and_can_be_tried_again() {
    let scene = Scene::set().await;
    let token = scene.ada.invite("@garden").await;
    let mut listener = scene.house.visitor().signed_in("ada").await.listen("@garden").await;
    for (write, ask) in commands(&scene, &token) {
        let full = format!("CREATE TRIGGER full BEFORE {write} BEGIN SELECT RAISE(FAIL, ''); END");
        scene.house.folder.execute(&full).await;
        scene.refuses(503, "unavailable", [ask.clone()]).await;
        scene.house.folder.execute("DROP TRIGGER full").await;

        let what = ask.to_string();
        let answer = ask.await;
        assert!(answer.is_success(), "{what}: {}", answer.text);
    }
    let told = house::gists(&listener.take(8).await);
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

/// Also what the server answers while it ends: whoever asks comes back, and finds the next server.
#[tokio::test]
async fn a_store_that_is_closed_stores_nothing() {
    let scene = Scene::set().await;
    let token = scene.ada.invite("@garden").await;
    scene.house.close().await;
    let mut asks: Vec<_> = commands(&scene, &token).into_iter().map(|(_, ask)| ask).collect();
    asks.extend([
        scene.ada.get("/api/session"),
        scene.ada.get("/api/spaces"),
        scene.ada.get(&format!("{GARDEN}/intentions")),
        scene.ada.get("/api/stream?spaceId=@garden"),
    ]);
    scene.refuses(503, "unavailable", asks).await;
}
