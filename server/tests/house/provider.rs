//! A provider that does as it is told: a real HTTP server on loopback, which streams chat
//! completions as OpenAI's API does, to the letter, and goes wrong where its script says so. It
//! keeps what it was asked, and when whoever asked hung up.

mod request;
mod script;
mod voice;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

pub use request::Request;
pub use script::{Gate, Script};
use voice::{Ending, Voice};

/// Far beyond anything that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Provider {
    address: SocketAddr,
    desk: Arc<Desk>,
    /// Bound, and not listening: who knocks is refused, and nobody else can take the port.
    door: Option<TcpSocket>,
    /// Ends when this is dropped.
    serving: JoinSet<()>,
}

/// What is played, and what was asked.
struct Desk {
    scripts: Mutex<Scripts>,
    visits: watch::Sender<Vec<Visit>>,
}

struct Scripts {
    in_order: Vec<Script>,
    by_word: Vec<(String, Script)>,
}

struct Visit {
    request: Request,
    /// When whoever asked hung up before the answer was over.
    left: Option<Instant>,
}

impl Provider {
    /// Plays one script for each request, in this order, and the last of them again and again.
    pub fn playing(scripts: impl Into<Vec<Script>>) -> Self {
        let mut provider = Self::shut(scripts);
        provider.open();
        provider
    }

    /// The same, but nothing listens yet.
    pub fn shut(scripts: impl Into<Vec<Script>>) -> Self {
        let door = TcpSocket::new_v4().expect("a socket");
        door.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = door.local_addr().expect("an address");
        let scripts = Scripts { in_order: scripts.into(), by_word: vec![] };
        let desk = Desk { scripts: Mutex::new(scripts), visits: watch::Sender::default() };
        Self { address, desk: Arc::new(desk), door: Some(door), serving: JoinSet::new() }
    }

    pub fn open(&mut self) {
        let door = self.door.take().expect("it is shut");
        let listener = door.listen(1024).expect("it listens");
        self.serving.spawn(serve(listener, self.desk.clone()));
    }

    /// What is played from now on.
    pub fn play(&self, scripts: impl Into<Vec<Script>>) {
        self.desk.scripts().in_order = scripts.into();
    }

    /// What is played, whatever the order, where the newest message has this word.
    pub fn play_to(&self, word: &str, script: Script) {
        self.desk.scripts().by_word.push((word.to_owned(), script));
    }

    pub fn forget_words(&self) {
        self.desk.scripts().by_word.clear();
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.desk.visits.borrow().iter().map(|visit| visit.request.clone()).collect()
    }

    /// Waits until so many requests have come, and answers with the last of them.
    pub async fn asked(&self, count: usize) -> Request {
        let mut visits = self.desk.visits.subscribe();
        let asked = timeout(PATIENCE, visits.wait_for(|visits| visits.len() >= count)).await;
        let visits = asked.unwrap_or_else(|_| panic!("request {count} never came"));
        visits.expect("it is here")[count - 1].request.clone()
    }

    /// When the one who made this request, the first of which is 1, hung up in the middle of its
    /// answer; waits until that is so.
    pub async fn left_alone(&self, number: usize) -> Instant {
        let left = |visits: &Vec<Visit>| visits.get(number - 1).and_then(|visit| visit.left);
        let mut visits = self.desk.visits.subscribe();
        let gone = timeout(PATIENCE, visits.wait_for(|visits| left(visits).is_some())).await;
        let visits = gone.unwrap_or_else(|_| panic!("nobody hung up on request {number}"));
        left(&visits.expect("it is here")).expect("it was waited for")
    }
}

impl Desk {
    /// Takes the request down, and chooses what to play.
    fn receive(&self, request: Request) -> (usize, Script) {
        let mut scripts = self.scripts();
        let asked = request.newest();
        let word = scripts.by_word.iter().find(|(word, _)| asked.contains(word.as_str()));
        let script = match word {
            Some((_, script)) => script.clone(),
            None if scripts.in_order.len() > 1 => scripts.in_order.remove(0),
            None => scripts.in_order.first().expect("a script").clone(),
        };
        drop(scripts);
        let mut number = 0;
        self.visits.send_modify(|visits| {
            number = visits.len();
            visits.push(Visit { request, left: None });
        });
        (number, script)
    }

    fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    let mut talks = JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        talks.spawn(talk(socket, desk.clone()));
    }
}

/// One connection, on which one request may follow the other.
async fn talk(socket: TcpStream, desk: Arc<Desk>) {
    socket.set_nodelay(true).expect("a socket");
    let (reader, mut writer) = socket.into_split();
    let mut reader = BufReader::new(reader);
    while let Some(request) = Request::read(&mut reader).await {
        let (number, script) = desk.receive(request);
        let ending = tokio::select! {
            ending = Voice::new(&mut writer).play(&script) => ending,
            // Nothing more is said until the answer is over, so this is the end of the connection.
            _ = reader.fill_buf() => Ending::LeftAlone,
        };
        match ending {
            Ending::Said => {}
            Ending::HangsUp => return,
            Ending::LeftAlone => {
                let now = Instant::now();
                desk.visits.send_modify(|visits| visits[number].left = Some(now));
                return;
            }
        }
    }
}
