//! The log of an inbox: catch-up, live events, refusals, and the end of the stream.

use super::*;

#[tokio::test]
async fn a_first_visit_gets_the_whole_inbox_and_then_what_is_new() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.create_space("Attic").await;
    let mut inbox = inbox_of(&ada, None).stream().await;
    let told = gists(&mut inbox, 3).await;
    assert_eq!(
        told,
        [
            "2 inbox-sync @attic @garden",
            "caught-up 2",
            "heads @attic Attic 0/0, @garden Garden 0/0"
        ]
    );
    let mut inbox = inbox_of(&bob, None).stream().await;
    let told = gists(&mut inbox, 3).await;
    assert_eq!(told, ["1 inbox-sync @garden", "caught-up 1", "heads @garden Garden 0/0"]);
}

#[tokio::test]
async fn what_one_device_reads_is_told_to_the_others_and_to_nobody_else() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let phone = server.visitor().signed_in("bob").await;
    let mut of_ada = listen(&ada).await;
    let mut of_phone = listen(&phone).await;
    ada.say("@garden", "Hello @bob.").await;
    assert_eq!(gists(&mut of_phone, 1).await, ["heads @garden msg_4 1/1"]);
    assert_eq!(gists(&mut of_ada, 1).await, ["heads @garden msg_4 0/0"]);
    read(&bob, 4).await;
    assert_eq!(both(&mut of_phone).await, ["2 read @garden msg_4", "heads @garden msg_4 0/0"]);
    put(&bob, "level", json!({ "level": "nothing" })).await.empty_of(204);
    assert_eq!(gists(&mut of_phone, 1).await, ["3 level @garden nothing"]);
    // What changes nothing is no event.
    read(&bob, 4).await;
    read(&bob, 1).await;
    put(&bob, "level", json!({ "level": "nothing" })).await.empty_of(204);
    put(&bob, "read", json!({ "upTo": "msg_0", "unread": true })).await.empty_of(204);
    // A device that is behind makes nothing read that way.
    put(&bob, "read", json!({ "upTo": "msg_4", "unread": true })).await.empty_of(204);
    assert_eq!(both(&mut of_phone).await, ["4 read @garden msg_0", "heads @garden msg_4 1/1"]);
    bob.create_space("Shed").await;
    assert_eq!(both(&mut of_phone).await, ["5 joined @shed", "heads @shed Shed 0/0"]);
    ada.say("@garden", "Is anybody there?").await;
    assert_eq!(gists(&mut of_ada, 1).await, ["heads @garden msg_5 0/0"]);
}

#[tokio::test]
async fn who_was_away_catches_up_with_what_has_changed() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 9).await;
    for up_to in [5, 7, 6] {
        read(&bob, up_to).await;
    }
    put(&bob, "level", json!({ "level": "everything" })).await.empty_of(204);
    let attic = ada.create_space("Attic").await;
    let token = ada.invite(&attic).await;
    bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    let heads = "heads @attic Attic 0/0, @garden Garden msg_9 2/0";
    for (since, expected) in [
        ("1", vec!["3 read @garden msg_7", "4 level @garden everything", "5 joined @attic"]),
        ("4", vec!["5 joined @attic"]),
        ("5", vec![]),
        ("6", vec!["5 inbox-sync @attic @garden"]),
        ("zzzz.5", vec!["5 inbox-sync @attic @garden"]),
    ] {
        let mut inbox = inbox_of(&bob, Some(since)).stream().await;
        let told = gists(&mut inbox, expected.len() + 2).await;
        let expected = [expected, vec!["caught-up 5", heads]].concat();
        assert_eq!(told, expected, "since {since}");
    }
    // `Last-Event-ID` wins, and a restart keeps the history.
    let first = one(&mut inbox_of(&bob, None).stream().await).await;
    let cursor = first.id.expect("a cursor");
    let server = server.reopen().await;
    let request = inbox_of(&server.again(&bob), Some("0"));
    let mut inbox = request.header("last-event-id", cursor.to_string()).stream().await;
    assert_eq!(gists(&mut inbox, 2).await, ["caught-up 5", heads]);
}

#[tokio::test]
async fn who_leaves_is_told_and_hears_no_more_of_the_space() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let attic = bob.create_space("Attic").await;
    let mut inbox = listen(&bob).await;
    ada.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    assert_eq!(gists(&mut inbox, 1).await, ["3 left @garden"]);
    ada.say("@garden", "At last we can talk about @bob.").await;
    ada.patch("/api/beings/@garden", json!({ "name": "Orchard" })).await.json_of(200);
    let token = bob.invite(&attic).await;
    ada.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    ada.say(&attic, "Up here.").await;
    assert_eq!(gists(&mut inbox, 1).await, ["heads @attic msg_4 1/0"]);
    let refused = put(&bob, "read", json!({ "upTo": "msg_1" })).await;
    assert_eq!((refused.status, &refused.json["error"]["code"]), (403, &json!("not-member")));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_words() {
    let (server, _ada, bob) = TestServer::with_two_members().await;
    let before = server.dump().await;
    for (what, body, status, code) in [
        ("read", json!({ "upTo": "msg_4" }), 404, "unknown-message"),
        ("read", json!({ "upTo": "msg_4", "unread": true }), 404, "unknown-message"),
        ("read", json!({ "upTo": "msg_3", "epoch": "zzzz" }), 409, "another-history"),
        ("read", json!({ "upTo": "msg_3", "epoch": "not an epoch" }), 400, "malformed"),
        ("read", json!({ "upTo": 3 }), 400, "malformed"),
        ("read", json!({}), 400, "malformed"),
        ("level", json!({ "level": "loud" }), 422, "out-of-bounds"),
        ("level", json!({ "level": "Mentions" }), 422, "out-of-bounds"),
        ("level", json!({}), 400, "malformed"),
    ] {
        let refused = put(&bob, what, body.clone()).await;
        let told = (refused.status, refused.json["error"]["code"].as_str());
        assert_eq!(told, (status, Some(code)), "{body}");
        let field = refused.json["error"]["field"].as_str();
        assert_eq!(field, (status == 422).then_some("level"), "{body}");
    }
    for (path, body) in
        [("read", json!({ "upTo": "msg_0" })), ("level", json!({ "level": "nothing" }))]
    {
        let nowhere =
            bob.ask("PUT", &format!("/api/spaces/@attic/{path}")).json(body.clone()).await;
        assert_eq!(
            (nowhere.status, &nowhere.json["error"]["code"]),
            (404, &json!("unknown-space"))
        );
        let nobody = server.visitor().ask("PUT", &format!("{SPACE}/{path}")).json(body).await;
        assert_eq!(nobody.status, 401);
    }
    assert_eq!(server.visitor().get("/api/inbox").await.status, 401);
    assert_eq!(bob.get("/api/inbox?being=@ada").await.status, 401);
    assert_eq!(bob.get("/api/inbox?since=yesterday").await.status, 400);
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
}

#[tokio::test]
async fn a_sign_out_revokes_the_inbox_of_that_session_only() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let phone = server.visitor().signed_in("bob").await;
    let mut of_phone = listen(&phone).await;
    let mut others = [listen(&bob).await, listen(&ada).await];
    phone.delete("/api/session").await.empty_of(204);
    assert_eq!(gists(&mut of_phone, 1).await, ["access-revoked"]);
    assert_eq!(next(&mut of_phone).await, None);
    read(&bob, 1).await;
    bob.create_space("Shed").await;
    assert_eq!(both(&mut others[0]).await, ["2 joined @shed", "heads @shed Shed 0/0"]);
    assert_eq!(server.listeners(), 2);
    drop(others);
    assert_eq!(server.app_state.hub.stats(), (0, 0));
}

#[tokio::test]
async fn a_shutdown_flushes_committed_events_first() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 23).await;
    let mut inbox = listen(&bob).await;
    for up_to in 4..24 {
        read(&bob, up_to).await;
    }
    server.close().await;
    let mut positions = vec![];
    while let Some(told) = next(&mut inbox).await {
        positions.extend(told.id.map(|cursor| cursor.seq.0));
    }
    assert_eq!(positions, (2..22).collect::<Vec<u64>>());
}

#[tokio::test]
async fn after_25_seconds_of_silence_a_heartbeat_names_the_head() {
    let (_server, _ada, bob) = TestServer::with_two_members().await;
    let mut inbox = listen(&bob).await;
    tokio::time::pause();
    for beat in 1..=2 {
        let began = tokio::time::Instant::now();
        let told = one(&mut inbox).await;
        assert_eq!((gist(&told).as_str(), &told.id), ("heartbeat 1", &None), "beat {beat}");
        assert_eq!(began.elapsed().as_secs(), 25, "beat {beat}");
    }
}

#[tokio::test]
async fn what_was_read_before_a_leave_is_not_sent_after_it() {
    let (_server, _ada, bob) = TestServer::with_two_members().await;
    let mut inbox = inbox_of(&bob, None).stream().await;
    bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    assert_eq!(inbox.next_text().await, None, "it comes back, and is told of what is there then");
    assert_eq!(
        one(&mut inbox_of(&bob, None).stream().await).await.event,
        InboxEvent::InboxSync(InboxSync { spaces: vec![], last_position: Seq(2) })
    );
}
