//! The topic of a space, and its archive.

use super::*;

async fn change(client: &Client, change: Value) -> TestResponse {
    client.patch(SPACE, change).await
}

#[tokio::test]
async fn a_change_of_details_is_one_event_and_one_position() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut stream = bob.listen("@garden").await;
    let topic = json!({ "topic": " What grows  here " });
    let told = json!({ "topic": "What grows  here" });
    assert_eq!(change(&ada, topic.clone()).await.json_of(200), told);
    // What changes nothing takes no position.
    assert_eq!(change(&ada, topic).await.json_of(200), told);
    assert_eq!(change(&ada, json!({})).await.json_of(200), told);
    assert_eq!(change(&ada, json!({ "open": true, "archived": true })).await.status, 200);
    assert_eq!(
        change(&ada, json!({ "archived": false, "topic": "" })).await.json_of(200),
        json!({ "open": true })
    );
    let live = stream.take(3).await;
    assert_eq!(
        gists(&live),
        [
            "4 space-changed What grows  here",
            "5 space-changed What grows  here archived open",
            "6 space-changed open"
        ]
    );

    // Missed, it is told once, in its present state; and it stands in a space-sync.
    let mut missed = bob.follow("@garden", Some("3")).await;
    assert_eq!(gists(&missed.until_caught_up().await), ["6 space-changed open", "caught-up msg_6"]);
    let sync = bob.follow("@garden", None).await.one().await;
    assert!(sync.text.contains(r#""details":{"open":true}"#), "{}", sync.text);
}

#[tokio::test]
async fn details_survive_a_restart() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let details = json!({ "topic": "Beds", "archived": true, "open": true });
    assert_eq!(change(&ada, details.clone()).await.json_of(200), details);
    let server = server.reopen().await;
    let ada = server.again(&ada);
    assert_eq!(change(&ada, json!({})).await.json_of(200), details);
    assert_eq!(ada.post(&format!("{SPACE}/intentions"), message("Hello.")).await.status, 403);
}

#[tokio::test]
async fn only_the_founder_or_an_administrator_changes_a_space() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let topic = json!({ "topic": "Mine" });
    let code = async |client: &Client, path: &str| {
        let answer = client.patch(path, topic.clone()).await;
        let refused = client.delete(path).await;
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (refused.status, &refused.json["error"]["code"])
        );
        answer.json["error"]["code"].as_str().map(str::to_owned)
    };
    assert_eq!(code(&bob, SPACE).await.as_deref(), Some("not-allowed"));
    let shed = format!("/api/spaces/{}", bob.create_space("Shed").await);
    // An administrator is asked to belong, as everybody.
    assert_eq!(code(&ada, &shed).await.as_deref(), Some("unknown-space"));
    let token = bob.invite("@shed").await;
    ada.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    assert_eq!(ada.patch(&shed, topic.clone()).await.status, 200);
    assert_eq!(bob.patch(&shed, topic.clone()).await.status, 200);
    ada.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    assert_eq!(code(&bob, SPACE).await.as_deref(), Some("not-member"));
    assert_eq!(code(&server.visitor(), SPACE).await.as_deref(), Some("no-session"));
}

#[tokio::test]
async fn a_topic_is_one_line_of_200_characters() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    for (topic, status) in [("🌱".repeat(200), 200), ("🌱".repeat(201), 422), ("a\nb".into(), 422)]
    {
        let answer = change(&ada, json!({ "topic": topic })).await;
        assert_eq!(answer.status, status, "{topic}");
        let field = answer.json["error"]["field"].as_str();
        assert_eq!(field, (status == 422).then_some("topic"), "{topic}");
    }
}

#[tokio::test]
async fn an_archived_space_is_read_and_left_and_nothing_is_added_to_it() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let send = format!("{SPACE}/intentions");
    let said = message("Before.");
    let row: Intention = ada.post(&send, said.clone()).await.of(201);
    let of_ada = format!("{send}/{}", row.message_id);
    let (sprout, wave) =
        (format!("{of_ada}/reactions/%F0%9F%8C%B1"), format!("{of_ada}/reactions/%F0%9F%91%8B"));
    assert_eq!(bob.ask("PUT", &sprout).await.status, 200);
    let token = ada.invite("@garden").await;
    change(&ada, json!({ "archived": true, "open": true })).await.json_of(200);
    let head_before = head(&ada).await;
    let cyd = server.guest(&ada, &ada.create_space("Attic").await, "cyd").await;
    let account = json!({ "handle": "dan", "name": "Dan", "password": PASSWORD, "invite": token });
    for (what, request) in [
        ("a message", bob.post(&send, message("After."))),
        ("an edit", ada.patch(&of_ada, json!({ "content": "After." }))),
        ("a reaction", bob.ask("PUT", &wave)),
        ("an invite", ada.post(&format!("{SPACE}/invites"), json!({}))),
        ("an AI being", ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" }))),
        ("joining by an invite", cyd.post(&format!("/api/invites/{token}"), json!({}))),
        ("joining", cyd.post(&format!("{SPACE}/join"), json!({}))),
        ("an account", server.visitor().post("/api/accounts", account)),
    ] {
        let answer = request.await;
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (403, &json!("not-allowed")),
            "{what}"
        );
    }
    assert_eq!(head(&ada).await, head_before);
    // What was done stays done, and what takes away is done.
    assert_eq!(ada.post(&send, said).await.status, 200);
    assert_eq!(ada.patch(&of_ada, json!({ "content": "Before." })).await.status, 200);
    assert_eq!(bob.ask("PUT", &sprout).await.status, 200);
    assert_eq!(bob.delete(&sprout).await.status, 200);
    assert_eq!(history(&bob).await.len(), 1);
    bob.ask("PUT", &format!("{SPACE}/read")).json(json!({ "upTo": "msg_4" })).await.empty_of(204);
    ada.delete(&of_ada).await.empty_of(204);
    bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    change(&ada, json!({ "archived": false })).await.json_of(200);
    assert_eq!(ada.post(&send, message("After.")).await.status, 201);
}
