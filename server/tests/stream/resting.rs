//! Who has been told everything rests, and the room writes to it; who does not take what comes goes
//! on by itself. What it is written to here takes just what it is told to take.

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

use app::protocol::Since;
use server::{
    chance::Token,
    hub::Outlet,
    stream::Stream,
    wire::{self, Socket},
};
use tokio::task::JoinHandle;

#[derive(Default)]
struct Pipe(Mutex<Flow>);

#[derive(Default)]
struct Flow {
    written: Vec<u8>,
    /// So many bytes more are taken.
    room: usize,
    writer: Option<Waker>,
    reader_has_gone: bool,
    reader: Option<Waker>,
}

impl Pipe {
    fn make_room(&self, bytes: usize) {
        let mut flow = self.0.lock().expect("no panic");
        flow.room = bytes;
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

    /// The positions of the whole frames that came, and how many bytes came behind the last of them.
    fn told(&self) -> (Vec<u64>, usize) {
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

impl Outlet for Pipe {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut flow = self.0.lock().expect("no panic");
        let taken = bytes.len().min(flow.room);
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        flow.room -= taken;
        flow.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }
}

impl Socket for Pipe {
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut flow = self.0.lock().expect("no panic");
        flow.writer = Some(context.waker().clone());
        if flow.room > 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn poll_gone(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut flow = self.0.lock().expect("no panic");
        flow.reader = Some(context.waker().clone());
        if flow.reader_has_gone { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Counts how often a task is looked at.
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

/// Bob, caught up with position 3, through a pipe that takes so many bytes.
async fn reading(house: &House, room: usize) -> Reader {
    let (space, being) = ("@garden".parse().expect("an id"), "@bob".parse().expect("an id"));
    let session = Token::presented("bob's").hash();
    let listener = house.services.hub.listen(&space, being, session);
    let since: Since = "3".parse().expect("a position");
    let store = house.services.store.clone();
    let stream = Stream::open(store, listener, space, Some(since)).await.expect("a stream");
    let (pipe, polls) = (Arc::<Pipe>::default(), Arc::<AtomicUsize>::default());
    pipe.make_room(room);
    let through = pipe.clone();
    let writing = async move { wire::write(&through, "head\n\n".into(), stream).await };
    let writing = tokio::spawn(Counted(Box::pin(writing), polls.clone()));
    let reader = Reader { pipe, polls, writing };
    if room >= 1000 {
        reader.pipe.until(|pipe| pipe.text().contains("caught-up")).await;
    }
    reader
}

const ENDLESS: usize = usize::MAX / 2;

#[tokio::test]
async fn an_event_wakes_nobody_who_keeps_up() {
    let (house, ada, _) = House::with_garden().await;
    let mut readers = Vec::new();
    for _ in 0..700 {
        readers.push(reading(&house, ENDLESS).await);
    }
    tokio::task::yield_now().await;
    let polls = |readers: &[Reader]| -> usize {
        readers.iter().map(|reader| reader.polls.load(Ordering::SeqCst)).sum()
    };
    let before = polls(&readers);
    for _ in 0..5 {
        all_say(&ada, "@garden", 20).await;
    }
    for reader in &readers {
        reader.pipe.until(|pipe| pipe.told().0.len() == 100).await;
        assert_eq!(reader.pipe.told().0, (4..104).collect::<Vec<u64>>());
    }
    assert_eq!(polls(&readers), before);
}

#[tokio::test]
async fn who_takes_a_few_bytes_at_a_time_gets_the_same_bytes() {
    let (house, ada, _) = House::with_garden().await;
    let quick = reading(&house, ENDLESS).await;
    let slow = reading(&house, 1000).await;
    let mut room = 1;
    for _ in 0..10 {
        all_say(&ada, "@garden", 3).await;
        slow.pipe.make_room(room);
        room = room * 5 % 397;
        tokio::task::yield_now().await;
    }
    quick.pipe.until(|pipe| pipe.told().0.len() == 30).await;
    while slow.pipe.told().0.len() < 30 {
        room = room * 5 % 397;
        slow.pipe.make_room(room);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(slow.pipe.text(), quick.pipe.text());
}

#[tokio::test]
async fn who_takes_nothing_for_long_is_caught_up_and_holds_nobody_up() {
    let (house, ada, _) = House::with_garden().await;
    let quick = reading(&house, ENDLESS).await;
    let slow = reading(&house, 1000).await;
    slow.pipe.make_room(0);
    for _ in 0..12 {
        all_say(&ada, "@garden", 100).await;
    }
    quick.pipe.until(|pipe| pipe.told().0.len() == 1200).await;
    assert_eq!(quick.pipe.told().0, (4..1204).collect::<Vec<u64>>());
    slow.pipe.make_room(ENDLESS);
    slow.pipe.until(|pipe| pipe.told().0.last() == Some(&1203)).await;
    assert!(slow.pipe.text().contains("space-sync"));
    ada.say("@garden", "Live again.").await;
    slow.pipe.until(|pipe| pipe.told().0.last() == Some(&1204)).await;
    let (told, beyond) = slow.pipe.told();
    assert!(told.is_sorted_by(|a, b| a < b) && beyond == 0, "{told:?}");
}

#[tokio::test]
async fn who_was_sent_away_in_the_middle_of_a_frame_does_not_get_its_rest() {
    let (house, ada, _) = House::with_garden().await;
    let reader = reading(&house, 1000).await;
    reader.pipe.make_room(40);
    ada.say("@garden", "A secret of this space.").await;
    reader.pipe.until(|pipe| pipe.told().1 == 40).await;
    ada.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
    assert!(reader.writing.await.expect("no panic").is_err());
    reader.pipe.make_room(ENDLESS);
    assert!(!reader.pipe.text().contains("secret"));
}

#[tokio::test]
async fn who_was_sent_away_while_it_rested_is_told_so_and_nothing_else() {
    let (house, ada, _) = House::with_garden().await;
    let reader = reading(&house, ENDLESS).await;
    ada.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
    ada.say("@garden", "A secret of this space.").await;
    reader.writing.await.expect("no panic").expect("an end");
    assert!(reader.pipe.text().ends_with("data: {\"type\":\"access-revoked\"}\n\n"));
    assert_eq!(reader.pipe.told(), (vec![], 0));
    assert_eq!(house.listeners(), 0);
}

#[tokio::test]
async fn who_hangs_up_is_written_to_no_more() {
    let (house, ada, _) = House::with_garden().await;
    let reader = reading(&house, ENDLESS).await;
    ada.say("@garden", "Can you hear me?").await;
    reader.pipe.until(|pipe| pipe.told().0 == [4]).await;
    reader.pipe.hang_up();
    assert!(reader.writing.await.expect("no panic").is_err());
    ada.say("@garden", "And now?").await;
    assert_eq!(reader.pipe.told().0, [4]);
    assert_eq!((house.listeners(), Arc::strong_count(&reader.pipe)), (0, 1));
}

#[tokio::test]
async fn when_the_server_ends_who_rests_has_got_everything() {
    let (house, ada, _) = House::with_garden().await;
    let reader = reading(&house, ENDLESS).await;
    all_say(&ada, "@garden", 50).await;
    house.close().await;
    reader.writing.await.expect("no panic").expect("an end");
    assert_eq!(reader.pipe.told(), ((4..54).collect(), 0));
}

#[tokio::test]
async fn silence_is_counted_from_what_the_room_wrote_last() {
    let (house, ada, _) = House::with_garden().await;
    let reader = reading(&house, ENDLESS).await;
    let beats = |reader: &Reader| reader.pipe.text().matches("heartbeat").count();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20)).await;
    tokio::time::resume();
    ada.say("@garden", "Still here.").await;
    reader.pipe.until(|pipe| pipe.told().0 == [4]).await;
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
