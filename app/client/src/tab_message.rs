//! The messages between the tabs of one browser that show the same space. They are plain text, so
//! that a tab of another build skips those it does not know, and the rest of a line that it knows.

use std::fmt;

use crate::reconnect::Status;
use protocol::{
    Cursor,
    json::{from_json, to_json},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabMessage {
    /// To the leader: what is your stream's position? This tab is at `cursor`.
    Ask { asker: Option<(String, Cursor)> },
    /// From the leader: its stream's position.
    At { tab: String, cursor: Cursor, is_live: bool, status: Status },
    /// From the leader: an event as received.
    Event { tab: String, id: String, data: String },
    /// From the leader to the tab that asked: the events that it misses, with their ids, and the
    /// leader's position after them.
    Replay {
        tab: String,
        to: String,
        cursor: Cursor,
        is_live: bool,
        status: Status,
        events: Vec<(String, String)>,
    },
    /// The stored outbox has changed.
    Outbox,
    /// An unsent text, by its key: what was `before` in the tab that says so is `text` now. An empty one
    /// was sent or discarded. The composer's may reply to a message.
    Draft { key: String, before: String, text: String, reply: Option<Cursor> },
    /// The space is on the screen in this tab, since a time in milliseconds.
    Seen { since: u64 },
    /// From the leader: does anybody look at the space?
    Anyone,
}

/// The first word is what the builds before this one know.
const STATUSES: [(Status, &str); 7] = [
    (Status::Online, "fine"),
    (Status::Reconnecting, "away"),
    (Status::SignedOut, "ended"),
    (Status::Slow, "fine slow"),
    (Status::Offline, "away offline"),
    (Status::Gate, "away gate"),
    (Status::Paused, "fine paused"),
];

fn status_of(words: &str) -> Option<Status> {
    STATUSES.iter().find(|(_, name)| *name == words).map(|(status, _)| *status)
}

fn words_of(status: Status) -> &'static str {
    // Each tab counts for itself how long that has been so.
    let status = if status == Status::Unreachable { Status::Reconnecting } else { status };
    STATUSES.iter().find(|(of, _)| *of == status).map_or("", |(_, name)| name)
}

const LIVE: &str = "live";
const CATCHING_UP: &str = "catching-up";

fn liveness(is_live: bool) -> &'static str {
    if is_live { LIVE } else { CATCHING_UP }
}

impl TabMessage {
    pub fn parse(text: &str) -> Option<Self> {
        let (head, data) = text.split_once('\n').unwrap_or((text, ""));
        let mut words = head.splitn(6, ' ');
        let mut next = || words.next();
        match next()? {
            "ask" => {
                let asker = next().map(str::to_owned).zip(next().and_then(|at| at.parse().ok()));
                Some(Self::Ask { asker })
            }
            "outbox" => Some(Self::Outbox),
            "draft" => {
                let (key, texts) = data.split_at_checked(next()?.parse().ok()?)?;
                let (before, text) = texts.split_at_checked(next()?.parse().ok()?)?;
                let [key, before, text] = [key, before, text].map(str::to_owned);
                let reply = next().and_then(|to| to.parse().ok());
                Some(Self::Draft { key, before, text, reply })
            }
            "seen" => Some(Self::Seen { since: next()?.parse().ok()? }),
            "anyone" => Some(Self::Anyone),
            "at" => {
                let (tab, cursor) = (next()?.to_owned(), next()?.parse().ok()?);
                let is_live = next()? == LIVE;
                let (main, detail) = (next()?, next());
                let words = detail.map_or_else(|| main.to_owned(), |more| format!("{main} {more}"));
                Some(Self::At { tab, cursor, is_live, status: status_of(&words)? })
            }
            "event" => {
                let (tab, id) = (next()?.to_owned(), next()?.to_owned());
                Some(Self::Event { tab, id, data: data.to_owned() })
            }
            "replay" => {
                let (tab, to) = (next()?.to_owned(), next()?.to_owned());
                let (cursor, is_live) = (next()?.parse().ok()?, next()? == LIVE);
                let status = status_of(next()?)?;
                let events = from_json(data)?;
                Some(Self::Replay { tab, to, cursor, is_live, status, events })
            }
            _ => None,
        }
    }
}

impl fmt::Display for TabMessage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Ask { asker: Some((tab, cursor)) } => write!(f, "ask {tab} {cursor}"),
            Self::Ask { asker: None } => f.write_str("ask"),
            Self::Outbox => f.write_str("outbox"),
            Self::Draft { key, before, text, reply } => {
                write!(f, "draft {} {}", key.len(), before.len())?;
                if let Some(to) = reply {
                    write!(f, " {to}")?;
                }
                write!(f, "\n{key}{before}{text}")
            }
            Self::Seen { since } => write!(f, "seen {since}"),
            Self::Anyone => f.write_str("anyone"),
            Self::At { tab, cursor, is_live, status } => {
                write!(f, "at {tab} {cursor} {} {}", liveness(*is_live), words_of(*status))
            }
            Self::Event { tab, id, data } => write!(f, "event {tab} {id}\n{data}"),
            Self::Replay { tab, to, cursor, is_live, status, events } => {
                let events = to_json(events);
                let (live, status) = (liveness(*is_live), words_of(*status));
                write!(f, "replay {tab} {to} {cursor} {live} {status}\n{events}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        "k3f9.130".parse().expect("a cursor")
    }

    fn at(is_live: bool, status: Status) -> TabMessage {
        TabMessage::At { tab: "7a".into(), cursor: cursor(), is_live, status }
    }

    #[test]
    fn a_message_reads_back_as_it_was_written() {
        let event = |id: &str, data: &str| TabMessage::Event {
            tab: "7a".into(),
            id: id.into(),
            data: data.into(),
        };
        let draft = |key: &str, before: &str, text: &str| TabMessage::Draft {
            key: key.into(),
            before: before.into(),
            text: text.into(),
            reply: None,
        };
        let replay = |status, events: &[(&str, &str)]| TabMessage::Replay {
            tab: "7a".into(),
            to: "8b".into(),
            cursor: cursor(),
            is_live: true,
            status,
            events: events.iter().map(|(id, data)| ((*id).into(), (*data).into())).collect(),
        };
        let mut messages = vec![
            TabMessage::Ask { asker: None },
            TabMessage::Ask { asker: Some(("8b".into(), cursor())) },
            TabMessage::Outbox,
            draft("@ada @garden ", "", "Two\nlines"),
            draft("@ada @garden/k3f9 msg_7", "Zwölf 漢", ""),
            TabMessage::Draft {
                key: "@ada @garden ".into(),
                before: String::new(),
                text: "Yes".into(),
                reply: Some(cursor()),
            },
            TabMessage::Seen { since: 1_764_000_000_000 },
            TabMessage::Anyone,
            event("k3f9.131", "{\"type\":\"being-left\",\"beingId\":\"@a b\"}"),
            event("", "{}"),
            replay(Status::Online, &[]),
            replay(Status::Offline, &[("k3f9.131", "{\"a\":\"b\\n c\"}"), ("k3f9.132", "\n")]),
        ];
        for (status, _) in STATUSES {
            messages.extend([at(true, status), at(false, status)]);
        }
        for message in messages {
            assert_eq!(TabMessage::parse(&message.to_string()), Some(message));
        }
    }

    #[test]
    fn an_unknown_message_is_ignored() {
        for text in [
            "",
            "sing",
            "at",
            "at 7a nonsense live fine",
            "at 7a k3f9.130 live",
            "event 7a",
            "draft 3\nkey",
            "draft 3 9\nkey text",
            "draft 1 1\n漢字",
            "replay 7a 8b k3f9.130 live fine\n[1]",
        ] {
            assert_eq!(TabMessage::parse(text), None, "{text:?}");
        }
    }

    /// The messages that the build before this one wrote and understood.
    #[test]
    fn a_tab_of_the_build_before_is_understood_and_understands() {
        assert_eq!(TabMessage::parse("ask"), Some(TabMessage::Ask { asker: None }));
        assert_eq!(at(true, Status::Slow).to_string(), "at 7a k3f9.130 live fine slow");
        assert_eq!(at(true, Status::Unreachable).to_string(), "at 7a k3f9.130 live away");
        let asked = TabMessage::Ask { asker: Some(("8b".into(), cursor())) };
        assert!(asked.to_string().starts_with("ask "));
        assert_eq!(
            TabMessage::parse("at 7a k3f9.130 live away"),
            Some(at(true, Status::Reconnecting))
        );
    }
}
