//! What happens while somebody listens.

use super::*;
use server::{
    chance::Token,
    hub::{Listener, Next},
};

#[tokio::test]
async fn everything_that_happens_is_heard_in_one_order_without_a_gap() {
    let (house, ada, bob) = House::with_garden().await;
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(bob.listen("@garden").await);
    }
    let mut asks: Vec<Ask> = Vec::new();
    for number in 0..40 {
        asks.push(ada.post(&format!("{GARDEN}/intentions"), message("Hello.")));
        asks.push(bob.post(&format!("{GARDEN}/intentions"), message("Hello.")));
        asks.push(bob.patch("/api/beings/@bob", json!({ "hue": number })));
        asks.push(
            ada.post(&format!("{GARDEN}/beings"), json!({ "name": format!("Sage {number}") })),
        );
    }
    join_all(asks.into_iter().map(|ask| async { assert!(ask.await.is_success()) })).await;
    // One change of hue may have been none.
    let head = house.services.store.head(&"@garden".parse().expect("an id")).await.expect("a head");
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
async fn who_comes_in_the_middle_of_a_burst_misses_nothing_and_hears_nothing_twice() {
    let (_house, ada, bob) = House::with_garden().await;
    let burst = all_say(&ada, "@garden", 95);
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
async fn a_space_hears_of_itself_only() {
    let (_house, ada, bob) = House::with_garden().await;
    let attic = ada.found("Attic").await;
    let mut garden = bob.listen("@garden").await;
    let mut upstairs = ada.listen(&attic).await;
    ada.say("@garden", "Down here.").await;
    ada.say(&attic, "Up here.").await;
    assert_eq!(garden.one().await.gist(), "4 created msg_4");
    assert_eq!(upstairs.one().await.gist(), "3 created msg_3");
}

/// The presence bar shows who belongs, not who is there: coming and going of streams is no event.
#[tokio::test]
async fn no_event_tells_who_is_online() {
    let (house, ada, bob) = House::with_garden().await;
    let mut listener = ada.listen("@garden").await;
    let before = house.dump().await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(bob.listen("@garden").await);
    }
    assert_eq!(house.listeners(), 11);
    drop(streams);
    assert_eq!(house.listeners(), 1);
    assert_eq!(before.difference(&house.dump().await), [""; 0]);
    ada.say("@garden", "Is anybody there?").await;
    assert_eq!(listener.one().await.gist(), "4 created msg_4");
}

/// The clock stands still but for these waits, and never while the database is asked: its pool
/// would take the leap for a long wait.
#[tokio::test]
async fn after_25_seconds_of_silence_a_heartbeat_names_the_head() {
    let (_house, ada, bob) = House::with_garden().await;
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

/// The bell of a room rings for others too; the silence goes on.
#[tokio::test]
async fn a_heartbeat_comes_in_time_whoever_signs_out() {
    let (house, _ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    let hub = house.services.hub.clone();
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

/// Invariant 6: what a change costs does not depend on how many listen. All of them hold the very
/// same bytes.
#[tokio::test]
async fn an_event_is_encoded_once_however_many_listen() {
    let (house, ada, _) = House::with_garden().await;
    let listen = || {
        let being = "@ada".parse().expect("an id");
        house.services.hub.listen(
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
