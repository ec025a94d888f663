//! One model server, a few replicas, and everything that is on its way between them. A step moves
//! one thing; whatever a network may do to it, some sequence of steps does.

use std::collections::VecDeque;

use app::{
    protocol::{Cursor, HistoryPage, MessageId, Seq, SyncEvent},
    replica::{Change, Missed, Replica},
};

use super::{Answer, Command, Frame, Server};

/// The first number names the client; a second one picks among what is on its way to it.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Send(usize, Command),
    /// This many events come in, if so many are on their way.
    Deliver(usize, usize),
    /// An event that came in before comes in again.
    Repeat(usize, usize),
    /// The next event is lost, and its stream goes on as if it were not.
    Skip(usize),
    Heartbeat(usize),
    /// The server drops what it had queued, and catches the listener up on the same stream.
    Overrun(usize),
    /// The connection breaks, and what was on its way is lost.
    Break(usize),
    Reconnect(usize),
    DeliverAnswer(usize, usize),
    BeginPage(usize),
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

#[derive(Default)]
pub struct Client {
    pub replica: Replica,
    /// Every event that came in, and what became of it.
    pub journal: Vec<Delivery>,
    stream: Option<Stream>,
    /// The events since the last sync, with the sync while it is the last one.
    heard: Vec<Frame>,
    answers: Vec<(Option<Cursor>, Answer)>,
    pages: Vec<(MessageId, Option<HistoryPage>)>,
}

#[derive(Debug)]
pub struct Delivery {
    pub frame: Frame,
    pub before: Option<Cursor>,
    pub after: Option<Cursor>,
    pub outcome: Result<Option<Change>, Missed>,
    /// The stream had said `caught-up`.
    pub was_live: bool,
    /// An earlier event of this stream was lost.
    pub after_a_loss: bool,
    /// It had come in before.
    pub repeated: bool,
}

#[derive(Default)]
struct Stream {
    on_its_way: VecDeque<Frame>,
    /// The last position that the server wrote.
    written: Option<Seq>,
    live: bool,
    lossy: bool,
}

impl World {
    pub fn new(clients: usize, sync_messages: usize, catch_up_rows: usize) -> Self {
        let clients = (0..clients).map(|_| Client::default()).collect();
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
                    clients[at].hear_next(server);
                }
            }
            Step::Repeat(at, pick) => clients[at].hear_again(pick),
            Step::Skip(at) => clients[at].lose_next(),
            Step::Heartbeat(at) => {
                if let Some(stream) = &mut clients[at].stream {
                    stream.on_its_way.push_back(server.heartbeat());
                }
            }
            Step::Overrun(at) => {
                if let Some(stream) = &mut clients[at].stream {
                    stream.on_its_way = server.overrun(stream.written).into();
                }
            }
            Step::Break(at) => clients[at].stream = None,
            Step::Reconnect(at) => clients[at].reconnect(server),
            Step::DeliverAnswer(at, pick) => clients[at].take_answer(pick),
            Step::BeginPage(at) => {
                let before = clients[at].replica.begin_page();
                clients[at].pages.extend(before.map(|before| (before, None)));
            }
            Step::ReadPage(at, limit) => {
                let unread = clients[at].pages.iter_mut().find(|(_, page)| page.is_none());
                if let Some((before, page)) = unread {
                    *page = Some(server.history(*before, limit));
                }
            }
            Step::DeliverPage(at, pick) => clients[at].take_page(pick),
            Step::LosePage(at, pick) => {
                if taken(&mut clients[at].pages, pick).is_some() {
                    clients[at].replica.abandon_page();
                }
            }
            Step::BackUp => server.back_up(),
            Step::Restore => {
                server.restore();
                clients.iter_mut().for_each(|client| client.stream = None);
            }
        }
    }

    /// Nothing happens any more, and what is on its way comes in.
    pub fn settle(&mut self) {
        for at in 0..self.clients.len() {
            if self.clients[at].stream.is_none() {
                self.take(Step::Reconnect(at));
            }
            self.take(Step::Heartbeat(at));
            // More than can be on its way; and an end, should a stream be given up for ever.
            self.take(Step::Deliver(at, 1_000));
            while !self.clients[at].answers.is_empty() {
                self.take(Step::DeliverAnswer(at, 0));
            }
            while !self.clients[at].pages.is_empty() {
                self.take(Step::ReadPage(at, 2));
                self.take(Step::DeliverPage(at, 0));
            }
        }
    }

    fn send(&mut self, at: usize, command: Command) {
        let asked_at = self.clients[at].replica.cursor().cloned();
        let Some((frame, answer)) = self.server.handle_command(command) else { return };
        for stream in self.clients.iter_mut().filter_map(|client| client.stream.as_mut()) {
            stream.on_its_way.push_back(frame.clone());
        }
        self.clients[at].answers.extend(answer.map(|answer| (asked_at, answer)));
    }
}

impl Client {
    fn reconnect(&mut self, server: &Server) {
        self.replica.handle_reconnect();
        let on_its_way = server.open(self.replica.cursor()).into();
        self.stream = Some(Stream { on_its_way, ..Stream::default() });
        self.heard.clear();
    }

    fn hear_next(&mut self, server: &Server) {
        let Some(stream) = &mut self.stream else { return };
        let Some(frame) = stream.on_its_way.pop_front() else { return };
        stream.written = frame.0.as_ref().map_or(stream.written, |id| Some(id.seq));
        if is_sync(&frame) {
            stream.lossy = false;
            self.heard.clear();
        }
        if self.hear(frame.clone(), false).is_err() {
            return self.reconnect(server);
        }
        self.heard.retain(|frame| !is_sync(frame));
        self.heard.push(frame);
    }

    fn hear_again(&mut self, pick: usize) {
        if let Some(back) = pick.checked_rem(self.heard.len()) {
            let frame = self.heard[self.heard.len() - 1 - back].clone();
            // That it is taken without complaint is for the reader of the journal to see.
            let _ = self.hear(frame, true);
        }
    }

    fn hear(&mut self, frame: Frame, repeated: bool) -> Result<(), Missed> {
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

    /// Only a change that was sent live: in a catch-up positions jump, and nobody can tell.
    fn lose_next(&mut self) {
        let Some(stream) = self.stream.as_mut().filter(|stream| stream.live) else { return };
        if let Some((id, _)) = stream.on_its_way.pop_front_if(|frame| is_change(frame)) {
            stream.written = id.map(|id| id.seq);
            stream.lossy = true;
        }
    }

    fn take_answer(&mut self, pick: usize) {
        let Some((asked_at, answer)) = taken(&mut self.answers, pick) else { return };
        match answer {
            Answer::Message(row) => self.replica.handle_answer(asked_at.as_ref(), row),
            Answer::Being(row) => self.replica.handle_being_answer(asked_at.as_ref(), row),
        };
    }

    fn take_page(&mut self, pick: usize) {
        let at = pick.checked_rem(self.pages.len()).filter(|at| self.pages[*at].1.is_some());
        if let Some((_, Some(page))) = at.map(|at| self.pages.remove(at)) {
            self.replica.handle_page(page);
        }
    }
}

fn is_sync((_, event): &Frame) -> bool {
    matches!(event, SyncEvent::SpaceSync(_))
}

/// One change, and not the whole of a space.
pub fn is_change((_, event): &Frame) -> bool {
    event.moves_the_cursor() && !matches!(event, SyncEvent::SpaceSync(_))
}

fn taken<T>(rows: &mut Vec<T>, pick: usize) -> Option<T> {
    pick.checked_rem(rows.len()).map(|at| rows.remove(at))
}
