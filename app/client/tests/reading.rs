//! What was in view is read, and what was marked as unread stays so until its reader comes back.

use client::{
    Client, Command, Effect, Input, Lifecycle, Lock, LockSignal, Millis, Request, SpaceSnapshot,
    StreamSignal,
};
use protocol::{MessageId, json::from_json};

const NEWEST: MessageId = MessageId(9);

/// A tab at its space's end that leads; the inbox has it read up to message 7.
struct Tab {
    client: Client,
    /// The positions that were sent as read, each with whether it goes back.
    reads: Vec<(MessageId, bool)>,
    random: u128,
}

fn being(id: &str, kind: &str) -> String {
    format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#)
}

fn inbox(read_up_to: u64, level: &str) -> String {
    let space = being("@garden", "space");
    format!(
        r#"{{"spaces":[{{"space":{space},"lastMessageId":"msg_9","readUpTo":"msg_{read_up_to}",
        "unread":2,"mentions":0,"level":"{level}"}}],"lastPosition":5}}"#
    )
}

fn snapshot(level: &str) -> SpaceSnapshot {
    let message = |id: u64| {
        format!(
            r#"{{"id":"018f0000-0000-7000-8000-00000000000{id}","messageId":"msg_{id}","ownerId":"@bo",
            "content":"Hello","createdAt":"2026-11-26T04:00:00.000Z","seq":{id}}}"#
        )
    };
    let json = format!(
        r#"{{"me":{},"spaces":[],"cursor":"k3f9.9","sync":{{"space":{},"beings":[],
        "intentions":[{},{},{}],"lastMessageId":"msg_9"}},"inbox":{{"cursor":"aaaa.5","sync":{}}}}}"#,
        being("@ada", "person"),
        being("@garden", "space"),
        message(7),
        message(8),
        message(9),
        inbox(7, level),
    );
    from_json(&json).expect("a snapshot")
}

impl Tab {
    fn open(level: &str) -> Self {
        let mut this = Self { client: Client::new(snapshot(level)), reads: vec![], random: 0 };
        this.give(Input::Start { is_visible: true });
        this.give(Input::Lock(Lock::Leader, LockSignal::Granted));
        this.give(Input::Lock(Lock::Inbox, LockSignal::Granted));
        this.hear("aaaa.5", r#"{"type":"caught-up","lastPosition":5}"#);
        this
    }

    fn give(&mut self, input: Input) {
        let mut random = || {
            self.random += 1;
            self.random
        };
        for effect in self.client.handle(input, Millis(1_000), &mut random) {
            let Effect::Call(call) = effect else { continue };
            if let Request::Read(body) = &call.request {
                self.reads.push((body.up_to, body.unread));
            }
        }
    }

    fn hear(&mut self, id: &str, data: &str) {
        let (id, data) = (id.to_owned(), data.to_owned());
        self.give(Input::Inbox(StreamSignal::Event { id, data }));
    }

    fn look_at_end(&mut self) {
        self.give(Input::Command(Command::Look { up_to: None, is_at_end: true }));
    }
}

#[test]
fn what_is_in_view_at_the_end_is_read_once() {
    let mut tab = Tab::open("mentions");
    assert!(tab.client.has_unread());
    tab.look_at_end();
    tab.look_at_end();
    assert_eq!(tab.reads, [(NEWEST, false)]);
    assert!(!tab.client.has_unread());
}

#[test]
fn a_space_of_which_the_reader_wants_to_hear_nothing_has_unread_messages_too() {
    let mut tab = Tab::open("nothing");
    assert_eq!(tab.client.spaces()[0].unread, 0);
    assert!(tab.client.has_unread());
    tab.give(Input::Command(Command::Look { up_to: Some(MessageId(8)), is_at_end: false }));
    assert_eq!(tab.reads, [(MessageId(8), false)]);
}

/// Whether another device's mark comes as an event, or as a whole at the end of a catch-up.
#[test]
fn what_another_device_marks_as_unread_stays_so_until_the_reader_comes_back() {
    let moved = r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_3"}"#.to_owned();
    let whole = inbox(3, "mentions").replacen('{', r#"{"type":"inbox-sync","#, 1);
    for (id, event) in [("aaaa.6", moved), ("aaaa.6", whole)] {
        let mut tab = Tab::open("mentions");
        tab.hear(id, &event);
        tab.look_at_end();
        assert_eq!(tab.reads, [], "{event}");
        tab.give(Input::Lifecycle(Lifecycle::Hidden));
        tab.give(Input::Lifecycle(Lifecycle::Shown));
        assert_eq!(tab.reads, [(NEWEST, false)], "{event}");
    }
}
