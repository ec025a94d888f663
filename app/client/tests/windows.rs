//! Where a reader is in a long history: jumps, what opens around them, and what comes back to the newest.

use client::{
    ApiError, Bounds, Call, Change, Client, Command, Effect, Input, Lock, LockSignal, Millis,
    Purpose, Request, Response, SpaceSnapshot, StreamSignal, Window,
};
use protocol::{HistoryPage, Intention, MessageId, SyncEvent, json::from_json};

/// Messages 1 to 40, of which number 20 was deleted. The page comes with the newest five.
const NEWEST: u64 = 40;
const DELETED: u64 = 20;
const BOUNDS: Bounds = Bounds { crowded: 12, shown: 8, live: 3 };

struct Tab {
    client: Client,
    asked: Vec<Call>,
    shown: Vec<Change>,
    reads: Vec<MessageId>,
    random: u128,
}

fn being(id: &str, kind: &str) -> String {
    format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#)
}

fn row(number: u64) -> Intention {
    let json = format!(
        r#"{{"id":"018f0000-0000-7000-8000-{number:012}","messageId":"msg_{number}","ownerId":"@bo",
        "content":"Hello","createdAt":"2026-11-26T04:00:00.000Z","seq":{number}}}"#
    );
    from_json(&json).expect("a message")
}

fn rows(from: u64, to: u64) -> Vec<Intention> {
    (from..=to).filter(|number| *number != DELETED).map(row).collect()
}

fn page(from: u64, to: u64) -> HistoryPage {
    HistoryPage { intentions: rows(from, to), has_earlier: from > 1, has_later: to < NEWEST }
}

fn snapshot(read_up_to: u64) -> SpaceSnapshot {
    let unread = NEWEST - read_up_to;
    let json = format!(
        r#"{{"me":{me},"spaces":[],"cursor":"k3f9.{NEWEST}","sync":{{"space":{space},"beings":[],
        "intentions":[],"hasEarlier":true,"lastMessageId":"msg_{NEWEST}"}},"inbox":{{"cursor":"aaaa.5",
        "sync":{{"spaces":[{{"space":{space},"lastMessageId":"msg_{NEWEST}","readUpTo":"msg_{read_up_to}",
        "unread":{unread},"mentions":0}}],"lastPosition":5}}}}}}"#,
        me = being("@ada", "person"),
        space = being("@garden", "space"),
    );
    let mut snapshot: SpaceSnapshot = from_json(&json).expect("a snapshot");
    snapshot.sync.intentions = rows(36, NEWEST);
    snapshot
}

impl Tab {
    fn open(snapshot: SpaceSnapshot) -> Self {
        let client = Client::bounded(snapshot, BOUNDS);
        let mut this = Self { client, asked: vec![], shown: vec![], reads: vec![], random: 0 };
        this.give(Input::Start { is_visible: true });
        this.give(Input::Lock(Lock::Leader, LockSignal::Granted));
        this.give(Input::Lock(Lock::Inbox, LockSignal::Granted));
        this.hear(None, &format!(r#"{{"type":"caught-up","lastMessageId":"msg_{NEWEST}"}}"#));
        this
    }

    fn give(&mut self, input: Input) {
        let mut random = || {
            self.random += 1;
            self.random
        };
        for effect in self.client.handle(input, Millis(1_000), &mut random) {
            match effect {
                Effect::Call(call) => match &call.request {
                    Request::Read(body) => self.reads.push(body.up_to),
                    Request::History(_) => self.asked.push(*call),
                    _ => {}
                },
                Effect::Show(change) => self.shown.push(change),
                _ => {}
            }
        }
    }

    fn command(&mut self, command: Command) {
        self.give(Input::Command(command));
    }

    fn hear(&mut self, seq: Option<u64>, data: &str) {
        let id = format!("k3f9.{}", seq.unwrap_or(NEWEST));
        self.give(Input::Stream(StreamSignal::Event { id, data: data.to_owned() }));
    }

    fn say(&mut self, number: u64) {
        let created = SyncEvent::IntentionCreated(protocol::IntentionCreated {
            message_id: MessageId(number),
            data: row(number),
        });
        self.hear(Some(number), &serde_json::to_string(&created).expect("JSON"));
    }

    /// The page that is on its way arrives; returns what was asked for.
    fn answer(&mut self, result: Result<HistoryPage, ApiError>) -> Window {
        let call = self.asked.pop().expect("a page was asked for");
        let Purpose::Page(request) = call.purpose else { panic!("{call:?}") };
        self.give(Input::Answered(Box::new(call), result.map(Response::History)));
        request.window
    }

    fn numbers(&self) -> Vec<u64> {
        self.client.replica().timeline().shown().map(|row| row.message_id.0).collect()
    }

    fn reached(&mut self) -> Option<u64> {
        let reached = self.shown.iter().find_map(|change| match change {
            Change::Reached(id) => Some(id.0),
            _ => None,
        });
        self.shown.clear();
        reached
    }

    fn notice(&self) -> Option<&str> {
        let notices = self.shown.iter().rev();
        let mut notices = notices.filter_map(|change| match change {
            Change::Notice(notice) => Some(notice.as_deref()),
            _ => None,
        });
        notices.next().flatten()
    }
}

#[test]
fn a_message_that_is_loaded_is_shown_without_asking() {
    let mut tab = Tab::open(snapshot(NEWEST));
    tab.command(Command::Jump(MessageId(37)));
    assert_eq!((tab.asked.len(), tab.reached()), (0, Some(37)));
}

#[test]
fn a_window_opens_around_a_message_and_pages_meet_what_is_live() {
    let mut tab = Tab::open(snapshot(NEWEST));
    tab.command(Command::Jump(MessageId(25)));
    assert_eq!(tab.answer(Ok(page(23, 27))), Window::Around(MessageId(25)));
    assert_eq!((tab.numbers(), tab.reached()), ((23..=27).collect(), Some(25)));
    // A new message is held, and is not shown.
    tab.say(NEWEST + 1);
    assert_eq!(tab.numbers().last(), Some(&27));
    tab.command(Command::LoadLater);
    assert_eq!(tab.answer(Ok(page(28, 32))), Window::After(MessageId(27)));
    tab.command(Command::LoadLater);
    tab.answer(Ok(page(33, 37)));
    assert_eq!(tab.numbers(), (23..=NEWEST + 1).collect::<Vec<_>>());
    assert!(!tab.client.replica().timeline().has_later());
}

#[test]
fn what_is_far_from_the_reader_is_let_go_and_comes_again() {
    let mut tab = Tab::open(snapshot(NEWEST));
    for (from, to) in [(31, 35), (26, 30)] {
        tab.command(Command::LoadEarlier);
        tab.answer(Ok(page(from, to)));
    }
    assert!(tab.shown.contains(&Change::Crowded));
    tab.command(Command::KeepAround(MessageId(27)));
    assert_eq!(tab.numbers(), (26..=33).collect::<Vec<_>>());
    assert!(tab.shown.contains(&Change::Trimmed));
    // The few at the live end are held beside it.
    let held: Vec<_> = tab.client.replica().timeline().live().map(|row| row.message_id.0).collect();
    assert_eq!(held, [38, 39, 40]);
    tab.command(Command::LoadLater);
    assert_eq!(tab.answer(Ok(page(34, 38))), Window::After(MessageId(33)));
    assert_eq!(tab.numbers(), (26..=NEWEST).collect::<Vec<_>>());
    tab.command(Command::KeepAround(MessageId(u64::MAX)));
    assert_eq!(tab.numbers(), (33..=NEWEST).collect::<Vec<_>>());
}

#[test]
fn a_message_that_is_gone_is_said_and_what_stood_around_it_is_shown() {
    let mut tab = Tab::open(snapshot(NEWEST));
    tab.command(Command::Jump(MessageId(DELETED)));
    tab.answer(Ok(page(18, 22)));
    assert_eq!(tab.numbers(), [18, 19, 21, 22]);
    assert_eq!(tab.notice(), Some("This message is not here any more."));
    assert_eq!(tab.reached(), None);
}

#[test]
fn the_later_of_two_jumps_counts_and_one_that_fails_is_said() {
    let mut tab = Tab::open(snapshot(NEWEST));
    tab.command(Command::Jump(MessageId(10)));
    let first = tab.asked.pop().expect("a page");
    tab.command(Command::Jump(MessageId(30)));
    tab.give(Input::Answered(Box::new(first), Ok(Response::History(page(8, 12)))));
    assert_eq!(tab.numbers(), (36..=NEWEST).collect::<Vec<_>>(), "the first is outdated");
    tab.answer(Ok(page(28, 32)));
    assert_eq!(tab.reached(), Some(30));
    tab.command(Command::Jump(MessageId(5)));
    tab.answer(Err(ApiError::Unreachable));
    assert_eq!(tab.notice(), Some("The server cannot be reached."));
    assert_eq!(tab.numbers(), (28..=32).collect::<Vec<_>>(), "what was shown stays");
}

#[test]
fn who_sends_something_sees_the_newest() {
    let mut tab = Tab::open(snapshot(NEWEST));
    tab.command(Command::Jump(MessageId(10)));
    tab.answer(Ok(page(8, 12)));
    tab.command(Command::Send("Hello".into()));
    assert_eq!(tab.numbers(), (36..=NEWEST).collect::<Vec<_>>());
}

#[test]
fn a_page_with_much_unread_opens_at_the_first_of_it_and_reads_nothing_before() {
    let mut tab = Tab::open(snapshot(15));
    tab.command(Command::Look { up_to: None, is_at_end: true });
    assert_eq!(tab.reads, [], "the reader is not where the newest is");
    assert_eq!(tab.answer(Ok(page(14, 18))), Window::Around(MessageId(16)));
    assert_eq!(tab.reached(), Some(16));
    assert_eq!(tab.client.first_unread(), Some(MessageId(16)));
    tab.command(Command::Look { up_to: Some(MessageId(17)), is_at_end: true });
    assert_eq!(tab.reads, [MessageId(17)]);
    tab.command(Command::ShowNewest);
    tab.command(Command::Look { up_to: None, is_at_end: true });
    assert!(!tab.client.has_unread());
}

#[test]
fn what_the_reader_said_is_not_unread_however_much_of_it_there_is() {
    let mut long = snapshot(15);
    let ada = long.me.id.clone();
    long.sync.intentions[..3].iter_mut().for_each(|row| row.owner_id = ada.clone());
    let inbox = long.inbox.as_mut().expect("an inbox");
    inbox.sync.spaces[0].unread = 2;
    let tab = Tab::open(long);
    assert_eq!((tab.client.first_unread(), tab.asked.len()), (Some(MessageId(39)), 0));
}

#[test]
fn a_permalink_waits_for_what_the_stream_is_about_to_bring() {
    let mut late = snapshot(NEWEST);
    late.at = Some(MessageId(NEWEST + 1));
    let client = Client::bounded(late, BOUNDS);
    let mut tab = Tab { client, asked: vec![], shown: vec![], reads: vec![], random: 0 };
    tab.give(Input::Start { is_visible: true });
    tab.give(Input::Lock(Lock::Leader, LockSignal::Granted));
    assert_eq!((tab.notice(), tab.asked.len()), (None, 0));
    tab.say(NEWEST + 1);
    tab.hear(Some(NEWEST + 1), r#"{"type":"caught-up","lastMessageId":"msg_41"}"#);
    assert_eq!(tab.reached(), Some(NEWEST + 1));
}

#[test]
fn who_was_away_for_long_comes_back_to_where_they_read() {
    let mut tab = Tab::open(snapshot(NEWEST));
    tab.command(Command::Jump(MessageId(10)));
    tab.answer(Ok(page(8, 12)));
    tab.reached();
    let sync = SyncEvent::SpaceSync(snapshot(NEWEST).sync);
    tab.hear(Some(NEWEST), &serde_json::to_string(&sync).expect("JSON"));
    assert_eq!(tab.answer(Ok(page(8, 12))), Window::Around(MessageId(10)));
    assert_eq!((tab.numbers(), tab.reached()), ((8..=12).collect(), Some(10)));
}
