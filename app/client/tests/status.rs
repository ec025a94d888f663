//! What a reader is told while the server cannot be reached.

use client::{
    Channel, Client, Input, Lifecycle, Millis, SpaceSnapshot, Status, StreamSignal, Timer,
};
use protocol::json::from_json;

const SNAPSHOT: &str = r#"{"me":{"id":"@ada","name":"Ada","kind":"person","hue":0},"spaces":[],"cursor":"k3f9.7",
    "sync":{"space":{"id":"@garden","name":"Garden","kind":"space","hue":0},"beings":[],"intentions":[],
    "hasEarlier":false,"lastMessageId":"msg_7"}}"#;

/// A tab that leads for itself.
struct Page(Client);

impl Page {
    fn open() -> Self {
        let snapshot: SpaceSnapshot = from_json(SNAPSHOT).expect("a snapshot");
        let mut page = Self(Client::new(snapshot));
        page.at(0, Input::Start { is_visible: true });
        page.at(0, Input::NoChannel(Channel::Browser));
        page
    }

    fn at(&mut self, second: u64, input: Input) -> Status {
        let now = Millis(1_000_000_000 + second * 1_000);
        self.0.handle(input, now, &mut || 0);
        self.0.status()
    }

    fn fails_at(&mut self, second: u64) -> Status {
        self.at(second, Input::Stream(StreamSignal::Closed { is_refusal: false }))
    }

    fn tries_at(&mut self, second: u64) -> Status {
        self.at(second, Input::TimerFired(Timer::Connection))
    }

    /// The server is away from the first second on.
    fn away_until(second: u64) -> (Self, Status) {
        let mut page = Self::open();
        let mut status = page.fails_at(0);
        for second in 1..=second {
            page.tries_at(second);
            status = page.fails_at(second);
        }
        (page, status)
    }
}

#[test]
fn one_who_has_been_reconnecting_for_half_a_minute_is_told_what_to_do() {
    for (seconds, status) in
        [(0, Status::Reconnecting), (29, Status::Reconnecting), (30, Status::Unreachable)]
    {
        assert_eq!(Page::away_until(seconds).1, status, "{seconds} s");
    }
}

#[test]
fn no_network_is_said_instead() {
    let (mut page, _) = Page::away_until(40);
    assert_eq!(page.at(41, Input::Lifecycle(Lifecycle::Offline)), Status::Offline);
    assert_eq!(page.at(42, Input::Lifecycle(Lifecycle::Online)), Status::Reconnecting);
}

#[test]
fn a_page_that_wakes_up_tries_first() {
    let (mut page, _) = Page::away_until(40);
    assert_eq!(page.at(3_600, Input::Lifecycle(Lifecycle::Shown)), Status::Reconnecting);
    assert_eq!(page.fails_at(3_601), Status::Reconnecting);
}

#[test]
fn it_is_over_when_the_server_answers() {
    let (mut page, _) = Page::away_until(40);
    page.tries_at(100);
    assert_eq!(page.at(101, Input::Stream(StreamSignal::Opened)), Status::Online);
    assert_eq!(page.fails_at(102), Status::Reconnecting, "it counts again from here");
}
