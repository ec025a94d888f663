//! Push mode: the shard writes to the socket of a subscriber that has caught up; a subscriber whose
//! socket is full is served by its own task again. The socket of these tests accepts exactly as
//! many bytes as the test allows.

use super::*;
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use protocol::Since;
use server::{
    delivery::{
        socket::{self, Socket},
        stream::Stream,
        subscriber::Sink,
    },
    domain::token::Token,
};
use tokio::task::JoinHandle;

#[derive(Default)]
struct Pipe(Mutex<Flow>);

#[derive(Default)]
struct Flow {
    written: Vec<u8>,
    /// How many more bytes it accepts.
    capacity: usize,
    writer: Option<Waker>,
    reader_has_gone: bool,
    reader: Option<Waker>,
}

impl Pipe {
    fn set_capacity(&self, bytes: usize) {
        let mut flow = self.0.lock().expect("no panic");
        flow.capacity = bytes;
        flow.writer.take().into_iter().for_each(Waker::wake);
    }

    fn hang_up(&self) {
        let mut flow = self.0.lock().expect("no panic");
        flow.reader_has_gone = true;
        flow.reader.take().into_iter().for_each(Waker::wake);
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").written.clone()).expect("text")
    }

    /// The positions of the complete frames, and the number of bytes after the last of them.
    fn received(&self) -> (Vec<u64>, usize) {
        let text = self.text();
        let whole = text.rfind("\n\n").map_or(0, |end| end + 2);
        let ids = text[..whole].lines().filter_map(|line| line.strip_prefix("id: "));
        let position = |id: &str| id.rsplit('.').next().and_then(|seq| seq.parse().ok());
        (ids.filter_map(position).collect(), text.len() - whole)
    }

    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        for _ in 0..10_000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("it does not come to that: {}", self.text());
    }
}

impl Sink for Pipe {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut flow = self.0.lock().expect("no panic");
        let taken = bytes.len().min(flow.capacity);
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        flow.capacity -= taken;
        flow.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }
}

impl Socket for Pipe {
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut flow = self.0.lock().expect("no panic");
        flow.writer = Some(context.waker().clone());
        if flow.capacity > 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn poll_closed(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut flow = self.0.lock().expect("no panic");
        flow.reader = Some(context.waker().clone());
        if flow.reader_has_gone { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Counts the polls of a task.
struct Counted<F>(Pin<Box<F>>, Arc<AtomicUsize>);

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.as_mut().poll(context)
    }
}

struct Reader {
    pipe: Arc<Pipe>,
    polls: Arc<AtomicUsize>,
    writing: JoinHandle<io::Result<()>>,
}

/// Bob, caught up with position 3, on a socket that accepts this many bytes.
async fn reading(server: &TestServer, capacity: usize) -> Reader {
    let (space, being) = ("@garden".parse().expect("an id"), "@bob".parse().expect("an id"));
    let session = Token::presented("bob's").hash();
    let listener = server.app_state.hub.listen(&space, being, session);
    let since: Since = "3".parse().expect("a position");
    let store = server.app_state.store.clone();
    let stream = Stream::open(store, listener, space, Some(since)).await.expect("a stream");
    let (pipe, polls) = (Arc::<Pipe>::default(), Arc::<AtomicUsize>::default());
    pipe.set_capacity(capacity);
    let through = pipe.clone();
    let writing = async move { socket::write(&through, "head\n\n".into(), stream).await };
    let writing = tokio::spawn(Counted(Box::pin(writing), polls.clone()));
    let reader = Reader { pipe, polls, writing };
    if capacity >= 1000 {
        reader.pipe.until(|pipe| pipe.text().contains("caught-up")).await;
    }
    reader
}

const ENDLESS: usize = usize::MAX / 2;

#[tokio::test]
async fn an_event_wakes_no_subscriber_that_keeps_up() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let mut readers = Vec::new();
    for _ in 0..700 {
        readers.push(reading(&server, ENDLESS).await);
    }
    tokio::task::yield_now().await;
    let polls = |readers: &[Reader]| -> usize {
        readers.iter().map(|reader| reader.polls.load(Ordering::SeqCst)).sum()
    };
    let before = polls(&readers);
    for _ in 0..5 {
        send_concurrently(&ada, "@garden", 20).await;
    }
    for reader in &readers {
        reader.pipe.until(|pipe| pipe.received().0.len() == 100).await;
        assert_eq!(reader.pipe.received().0, (4..104).collect::<Vec<u64>>());
    }
    assert_eq!(polls(&readers), before);
}

#[tokio::test]
async fn a_slow_reader_gets_the_same_bytes() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let quick = reading(&server, ENDLESS).await;
    let slow = reading(&server, 1000).await;
    let mut capacity = 1;
    for _ in 0..10 {
        send_concurrently(&ada, "@garden", 3).await;
        slow.pipe.set_capacity(capacity);
        capacity = capacity * 5 % 397;
        tokio::task::yield_now().await;
    }
    quick.pipe.until(|pipe| pipe.received().0.len() == 30).await;
    while slow.pipe.received().0.len() < 30 {
        capacity = capacity * 5 % 397;
        slow.pipe.set_capacity(capacity);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(slow.pipe.text(), quick.pipe.text());
}

#[tokio::test]
async fn a_stalled_reader_is_caught_up_and_delays_nobody() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let quick = reading(&server, ENDLESS).await;
    let slow = reading(&server, 1000).await;
    slow.pipe.set_capacity(0);
    for _ in 0..12 {
        send_concurrently(&ada, "@garden", 100).await;
    }
    quick.pipe.until(|pipe| pipe.received().0.len() == 1200).await;
    assert_eq!(quick.pipe.received().0, (4..1204).collect::<Vec<u64>>());
    slow.pipe.set_capacity(ENDLESS);
    slow.pipe.until(|pipe| pipe.received().0.last() == Some(&1203)).await;
    assert!(slow.pipe.text().contains("space-sync"));
    ada.say("@garden", "Live again.").await;
    slow.pipe.until(|pipe| pipe.received().0.last() == Some(&1204)).await;
    let (told, beyond) = slow.pipe.received();
    assert!(told.is_sorted_by(|a, b| a < b) && beyond == 0, "{told:?}");
}

#[tokio::test]
async fn a_member_who_is_removed_in_the_middle_of_a_frame_does_not_get_its_rest() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let reader = reading(&server, 1000).await;
    reader.pipe.set_capacity(40);
    ada.say("@garden", "A secret of this space.").await;
    reader.pipe.until(|pipe| pipe.received().1 == 40).await;
    ada.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    assert!(reader.writing.await.expect("no panic").is_err());
    reader.pipe.set_capacity(ENDLESS);
    assert!(!reader.pipe.text().contains("secret"));
}

#[tokio::test]
async fn a_member_who_is_removed_in_push_mode_is_told_so_and_nothing_else() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let reader = reading(&server, ENDLESS).await;
    ada.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    ada.say("@garden", "A secret of this space.").await;
    reader.writing.await.expect("no panic").expect("an end");
    assert!(reader.pipe.text().ends_with("data: {\"type\":\"access-revoked\"}\n\n"));
    assert_eq!(reader.pipe.received(), (vec![], 0));
    assert_eq!(server.listeners(), 0);
}

#[tokio::test]
async fn a_closed_connection_is_not_written_to() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let reader = reading(&server, ENDLESS).await;
    ada.say("@garden", "Can you hear me?").await;
    reader.pipe.until(|pipe| pipe.received().0 == [4]).await;
    reader.pipe.hang_up();
    assert!(reader.writing.await.expect("no panic").is_err());
    ada.say("@garden", "And now?").await;
    assert_eq!(reader.pipe.received().0, [4]);
    assert_eq!((server.listeners(), Arc::strong_count(&reader.pipe)), (0, 1));
}

#[tokio::test]
async fn a_shutdown_flushes_everything_to_subscribers_in_push_mode() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let reader = reading(&server, ENDLESS).await;
    send_concurrently(&ada, "@garden", 50).await;
    server.close().await;
    reader.writing.await.expect("no panic").expect("an end");
    assert_eq!(reader.pipe.received(), ((4..54).collect(), 0));
}

#[tokio::test]
async fn the_heartbeat_is_timed_from_the_last_write_in_push_mode() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let reader = reading(&server, ENDLESS).await;
    let beats = |reader: &Reader| reader.pipe.text().matches("heartbeat").count();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20)).await;
    tokio::time::resume();
    ada.say("@garden", "Still here.").await;
    reader.pipe.until(|pipe| pipe.received().0 == [4]).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20)).await;
    tokio::task::yield_now().await;
    assert_eq!(beats(&reader), 0);
    tokio::time::advance(Duration::from_secs(6)).await;
    tokio::task::yield_now().await;
    tokio::time::resume();
    reader.pipe.until(|pipe| pipe.text().contains("heartbeat\",\"lastMessageId\":\"msg_4\"")).await;
    assert_eq!(beats(&reader), 1);
}

/// An inbox rests, too: the shard writes its changes, and what is new wakes it.
#[tokio::test]
async fn an_inbox_that_rests_is_told_of_changes_and_of_what_is_new() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let (hub, session) = (server.app_state.hub.clone(), Token::presented("bob's").hash());
    let listener = hub.listen_to_inbox("@bob".parse().expect("an id"), session.clone());
    let store = server.app_state.store.clone();
    let stream = Stream::open_inbox(store, listener, None).await.expect("a stream");
    let pipe = Arc::<Pipe>::default();
    pipe.set_capacity(ENDLESS);
    let through = pipe.clone();
    let writing = async move { socket::write(&through, "head\n\n".into(), stream).await };
    let writing = tokio::spawn(writing);
    let ends_with = |pipe: &Pipe, end: &str| pipe.text().trim_end().ends_with(end);
    pipe.until(|pipe| ends_with(pipe, r#""unread":0,"mentions":0}]}"#)).await;
    for number in 4..7 {
        ada.say("@garden", "Hello @bob.").await;
        pipe.until(|pipe| ends_with(pipe, r#""unread":1,"mentions":1}]}"#)).await;
        let body = json!({ "upTo": format!("msg_{number}") });
        bob.ask("PUT", &format!("{SPACE}/read")).json(body).await.empty_of(204);
        pipe.until(|pipe| ends_with(pipe, r#""unread":0,"mentions":0}]}"#)).await;
    }
    assert_eq!(pipe.received(), (vec![1, 2, 3, 4], 0));
    let frames = pipe.text().matches("space-heads").count();
    assert_eq!(frames, 7, "{}", pipe.text());
    hub.sign_out(&session);
    writing.await.expect("no panic").expect("a stream that ends");
    assert!(ends_with(&pipe, r#"data: {"type":"access-revoked"}"#), "{}", pipe.text());
}
