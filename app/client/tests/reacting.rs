//! A reaction of the reader shows at once, is kept until the server has it, and is undone with its reason
//! if the server refuses it.

use std::collections::BTreeMap;

use client::{
    ApiError, Call, Change, Client, Command, Effect, Input, LockSignal, Millis, Request, Response,
    SpaceSnapshot, StorageCall, StreamSignal,
    storage::{Operation, Store, Value, Write},
};
use protocol::{ErrorBody, ErrorCode, MessageId, Seq, json::from_json};

const MESSAGE: MessageId = MessageId(7);

/// A tab that leads, and the outbox on its disk.
struct Device {
    client: Client,
    disk: BTreeMap<String, Value>,
    calls: Vec<Call>,
    notices: Vec<String>,
    changes: Vec<Change>,
    random: u128,
}

fn snapshot() -> SpaceSnapshot {
    let being =
        |id: &str, kind: &str| format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#);
    let json = format!(
        r#"{{"me":{},"spaces":[],"cursor":"k3f9.8","sync":{{"space":{},"beings":[],
        "intentions":[{{"id":"018f0000-0000-7000-8000-000000000007","messageId":"msg_7","ownerId":"@bo",
        "content":"Hello","createdAt":"2026-11-26T04:00:00.000Z",
        "reactions":[{{"emoji":"❤️","by":["@bo"]}}],"reactionsSeq":8,"seq":7}}],
        "lastMessageId":"msg_8"}}}}"#,
        being("@ada", "person"),
        being("@garden", "space"),
    );
    from_json(&json).expect("a snapshot")
}

impl Device {
    fn open(disk: BTreeMap<String, Value>) -> Self {
        let client = Client::new(snapshot());
        let (calls, notices, changes) = (vec![], vec![], vec![]);
        let mut this = Self { client, disk, calls, notices, changes, random: 0 };
        this.give(Input::Start { is_visible: true });
        this.give(Input::Lock(client::Lock::Leader, LockSignal::Granted));
        this.give(Input::Stream(StreamSignal::Opened));
        this.hear("k3f9.8", r#"{"type":"caught-up","lastMessageId":"msg_8"}"#);
        this
    }

    fn give(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let mut random = || {
                self.random += 1;
                self.random
            };
            for effect in self.client.handle(input, Millis(1_000), &mut random) {
                match effect {
                    Effect::Show(Change::Notice(Some(notice))) => self.notices.push(notice),
                    Effect::Show(change) => self.changes.push(change),
                    Effect::Store(call) => inputs.push(self.store(call)),
                    Effect::Call(call) => self.calls.push(*call),
                    _ => {}
                }
            }
        }
    }

    fn store(&mut self, call: StorageCall) -> Input {
        let mut found = vec![];
        match &call.operation {
            Operation::Write(writes) => {
                for write in writes {
                    match write.clone() {
                        Write::Put { store: Store::Outbox, key, value } => {
                            self.disk.insert(key, value);
                        }
                        Write::Remove { store: Store::Outbox, key } => drop(self.disk.remove(&key)),
                        _ => {}
                    }
                }
            }
            Operation::Read { store: Store::Outbox, .. } => {
                found = self.disk.clone().into_iter().collect();
            }
            _ => {}
        }
        Input::Stored(call, Ok(found))
    }

    fn hear(&mut self, id: &str, data: &str) {
        let (id, data) = (id.to_owned(), data.to_owned());
        self.give(Input::Stream(StreamSignal::Event { id, data }));
    }

    fn react(&mut self, emoji: &str, is_there: bool) {
        let emoji = emoji.to_owned();
        self.give(Input::Command(Command::React { message: MESSAGE, emoji, is_there }));
    }

    /// The reactions that were sent and are not answered: `+❤️ -🌱`.
    fn sent(&self) -> String {
        let reactions = self.calls.iter().filter_map(|call| match &call.request {
            Request::React { emoji, is_there, .. } => {
                Some(format!("{}{emoji}", if *is_there { '+' } else { '-' }))
            }
            _ => None,
        });
        reactions.collect::<Vec<_>>().join(" ")
    }

    fn answer(&mut self, result: Result<Response, ApiError>) {
        let is_it = |call: &Call| matches!(call.request, Request::React { .. });
        let at = self.calls.iter().position(is_it).expect("a reaction was sent");
        let call = self.calls.remove(at);
        self.give(Input::Answered(Box::new(call), result));
    }

    /// `❤️@bo,@ada`
    fn shown(&self) -> String {
        let kinds = self.client.reactions(MESSAGE).into_iter().map(|kind| {
            let by: Vec<_> = kind.by.iter().map(ToString::to_string).collect();
            kind.emoji + &by.join(",")
        });
        kinds.collect::<Vec<_>>().join(" ")
    }
}

fn refused(status: u16, code: ErrorCode) -> Result<Response, ApiError> {
    let error = ErrorBody { code, message: "One too many.".into(), field: None };
    Err(ApiError::Refused { status, error })
}

#[test]
fn a_reaction_shows_from_the_press_on_without_a_break() {
    let mut device = Device::open(BTreeMap::new());
    device.react("🌱", true);
    assert_eq!((&*device.shown(), &*device.sent()), ("❤️@bo 🌱@ada", "+🌱"));
    assert_eq!(device.disk.len(), 1, "it is on the disk");
    device.answer(Ok(Response::Reacted(Seq(9))));
    assert_eq!(device.shown(), "❤️@bo 🌱@ada", "its event is still to come");
    assert_eq!(device.disk.len(), 0);
    device.hear(
        "k3f9.9",
        r#"{"type":"reaction-added","messageId":"msg_7","emoji":"🌱","beingId":"@ada"}"#,
    );
    assert_eq!(device.shown(), "❤️@bo 🌱@ada");
    // Another device takes it back.
    device.hear(
        "k3f9.10",
        r#"{"type":"reaction-removed","messageId":"msg_7","emoji":"🌱","beingId":"@ada"}"#,
    );
    assert_eq!(device.shown(), "❤️@bo");
}

#[test]
fn an_event_that_tells_nothing_new_still_ends_what_was_shown_early() {
    let mut device = Device::open(BTreeMap::new());
    device.react("🌱", true);
    device.answer(Ok(Response::Reacted(Seq(9))));
    device.changes.clear();
    // Undone elsewhere before this tab heard of it: a catch-up tells only that.
    device.hear(
        "k3f9.9",
        r#"{"type":"reaction-removed","messageId":"msg_7","emoji":"🌱","beingId":"@ada"}"#,
    );
    assert_eq!(device.shown(), "❤️@bo");
    assert!(device.changes.contains(&Change::ReactionsChanged(MESSAGE)), "{:?}", device.changes);
}

#[test]
fn of_what_was_pressed_before_it_could_leave_the_last_is_sent() {
    let mut device = Device::open(BTreeMap::new());
    device.react("🌱", true);
    assert_eq!(device.sent(), "+🌱");
    for is_there in [false, true, false] {
        device.react("❤️", !is_there);
        device.react("🌱", is_there);
    }
    assert_eq!(device.shown(), "❤️@bo,@ada", "as it was pressed last");
    assert_eq!(device.disk.len(), 3, "the one under way, and one for each emoji");
    device.answer(Ok(Response::Reacted(Seq(9))));
    assert_eq!(device.sent(), "+❤️");
    device.answer(Err(ApiError::Unreachable));
    device.give(Input::TimerFired(client::Timer::Retry));
    device.answer(Ok(Response::Reacted(Seq(10))));
    assert_eq!(device.sent(), "-🌱");
    device.answer(Ok(Response::Reacted(Seq(11))));
    assert_eq!((device.disk.len(), &*device.shown()), (0, "❤️@bo,@ada"));
}

#[test]
fn a_reaction_outlives_its_page() {
    let mut device = Device::open(BTreeMap::new());
    device.react("🌱", true);
    let next = Device::open(device.disk);
    assert_eq!((&*next.shown(), &*next.sent()), ("❤️@bo 🌱@ada", "+🌱"));
}

#[test]
fn a_refused_reaction_is_undone_with_its_reason_and_one_to_nothing_without() {
    for (status, code, notices) in [
        (422, ErrorCode::OutOfBounds, 1),
        (403, ErrorCode::NotMember, 1),
        (404, ErrorCode::UnknownMessage, 0),
        (409, ErrorCode::AnotherHistory, 0),
    ] {
        let mut device = Device::open(BTreeMap::new());
        device.react("🌱", true);
        device.react("❤️", true);
        device.answer(refused(status, code));
        assert_eq!(device.notices, vec!["One too many."; notices], "{code}");
        assert_eq!(device.shown(), "❤️@bo,@ada", "{code}");
        assert_eq!((device.disk.len(), &*device.sent()), (1, "+❤️"), "{code}: the next one leaves");
    }
}

#[test]
fn a_reaction_is_no_change_of_its_message() {
    let mut device = Device::open(BTreeMap::new());
    device.react("🌱", true);
    assert_eq!(device.client.pending(MESSAGE), None);
    assert!(!device.changes.contains(&Change::MessageChanged(MESSAGE)));
}
