//! The event stream: executes what [`Reconnect`](crate::Reconnect) decides, and passes events on to
//! the replica and to the other tabs.

use protocol::{Endpoint, SpaceListing, endpoint::GetStream};

use super::{
    applying::Applied,
    state::{State, Step},
};
use crate::{
    change::Change,
    effect::{Effect, Timer},
    input::StreamSignal,
    leader_election,
    reconnect::{Action, Input, Status, UNREACHABLE_MILLIS},
    request::{ApiError, Purpose, Request, Response},
    tab_message::TabMessage,
};

/// The event that a stream would have sent that was refused for the same reason.
const ACCESS_REVOKED: &str = r#"{"type":"access-revoked"}"#;

impl State {
    pub fn connect(&mut self, input: Input, random: f64) {
        for action in self.reconnect.handle_input(input, self.now, random) {
            match action {
                Action::Close => self.emit(Effect::CloseStream),
                Action::Open => self.open(),
                Action::SetTimer(at) => {
                    self.emit(Effect::SetTimer(Timer::Connection, at.since(self.now)));
                }
            }
        }
        self.then(Step::RefreshStatus);
        if self.is_alone {
            self.then(Step::HoldInbox);
        }
        if input == Input::End {
            self.then(Step::ConnectInbox(Input::End));
            // Another tab may have more luck as the leader.
            self.then(Step::Elect(leader_election::Input::Stop));
        }
    }

    fn open(&mut self) {
        self.replica.handle_reconnect();
        let (space, since) = (&self.space, self.replica.cursor());
        let url = GetStream { space, being: Some(&self.me.id), since }.path();
        // Positions may skip in the catch-up that follows; the other tabs need to know.
        self.post_position();
        self.emit(Effect::OpenStream(url));
    }

    pub fn on_stream(&mut self, signal: StreamSignal) {
        match signal {
            StreamSignal::Opened => {
                self.is_at_gate = false;
                self.then(Step::Connect(Input::Heard));
            }
            StreamSignal::Event { id, data } => self.on_event(&id, data),
            StreamSignal::Closed { is_refusal: false } => self.then(Step::Connect(Input::Lost)),
            StreamSignal::Closed { is_refusal: true } => self.then(Step::WhyRefused),
        }
    }

    fn on_event(&mut self, id: &str, data: String) {
        let had_holes = !self.replica.is_whole();
        let Ok(applied) = self.apply(id, &data) else {
            return self.then(Step::Connect(Input::OutOfSync));
        };
        self.post(&TabMessage::Event { tab: self.tab.clone(), id: id.to_owned(), data });
        match applied {
            Applied::WentLive => {
                self.then(Step::Connect(Input::WentLive));
                self.then(Step::ReloadOutbox);
                if had_holes {
                    self.then(Step::SaveSnapshot);
                }
            }
            Applied::Revoked => self.then(Step::Connect(Input::End)),
            Applied::Other => {
                self.then(Step::Connect(Input::Heard));
                self.then(Step::SaveSnapshot);
            }
        }
    }

    /// A browser does not tell why a stream was refused, so ask through another request.
    pub fn ask_why_refused(&mut self) {
        self.call(Purpose::WhyRefused, Request::Spaces);
    }

    pub fn on_why_refused(&mut self, result: Result<Response, ApiError>) {
        let is_mine = |listing: &SpaceListing| listing.space.id == *self.space.as_being();
        let input = match result {
            Err(ApiError::Refused { status: 401, .. }) => {
                // Unsent messages stay on the screen; the status bar links to the sign-in page.
                if self.outbox.iter().next().is_none() {
                    let path = self.sign_in_path();
                    self.emit(Effect::Navigate(path));
                }
                Input::End
            }
            Ok(Response::Spaces(spaces)) if !spaces.iter().any(is_mine) => {
                let (tab, data) = (self.tab.clone(), ACCESS_REVOKED.to_owned());
                self.post(&TabMessage::Event { tab, id: String::new(), data });
                self.take_change(Change::Revoked);
                Input::End
            }
            Err(ApiError::RetryLater { retry_after_seconds: seconds }) => {
                Input::RetryLater { seconds }
            }
            Err(ApiError::Gate) => {
                self.is_at_gate = true;
                Input::Lost
            }
            Ok(_) | Err(ApiError::Refused { .. } | ApiError::Unreachable) => Input::Lost,
        };
        self.then(Step::Connect(input));
    }

    /// A page that has been reconnecting for long says what the reader can do.
    fn escalated(&mut self, status: Status) -> Status {
        if status != Status::Reconnecting {
            self.away_since = None;
            return status;
        }
        let since = *self.away_since.get_or_insert(self.now);
        let is_long = self.now.since(since) >= UNREACHABLE_MILLIS;
        if is_long { Status::Unreachable } else { status }
    }

    /// The sign-in page, which returns to this space.
    pub fn sign_in_path(&self) -> String {
        format!("/sign-in?next=/spaces/{}", self.space)
    }

    pub fn refresh_status(&mut self) {
        let own = self.reconnect.status(self.now);
        let status = match own {
            Status::SignedOut => own,
            _ if self.is_offline => Status::Offline,
            _ if !self.leads() => self.leader_status,
            Status::Reconnecting if self.is_at_gate => Status::Gate,
            Status::Online if self.slot.is_waiting() => Status::Paused,
            Status::Online if self.is_unanswered => {
                if self.is_at_gate {
                    Status::Gate
                } else {
                    Status::Slow
                }
            }
            _ => own,
        };
        let status = self.escalated(status);
        if self.status != status {
            self.status = status;
            self.show(Change::StatusChanged);
            if self.leads() {
                self.post_position();
            }
        }
    }
}
