//! The end of a stream, after which no byte is sent.

use super::*;

#[tokio::test]
async fn a_former_member_receives_no_further_byte() {
    for by_founder in [false, true] {
        let (server, ada, bob) = TestServer::with_two_members().await;
        let phone = server.visitor().signed_in("bob").await;
        let shed = bob.create_space("Shed").await;
        let mut elsewhere = bob.listen(&shed).await;
        let mut stays = ada.listen("@garden").await;
        let mut streams: Vec<Events> = Vec::new();
        for client in [&bob, &bob, &phone] {
            streams.push(client.listen("@garden").await);
        }
        // Two of them have unread events, to which they no longer have a right.
        ada.say_up_to("@garden", 5).await;
        for (stream, already_read) in streams.iter_mut().zip([2, 1, 0]) {
            stream.take(already_read).await;
        }
        let sender = if by_founder { &ada } else { &bob };
        sender.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
        ada.say("@garden", "At last we can talk.").await;
        for stream in &mut streams {
            let rest = stream.rest().await;
            assert_eq!(gists(&rest), ["access-revoked"], "sent away: {by_founder}");
            assert_eq!(rest[0].id, None);
        }
        let refused = bob.following("@garden", Some("3")).await;
        assert_eq!((refused.status, &refused.json["error"]["code"]), (403, &json!("not-member")));

        let told = gists(&stays.take(4).await);
        assert_eq!(told[2..], ["6 left @bob", "7 created msg_7"]);
        bob.say(&shed, "Alone at last.").await;
        assert_eq!(elsewhere.one().await.gist(), "3 created msg_3");
    }
}

#[tokio::test]
async fn a_member_who_returns_catches_up() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut stream = bob.listen("@garden").await;
    bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    ada.say("@garden", "At last we can talk.").await;
    let token = ada.invite("@garden").await;
    bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    // The old stream stays revoked: it told the client not to reconnect.
    assert_eq!(gists(&stream.rest().await), ["access-revoked"]);
    let told = summaries(bob.following("@garden", Some("3"))).await;
    assert_eq!(told, ["5 created msg_5", "6 being @bob Bob", "caught-up msg_6"]);
}

#[tokio::test]
async fn a_sign_out_ends_the_streams_of_that_session_only() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let phone = server.visitor().signed_in("bob").await;
    let mut of_phone =
        [phone.listen("@garden").await, phone.listen(&phone.create_space("Shed").await).await];
    let mut others = [bob.listen("@garden").await, ada.listen("@garden").await];
    phone.delete("/api/session").await.empty_of(204);
    for stream in &mut of_phone {
        // No access-revoked: the being is still a member.
        assert_eq!(stream.rest().await, []);
    }
    assert_eq!(phone.following("@garden", Some("3")).await.status, 401);
    ada.say("@garden", "Who was that?").await;
    for stream in &mut others {
        assert_eq!(stream.one().await.gist(), "4 created msg_4");
    }
}

#[tokio::test]
async fn a_shutdown_flushes_committed_events_first() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(bob.listen("@garden").await);
    }
    send_concurrently(&ada, "@garden", 500).await;
    server.close().await;
    for stream in &mut streams {
        let rest = stream.rest().await;
        assert_eq!(rest.len(), 500);
        assert_eq!(contiguous(Seq(3), &rest), Seq(503));
    }
    // The client resumes from its cursor, with the next server.
    let server = server.reopen().await;
    server.again(&ada).say("@garden", "Good morning.").await;
    let told = summaries(server.again(&bob).following("@garden", Some("503"))).await;
    assert_eq!(told, ["504 created msg_504", "caught-up msg_504"]);
}

/// The stream was admitted just before the shutdown: it is caught up, and then ends like the
/// others.
#[tokio::test]
async fn a_stream_that_opens_during_a_shutdown_is_caught_up_first() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 5).await;
    server.app_state.hub.close();
    let told = gists(&bob.follow("@garden", Some("3")).await.rest().await);
    assert_eq!(told, ["4 created msg_4", "5 created msg_5", "caught-up msg_5"]);
}

#[tokio::test]
async fn a_dropped_stream_leaves_nothing_behind() {
    let (server, ada, _) = TestServer::with_two_members().await;
    for _ in 0..3 {
        let listener = ada.listen("@garden").await;
        assert_eq!(server.app_state.hub.stats(), (1, 1));
        drop(listener);
        assert_eq!(server.app_state.hub.stats(), (0, 0));
    }
    // Nor does a refused one.
    assert_eq!(ada.following("@nowhere", None).await.status, 404);
    assert_eq!(server.app_state.hub.stats(), (0, 0));
}
