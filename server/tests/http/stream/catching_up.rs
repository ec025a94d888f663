//! Catch-up from a cursor, and without one.

use super::*;

#[tokio::test]
async fn the_headers_of_a_stream_keep_proxies_from_buffering_it() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    let events = ada.follow("@garden", None).await;
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache, no-transform"),
        ("x-accel-buffering", "no"),
    ] {
        assert_eq!(
            events.headers.get(name).map(axum::http::HeaderValue::as_bytes),
            Some(value.as_bytes())
        );
    }
    assert!(!events.headers.contains_key("content-encoding"));
    assert!(!events.headers.contains_key("content-length"));
}

#[tokio::test]
async fn a_first_visit_gets_the_whole_space_once() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(
        summaries(bob.following("@garden", None)).await,
        ["3 space-sync with 0", "caught-up msg_3"]
    );
    ada.say_up_to("@garden", 54).await;
    ada.delete(&format!("{SPACE}/intentions/msg_30")).await.empty_of(204);

    for request in [bob.following("@garden", None), bob.following("@garden", Some(""))] {
        let frames = request.stream().await.until_caught_up().await;
        assert_eq!(gists(&frames), ["55 space-sync with 50", "caught-up msg_55"]);
        let SyncEvent::SpaceSync(sync) = &frames[0].event else { panic!("a space-sync") };
        assert_eq!(sync.head(), Seq(55));
        assert_eq!(sync.space.id.as_str(), "@garden");
        let beings: Vec<_> = sync.beings.iter().map(|being| being.id.as_str()).collect();
        assert_eq!(beings, ["@ada", "@bob"]);
        // The newest 50, oldest first; the very first has to be fetched.
        let numbers: Vec<_> = sync.intentions.iter().map(|said| said.message_id.0).collect();
        assert_eq!(numbers, (4..=54).filter(|n| *n != 30).collect::<Vec<_>>());
        assert!(!sync.has_earlier);
    }
    ada.say("@garden", "One more.").await;
    let first = bob.follow("@garden", None).await.one().await;
    let SyncEvent::SpaceSync(sync) = first.event else { panic!("a space-sync") };
    assert!(sync.has_earlier && sync.intentions.len() == 50);
}

/// The seed's own example: after "?since=msg_120" come 121, 122 and 123.
#[tokio::test]
async fn since_message_120_come_121_122_and_123() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 123).await;
    let told = summaries(bob.following("@garden", Some("msg_120"))).await;
    let expected =
        ["121 created msg_121", "122 created msg_122", "123 created msg_123", "caught-up msg_123"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn since_has_three_spellings_and_the_header_wins_over_all_of_them() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 10).await;
    let cursor = bob.follow("@garden", None).await.one().await.id.expect("a cursor");
    let full = |seq: u64| format!("{}.{seq}", cursor.epoch);
    let last_two = ["9 created msg_9", "10 created msg_10", "caught-up msg_10"];
    let spellings = [full(8), "msg_8".to_owned(), "8".to_owned()];
    for since in &spellings {
        assert_eq!(summaries(bob.following("@garden", Some(since))).await, last_two, "{since}");
        // A browser that reconnects sends its first URL and its last id.
        for in_url in [None, Some("msg_3"), Some("0"), Some("msg_10"), Some("garden.3")] {
            let request = bob.following("@garden", in_url).header("last-event-id", since);
            assert_eq!(
                summaries(request).await,
                last_two,
                "{since} in the header, {in_url:?} in the URL"
            );
        }
    }
    for since in [full(10), "msg_10".to_owned(), "10".to_owned()] {
        assert_eq!(summaries(bob.following("@garden", Some(&since))).await, ["caught-up msg_10"]);
    }
    // A header without a value is ignored.
    let request = bob.following("@garden", Some("msg_9")).header("last-event-id", "");
    assert_eq!(summaries(request).await, ["10 created msg_10", "caught-up msg_10"]);
}

#[tokio::test]
async fn a_cursor_of_another_history_or_ahead_of_this_one_gets_everything() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 10).await;
    let cursor = bob.follow("@garden", None).await.one().await.id.expect("a cursor");
    let everything = ["10 space-sync with 7", "caught-up msg_10"];
    let ahead = format!("{}.11", cursor.epoch);
    let far_ahead = i64::MAX.to_string();
    // An epoch is compared exactly, upper and lower case included.
    for since in [&ahead, "msg_11", "11", &far_ahead, "zzzzzzzz.8", "zzzzzzzz.10", "zzzzzzzz.0"] {
        assert_eq!(summaries(bob.following("@garden", Some(since))).await, everything, "{since}");
        let request = bob.following("@garden", Some("9")).header("last-event-id", since);
        assert_eq!(summaries(request).await, everything, "{since} in the header");
    }
}

#[tokio::test]
async fn a_hundred_rows_are_sent_one_by_one_and_one_more_is_a_space_sync() {
    // From the database, and from the ring, which is kept while a client listens.
    for somebody_listens in [false, true] {
        let (server, ada, bob) = TestServer::with_two_members().await;
        let listener = ada.listen("@garden").await;
        let _listener = somebody_listens.then_some(listener);
        assert_eq!(server.listeners(), usize::from(somebody_listens));
        ada.say_up_to("@garden", 101).await;
        ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" })).await.json_of(201);
        ada.patch("/api/beings/@ada", json!({ "name": "Augusta" })).await.json_of(200);
        // 98 messages and two beings: a hundred rows of any kind.
        let frames = bob.follow("@garden", Some("3")).await.until_caught_up().await;
        assert_eq!(contiguous(Seq(3), &frames[..100]), Seq(103));
        assert_eq!(frames[100].gist(), "caught-up msg_103");

        // The limit counts rows: several positions of one row count once.
        for name in ["Ada", "Augusta", "Ada"] {
            ada.patch("/api/beings/@ada", json!({ "name": name })).await.json_of(200);
        }
        let one_by_one = summaries(bob.following("@garden", Some("3"))).await;
        assert_eq!(one_by_one.len(), 101);
        let end = ["102 being @sage Sage", "106 being @ada Ada", "caught-up msg_106"];
        assert_eq!(one_by_one[98..], end);

        ada.say("@garden", "The drop that spills it.").await;
        let everything = ["107 space-sync with 50", "caught-up msg_107"];
        assert_eq!(summaries(bob.following("@garden", Some("3"))).await, everything);
        assert_eq!(summaries(bob.following("@garden", Some("4"))).await.len(), 101);

        ada.say_up_to("@garden", 208).await;
        let everything = ["208 space-sync with 50", "caught-up msg_208"];
        assert_eq!(summaries(bob.following("@garden", Some("107"))).await, everything);
        assert_eq!(summaries(bob.following("@garden", Some("108"))).await.len(), 101);
    }
}

#[tokio::test]
async fn a_row_is_sent_once_in_its_present_state_at_its_last_position() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let path = |number: u64| format!("{SPACE}/intentions/msg_{number}");
    let edit = |number: u64, content: &str| ada.patch(&path(number), json!({ "content": content }));
    ada.say_up_to("@garden", 6).await;
    edit(4, "Hello?").await.json_of(200);
    edit(4, "Hello!").await.json_of(200);
    ada.delete(&path(5)).await.empty_of(204);
    bob.patch("/api/beings/@bob", json!({ "name": "Robert" })).await.json_of(200);
    edit(6, "Quiet.").await.json_of(200);
    bob.patch("/api/beings/@bob", json!({ "name": "Rob" })).await.json_of(200);

    let end = ["11 updated msg_6", "12 being @bob Rob", "caught-up msg_12"];
    let cases: [(u64, &[&str]); 10] = [
        (2, &["8 created msg_4", "9 deleted msg_5", "11 created msg_6", end[1], end[2]]),
        (3, &["8 created msg_4", "9 deleted msg_5", "11 created msg_6", end[1], end[2]]),
        (4, &["8 updated msg_4", "9 deleted msg_5", "11 created msg_6", end[1], end[2]]),
        (5, &["8 updated msg_4", "9 deleted msg_5", "11 created msg_6", end[1], end[2]]),
        (6, &["8 updated msg_4", "9 deleted msg_5", end[0], end[1], end[2]]),
        (7, &["8 updated msg_4", "9 deleted msg_5", end[0], end[1], end[2]]),
        (8, &["9 deleted msg_5", end[0], end[1], end[2]]),
        (9, &end),
        (11, &end[1..]),
        (12, &end[2..]),
    ];
    for (since, expected) in cases {
        let frames = bob.follow("@garden", Some(&since.to_string())).await.until_caught_up().await;
        assert_eq!(gists(&frames), expected, "since {since}");
        for frame in frames {
            if let SyncEvent::IntentionCreated(protocol::IntentionCreated { data, .. })
            | SyncEvent::IntentionUpdated(protocol::IntentionUpdated { data, .. }) = frame.event
            {
                assert_eq!(data.content, if data.message_id.0 == 4 { "Hello!" } else { "Quiet." });
                assert_eq!(Some(data.seq), frame.id.map(|cursor| cursor.seq));
            }
        }
    }
}

#[tokio::test]
async fn joins_departures_and_new_names_are_caught_up_too() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    server.guest(&ada, "@garden", "cyd").await;
    bob.patch("/api/beings/@bob", json!({ "name": "Robert" })).await.json_of(200);
    ada.patch("/api/beings/@garden", json!({ "name": "Orchard" })).await.json_of(200);
    ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" })).await.json_of(201);
    bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    ada.delete(&format!("{SPACE}/beings/@sage")).await.empty_of(204);
    let all = [
        "4 being @cyd Cyd",
        "6 being @garden Orchard",
        "8 left @bob",
        "9 left @sage",
        "caught-up msg_9",
    ];
    for (since, from) in [(3, 0), (4, 1), (5, 1), (6, 2), (7, 2), (8, 3), (9, 4)] {
        let told = summaries(ada.following("@garden", Some(&since.to_string()))).await;
        assert_eq!(told, all[from..], "since {since}");
    }
}

/// While others listen, the ring serves catch-up; otherwise the database does. A client sees no
/// difference.
#[tokio::test]
async fn the_ring_and_the_store_send_the_same() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.say_up_to("@garden", 8).await;
    let path = |number: u64| format!("{SPACE}/intentions/msg_{number}");
    let edit = |number: u64, content: &str| ada.patch(&path(number), json!({ "content": content }));
    let delete = |number: u64| ada.delete(&path(number));
    let rename = |name: &str| bob.patch("/api/beings/@bob", json!({ "name": name }));
    let sage = ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" }));
    let orchard = ada.patch("/api/beings/@garden", json!({ "name": "Orchard" }));

    let listener = ada.listen("@garden").await;
    server.guest(&ada, "@garden", "cyd").await;
    ada.say_up_to("@garden", 14).await;
    // Older and newer rows, some of which change more than once.
    for request in
        [edit(5, "A"), edit(10, "B"), rename("Rob"), edit(10, "C"), delete(6), delete(11)]
    {
        assert!(request.await.is_success());
    }
    // From here on no row changes twice, so the ring can serve it alone.
    for request in [rename("Robert"), edit(4, "D"), delete(8), orchard, sage] {
        assert!(request.await.is_success());
    }
    ada.say_up_to("@garden", 28).await;

    let all = async || {
        let mut all = Vec::new();
        for since in 0..=29 {
            let mut events = bob.follow("@garden", Some(&since.to_string())).await;
            let frames = events.until_caught_up().await;
            all.push(frames.into_iter().map(|frame| frame.text).collect::<Vec<_>>());
        }
        all
    };
    let from_ring = all().await;
    drop(listener);
    assert_eq!(server.app_state.hub.stats(), (0, 0));
    let from_store = all().await;
    for (since, (ring, store)) in from_ring.into_iter().zip(from_store).enumerate() {
        assert_eq!(ring, store, "since {since}");
    }
}
