//! The allocations of an event: as many for 400 listeners as for one.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use harness::TestServer;
use protocol::{BeingId, Content, IntentionId, Since, SpaceId};
use server::{
    delivery::{
        socket::{self, Socket},
        stream::Stream,
        subscriber,
    },
    domain::{command::SendMessage, token::Token},
    store::Execute,
};
use tokio::{runtime::Builder, task::yield_now};
use uuid::Uuid;

/// A socket that accepts everything.
#[derive(Default)]
struct Sink(AtomicUsize);

impl subscriber::Sink for Sink {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }
}

impl Socket for Sink {
    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_closed(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// A stream of Bob's, caught up and in push mode.
async fn listening(server: &TestServer) -> Arc<Sink> {
    let (space, being) = ("@garden".parse().expect("an id"), "@bob".parse().expect("an id"));
    let listener = server.app_state.hub.listen(&space, being, Token::presented("bob's").hash());
    let since: Since = "3".parse().expect("a position");
    let store = server.app_state.store.clone();
    let stream = Stream::open(store, listener, space, Some(since)).await.expect("a stream");
    let sink = Arc::<Sink>::default();
    let through = sink.clone();
    tokio::spawn(async move { socket::write(&through, "head\n\n".into(), stream).await });
    while sink.0.load(Ordering::Relaxed) == 0 {
        yield_now().await;
    }
    sink
}

/// The smallest number of allocations from a send until every listener has the event. Some sends
/// allocate more: growing buffers are doubled now and then.
fn allocations_of_a_send(listeners: usize) -> u64 {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (server, sinks) = runtime.block_on(async {
        let (server, _, _) = TestServer::with_two_members().await;
        let mut sinks = Vec::new();
        for _ in 0..listeners {
            sinks.push(listening(&server).await);
        }
        (server, sinks)
    });
    let by: BeingId = "@ada".parse().expect("an id");
    let space: SpaceId = "@garden".parse().expect("an id");
    let received = || sinks.iter().map(|sink| sink.0.load(Ordering::Relaxed)).sum::<usize>();
    let mut send = |number: u128| {
        let id = IntentionId(Uuid::from_u128(number));
        let content = Content::parse("Good morning.".into()).expect("content");
        let before = received();
        let (by, space) = (by.clone(), space.clone());
        let send = SendMessage { by, space, id, content, reply_to: None };
        allocation_counter::measure(|| {
            runtime.block_on(async {
                server.app_state.store.execute(send).await.expect("a message");
                while received() < before + listeners * 100 {
                    yield_now().await;
                }
            });
        })
        .count_total
    };
    (1..=30).map(&mut send).min().expect("a send")
}

/// On the server's thread; the database's thread is not counted.
const SEND_MAX_ALLOCATIONS: u64 = 120;
/// The order in which tasks run makes a few more or fewer.
const SCATTER_MAX_ALLOCATIONS: u64 = 20;

#[test]
fn an_event_allocates_nothing_for_one_more_listener() {
    let (few, many) = (allocations_of_a_send(1), allocations_of_a_send(400));
    println!("a send allocates {few} times with one listener, {many} times with 400");
    assert!(few.abs_diff(many) <= SCATTER_MAX_ALLOCATIONS, "{few} and {many}");
    assert!(many <= SEND_MAX_ALLOCATIONS, "{many}");
}
