//! One model server, a few replicas, and everything in transit between them. A step moves one
//! thing; anything that a network may do to it, some sequence of steps does.

use std::collections::VecDeque;

use client::{Bounds, Change, OutOfSync, PageRequest, Replica};
use protocol::{Cursor, HistoryPage, Seq, SyncEvent};

use super::{Command, Frame, Response, Server};

/// The first number is the client; a second one selects among what is in transit to it.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Send(usize, Command),
    /// This many events arrive, if as many are in transit.
    Deliver(usize, usize),
    /// An event that has arrived before arrives again.
    Repeat(usize, usize),
    /// The next event is lost, and its stream continues as if it were not.
    Skip(usize),
    Heartbeat(usize),
    /// The server drops its queue for the listener, and catches it up on the same stream.
    Overrun(usize),
    /// The connection breaks, and everything in transit is lost.
    Break(usize),
    Reconnect(usize),
    DeliverResponse(usize, usize),
    BeginPage(usize),
    BeginLater(usize),
    /// Asks for the page around a place, whatever else is on its way.
    BeginAround(usize, usize),
    ShowNewest(usize),
    KeepAround(usize, usize),
    /// The server reads a page of at most this many messages, and sends it.
    ReadPage(usize, usize),
    DeliverPage(usize, usize),
    LosePage(usize, usize),
    BackUp,
    Restore,
}

pub struct World {
    pub server: Server,
    pub clients: Vec<Client>,
}

/// Few, so that a small world has too many.
const BOUNDS: Bounds = Bounds { crowded: 5, shown: 3, live: 2 };

#[derive(Default)]
pub struct Client {
    pub replica: Replica,
    /// Every event that arrived, and its outcome.
    pub journal: Vec<Delivery>,
    stream: Option<Stream>,
    /// The events since the last sync, with the sync while it is the last one.
    received: Vec<Frame>,
    responses: Vec<(Option<Cursor>, Response)>,
    pages: Vec<(PageRequest, Option<HistoryPage>)>,
}

#[derive(Debug)]
pub struct Delivery {
    pub frame: Frame,
    pub before: Option<Cursor>,
    pub after: Option<Cursor>,
    pub outcome: Result<Option<Change>, OutOfSync>,
    /// Whether the stream had sent `caught-up`.
    pub was_live: bool,
    /// Whether an earlier event of this stream was lost.
    pub after_a_loss: bool,
    /// Whether it had arrived before.
    pub repeated: bool,
}

#[derive(Default)]
struct Stream {
    in_transit: VecDeque<Frame>,
    /// The last position that the server wrote.
    written: Option<Seq>,
    live: bool,
    lossy: bool,
}

impl World {
    pub fn new(clients: usize, sync_messages: usize, catch_up_rows: usize) -> Self {
        let clients = (0..clients).map(|_| Client::new(BOUNDS)).collect();
        Self { server: Server::new(sync_messages, catch_up_rows), clients }
    }

    pub fn take_all(&mut self, steps: impl IntoIterator<Item = Step>) {
        steps.into_iter().for_each(|step| self.take(step));
    }

    pub fn take(&mut self, step: Step) {
        let Self { server, clients } = self;
        match step {
            Step::Send(at, command) => self.send(at, command),
            Step::Deliver(at, count) => {
                for _ in 0..count {
                    clients[at].receive_next(server);
                }
            }
            Step::Repeat(at, pick) => clients[at].receive_again(pick),
            Step::Skip(at) => clients[at].lose_next(),
            Step::Heartbeat(at) => {
                if let Some(stream) = &mut clients[at].stream {
                    stream.in_transit.push_back(server.heartbeat());
                }
            }
            Step::Overrun(at) => {
                if let Some(stream) = &mut clients[at].stream {
                    stream.in_transit = server.overrun(stream.written).into();
                }
            }
            Step::Break(at) => clients[at].stream = None,
            Step::Reconnect(at) => clients[at].reconnect(server),
            Step::DeliverResponse(at, pick) => clients[at].receive_response(pick),
            Step::BeginPage(at) => {
                let page = clients[at].replica.begin_earlier();
                clients[at].pages.extend(page.map(|page| (page, None)));
            }
            Step::BeginLater(at) => {
                let page = clients[at].replica.begin_later();
                clients[at].pages.extend(page.map(|page| (page, None)));
            }
            Step::BeginAround(at, pick) => {
                let place = server.place(pick);
                let page = clients[at].replica.begin_around(place);
                clients[at].pages.push((page, None));
            }
            Step::ShowNewest(at) => drop(clients[at].replica.show_newest()),
            Step::KeepAround(at, pick) => drop(clients[at].replica.keep_around(server.place(pick))),
            Step::ReadPage(at, limit) => {
                let unread = clients[at].pages.iter_mut().find(|(_, page)| page.is_none());
                if let Some((request, page)) = unread {
                    *page = Some(server.page(request.window, limit));
                }
            }
            Step::DeliverPage(at, pick) => clients[at].receive_page(pick),
            Step::LosePage(at, pick) => {
                if let Some((request, _)) = taken(&mut clients[at].pages, pick) {
                    clients[at].replica.abandon_page(request);
                }
            }
            Step::BackUp => server.back_up(),
            Step::Restore => {
                server.restore();
                clients.iter_mut().for_each(|client| client.stream = None);
            }
        }
    }

    /// Nothing new happens, and everything in transit arrives.
    pub fn settle(&mut self) {
        for at in 0..self.clients.len() {
            if self.clients[at].stream.is_none() {
                self.take(Step::Reconnect(at));
            }
            self.take(Step::Heartbeat(at));
            // More than can be in transit, and bounded in case a stream is given up for ever.
            self.take(Step::Deliver(at, 1_000));
            while !self.clients[at].responses.is_empty() {
                self.take(Step::DeliverResponse(at, 0));
            }
            while !self.clients[at].pages.is_empty() {
                self.take(Step::ReadPage(at, 2));
                self.take(Step::DeliverPage(at, 0));
            }
        }
    }

    fn send(&mut self, at: usize, command: Command) {
        let asked_at = self.clients[at].replica.cursor().cloned();
        let Some((frame, response)) = self.server.handle_command(command) else { return };
        for stream in self.clients.iter_mut().filter_map(|client| client.stream.as_mut()) {
            stream.in_transit.push_back(frame.clone());
        }
        self.clients[at].responses.extend(response.map(|response| (asked_at, response)));
    }
}

impl Client {
    fn new(bounds: Bounds) -> Self {
        Self { replica: Replica::bounded(bounds), ..Self::default() }
    }

    fn reconnect(&mut self, server: &Server) {
        self.replica.handle_reconnect();
        let in_transit = server.open(self.replica.cursor()).into();
        self.stream = Some(Stream { in_transit, ..Stream::default() });
        self.received.clear();
    }

    fn receive_next(&mut self, server: &Server) {
        let Some(stream) = &mut self.stream else { return };
        let Some(frame) = stream.in_transit.pop_front() else { return };
        stream.written = frame.0.as_ref().map_or(stream.written, |id| Some(id.seq));
        if is_sync(&frame) {
            stream.lossy = false;
            self.received.clear();
        }
        if self.receive(frame.clone(), false).is_err() {
            return self.reconnect(server);
        }
        self.received.retain(|frame| !is_sync(frame));
        self.received.push(frame);
    }

    fn receive_again(&mut self, pick: usize) {
        if let Some(back) = pick.checked_rem(self.received.len()) {
            let frame = self.received[self.received.len() - 1 - back].clone();
            // The properties check in the journal that it caused no error.
            let _ = self.receive(frame, true);
        }
    }

    fn receive(&mut self, frame: Frame, repeated: bool) -> Result<(), OutOfSync> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let before = self.replica.cursor().cloned();
        let outcome = self.replica.handle_event(frame.0.clone(), frame.1.clone());
        let after = self.replica.cursor().cloned();
        let (was_live, after_a_loss) = (stream.live, stream.lossy);
        stream.live |= outcome == Ok(Some(Change::WentLive));
        let result = outcome.as_ref().map(drop).map_err(|missed| *missed);
        let delivery = Delivery { frame, before, after, outcome, was_live, after_a_loss, repeated };
        self.journal.push(delivery);
        result
    }

    /// Only a change that was sent live: in a catch-up positions skip, and a loss cannot be
    /// noticed.
    fn lose_next(&mut self) {
        let Some(stream) = self.stream.as_mut().filter(|stream| stream.live) else { return };
        if let Some((id, _)) = stream.in_transit.pop_front_if(|frame| is_change(frame)) {
            stream.written = id.map(|id| id.seq);
            stream.lossy = true;
        }
    }

    fn receive_response(&mut self, pick: usize) {
        let Some((asked_at, response)) = taken(&mut self.responses, pick) else { return };
        match response {
            Response::Message(row) => self.replica.handle_response(asked_at.as_ref(), row),
            Response::Being(row) => self.replica.handle_being_response(asked_at.as_ref(), row),
        };
    }

    fn receive_page(&mut self, pick: usize) {
        let at = pick.checked_rem(self.pages.len()).filter(|at| self.pages[*at].1.is_some());
        if let Some((request, Some(page))) = at.map(|at| self.pages.remove(at)) {
            self.replica.handle_page(request, page);
        }
    }
}

fn is_sync((_, event): &Frame) -> bool {
    matches!(event, SyncEvent::SpaceSync(_))
}

/// A single change, as opposed to a sync of the whole space.
pub fn is_change((_, event): &Frame) -> bool {
    event.moves_the_cursor() && !matches!(event, SyncEvent::SpaceSync(_))
}

fn taken<T>(rows: &mut Vec<T>, pick: usize) -> Option<T> {
    pick.checked_rem(rows.len()).map(|at| rows.remove(at))
}
