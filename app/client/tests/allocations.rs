//! Applying an event allocates what the event brings, however much is loaded.

use client::Replica;
use protocol::{Cursor, SyncEvent, json::from_json};

const CREATED_MAX_ALLOCATIONS: u64 = 12;
const APPENDED_MAX_ALLOCATIONS: u64 = 6;

fn at(seq: u64) -> Option<Cursor> {
    Some(format!("k3f9.{seq}").parse().expect("a cursor"))
}

fn row(seq: u64, state: &str, text: &str) -> String {
    format!(
        r#"{{"id":"018f0000-0000-7000-8000-{seq:012}","messageId":"msg_{seq}","ownerId":"@ada",
        "state":"{state}","content":"{text}","createdAt":"2026-11-26T04:00:00.000Z","seq":{seq}}}"#
    )
}

fn created(seq: u64, state: &str) -> String {
    let data = row(seq, state, "Good morning.");
    format!(r#"{{"type":"intention-created","messageId":"msg_{seq}","data":{data}}}"#)
}

/// A replica with this many messages, the last of which is still streaming.
fn holding(messages: u64) -> Replica {
    let rows: Vec<_> = (1..=messages)
        .map(|seq| row(seq, if seq == messages { "active" } else { "complete" }, ""))
        .collect();
    let space = r#"{"id":"@garden","name":"Garden","kind":"space","hue":0,"seq":0}"#;
    let sync = format!(
        r#"{{"type":"space-sync","space":{space},"beings":[],"intentions":[{}],
        "lastMessageId":"msg_{messages}"}}"#,
        rows.join(",")
    );
    let mut replica = Replica::default();
    take(&mut replica, messages, &sync);
    assert_eq!(replica.timeline().iter().count() as u64, messages);
    replica
}

fn take(replica: &mut Replica, seq: u64, json: &str) {
    let event: SyncEvent = from_json(json).expect("an event");
    let change = replica.handle_event(at(seq), event).expect("in order");
    assert!(change.is_some(), "it changes something");
}

/// The most allocations that reading and applying one of these events takes.
fn most(replica: &mut Replica, from: u64, event: impl Fn(u64) -> String) -> u64 {
    let allocations = (from..from + 64).map(|seq| {
        let json = event(seq);
        allocation_counter::measure(|| take(replica, seq, &json)).count_total
    });
    allocations.max().expect("an event")
}

#[test]
fn a_message_allocates_the_same_however_many_are_loaded() {
    let cost =
        |messages| most(&mut holding(messages), messages + 1, |seq| created(seq, "complete"));
    let (few, many) = (cost(50), cost(5000));
    println!("a message allocates at most {few} times with 50 loaded, {many} times with 5,000");
    assert!(few.max(many) <= CREATED_MAX_ALLOCATIONS, "{few} and {many}");
}

#[test]
fn appended_text_allocates_the_same_however_long_the_answer_is() {
    const PORTION: &str = "sixteen letters.";
    let cost = |portions: u64| {
        let mut replica = holding(50);
        let append = |seq: u64| {
            let offset = (seq - 51) as usize * PORTION.len();
            format!(
                r#"{{"type":"intention-appended","messageId":"msg_50","offset":{offset},"text":"{PORTION}"}}"#
            )
        };
        (51..51 + portions).for_each(|seq| take(&mut replica, seq, &append(seq)));
        most(&mut replica, 51 + portions, append)
    };
    let (short, long) = (cost(1), cost(5000));
    println!(
        "appended text allocates at most {short} times to a short answer, {long} to a long one"
    );
    assert!(short.max(long) <= APPENDED_MAX_ALLOCATIONS, "{short} and {long}");
}
