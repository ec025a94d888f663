//! Listeners that subscribe while a burst is being committed miss nothing, and get nothing twice.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use app::protocol::{Content, IntentionId, Seq, Since, SpaceId, SyncEvent};
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::{
    chance::Token, policy::Actor, services::Services, store::NewIntention, stream::Stream,
};
use uuid::Uuid;

use crate::{client::parse, house::House};

const TRIALS: usize = 3_000;
const LISTENERS_AT_ONCE: usize = 8;
/// How far a listener reads beyond the head that it found: over the seam, and a good way on.
const BEYOND: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_subscribes_in_the_middle_of_a_burst_sees_each_position_once() {
    let (house, _, _) = House::with_garden().await;
    let services = house.services.clone();
    // Three positions are taken already: by the garden, by Ada and by Bob.
    let (head, is_over) = (Arc::new(AtomicU64::new(3)), Arc::new(AtomicBool::new(false)));
    let writers: Vec<_> = (0..3)
        .map(|seed| tokio::spawn(write(services.clone(), seed, head.clone(), is_over.clone())))
        .collect();

    let mut readers = tokio::task::JoinSet::new();
    for trial in 0..TRIALS {
        if readers.len() == LISTENERS_AT_ONCE {
            readers.join_next().await.expect("a reader").expect("a reader that is content");
        }
        readers.spawn(read(services.clone(), trial as u64, head.load(Ordering::SeqCst)));
    }
    while let Some(reader) = readers.join_next().await {
        reader.expect("a reader that is content");
    }
    is_over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("a writer");
    }
}

fn garden() -> SpaceId {
    "@garden".parse().expect("an id")
}

/// Says one thing after another, so that every position is one message.
async fn write(services: Arc<Services>, seed: u64, head: Arc<AtomicU64>, is_over: Arc<AtomicBool>) {
    let ada = Actor { id: "@ada".parse().expect("an id"), administers: true };
    let mut dice = StdRng::seed_from_u64(seed);
    while !is_over.load(Ordering::SeqCst) {
        let id = IntentionId(Uuid::from_u128(dice.random()));
        let content = Content::parse("On and on.".into()).expect("content");
        let new = NewIntention { id, content, reply_to: None };
        let sent = services.store.send(&ada, &garden(), new).await.expect("a send");
        head.fetch_max(sent.intention.seq.0, Ordering::SeqCst);
    }
}

/// Subscribes from somewhere just behind the head, or for the first time, and reads on.
async fn read(services: Arc<Services>, seed: u64, head: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    let behind: u64 = dice.random_range(0..60);
    let since = dice.random_ratio(9, 10).then(|| Seq(head.saturating_sub(behind).max(3)));
    let session = Token::presented("a session").hash();
    let ada = "@ada".parse().expect("an id");
    let listener = services.hub.listen(&garden(), ada, session);
    let asked = since.map(Since::Present);
    let mut stream =
        Stream::open(services.store.clone(), listener, garden(), asked).await.expect("a stream");

    let mut told = since;
    while told.is_none_or(|told| told.0 < head + BEYOND) {
        let bytes = stream.next().await.expect("a stream that goes on");
        match parse(&bytes) {
            (Some(id), SyncEvent::SpaceSync(_)) => {
                // A first visit, or a burst of more than a catch-up tells.
                assert!(told.is_none_or(|told| told < id.seq), "trial {seed}: back to {id}");
                told = Some(id.seq);
            }
            (Some(id), _) => {
                let before = told.expect("a position");
                assert_eq!(id.seq, before.next(), "trial {seed}");
                told = Some(id.seq);
            }
            (None, event) => assert!(matches!(event, SyncEvent::CaughtUp { .. }), "{event:?}"),
        }
    }
}
