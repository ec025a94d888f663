//! `GET /api/inbox` as a client sees it, and what a being says that it has read.

mod devices;
mod heads;
mod stream;

use harness::{Client, Events, SPACE, TestRequest, TestServer};
use protocol::{Cursor, InboxEvent, InboxSync, Seq};
use serde_json::{Value, json};

/// An event, and the cursor after it.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    id: Option<Cursor>,
    event: InboxEvent,
    bytes: usize,
}

async fn next(events: &mut Events) -> Option<Told> {
    let text = events.next_text().await?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let id = field("id: ").map(|id| id.parse().expect("a cursor"));
    let event = serde_json::from_str(field("data: ").expect("data")).expect("an event");
    assert_ne!(event, InboxEvent::Unknown, "{text}");
    Some(Told { id, event, bytes: text.len() })
}

async fn one(events: &mut Events) -> Told {
    next(events).await.expect("the stream goes on")
}

/// A summary that begins with the position: `3 read @garden msg_7`.
fn gist(told: &Told) -> String {
    let what = match &told.event {
        InboxEvent::InboxSync(sync) => {
            let spaces: Vec<_> = sync.spaces.iter().map(|entry| entry.space.id.as_str()).collect();
            format!("inbox-sync {}", spaces.join(" "))
        }
        InboxEvent::SpaceJoined(joined) => format!("joined {}", joined.data.space.id),
        InboxEvent::SpaceLeft(left) => format!("left {}", left.space_id),
        InboxEvent::ReadMoved(read) => format!("read {} {}", read.space_id, read.up_to),
        InboxEvent::LevelChanged(it) => format!("level {} {}", it.space_id, it.level.as_str()),
        InboxEvent::SpaceHeads(heads) => {
            let head = |head: &protocol::SpaceHead| {
                let named = head.space.as_ref().map(|space| format!(" {}", space.name));
                let last = head.last_message_id.map(|last| format!(" {last}")).unwrap_or_default();
                let (named, id) = (named.unwrap_or_default(), &head.space_id);
                format!("{id}{named}{last} {}/{}", head.unread, head.mentions)
            };
            format!("heads {}", heads.spaces.iter().map(head).collect::<Vec<_>>().join(", "))
        }
        InboxEvent::CaughtUp(at) => format!("caught-up {}", at.last_position),
        InboxEvent::Heartbeat(at) => format!("heartbeat {}", at.last_position),
        InboxEvent::AccessRevoked => "access-revoked".to_owned(),
        InboxEvent::Unknown => panic!("an event that no client knows"),
    };
    match &told.id {
        Some(cursor) => format!("{} {what}", cursor.seq),
        None => what,
    }
}

async fn gists(events: &mut Events, count: usize) -> Vec<String> {
    let mut gists = vec![];
    for _ in 0..count {
        gists.push(gist(&one(events).await));
    }
    gists
}

fn inbox_of(client: &Client, since: Option<&str>) -> TestRequest {
    let since = since.map(|since| format!("?since={since}")).unwrap_or_default();
    client.get(&format!("/api/inbox{since}"))
}

/// Opens an inbox as on a first visit, and reads it up to the heads that follow `caught-up`.
async fn listen(client: &Client) -> Events {
    let mut events = inbox_of(client, None).stream().await;
    while !matches!(one(&mut events).await.event, InboxEvent::SpaceHeads(_)) {}
    events
}

/// Events and heads reach a stream by two roads, and in either order.
async fn both(events: &mut Events) -> Vec<String> {
    let mut both = gists(events, 2).await;
    both.sort();
    both
}

fn put(client: &Client, what: &str, body: Value) -> TestRequest {
    client.ask("PUT", &format!("{SPACE}/{what}")).json(body)
}

async fn read(client: &Client, up_to: u64) {
    put(client, "read", json!({ "upTo": format!("msg_{up_to}") })).await.empty_of(204);
}
