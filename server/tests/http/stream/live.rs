//! Live events.

use super::*;
use server::{
    delivery::listener::{Listener, Next},
    domain::token::Token,
};

#[tokio::test]
async fn all_changes_are_received_in_one_order_without_a_gap() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(bob.listen("@garden").await);
    }
    let mut requests: Vec<TestRequest> = Vec::new();
    for number in 0..40 {
        requests.push(ada.post(&format!("{SPACE}/intentions"), message("Hello.")));
        requests.push(bob.post(&format!("{SPACE}/intentions"), message("Hello.")));
        requests.push(bob.patch("/api/beings/@bob", json!({ "hue": number })));
        requests.push(
            ada.post(&format!("{SPACE}/beings"), json!({ "name": format!("Sage {number}") })),
        );
    }
    join_all(requests.into_iter().map(|request| async { assert!(request.await.is_success()) }))
        .await;
    // One of the hues may equal the present one, which is no change.
    let head =
        server.app_state.store.head(&"@garden".parse().expect("an id")).await.expect("a head");
    let count = (head.seq.0 - 3) as usize;
    let mut heard = Vec::new();
    for listener in &mut listeners {
        let frames = listener.take(count).await;
        assert_eq!(contiguous(Seq(3), &frames), head.seq);
        heard.push(frames);
    }
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "not everybody heard the same");
}

#[tokio::test]
async fn a_client_that_joins_during_a_burst_misses_nothing_and_receives_nothing_twice() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let burst = send_concurrently(&ada, "@garden", 95);
    let arrivals = join_all((0..20).map(|_| async {
        let mut events = bob.follow("@garden", Some("msg_3")).await;
        let mut frames = Vec::new();
        while frames.len() < 95 {
            let frame = events.one().await;
            if frame.event.moves_the_cursor() {
                frames.push(frame);
            }
        }
        frames
    }));
    let (_, arrivals) = futures::join!(burst, arrivals);
    for frames in arrivals {
        assert_eq!(contiguous(Seq(3), &frames), Seq(98));
    }
}

#[tokio::test]
async fn a_stream_has_events_of_its_space_only() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let attic = ada.create_space("Attic").await;
    let mut garden = bob.listen("@garden").await;
    let mut upstairs = ada.listen(&attic).await;
    ada.say("@garden", "Down here.").await;
    ada.say(&attic, "Up here.").await;
    assert_eq!(garden.one().await.gist(), "4 created msg_4");
    assert_eq!(upstairs.one().await.gist(), "3 created msg_3");
}

/// The member bar shows members, not who is online: opening and closing a stream is no event.
#[tokio::test]
async fn no_event_reveals_who_is_online() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = ada.listen("@garden").await;
    let before = server.dump().await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(bob.listen("@garden").await);
    }
    assert_eq!(server.listeners(), 11);
    drop(streams);
    assert_eq!(server.listeners(), 1);
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
    ada.say("@garden", "Is anybody there?").await;
    assert_eq!(listener.one().await.gist(), "4 created msg_4");
}

/// The clock advances only in these waits, and never during a database query: its pool would take
/// the jump for a long wait.
#[tokio::test]
async fn after_25_seconds_of_silence_a_heartbeat_names_the_head() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    tokio::time::pause();
    for beat in 1..=3 {
        let began = tokio::time::Instant::now();
        let frame = listener.one().await;
        assert_eq!((frame.gist().as_str(), frame.id), ("heartbeat msg_3", None), "beat {beat}");
        assert_eq!(began.elapsed().as_secs(), 25, "beat {beat}");
    }
    tokio::time::resume();
    ada.say("@garden", "Are you asleep?").await;
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(gists(&listener.take(2).await), ["4 created msg_4", "heartbeat msg_4"]);
    assert_eq!(began.elapsed().as_secs(), 25);
}

/// The channel also wakes its streams when another session ends; the heartbeat is still on time.
#[tokio::test]
async fn a_heartbeat_is_on_time_when_another_session_ends() {
    let (server, _ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    let hub = server.app_state.hub.clone();
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(10)).await;
            let stranger = hub.listen(
                &"@garden".parse().expect("an id"),
                "@cyd".parse().expect("an id"),
                Token::presented("a stranger's").hash(),
            );
            hub.sign_out(&Token::presented("a stranger's").hash());
            drop(stranger);
        }
    });
    assert_eq!(listener.one().await.gist(), "heartbeat msg_3");
    assert_eq!(began.elapsed().as_secs(), 25);
}

/// Invariant 6: the cost of a change does not depend on the number of listeners. All of them share
/// the same bytes.
#[tokio::test]
async fn an_event_is_encoded_once_for_all_listeners() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let listen = || {
        let being = "@ada".parse().expect("an id");
        server.app_state.hub.listen(
            &"@garden".parse().expect("an id"),
            being,
            Token::presented("").hash(),
        )
    };
    let mut listeners: Vec<Listener> = (0..100).map(|_| listen()).collect();
    ada.say("@garden", "Hello.").await;
    let address = |listener: &mut Listener| match listener.next(Seq(3)) {
        Next::Frames(frames, Seq(4)) if frames.len() == 1 => frames[0].as_ptr(),
        _ => panic!("one frame, at position 4"),
    };
    let mut addresses: Vec<_> = listeners.iter_mut().map(address).collect();
    addresses.dedup();
    assert_eq!(addresses.len(), 1);
}
