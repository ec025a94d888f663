//! Many listeners, as cheap as possible: sockets that are read, and ends of events that are
//! counted.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    task::JoinSet,
};

/// An event that has not come by then never comes.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many connect at once: the accept queue of a server is bounded.
const CONNECTING_MAX: usize = 64;

pub struct Crowd {
    /// Dropped with the crowd, which closes the sockets.
    _tasks: JoinSet<()>,
    received: Arc<Received>,
    /// The bytes that one of them received until it was live, with the head of the response.
    pub opening_bytes: u64,
}

#[derive(Default)]
struct Received {
    events: AtomicU64,
    bytes: AtomicU64,
    /// The number of events that `until` waits for.
    awaited: AtomicU64,
    reached: Notify,
}

impl Crowd {
    /// Connects this many, each with this request, and waits until each has read `is_live`.
    pub async fn gather(address: SocketAddr, request: &str, count: usize, is_live: &str) -> Self {
        Self::rush(address, request, count, is_live, CONNECTING_MAX).await
    }

    /// The same, with this many at once.
    pub async fn rush(
        address: SocketAddr,
        request: &str,
        count: usize,
        is_live: &str,
        at_once: usize,
    ) -> Self {
        let (received, mut tasks) = (Arc::<Received>::default(), JoinSet::new());
        let mut opening = JoinSet::new();
        let (mut opened, mut opening_bytes) = (0, 0);
        for requested in 0..count {
            let (request, is_live) = (request.to_owned(), is_live.to_owned());
            opening.spawn(tokio::time::timeout(PATIENCE, open(address, request, is_live)));
            while opening.len() >= at_once || requested + 1 == count && !opening.is_empty() {
                let (socket, bytes) = opening
                    .join_next()
                    .await
                    .expect("one")
                    .expect("no panic")
                    .expect("it goes live in time");
                (opened, opening_bytes) = (opened + 1, bytes);
                tasks.spawn(listen(socket, received.clone()));
            }
        }
        assert_eq!(opened, count);
        Self { _tasks: tasks, received, opening_bytes }
    }

    pub fn events(&self) -> u64 {
        self.received.events.load(Ordering::Acquire)
    }

    pub fn bytes(&self) -> u64 {
        self.received.bytes.load(Ordering::Acquire)
    }

    /// Waits until this many events have come since the beginning, to all listeners together.
    pub async fn until(&self, events: u64) {
        self.received.awaited.store(events, Ordering::SeqCst);
        let waiting = async {
            while self.events() < events {
                self.received.reached.notified().await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("{} of {events} events came", self.events());
        }
    }
}

async fn open(address: SocketAddr, request: String, is_live: String) -> (TcpStream, u64) {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("a request");
    let mut text = Vec::new();
    loop {
        assert!(
            socket.read_buf(&mut text).await.expect("an answer") > 0,
            "no stream: {}",
            String::from_utf8_lossy(&text)
        );
        let at = text.windows(is_live.len()).position(|part| part == is_live.as_bytes());
        if at.is_some_and(|at| {
            text[at..].windows(2).any(|end| end == b"\n\n") || is_live.ends_with("\n")
        }) {
            return (socket, text.len() as u64);
        }
    }
}

async fn listen(mut socket: TcpStream, received: Arc<Received>) {
    let mut last = 0;
    loop {
        let mut bytes = [0; 16 * 1024];
        let Ok(count @ 1..) = socket.read(&mut bytes).await else { return };
        let mut ends = 0;
        for byte in &bytes[..count] {
            ends += u64::from(*byte == b'\n' && last == b'\n');
            last = *byte;
        }
        received.bytes.fetch_add(count as u64, Ordering::AcqRel);
        let events = received.events.fetch_add(ends, Ordering::SeqCst) + ends;
        if events >= received.awaited.load(Ordering::SeqCst) {
            received.reached.notify_waiters();
            received.reached.notify_one();
        }
    }
}
