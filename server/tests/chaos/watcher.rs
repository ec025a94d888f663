//! Somebody who listens: the replica and the connection of the product's client, fed from the wire.

use std::{collections::BTreeMap, future::pending, io, sync::Arc, time::Duration};

use app::{
    protocol::{Cursor, IntentionId, SyncEvent},
    replica::{Action, Change, Connection, Input, Millis, Replica},
};
use axum::response::Response;
use futures::future::BoxFuture;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    house::{Answer, Client, Events, Frame},
    tally::Tally,
};

pub struct Watcher {
    pub space: &'static str,
    pub replica: Replica,
    /// Which message it was told of under which number, ever.
    pub heard: BTreeMap<u64, IntentionId>,
    who: Client,
    connection: Connection,
    opening: Option<BoxFuture<'static, io::Result<Response>>>,
    stream: Option<Events>,
    page: Option<BoxFuture<'static, Option<Answer>>>,
    timer: Option<Instant>,
    began: Instant,
    /// How much faster than the server's its time runs, so that its silences are short.
    speed: u64,
    /// The streams that were opened.
    opened: watch::Sender<u64>,
    dice: StdRng,
    tally: Arc<Tally>,
}

impl Watcher {
    pub fn new(who: Client, space: &'static str, speed: u64, seed: u64, tally: Arc<Tally>) -> Self {
        let mut watcher = Self {
            space,
            replica: Replica::default(),
            heard: BTreeMap::new(),
            who,
            connection: Connection::default(),
            opening: None,
            stream: None,
            page: None,
            timer: None,
            began: Instant::now(),
            speed,
            opened: watch::Sender::new(0),
            dice: StdRng::seed_from_u64(seed),
            tally,
        };
        watcher.input(Input::Start);
        watcher
    }

    pub fn is_in_no_hurry(&self) -> bool {
        self.speed == 1
    }

    pub fn opened(&self) -> watch::Receiver<u64> {
        self.opened.subscribe()
    }

    /// It was not there for a while, and comes back with a socket that it does not trust.
    pub fn come_back(&mut self) {
        self.input(Input::Returned);
    }

    /// The browser's data was cleared.
    pub fn forget(&mut self) {
        (self.replica, self.connection) = (Replica::default(), Connection::default());
        (self.opening, self.stream, self.page, self.timer) = (None, None, None, None);
        self.input(Input::Start);
    }

    /// Listens until it is live and has what is to be had.
    pub async fn watch(mut self, mut goal: watch::Receiver<Option<Cursor>>) -> Self {
        loop {
            if let Some(goal) = &*goal.borrow_and_update()
                && self.replica.is_live()
                && self.replica.cursor().is_some_and(|held| held == goal)
            {
                return self;
            }
            tokio::select! {
                _ = goal.changed() => {}
                opened = or_never(&mut self.opening) => {
                    self.opening = None;
                    self.handle_opened(opened);
                }
                frame = next(&mut self.stream) => match frame {
                    Some(frame) => self.handle_frame(frame),
                    None => {
                        let stream = self.stream.take();
                        if stream.is_some_and(|stream| stream.is_in_mid_frame()) {
                            self.tally.mid_frame.add();
                        }
                        self.input(Input::Lost);
                    }
                },
                page = or_never(&mut self.page) => {
                    self.page = None;
                    self.handle_page(page);
                }
                () = sleep_until(self.timer.unwrap_or(self.began)), if self.timer.is_some() => {
                    self.timer = None;
                    let is_there = |watcher: &Self| {
                        watcher.stream.is_some() || watcher.opening.is_some()
                    };
                    let was_there = is_there(&self);
                    self.input(Input::TimerFired);
                    if was_there && !is_there(&self) {
                        self.tally.given_up.add();
                    }
                }
            }
        }
    }

    fn input(&mut self, input: Input) {
        let now = Millis(self.began.elapsed().as_millis() as u64 * self.speed);
        for action in self.connection.handle_input(input, now, self.dice.random()) {
            match action {
                Action::Close => (self.opening, self.stream) = (None, None),
                Action::Open => {
                    self.replica.handle_reconnect();
                    let since = self.replica.cursor().map(ToString::to_string);
                    let ask = self.who.following(self.space, since.as_deref());
                    self.opening = Some(Box::pin(ask.response()));
                }
                Action::SetTimer(at) => {
                    self.timer = Some(self.began + Duration::from_millis(at.0 / self.speed + 1));
                }
            }
        }
    }

    fn handle_opened(&mut self, opened: io::Result<Response>) {
        let Ok(response) = opened else { return self.input(Input::Lost) };
        match response.status().as_u16() {
            200 => {
                self.stream = Some(Events::read(response));
                self.tally.streams.add();
                self.opened.send_modify(|count| *count += 1);
                self.input(Input::Heard);
            }
            503 => {
                let seconds = response.headers().get("retry-after").expect("when to come again");
                let seconds = seconds.to_str().expect("text").parse().expect("seconds");
                self.input(Input::Later { seconds });
            }
            status => panic!("a stream was refused with {status}"),
        }
    }

    fn handle_frame(&mut self, frame: Frame) {
        if let SyncEvent::IntentionCreated { data, .. } = &frame.event {
            let before = self.heard.insert(data.message_id.0, data.id);
            assert!(before.is_none_or(|before| before == data.id), "{} is two", data.message_id);
        }
        let gist = frame.gist();
        // Whatever happens to a connection, what comes over it is whole up to where it ends.
        let change = self.replica.handle_event(frame.id, frame.event);
        let change = change.unwrap_or_else(|missed| panic!("{missed}: {gist}"));
        self.input(match change {
            Some(Change::WentLive) => Input::WentLive,
            Some(Change::Revoked) => panic!("nobody was sent away"),
            _ => Input::Heard,
        });
        if self.dice.random_ratio(1, 15)
            && let Some(before) = self.replica.begin_page()
        {
            let path = format!("/api/spaces/{}/intentions?before={before}&limit=20", self.space);
            self.page = Some(Box::pin(self.who.get(&path).attempt()));
        }
    }

    fn handle_page(&mut self, page: Option<Answer>) {
        match page {
            Some(answer) if answer.status == 200 => {
                self.replica.handle_page(answer.of(200));
                self.tally.pages.add();
            }
            _ => self.replica.abandon_page(),
        }
    }
}

async fn next(stream: &mut Option<Events>) -> Option<Frame> {
    match stream {
        Some(stream) => stream.next().await,
        None => pending().await,
    }
}

async fn or_never<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}
