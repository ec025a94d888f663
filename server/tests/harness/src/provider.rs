//! A provider that follows a script: a real HTTP server on loopback, which streams chat completions
//! exactly as OpenAI's API does, and fails where its script says so. It records each request, and
//! when the client hung up.

mod player;
mod request;
mod script;
mod servers;
mod template;

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

use player::{Ending, Player};
pub use request::Request;
pub use script::{Gate, Script};
pub use servers::{ModelServer, SERVERS};
pub use template::Template;

/// Longer than any test waits.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Provider {
    address: SocketAddr,
    state: Arc<State>,
    /// Bound, but not listening: connections are refused, and no other process can take the port.
    reserved: Option<TcpSocket>,
    /// Dropped with the provider, which ends the tasks.
    serving: JoinSet<()>,
}

/// The scripts, and the exchanges so far.
struct State {
    scripts: Mutex<Scripts>,
    exchanges: watch::Sender<Vec<Exchange>>,
    /// The requests for models, which are no exchanges.
    listings: Mutex<Vec<Request>>,
}

struct Scripts {
    in_order: Vec<Script>,
    by_word: Vec<(String, Script)>,
    templates: Vec<Template>,
    /// The answer to `GET …/models`.
    models: Script,
}

struct Exchange {
    request: Request,
    /// When the client hung up before the end of the answer.
    abandoned_at: Option<Instant>,
}

impl Provider {
    /// Plays one script for each request, in this order; the last one is repeated.
    pub fn playing(scripts: impl Into<Vec<Script>>) -> Self {
        let mut provider = Self::shut(scripts);
        provider.open();
        provider
    }

    /// The same, but not listening yet.
    pub fn shut(scripts: impl Into<Vec<Script>>) -> Self {
        let reserved = TcpSocket::new_v4().expect("a socket");
        reserved.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = reserved.local_addr().expect("an address");
        let scripts = Scripts {
            in_order: scripts.into(),
            by_word: vec![],
            templates: vec![],
            models: Script::refusing(404, &[]),
        };
        let (scripts, listings) = (Mutex::new(scripts), Mutex::default());
        let state = State { scripts, exchanges: watch::Sender::default(), listings };
        Self { address, state: Arc::new(state), reserved: Some(reserved), serving: JoinSet::new() }
    }

    pub fn open(&mut self) {
        let reserved = self.reserved.take().expect("it is shut");
        let listener = reserved.listen(1024).expect("it listens");
        self.serving.spawn(serve(listener, self.state.clone()));
    }

    /// Replaces the scripts.
    pub fn play(&self, scripts: impl Into<Vec<Script>>) {
        self.state.scripts().in_order = scripts.into();
    }

    /// Plays this script, whatever the order, if the newest message contains the word.
    pub fn play_to(&self, word: &str, script: Script) {
        self.state.scripts().by_word.push((word.to_owned(), script));
    }

    /// Refuses what these templates refuse, before any script is played.
    pub fn use_templates(&self, templates: &[Template]) {
        self.state.scripts().templates = templates.to_vec();
    }

    /// Answers with this list of models, from now on.
    pub fn list_models(&self, script: Script) {
        self.state.scripts().models = script;
    }

    /// The requests for the list of models, oldest first.
    pub fn listings(&self) -> Vec<Request> {
        self.state.listings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn forget_words(&self) {
        self.state.scripts().by_word.clear();
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.exchanges.borrow().iter().map(|exchange| exchange.request.clone()).collect()
    }

    /// Waits for the request of this number, the first of which is 1.
    pub async fn asked(&self, count: usize) -> Request {
        let mut exchanges = self.state.exchanges.subscribe();
        let asked =
            timeout(PATIENCE, exchanges.wait_for(|exchanges| exchanges.len() >= count)).await;
        let exchanges = asked.unwrap_or_else(|_| panic!("request {count} never came"));
        exchanges.expect("it is here")[count - 1].request.clone()
    }

    /// Waits until the client of this request, the first of which is 1, hangs up before the end of
    /// the answer; returns when it did.
    pub async fn abandoned(&self, number: usize) -> Instant {
        let left = |exchanges: &Vec<Exchange>| {
            exchanges.get(number - 1).and_then(|exchange| exchange.abandoned_at)
        };
        let mut exchanges = self.state.exchanges.subscribe();
        let gone =
            timeout(PATIENCE, exchanges.wait_for(|exchanges| left(exchanges).is_some())).await;
        let exchanges = gone.unwrap_or_else(|_| panic!("nobody hung up on request {number}"));
        left(&exchanges.expect("it is here")).expect("it was waited for")
    }
}

impl State {
    /// Records the request, and chooses the script.
    fn receive(&self, request: Request) -> (usize, Script) {
        let mut scripts = self.scripts();
        let asked = request.newest();
        let word = scripts.by_word.iter().find(|(word, _)| asked.contains(word.as_str()));
        let refusal = scripts.templates.iter().find_map(|template| template.refuses(&request));
        let script = match (refusal, word) {
            (Some(refusal), _) => refusal,
            (None, Some((_, script))) => script.clone(),
            (None, None) if scripts.in_order.len() > 1 => scripts.in_order.remove(0),
            (None, None) => scripts.in_order.first().expect("a script").clone(),
        };
        drop(scripts);
        let mut number = 0;
        self.exchanges.send_modify(|exchanges| {
            number = exchanges.len();
            exchanges.push(Exchange { request, abandoned_at: None });
        });
        (number, script)
    }

    fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        connections.spawn(serve_connection(socket, state.clone()));
    }
}

/// Serves one connection, with one request after another.
async fn serve_connection(socket: TcpStream, state: Arc<State>) {
    socket.set_nodelay(true).expect("a socket");
    let (reader, mut writer) = socket.into_split();
    let mut reader = BufReader::new(reader);
    while let Some(request) = Request::read(&mut reader).await {
        if request.line.starts_with("GET ") {
            let script = state.scripts().models.clone();
            state.listings.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            match Player::new(&mut writer).play(&script).await {
                Ending::Complete => continue,
                Ending::HangUp | Ending::Abandoned => return,
            }
        }
        let (number, script) = state.receive(request);
        let ending = tokio::select! {
            ending = Player::new(&mut writer).play(&script) => ending,
            // The client sends nothing before the end of the answer, so this is a closed connection.
            _ = reader.fill_buf() => Ending::Abandoned,
        };
        match ending {
            Ending::Complete => {}
            Ending::HangUp => return,
            Ending::Abandoned => {
                #[expect(clippy::disallowed_methods, reason = "a test asks how long it took")]
                let now = Instant::now();
                state.exchanges.send_modify(|exchanges| exchanges[number].abandoned_at = Some(now));
                return;
            }
        }
    }
}
