//! Listeners that subscribe during a burst of commits miss nothing, and receive nothing twice.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use harness::TestServer;
use protocol::{BeingId, CaughtUp, Content, IntentionId, Seq, Since, SpaceId, SyncEvent};
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::{
    app_state::AppState,
    delivery::stream::Stream,
    domain::{command::SendMessage, token::Token},
    store::Execute,
};
use uuid::Uuid;

use crate::client::parse;

const TRIALS: usize = 3_000;
const LISTENERS_AT_ONCE: usize = 8;
/// How far a listener reads beyond the head that it found: over the seam and beyond.
const BEYOND: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_listener_that_subscribes_during_a_burst_receives_each_position_once() {
    let (server, _, _) = TestServer::with_two_members().await;
    let app_state = server.app_state.clone();
    // Positions 1 to 3 are taken: by the space, by Ada and by Bob.
    let (head, is_over) = (Arc::new(AtomicU64::new(3)), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> = (0..3)
        .map(|seed| tokio::spawn(write(app_state.clone(), seed, head.clone(), is_over.clone())))
        .collect();

    let mut readers = tokio::task::JoinSet::new();
    for trial in 0..TRIALS {
        if readers.len() == LISTENERS_AT_ONCE {
            readers.join_next().await.expect("a reader").expect("no panic");
        }
        readers.spawn(read(app_state.clone(), trial as u64, head.load(Ordering::SeqCst)));
    }
    while let Some(reader) = readers.join_next().await {
        reader.expect("no panic");
    }
    is_over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("a writer");
    }
}

fn ada() -> BeingId {
    "@ada".parse().expect("an id")
}

fn space() -> SpaceId {
    "@garden".parse().expect("an id")
}

/// Sends messages one after the other, so that every position is one message.
async fn write(
    app_state: Arc<AppState>,
    seed: u64,
    head: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
) {
    let mut rng = StdRng::seed_from_u64(seed);
    while !is_over.load(Ordering::SeqCst) {
        let id = IntentionId(Uuid::from_u128(rng.random()));
        let content = Content::parse("On and on.".into()).expect("content");
        let send = SendMessage { by: ada(), space: space(), id, content, reply_to: None };
        let sent = app_state.store.execute(send).await.expect("a send");
        head.fetch_max(sent.intention.seq.0, Ordering::SeqCst);
    }
}

/// Subscribes from somewhere just behind the head, or without a cursor, and reads on.
async fn read(app_state: Arc<AppState>, seed: u64, head: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let behind: u64 = rng.random_range(0..60);
    let since = rng.random_ratio(9, 10).then(|| Seq(head.saturating_sub(behind).max(3)));
    let session = Token::presented("a session").hash();
    let listener = app_state.hub.listen(&space(), ada(), session);
    let asked = since.map(Since::Present);
    let mut stream =
        Stream::open(app_state.store.clone(), listener, space(), asked).await.expect("a stream");

    let mut received = since;
    while received.is_none_or(|seq| seq.0 < head + BEYOND) {
        let bytes = stream.next().await.expect("a stream that goes on");
        match parse(&bytes) {
            (Some(id), SyncEvent::SpaceSync(_)) => {
                // Without a cursor, or after more changes than a catch-up sends.
                assert!(received.is_none_or(|seq| seq < id.seq), "trial {seed}: back to {id}");
                received = Some(id.seq);
            }
            (Some(id), _) => {
                let before = received.expect("a position");
                assert_eq!(id.seq, before.next(), "trial {seed}");
                received = Some(id.seq);
            }
            (None, event) => {
                assert!(matches!(event, SyncEvent::CaughtUp(CaughtUp { .. })), "{event:?}");
            }
        }
    }
}
