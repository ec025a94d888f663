//! What an event allocates: the same however many listen.

#[path = "house/mod.rs"]
mod house;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use app::protocol::{Content, IntentionId, Since};
use house::House;
use server::{
    chance::Token,
    hub::Outlet,
    policy::Actor,
    store::NewIntention,
    stream::Stream,
    wire::{self, Socket},
};
use tokio::{runtime::Builder, task::yield_now};
use uuid::Uuid;

/// A reader who takes whatever comes.
#[derive(Default)]
struct Sink(AtomicUsize);

impl Outlet for Sink {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }
}

impl Socket for Sink {
    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_gone(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// Bob, caught up and at rest.
async fn listening(house: &House) -> Arc<Sink> {
    let (space, being) = ("@garden".parse().expect("an id"), "@bob".parse().expect("an id"));
    let listener = house.services.hub.listen(&space, being, Token::presented("bob's").hash());
    let since: Since = "3".parse().expect("a position");
    let store = house.services.store.clone();
    let stream = Stream::open(store, listener, space, Some(since)).await.expect("a stream");
    let sink = Arc::<Sink>::default();
    let through = sink.clone();
    tokio::spawn(async move { wire::write(&through, "head\n\n".into(), stream).await });
    while sink.0.load(Ordering::Relaxed) == 0 {
        yield_now().await;
    }
    sink
}

/// The fewest allocations between a send and its having come to everybody. Some sends allocate more:
/// what grows by doubling grows now and then.
fn allocations_of_a_send(listeners: usize) -> u64 {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (house, sinks) = runtime.block_on(async {
        let (house, _, _) = House::with_garden().await;
        let mut sinks = Vec::new();
        for _ in 0..listeners {
            sinks.push(listening(&house).await);
        }
        (house, sinks)
    });
    let by = Actor { id: "@ada".parse().expect("an id"), administers: true };
    let space = "@garden".parse().expect("an id");
    let told = || sinks.iter().map(|sink| sink.0.load(Ordering::Relaxed)).sum::<usize>();
    let mut send = |number: u128| {
        let id = IntentionId(Uuid::from_u128(number));
        let content = Content::parse("Good morning.".into()).expect("content");
        let before = told();
        let new = NewIntention { id, content, reply_to: None };
        allocation_counter::measure(|| {
            runtime.block_on(async {
                house.services.store.send(&by, &space, new).await.expect("a message");
                while told() < before + listeners * 100 {
                    yield_now().await;
                }
            });
        })
        .count_total
    };
    (1..=30).map(&mut send).min().expect("a send")
}

/// On the thread that serves; that of the database is not counted.
const SEND_MAX_ALLOCATIONS: u64 = 120;
/// How the tasks happen to follow each other makes a few more or fewer.
const SCATTER_MAX_ALLOCATIONS: u64 = 20;

#[test]
fn an_event_allocates_nothing_for_one_more_listener() {
    let (few, many) = (allocations_of_a_send(1), allocations_of_a_send(400));
    println!("a send allocates {few} times with one listener, {many} times with 400");
    assert!(few.abs_diff(many) <= SCATTER_MAX_ALLOCATIONS, "{few} and {many}");
    assert!(many <= SEND_MAX_ALLOCATIONS, "{many}");
}
