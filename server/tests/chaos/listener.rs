//! A listener: the replica and the connection of the product's client, fed from the wire.

use std::{collections::BTreeMap, future::pending, io, sync::Arc, time::Duration};

use axum::response::Response;
use client::{
    Change, Millis, PageRequest, Reconnect, Replica, Window,
    reconnect::{Action, Input},
};
use futures::future::BoxFuture;
use harness::{Client, Events, Frame, TestResponse};
use protocol::{Cursor, IntentionCreated, IntentionId, SyncEvent};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::tally::Tally;

pub struct Listener {
    pub space: &'static str,
    pub replica: Replica,
    /// The id of every message that it ever received, by message number.
    pub received: BTreeMap<u64, IntentionId>,
    client: Client,
    connection: Reconnect,
    opening: Option<BoxFuture<'static, io::Result<Response>>>,
    stream: Option<Events>,
    page: Option<BoxFuture<'static, (PageRequest, Option<TestResponse>)>>,
    timer: Option<Instant>,
    began: Instant,
    /// How much faster than the server's its time runs, which shortens its timeouts.
    speed: u64,
    /// The number of streams that were opened.
    opened: watch::Sender<u64>,
    rng: StdRng,
    tally: Arc<Tally>,
}

impl Listener {
    pub fn new(
        client: Client,
        space: &'static str,
        speed: u64,
        seed: u64,
        tally: Arc<Tally>,
    ) -> Self {
        let mut listener = Self {
            space,
            replica: Replica::default(),
            received: BTreeMap::new(),
            client,
            connection: Reconnect::default(),
            opening: None,
            stream: None,
            page: None,
            timer: None,
            began: Instant::now(),
            speed,
            opened: watch::Sender::new(0),
            rng: StdRng::seed_from_u64(seed),
            tally,
        };
        listener.input(Input::Start);
        listener
    }

    pub fn is_in_real_time(&self) -> bool {
        self.speed == 1
    }

    pub fn opened(&self) -> watch::Receiver<u64> {
        self.opened.subscribe()
    }

    /// The client resumes after a pause, with a socket that it does not trust.
    pub fn reconnect(&mut self) {
        self.input(Input::Returned);
    }

    /// Starts from nothing, as after the browser's data is cleared.
    pub fn reset(&mut self) {
        (self.replica, self.connection) = (Replica::default(), Reconnect::default());
        (self.opening, self.stream, self.page, self.timer) = (None, None, None, None);
        self.input(Input::Start);
    }

    /// Listens until it is live at the goal.
    pub async fn listen(mut self, mut goal: watch::Receiver<Option<Cursor>>) -> Self {
        loop {
            if let Some(goal) = &*goal.borrow_and_update()
                && self.replica.is_live()
                && self.replica.cursor().is_some_and(|held| held == goal)
            {
                return self;
            }
            tokio::select! {
                _ = goal.changed() => {}
                opened = or_pending(&mut self.opening) => {
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
                page = or_pending(&mut self.page) => {
                    self.page = None;
                    self.handle_page(page);
                }
                () = sleep_until(self.timer.unwrap_or(self.began)), if self.timer.is_some() => {
                    self.timer = None;
                    let is_connected = |listener: &Self| {
                        listener.stream.is_some() || listener.opening.is_some()
                    };
                    let was_connected = is_connected(&self);
                    self.input(Input::TimerFired);
                    if was_connected && !is_connected(&self) {
                        self.tally.given_up.add();
                    }
                }
            }
        }
    }

    fn input(&mut self, input: Input) {
        let now = Millis(self.began.elapsed().as_millis() as u64 * self.speed);
        for action in self.connection.handle_input(input, now, self.rng.random()) {
            match action {
                Action::Close => (self.opening, self.stream) = (None, None),
                Action::Open => {
                    self.replica.handle_reconnect();
                    let since = self.replica.cursor().map(ToString::to_string);
                    let ask = self.client.following(self.space, since.as_deref());
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
                let seconds =
                    response.headers().get("retry-after").expect("the retry-after header");
                let seconds = seconds.to_str().expect("text").parse().expect("seconds");
                self.input(Input::RetryLater { seconds });
            }
            status => panic!("a stream was refused with {status}"),
        }
    }

    fn handle_frame(&mut self, frame: Frame) {
        if let SyncEvent::IntentionCreated(IntentionCreated { data, .. }) = &frame.event {
            let before = self.received.insert(data.message_id.0, data.id);
            assert!(
                before.is_none_or(|before| before == data.id),
                "{} has two ids",
                data.message_id
            );
        }
        let gist = frame.gist();
        // A connection may end anywhere, but delivers everything up to there.
        let change = self.replica.handle_event(frame.id, frame.event);
        let change = change.unwrap_or_else(|missed| panic!("{missed}: {gist}"));
        self.input(match change {
            Some(Change::WentLive) => Input::WentLive,
            Some(Change::Revoked) => panic!("access was revoked"),
            _ => Input::Heard,
        });
        if self.rng.random_ratio(1, 15)
            && let Some(page) = self.replica.begin_earlier()
            && let Window::Before(before) = page.window
        {
            let path = format!("/api/spaces/{}/intentions?before={before}&limit=20", self.space);
            let asked = self.client.get(&path).attempt();
            self.page = Some(Box::pin(async move { (page, asked.await) }));
        }
    }

    fn handle_page(&mut self, (request, page): (PageRequest, Option<TestResponse>)) {
        match page {
            Some(answer) if answer.status == 200 => {
                self.replica.handle_page(request, answer.of(200));
                self.tally.pages.add();
            }
            _ => self.replica.abandon_page(request),
        }
    }
}

async fn next(stream: &mut Option<Events>) -> Option<Frame> {
    match stream {
        Some(stream) => stream.next().await,
        None => pending().await,
    }
}

async fn or_pending<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}
