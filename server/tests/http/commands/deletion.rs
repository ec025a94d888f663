//! The end of a space.

use harness::Events;

use super::*;

#[tokio::test]
async fn a_deleted_space_is_gone_for_everybody_and_its_streams_end() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut streams: Vec<Events> = vec![ada.listen("@garden").await, bob.listen("@garden").await];
    let mut inbox = bob.get("/api/inbox").stream().await;
    while !inbox.next_text().await.expect("an event").contains("space-heads") {}
    let token = ada.invite("@garden").await;
    ada.delete(SPACE).await.empty_of(204);
    for stream in &mut streams {
        assert_eq!(gists(&stream.rest().await), ["access-revoked"]);
    }
    let left = inbox.next_text().await.expect("an event");
    assert!(left.contains(r#"{"type":"space-left","spaceId":"@garden"}"#), "{left}");
    for client in [&ada, &bob] {
        for (what, request) in [
            ("a stream", client.following("@garden", Some("3"))),
            ("its history", client.get(&format!("{SPACE}/intentions"))),
            ("a message", client.post(&format!("{SPACE}/intentions"), message("Hello?"))),
            ("its details", client.patch(SPACE, json!({ "topic": "" }))),
            ("joining", client.post(&format!("{SPACE}/join"), json!({}))),
            ("its end", client.delete(SPACE)),
        ] {
            let answer = request.await;
            assert_eq!(
                (answer.status, &answer.json["error"]["code"]),
                (404, &json!("unknown-space")),
                "{what}"
            );
        }
        assert!(spaces_of(client).await.is_empty());
    }
    assert_eq!(bob.get("/spaces/@garden").await.status, 404);
    assert_eq!(bob.post(&format!("/api/invites/{token}"), json!({})).await.status, 404);
    // Who was away hears of it, and its id is not given again.
    let missed = bob.get("/api/inbox?since=1").stream().await.next_text().await.expect("an event");
    assert!(missed.contains("space-left"), "{missed}");
    assert_eq!(ada.create_space("Garden").await, "@garden-2");
    let server = server.reopen().await;
    assert!(spaces_of(&server.again(&bob)).await.is_empty());
}

#[tokio::test]
async fn nothing_of_what_was_said_is_left_in_the_database() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let guide = json!({ "name": "Sage", "settings": { "provider": "guide" } });
    ada.post(&format!("{SPACE}/beings"), guide).await.json_of(201);
    // More than are removed at once, with all that hangs on messages.
    for number in 0..450 {
        ada.say("@garden", &format!("whisper {number} @bob")).await;
    }
    let first = ada.say("@garden", "@sage, a whisper?").await;
    let send = format!("{SPACE}/intentions/{}", first.message_id);
    assert_eq!(bob.ask("PUT", &format!("{send}/reactions/%F0%9F%8C%B1")).await.status, 200);
    ada.invite("@garden").await;
    ada.patch(SPACE, json!({ "topic": "whisper topic" })).await.json_of(200);
    let shed = bob.create_space("Shed").await;
    bob.say(&shed, "This stays.").await;
    ada.delete(SPACE).await.empty_of(204);
    // Whatever is left of it is removed while nothing else is asked, or by the next server.
    while !server.dump().await.rows_with("whisper").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let tables = ["spaces", "members", "invites", "intentions", "mentions", "reactions"];
    loop {
        let dump = server.dump().await;
        let left = tables.iter().flat_map(|table| &dump.0[*table]);
        if !left.into_iter().any(|row| row.contains("'@garden'")) {
            assert!(dump.rows_with("Garden").is_empty(), "its name");
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(
        bob.get(&format!("/api/spaces/{shed}/intentions")).await.json_of(200)["intentions"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn the_page_deletes_a_space_whose_name_is_typed() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let delete = "/spaces/@garden/delete";
    let refused = form(&ada, delete, &[("confirmed", "garden")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("is not the name of this space"), "{}", refused.text);
    assert_eq!(form(&bob, delete, &[("confirmed", "Garden")]).await.status, 403);
    assert_eq!(head(&ada).await, 3);
    let deleted = form(&ada, delete, &[("confirmed", " Garden ")]).await;
    assert_eq!((deleted.status, deleted.header("location")), (303, Some("/")));
    assert!(spaces_of(&bob).await.is_empty());
}
