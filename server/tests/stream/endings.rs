//! How a stream ends, and that nothing comes after.

use super::*;

#[tokio::test]
async fn who_leaves_or_is_sent_away_hears_not_a_byte_more() {
    for by_founder in [false, true] {
        let (house, ada, bob) = House::with_garden().await;
        let phone = house.visitor().signed_in("bob").await;
        let shed = bob.found("Shed").await;
        let mut elsewhere = bob.listen(&shed).await;
        let mut stays = ada.listen("@garden").await;
        let mut streams: Vec<Events> = Vec::new();
        for client in [&bob, &bob, &phone] {
            streams.push(client.listen("@garden").await);
        }
        // Two of them have not read yet all that they had a right to; they have none any more.
        ada.say_up_to("@garden", 5).await;
        for (stream, already_read) in streams.iter_mut().zip([2, 1, 0]) {
            stream.take(already_read).await;
        }
        let sender = if by_founder { &ada } else { &bob };
        sender.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
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
async fn who_comes_back_is_told_what_was_missed() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut stream = bob.listen("@garden").await;
    bob.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
    ada.say("@garden", "At last we can talk.").await;
    let token = ada.invite("@garden").await;
    bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    // The old stream stays revoked: the client was told not to come back by itself.
    assert_eq!(gists(&stream.rest().await), ["access-revoked"]);
    let told = told(bob.following("@garden", Some("3"))).await;
    assert_eq!(told, ["5 created msg_5", "6 being @bob Bob", "caught-up msg_6"]);
}

#[tokio::test]
async fn a_sign_out_ends_the_streams_of_that_session_only() {
    let (house, ada, bob) = House::with_garden().await;
    let phone = house.visitor().signed_in("bob").await;
    let mut of_phone =
        [phone.listen("@garden").await, phone.listen(&phone.found("Shed").await).await];
    let mut others = [bob.listen("@garden").await, ada.listen("@garden").await];
    phone.delete("/api/session").await.empty_of(204);
    for stream in &mut of_phone {
        // No access-revoked: the being belongs here still.
        assert_eq!(stream.rest().await, []);
    }
    assert_eq!(phone.following("@garden", Some("3")).await.status, 401);
    ada.say("@garden", "Who was that?").await;
    for stream in &mut others {
        assert_eq!(stream.one().await.gist(), "4 created msg_4");
    }
}

#[tokio::test]
async fn a_server_that_ends_first_flushes_what_was_committed() {
    let (house, ada, bob) = House::with_garden().await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(bob.listen("@garden").await);
    }
    all_say(&ada, "@garden", 500).await;
    house.close().await;
    for stream in &mut streams {
        let rest = stream.rest().await;
        assert_eq!(rest.len(), 500);
        assert_eq!(contiguous(Seq(3), &rest), Seq(503));
    }
    // The client comes back from where it was, to the next server.
    let house = house.reopen().await;
    house.again(&ada).say("@garden", "Good morning.").await;
    let told = told(house.again(&bob).following("@garden", Some("503"))).await;
    assert_eq!(told, ["504 created msg_504", "caught-up msg_504"]);
}

/// It was let in just before the doors closed: it is caught up, and then ends like the others.
#[tokio::test]
async fn a_stream_that_opens_while_the_server_ends_is_caught_up_first() {
    let (house, ada, bob) = House::with_garden().await;
    ada.say_up_to("@garden", 5).await;
    house.services.hub.close();
    let told = gists(&bob.follow("@garden", Some("3")).await.rest().await);
    assert_eq!(told, ["4 created msg_4", "5 created msg_5", "caught-up msg_5"]);
}

#[tokio::test]
async fn a_stream_that_is_dropped_leaves_nothing_behind() {
    let (house, ada, _) = House::with_garden().await;
    for _ in 0..3 {
        let listener = ada.listen("@garden").await;
        assert_eq!(house.services.hub.census(), (1, 1));
        drop(listener);
        assert_eq!(house.services.hub.census(), (0, 0));
    }
    // Nor does one that was refused.
    assert_eq!(ada.following("@nowhere", None).await.status, 404);
    assert_eq!(house.services.hub.census(), (0, 0));
}
