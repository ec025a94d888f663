//! Many listeners, as cheap as they can be: sockets that are read, and event ends that are counted.

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

/// What has not come by then never comes.
const PATIENCE: Duration = Duration::from_secs(120);
/// So many connect at once: a server's queue of who waits to be accepted is not endless.
const CONNECTING_MAX: usize = 64;

pub struct Crowd {
    /// Dropped, they hang up.
    _tasks: JoinSet<()>,
    heard: Arc<Heard>,
    /// The bytes that one of them got until it was live, head of the answer included.
    pub opening_bytes: u64,
}

#[derive(Default)]
struct Heard {
    events: AtomicU64,
    bytes: AtomicU64,
    /// How many events somebody waits for.
    awaited: AtomicU64,
    reached: Notify,
}

impl Crowd {
    /// Connects so many, each with this request, and waits until each has read `is_live`.
    pub async fn gather(address: SocketAddr, request: &str, count: usize, is_live: &str) -> Self {
        Self::rush(address, request, count, is_live, CONNECTING_MAX).await
    }

    /// The same, so many at once.
    pub async fn rush(
        address: SocketAddr,
        request: &str,
        count: usize,
        is_live: &str,
        at_once: usize,
    ) -> Self {
        let (heard, mut tasks) = (Arc::<Heard>::default(), JoinSet::new());
        let mut opening = JoinSet::new();
        let (mut opened, mut opening_bytes) = (0, 0);
        for begun in 0..count {
            let (request, is_live) = (request.to_owned(), is_live.to_owned());
            opening.spawn(tokio::time::timeout(PATIENCE, open(address, request, is_live)));
            while opening.len() >= at_once || begun + 1 == count && !opening.is_empty() {
                let (socket, bytes) = opening
                    .join_next()
                    .await
                    .expect("one")
                    .expect("no panic")
                    .expect("it goes live in time");
                (opened, opening_bytes) = (opened + 1, bytes);
                tasks.spawn(listen(socket, heard.clone()));
            }
        }
        assert_eq!(opened, count);
        Self { _tasks: tasks, heard, opening_bytes }
    }

    pub fn events(&self) -> u64 {
        self.heard.events.load(Ordering::Acquire)
    }

    pub fn bytes(&self) -> u64 {
        self.heard.bytes.load(Ordering::Acquire)
    }

    /// Waits until so many events have come in, to all together, since the beginning.
    pub async fn until(&self, events: u64) {
        self.heard.awaited.store(events, Ordering::SeqCst);
        let waiting = async {
            while self.events() < events {
                self.heard.reached.notified().await;
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

async fn listen(mut socket: TcpStream, heard: Arc<Heard>) {
    let mut last = 0;
    loop {
        let mut bytes = [0; 16 * 1024];
        let Ok(count @ 1..) = socket.read(&mut bytes).await else { return };
        let mut ends = 0;
        for byte in &bytes[..count] {
            ends += u64::from(*byte == b'\n' && last == b'\n');
            last = *byte;
        }
        heard.bytes.fetch_add(count as u64, Ordering::AcqRel);
        let events = heard.events.fetch_add(ends, Ordering::SeqCst) + ends;
        if events >= heard.awaited.load(Ordering::SeqCst) {
            heard.reached.notify_waiters();
            heard.reached.notify_one();
        }
    }
}
