//! A client: the app's own replica and its own machine of the connection, fed with the bytes that
//! come, in pieces of any size.

use std::{cell::Cell, rc::Rc};

use app::{
    protocol::{BeingId, Cursor, HistoryPage, SpaceId},
    replica::{Action, Change, Connection, Input, Millis, Replica},
};
use rand::{Rng, rngs::StdRng};
use server::refusal::Refusal;

use crate::{
    client::parse,
    command::Answer,
    pipe::{End, Pipe},
};

/// As the server says to who is refused for now.
const LATER_SECONDS: u64 = 1;

/// A page of history on its way: not there yet, or one that will not come, or one.
type PageOnItsWay = Rc<Cell<Option<Option<HistoryPage>>>>;

pub struct Listener {
    pub number: u64,
    pub being: BeingId,
    pub space: SpaceId,
    pub replica: Replica,
    pub pipe: Option<Pipe>,
    connection: Connection,
    timer: Option<Millis>,
    /// The beginning of a frame.
    partial: Vec<u8>,
    /// Answers to commands, on their way.
    pub answers: Vec<(Option<Cursor>, Answer)>,
    page: Option<PageOnItsWay>,
    /// Whether it has been told that it does not belong.
    pub has_ended: bool,
    is_live: bool,
}

impl Listener {
    pub fn new(number: u64, being: BeingId, space: SpaceId, replica: Replica) -> Self {
        Self {
            number,
            being,
            space,
            replica,
            pipe: None,
            connection: Connection::default(),
            timer: None,
            partial: vec![],
            answers: vec![],
            page: None,
            has_ended: false,
            is_live: false,
        }
    }

    /// Tells the machine what happened. Whether it wants a stream now.
    pub fn handle_input(&mut self, input: Input, now: Millis, dice: &mut StdRng) -> bool {
        self.has_ended |= input == Input::End;
        let mut opens = false;
        for action in self.connection.handle_input(input, now, dice.random()) {
            match action {
                Action::Close => self.close(),
                Action::Open => opens = true,
                Action::SetTimer(at) => self.timer = Some(at),
            }
        }
        opens
    }

    pub fn open(&mut self, pipe: Pipe) {
        self.replica.handle_reconnect();
        self.is_live = false;
        self.pipe = Some(pipe);
    }

    pub fn take_timer(&mut self, now: Millis) -> bool {
        self.timer.take_if(|at| *at <= now).is_some()
    }

    /// Reads at most so many bytes. What the machine is to be told of it.
    pub fn read(&mut self, max: usize) -> Vec<Input> {
        let Some(pipe) = self.pipe.clone() else { return vec![] };
        self.partial.extend(pipe.read(max));
        let mut inputs = Vec::new();
        while let Some(end) = self.partial.windows(2).position(|two| two == b"\n\n") {
            let frame: Vec<u8> = self.partial.drain(..end + 2).collect();
            let input = self.hear(&frame, pipe.is_lossy());
            inputs.push(input);
            if matches!(input, Input::Missed | Input::End) {
                return inputs;
            }
        }
        match pipe.end() {
            Some(End::Finished) => inputs.push(Input::Lost),
            Some(End::Refused(Refusal::Unavailable)) => {
                inputs.push(Input::Later { seconds: LATER_SECONDS });
            }
            Some(End::Refused(_)) => inputs.push(Input::End),
            None => {}
        }
        inputs
    }

    /// Where nothing is lost on the way, the server must let the replica miss nothing.
    fn hear(&mut self, frame: &[u8], is_lossy: bool) -> Input {
        let (id, event) = parse(frame);
        let before = self.replica.cursor().cloned();
        let outcome = self.replica.handle_event(id.clone(), event);
        let Ok(change) = outcome else {
            assert!(is_lossy, "{outcome:?}: {before:?}, then {id:?}");
            return Input::Missed;
        };
        if let (Some(before), Some(id), false) = (before, id, is_lossy) {
            let is_sync = change == Some(Change::Replaced);
            assert!(is_sync || id.seq > before.seq, "{id} came again, or late, after {before}");
            let is_next = id.seq == before.seq.next();
            assert!(is_sync || !self.is_live || is_next, "{id} jumped from {before}");
        }
        match change {
            Some(Change::WentLive) => {
                self.is_live = true;
                Input::WentLive
            }
            Some(Change::Revoked) => Input::End,
            _ => Input::Heard,
        }
    }

    /// An answer arrives, by its own road.
    pub fn take_answer(&mut self, at: usize) {
        let (asked_at, answer) = self.answers.remove(at);
        match answer {
            Answer::Sent(sent) => {
                self.replica.handle_answer(asked_at.as_ref(), sent.intention);
            }
            Answer::Message(row) => {
                self.replica.handle_answer(asked_at.as_ref(), row);
            }
            Answer::Being(being) => {
                self.replica.handle_being_answer(asked_at.as_ref(), being);
            }
            Answer::Nothing => {}
        }
    }

    /// Where the page that was asked for is to be put.
    pub fn expect_page(&mut self) -> PageOnItsWay {
        self.page.insert(Rc::default()).clone()
    }

    pub fn take_page(&mut self) {
        match self.page.as_ref().and_then(|page| page.take()) {
            None => return,
            Some(None) => self.replica.abandon_page(),
            Some(Some(page)) => drop(self.replica.handle_page(page)),
        }
        self.page = None;
    }

    /// The request broke off.
    pub fn lose_page(&mut self) {
        if self.page.take().is_some() {
            self.replica.abandon_page();
        }
    }

    pub fn is_live_at(&self, head: &Cursor) -> bool {
        self.pipe.is_some() && self.replica.is_live() && self.replica.cursor() == Some(head)
    }

    pub fn is_catching_up(&self) -> bool {
        self.pipe.is_some() && !self.is_live
    }

    fn close(&mut self) {
        if let Some(pipe) = self.pipe.take() {
            pipe.cut();
        }
        self.partial.clear();
    }
}
