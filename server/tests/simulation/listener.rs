//! A client: the app's own replica and connection machine, fed with the bytes of a pipe, in pieces
//! of any size.

use std::{cell::Cell, rc::Rc};

use client::{
    Change, Millis, PageRequest, Reconnect, Replica,
    reconnect::{Action, Input},
};
use protocol::{BeingId, Cursor, HistoryPage, SpaceId};
use rand::{Rng, rngs::StdRng};
use server::domain::{command::Outcome, refusal::Refusal};

use crate::{
    client::parse,
    pipe::{End, Pipe},
};

/// The delay that the server asks for when it is unavailable.
const RETRY_AFTER_SECONDS: u64 = 1;

/// A page of history that was requested: not there yet, failed, or loaded.
type PendingPage = Rc<Cell<Option<Option<HistoryPage>>>>;

pub struct Listener {
    pub number: u64,
    pub being: BeingId,
    pub space: SpaceId,
    pub replica: Replica,
    pub pipe: Option<Pipe>,
    connection: Reconnect,
    timer: Option<Millis>,
    /// The beginning of an incomplete frame.
    partial: Vec<u8>,
    /// Responses to commands that are on their way, with the cursor at the time of the request.
    pub responses: Vec<(Option<Cursor>, Outcome)>,
    page: Option<(PageRequest, PendingPage)>,
    /// Whether the server has refused it, or revoked its access.
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
            connection: Reconnect::default(),
            timer: None,
            partial: vec![],
            responses: vec![],
            page: None,
            has_ended: false,
            is_live: false,
        }
    }

    /// Hands an input to the connection machine. Returns whether it wants to open a stream.
    pub fn handle_input(&mut self, input: Input, now: Millis, rng: &mut StdRng) -> bool {
        self.has_ended |= input == Input::End;
        let mut opens = false;
        for action in self.connection.handle_input(input, now, rng.random()) {
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

    /// Reads at most this many bytes. Returns the inputs for the connection machine.
    pub fn read(&mut self, max: usize) -> Vec<Input> {
        let Some(pipe) = self.pipe.clone() else { return vec![] };
        self.partial.extend(pipe.read(max));
        let mut inputs = Vec::new();
        while let Some(end) = self.partial.windows(2).position(|two| two == b"\n\n") {
            let frame: Vec<u8> = self.partial.drain(..end + 2).collect();
            let input = self.handle_frame(&frame, pipe.is_lossy());
            inputs.push(input);
            if matches!(input, Input::OutOfSync | Input::End) {
                return inputs;
            }
        }
        match pipe.end() {
            Some(End::Finished) => inputs.push(Input::Lost),
            Some(End::Refused(Refusal::Unavailable)) => {
                inputs.push(Input::RetryLater { seconds: RETRY_AFTER_SECONDS });
            }
            Some(End::Refused(_)) => inputs.push(Input::End),
            None => {}
        }
        inputs
    }

    /// Unless the proxy loses something, the server must not let the replica miss anything.
    fn handle_frame(&mut self, frame: &[u8], is_lossy: bool) -> Input {
        let (id, event) = parse(frame);
        let before = self.replica.cursor().cloned();
        let outcome = self.replica.handle_event(id.clone(), event);
        let Ok(change) = outcome else {
            assert!(is_lossy, "{outcome:?}: {before:?}, then {id:?}");
            return Input::OutOfSync;
        };
        if let (Some(before), Some(id), false) = (before, id, is_lossy) {
            let is_sync = change == Some(Change::Replaced);
            assert!(
                is_sync || id.seq > before.seq,
                "{id} was repeated, or is late, after {before}"
            );
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

    /// A response arrives, independently of the stream.
    pub fn handle_response(&mut self, at: usize) {
        let (asked_at, outcome) = self.responses.remove(at);
        match outcome {
            Outcome::Sent(sent) => {
                self.replica.handle_response(asked_at.as_ref(), sent.intention);
            }
            Outcome::Message(row) => {
                self.replica.handle_response(asked_at.as_ref(), row);
            }
            Outcome::Being(being) => {
                self.replica.handle_being_response(asked_at.as_ref(), being);
            }
            // The stream brings a reaction; its position says when. So it does with details.
            Outcome::Done | Outcome::Reacted(_) | Outcome::Begun(_) | Outcome::Details(_) => {}
        }
    }

    /// The place for the page that was requested.
    pub fn await_page(&mut self, request: PageRequest) -> PendingPage {
        self.page.insert((request, Rc::default())).1.clone()
    }

    pub fn take_page(&mut self) {
        let Some((request, page)) = &self.page else { return };
        let Some(found) = page.take() else { return };
        match found {
            None => self.replica.abandon_page(*request),
            Some(page) => drop(self.replica.handle_page(*request, page)),
        }
        self.page = None;
    }

    /// The request failed.
    pub fn fail_page(&mut self) {
        if let Some((request, _)) = self.page.take() {
            self.replica.abandon_page(request);
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
