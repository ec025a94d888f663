use protocol::{
    InboxEvent, Level, MessageId, SpaceId, SpaceListing,
    json::{from_json, to_json},
};

use super::*;
use crate::storage::Value;

fn entry(space: &str, last: u64, read: u64, unread: u64) -> String {
    format!(
        r#"{{"space":{},"lastMessageId":"msg_{last}","readUpTo":"msg_{read}","unread":{unread},"mentions":0}}"#,
        being(space)
    )
}

fn being(space: &str) -> String {
    format!(r#"{{"id":"@{}","name":"{space}","kind":"space","hue":0}}"#, space.to_lowercase())
}

fn head(space: &str, last: u64, unread: u64, mentions: u64) -> String {
    format!(
        r#"{{"type":"space-heads","spaces":[{{"spaceId":"@{space}","lastMessageId":"msg_{last}","unread":{unread},"mentions":{mentions}}}]}}"#
    )
}

fn take(inbox: &mut Inbox, id: &str, json: &str) -> Result<Option<Change>, OutOfSync> {
    let event: InboxEvent = from_json(json).expect("an event");
    inbox.handle_event(id.parse().ok(), event)
}

/// At `aaaa.5`, live.
fn inbox() -> Inbox {
    let entries = [entry("Garden", 9, 7, 2), entry("attic", 4, 4, 0)].join(",");
    let sync = format!(r#"{{"type":"inbox-sync","spaces":[{entries}],"lastPosition":5}}"#);
    let mut inbox = Inbox::default();
    take(&mut inbox, "aaaa.5", &sync).expect("a sync is taken");
    inbox
}

fn state(inbox: &Inbox, space: &str) -> Option<(u64, u64, Option<MessageId>, Level)> {
    let space: SpaceId = space.parse().expect("an id");
    inbox.get(&space).map(|of| (of.unread, of.mentions, of.read_up_to, of.level))
}

#[test]
fn each_event_changes_what_it_says_and_moves_the_cursor() {
    let (garden, at) = ("@garden", |at| Some(MessageId(at)));
    for (event, id, expected) in [
        (
            r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_8"}"#,
            "aaaa.6",
            (2, 0, at(8), Level::Mentions),
        ),
        (
            r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_9"}"#,
            "aaaa.6",
            (0, 0, at(9), Level::Mentions),
        ),
        (
            r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_3"}"#,
            "aaaa.6",
            (2, 0, at(3), Level::Mentions),
        ),
        (
            r#"{"type":"level-changed","spaceId":"@garden","level":"nothing"}"#,
            "aaaa.6",
            (2, 0, at(7), Level::Nothing),
        ),
        (
            r#"{"type":"level-changed","spaceId":"@elsewhere","level":"nothing"}"#,
            "aaaa.6",
            (2, 0, at(7), Level::Mentions),
        ),
        (r#"{"type":"of-tomorrow"}"#, "aaaa.6", (2, 0, at(7), Level::Mentions)),
        (&head("garden", 11, 4, 1), "", (4, 1, at(7), Level::Mentions)),
        (&head("elsewhere", 11, 4, 1), "", (2, 0, at(7), Level::Mentions)),
    ] {
        let mut inbox = inbox();
        take(&mut inbox, id, event).expect("in order");
        assert_eq!(state(&inbox, garden), Some(expected), "{event}");
        let cursor = inbox.cursor().expect("a cursor").to_string();
        assert_eq!(cursor, if id.is_empty() { "aaaa.5" } else { id }, "{event}");
    }
}

#[test]
fn an_event_is_applied_once_and_none_is_passed_over() {
    let left = r#"{"type":"space-left","spaceId":"@attic"}"#;
    let at = |position| format!(r#"{{"type":"heartbeat","lastPosition":{position}}}"#);
    for (id, event, expected, is_there) in [
        ("aaaa.6", left.to_owned(), Ok(Some(Change::InboxChanged)), false),
        ("aaaa.5", left.to_owned(), Ok(None), true),
        ("aaaa.7", left.to_owned(), Err(OutOfSync::Gap), true),
        ("bbbb.6", left.to_owned(), Err(OutOfSync::Gap), true),
        ("", left.to_owned(), Err(OutOfSync::Unplaced), true),
        ("", at(5), Ok(None), true),
        ("", at(6), Err(OutOfSync::Behind), true),
    ] {
        let mut inbox = inbox();
        assert_eq!(take(&mut inbox, id, &event), expected, "{id} {event}");
        assert_eq!(state(&inbox, "@attic").is_some(), is_there, "{id} {event}");
    }
}

#[test]
fn positions_may_skip_until_it_has_caught_up() {
    let mut inbox = inbox();
    inbox.handle_reconnect();
    assert_eq!(inbox.snapshot(), None);
    let moved = r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_9"}"#;
    take(&mut inbox, "aaaa.8", moved).expect("it may skip");
    let caught_up = r#"{"type":"caught-up","lastPosition":8}"#;
    assert_eq!(take(&mut inbox, "aaaa.8", caught_up), Ok(Some(Change::WentLive)));
    assert_eq!(take(&mut inbox, "aaaa.10", moved), Err(OutOfSync::Gap));
}

#[test]
fn spaces_stay_in_their_order_and_new_ones_come_by_name() {
    let listing = |space: &str| {
        from_json::<SpaceListing>(&format!(
            r#"{{"space":{},"lastMessageId":"msg_1"}}"#,
            being(space)
        ))
    };
    let listed = ["Attic", "Garden", "Hall"].map(|space| listing(space).expect("a listing"));
    let mut inbox = Inbox::new(listed.into(), inbox().snapshot());
    let joined = format!(r#"{{"type":"space-joined","data":{}}}"#, entry("Barn", 1, 1, 0));
    take(&mut inbox, "aaaa.6", &joined).expect("in order");
    let names: Vec<_> = inbox.entries().iter().map(|entry| &*entry.of.space.name).collect();
    assert_eq!(names, ["attic", "Barn", "Garden"], "one that is not in the inbox is gone");
}

#[test]
fn what_is_stored_reads_back_for_its_being_only() {
    let snapshot = inbox().snapshot().expect("it is whole");
    let (ada, bo) = ("@ada".parse().expect("an id"), "@bo".parse().expect("an id"));
    let text = snapshot.to_stored();
    let found = |text: &str| vec![(inbox_key(&ada), Value::Text(text.to_owned()))];
    assert_eq!(InboxSnapshot::find(&found(&text), &ada), Some(snapshot.clone()));
    assert_eq!(InboxSnapshot::find(&found(&text), &bo), None);
    for damaged in ["", "inbox 1\n{}", &text[..text.len() - 1], &text.replacen('1', "2", 1)] {
        assert_eq!(InboxSnapshot::find(&found(damaged), &ada), None, "{damaged}");
    }
    let event: InboxEvent = from_json(&snapshot.sync.to_event_json()).expect("an event");
    assert_eq!(event, InboxEvent::InboxSync(snapshot.sync.clone()));
    assert!(to_json(&snapshot).contains("aaaa.5"));
}

#[test]
fn the_largest_read_wins_and_goes_back_only_where_the_reader_says_so() {
    let forward = |up_to| Read { up_to: MessageId(up_to), goes_back: false };
    let back = |up_to| Read { up_to: MessageId(up_to), goes_back: true };
    let held = Some(MessageId(5));
    for (reads, position) in [
        (vec![], 5),
        (vec![forward(4)], 5),
        (vec![forward(7), forward(6)], 7),
        (vec![forward(7), back(2)], 2),
        (vec![back(2), forward(3)], 3),
    ] {
        let mut noted = Reads::default();
        reads.iter().for_each(|read| {
            noted.note(*read, held);
        });
        assert_eq!(noted.position(held), Some(MessageId(position)), "{reads:?}");
    }
}

#[test]
fn a_read_is_sent_again_until_the_server_has_taken_it_and_holds_until_the_log_tells() {
    let read = |up_to| Read { up_to: MessageId(up_to), goes_back: false };
    let (mut reads, held) = (Reads::default(), Some(MessageId(5)));
    let next = |reads: &mut Reads| {
        reads.wake();
        reads.begin()
    };
    assert!(reads.note(read(7), held));
    assert_eq!((next(&mut reads), next(&mut reads)), (Some(read(7)), None));
    assert_eq!((reads.fail(), reads.begin()), (0, None), "it waits first");
    assert_eq!((next(&mut reads), reads.fail()), (Some(read(7)), 1));
    assert_eq!(next(&mut reads), Some(read(7)));
    assert!(reads.note(read(8), held), "while the other is on its way");
    reads.settle(held);
    assert_eq!(next(&mut reads), Some(read(8)));
    reads.settle(held);
    assert_eq!((next(&mut reads), reads.position(held)), (None, Some(MessageId(8))));
    reads.hear(Some(MessageId(6)));
    assert_eq!(reads.position(held), held, "another device has gone back since");
}

#[test]
fn a_read_that_is_refused_is_given_up() {
    let (mut reads, held) = (Reads::default(), Some(MessageId(5)));
    reads.note(Read { up_to: MessageId(7), goes_back: false }, held);
    assert!(reads.begin().is_some());
    reads.refuse();
    reads.wake();
    assert_eq!((reads.begin(), reads.position(held)), (None, held));
}
