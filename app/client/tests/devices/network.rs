//! Requests and streams on their way to the server and back.

use client::{ApiError, Call, Input, Op, Purpose, Request, Response, StreamSignal};
use protocol::{
    BeingId, Cursor, ErrorCode, InboxEvent, InboxPosition, IntentionState, SpaceId, SyncEvent,
    limits::HEARTBEAT_SILENCE_SECONDS,
};

use crate::{
    record::Written,
    server::{Frame, Refusal, refusal},
    tab::About,
    world::{Line, Task, World},
};

/// After this long a request is given up.
const ANSWER_MAX_MILLIS: u64 = 20_000;

impl World {
    /// The server has asked the tab to send nothing for a while.
    pub fn note_pause(&mut self, tab: usize, input: &Input) {
        if let Input::Answered(call, Err(ApiError::RetryLater { retry_after_seconds })) = input
            && matches!(call.purpose, Purpose::Deliver(_))
        {
            self.tabs[tab].paused_until = self.now + retry_after_seconds * 1000;
        }
    }

    pub fn call(&mut self, tab: usize, call: Call) {
        let is_delivery = matches!(call.purpose, Purpose::Deliver(_));
        let is_paused = self.now < self.tabs[tab].paused_until;
        assert!(!is_delivery || !is_paused, "tab {tab} sends before the server wants it to");
        let line = self.line(tab);
        let is_lost = line == Line::Bad && self.dice.percent(15);
        if line == Line::Unreachable || is_lost {
            self.journal.count("a request was lost");
            if is_lost && self.dice.percent(30) {
                self.journal.count("a request arrived after it was given up");
                let at = self.now + self.dice.between(10, 40_000);
                let (call, is_given_up) = (Box::new(call.clone()), true);
                self.schedule(at, Task::Request { tab, call, is_given_up });
            }
            let silence = if self.dice.percent(30) { ANSWER_MAX_MILLIS } else { 10 };
            return self.respond(tab, call, Err(ApiError::Unreachable), silence);
        }
        let at = self.now + self.delay();
        self.schedule(at, Task::Request { tab, call: Box::new(call), is_given_up: false });
    }

    fn line(&self, tab: usize) -> Line {
        let device = &self.devices[self.tabs[tab].device];
        if device.is_offline { Line::Unreachable } else { device.line }
    }

    fn respond(&mut self, tab: usize, call: Call, result: Result<Response, ApiError>, after: u64) {
        let at = self.now + after;
        let input = Input::Answered(Box::new(call), result);
        self.schedule(at, Task::hear(tab, About::Page, input));
    }

    /// The server acts; the request arrives even if its tab has died since.
    pub fn answer(&mut self, tab: usize, call: Call, is_given_up: bool) {
        let result = match self.line(tab) {
            Line::Busy => {
                self.journal.count("the server was busy");
                Err(ApiError::RetryLater { retry_after_seconds: self.dice.between(1, 4) })
            }
            Line::Gate => {
                self.journal.count("a gate answered");
                Err(ApiError::Gate)
            }
            Line::Unreachable => Err(ApiError::Unreachable),
            Line::Good | Line::Bad => {
                self.act_on(tab, &call, is_given_up).map_err(|(status, error)| {
                    self.journal.count("a request was refused");
                    ApiError::Refused { status, error }
                })
            }
        };
        self.note_outcome(&call, &result);
        if let (Request::React { .. }, Err(ApiError::Refused { .. })) = (&call.request, &result) {
            self.journal.count("a reaction was refused");
        }
        if is_given_up {
            return;
        }
        if self.line(tab) == Line::Bad && self.dice.percent(20) {
            self.journal.count("an answer was lost");
            let silence = if self.dice.percent(50) { ANSWER_MAX_MILLIS } else { 10 };
            return self.respond(tab, call, Err(ApiError::Unreachable), silence);
        }
        let after = self.delay();
        self.respond(tab, call, result, after);
    }

    fn note_outcome(&mut self, call: &Call, result: &Result<Response, ApiError>) {
        let Purpose::Deliver(op) = &call.purpose else { return };
        let is_gone = matches!(result, Err(ApiError::Refused { error, .. })
            if error.code == ErrorCode::UnknownMessage && matches!(call.request, Request::Delete { .. }));
        let is_undone = op.is_reaction()
            && matches!(result, Err(ApiError::Refused { status, .. }) if *status != 401);
        if let Some(written) = self.record.get_mut(&op.id()) {
            written.is_delivered |= result.is_ok() || is_gone;
            // Without asking its author.
            written.is_discarded |= is_undone;
        }
    }

    /// An edit whose request was given up, and arrives late, undoes none that was written after it.
    fn check_order(&self, op: &Op) {
        let Some(written) = self.record.get(&op.id()) else { return };
        let is_later = |other: &&Written| {
            other.tab == written.tab
                && other.number > written.number
                && other.op.id() > op.id() // or the clock was set back
                && other.op.changes() == op.changes()
                && !other.op.is_reaction()
                && other.is_delivered
                && !other.is_evicted // a tab that did not hear of it sends both again, in order
        };
        let later = self.record.values().find(is_later);
        assert!(later.is_none(), "{op:?} undoes {later:?}");
    }

    fn act_on(&mut self, tab: usize, call: &Call, is_given_up: bool) -> Result<Response, Refusal> {
        let (me, space) =
            (self.tabs[tab].client.me().id.clone(), self.tabs[tab].client.space().clone());
        let session = self.devices[self.tabs[tab].device].session.clone();
        if session.as_ref() != Some(&me) {
            return Err(refusal(401, ErrorCode::NoSession));
        }
        if let Purpose::Deliver(op) = &call.purpose
            && let Some(written) = self.record.get(&op.id())
        {
            assert_eq!((&written.author, &written.space), (&me, &space), "in another's request");
        }
        let (frame, response) = match &call.request {
            Request::Spaces => (None, Response::Spaces(self.server.listings(&me))),
            Request::History(window) => {
                let member = self.server.space(&space).has_member(&me);
                if !member {
                    return Err(refusal(403, ErrorCode::NotMember));
                }
                let page = self.server.space(&space).page(*window);
                (None, Response::History(page))
            }
            Request::Message(message) => {
                let mut rows = self.server.space(&space).messages();
                let row = rows.find(|row| row.message_id == *message);
                let row = row.ok_or_else(|| refusal(404, ErrorCode::UnknownMessage))?;
                (None, Response::Intention(row))
            }
            Request::Send(new) => {
                let (frame, row) =
                    self.server.change(&space).send(&me, new, IntentionState::Complete)?;
                (frame, Response::Intention(row))
            }
            Request::Edit { message, epoch, edit } => {
                let (frame, row) = self.server.change(&space).edit(&me, *message, epoch, edit)?;
                if let (Some(_), Purpose::Deliver(op), true) = (&frame, &call.purpose, is_given_up)
                {
                    self.check_order(op);
                }
                (frame, Response::Intention(row))
            }
            Request::Delete { message, epoch } => {
                let frame = self.server.change(&space).delete(&me, *message, epoch)?;
                (Some(frame), Response::Done)
            }
            Request::React { message, epoch, emoji, is_there } => {
                let space = self.server.change(&space);
                let (frame, seq) = space.set_reaction(&me, *message, epoch, emoji, *is_there)?;
                (frame, Response::Reacted(seq))
            }
            Request::Stop(_) => (self.server.change(&space).grow(true), Response::Done),
            Request::Read(body) => {
                let told = self.server.mark_read(&me, &space, body)?;
                self.journal.count("something was read");
                told.into_iter().for_each(|told| self.tell_inbox(&me, &space, Some(told)));
                (None, Response::Done)
            }
            Request::SetLevel(level) => {
                let told = self.server.set_level(&me, &space, *level);
                told.into_iter().for_each(|told| self.tell_inbox(&me, &space, Some(told)));
                (None, Response::Done)
            }
            Request::Retry(_)
            | Request::Versions(_)
            | Request::MakeInvite
            | Request::RemoveBeing(_) => {
                return Err(refusal(403, ErrorCode::NotAllowed));
            }
        };
        frame.into_iter().for_each(|frame| self.fan_out(&space, &frame));
        Ok(response)
    }

    pub fn connect(&mut self, number: u64) {
        let Some(space) = self.streams.get(&number).map(|at| at.space.clone()) else { return };
        let Some(space) = space else { return self.connect_inbox(number) };
        if !self.may_connect(number, Some(&space)) {
            return;
        }
        let frames = self.server.space(&space).catch_up(self.streams[&number].since.clone());
        let tab = self.streams[&number].tab;
        self.tabs[tab].streams_opened += 1;
        self.deliver(number, StreamSignal::Opened);
        frames.into_iter().for_each(|frame| self.write(number, frame));
        self.wait_for_silence(number);
    }

    /// Whether the server answers with a stream.
    pub fn may_connect(&mut self, number: u64, space: Option<&SpaceId>) -> bool {
        let tab = self.streams[&number].tab;
        let me = self.tabs[tab].client.me().id.clone();
        let is_mine = self.devices[self.tabs[tab].device].session.as_ref() == Some(&me);
        let line = self.line(tab);
        let is_lost = line == Line::Bad && self.dice.percent(20);
        if line == Line::Unreachable || is_lost {
            self.close(number, false);
            return false;
        }
        let is_of_it = |space: &SpaceId| self.server.space(space).has_member(&me);
        let is_member = is_mine && space.is_none_or(is_of_it);
        if !is_member || matches!(line, Line::Busy | Line::Gate) {
            self.journal.count("a stream was refused");
            self.close(number, true);
            return false;
        }
        let is_silent = line == Line::Bad && self.dice.percent(10);
        let stream = self.streams.get_mut(&number).expect("it was there");
        stream.is_open = true;
        stream.is_silent = is_silent;
        if is_silent {
            self.journal.count("a stream fell silent");
        }
        true
    }

    pub fn fan_out(&mut self, space: &SpaceId, frame: &Frame) {
        let open =
            self.streams.iter().filter(|(_, at)| at.is_open && at.space.as_ref() == Some(space));
        let open: Vec<u64> = open.map(|(number, _)| *number).collect();
        for number in open {
            let is_bad = self.line(self.streams[&number].tab) == Line::Bad;
            if is_bad && self.dice.percent(3) {
                self.journal.count("an event was lost");
                continue;
            }
            self.write(number, frame.clone());
            if is_bad && self.dice.percent(3) {
                self.journal.count("an event came twice");
                self.write(number, frame.clone());
            }
        }
        self.tell_inboxes(space);
    }

    fn write(&mut self, number: u64, (id, event): Frame) {
        let data = serde_json::to_string(&event).expect("JSON");
        self.write_event(number, id.as_ref(), data);
    }

    pub fn write_event(&mut self, number: u64, id: Option<&Cursor>, data: String) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        if let Some(id) = id {
            stream.last_id = id.to_string();
        }
        let (id, tab) = (stream.last_id.clone(), stream.tab);
        if self.line(tab) == Line::Bad && self.dice.percent(4) {
            self.journal.count("a stream was cut");
            return self.close(number, false);
        }
        if self.line(tab) == Line::Bad && self.dice.percent(2) {
            self.journal.count("a stream fell silent");
            self.streams.entry(number).and_modify(|stream| stream.is_silent = true);
        }
        self.deliver(number, StreamSignal::Event { id, data });
    }

    pub fn deliver(&mut self, number: u64, signal: StreamSignal) {
        let delay = self.delay();
        let Some(stream) = self.streams.get_mut(&number).filter(|stream| !stream.is_silent) else {
            return;
        };
        let at = stream.last_at.max(self.now + delay);
        stream.last_at = at;
        let tab = stream.tab;
        let (about, input) = if stream.space.is_some() {
            (About::Stream(number), Input::Stream(signal))
        } else {
            (About::Inbox(number), Input::Inbox(signal))
        };
        self.schedule(at, Task::hear(tab, about, input));
    }

    /// The stream ends after what was written.
    pub fn close(&mut self, number: u64, is_refusal: bool) {
        self.deliver(number, StreamSignal::Closed { is_refusal });
        self.streams.entry(number).and_modify(|stream| stream.is_open = false);
    }

    pub fn wait_for_silence(&mut self, number: u64) {
        let at = self.now + HEARTBEAT_SILENCE_SECONDS * 1000;
        self.schedule(at, Task::Heartbeat(number));
    }

    pub fn beat(&mut self, number: u64) {
        let Some(stream) = self.streams.get(&number).filter(|stream| stream.is_open) else {
            return;
        };
        match &stream.space {
            Some(space) => {
                let frame = self.server.space(space).heartbeat();
                self.write(number, frame);
            }
            None => {
                let me = &self.tabs[stream.tab].client.me().id;
                let last_position = self.server.inbox_cursor(me).seq;
                let event = InboxEvent::Heartbeat(InboxPosition { last_position });
                self.write_inbox(number, &(None, event));
            }
        }
        self.wait_for_silence(number);
    }

    /// Ends the streams of a being that has lost its right to them.
    pub fn revoke(&mut self, is_meant: impl Fn(&Self, usize, Option<&SpaceId>) -> bool) {
        let numbers: Vec<u64> = self.streams.keys().copied().collect();
        for number in numbers {
            let Some(stream) = self.streams.get(&number) else { continue };
            if stream.is_open && is_meant(self, stream.tab, stream.space.as_ref()) {
                self.journal.count("access was revoked");
                self.write(number, (None, SyncEvent::AccessRevoked));
                self.close(number, false);
            }
        }
    }

    /// The server stops, and starts again.
    pub fn cut_all(&mut self) {
        let numbers: Vec<u64> = self.streams.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.close(number, false));
    }

    pub fn remove_member(&mut self, space: &SpaceId, who: &BeingId) {
        let Some(frame) = self.server.change(space).leave(who) else { return };
        let left = self.server.note_membership(who, space, true);
        self.revoke(|world, tab, of| of == Some(space) && world.tabs[tab].client.me().id == *who);
        self.fan_out(space, &frame);
        self.tell_inbox(who, space, Some(left));
    }
}
