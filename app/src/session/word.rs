//! What the tabs of one browser, which show the same space, tell each other. Texts, so that a tab of
//! another build skips what it does not know.

use std::fmt;

use crate::{protocol::Cursor, replica::Link};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Whoever leads: where does your stream stand?
    Ask,
    /// Of the tab that leads.
    At { tab: String, cursor: Cursor, is_live: bool, link: Link },
    /// Of the tab that leads: an event, as it came.
    Event { tab: String, id: String, data: String },
    /// What is kept of the outbox is another than before.
    Outbox,
}

const LINKS: [(Link, &str); 3] =
    [(Link::Fine, "fine"), (Link::Away, "away"), (Link::Ended, "ended")];

impl Word {
    pub fn parse(text: &str) -> Option<Self> {
        let (head, data) = text.split_once('\n').unwrap_or((text, ""));
        let mut words = head.split(' ');
        let mut next = || words.next();
        match next()? {
            "ask" => Some(Self::Ask),
            "outbox" => Some(Self::Outbox),
            "at" => {
                let (tab, cursor) = (next()?.to_owned(), next()?.parse().ok()?);
                let (is_live, link) = (next()? == "live", next()?);
                let (link, _) = *LINKS.iter().find(|(_, name)| *name == link)?;
                Some(Self::At { tab, cursor, is_live, link })
            }
            "event" => {
                let (tab, id) = (next()?.to_owned(), next()?.to_owned());
                Some(Self::Event { tab, id, data: data.to_owned() })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Ask => f.write_str("ask"),
            Self::Outbox => f.write_str("outbox"),
            Self::At { tab, cursor, is_live, link } => {
                let live = if *is_live { "live" } else { "catching-up" };
                let link = LINKS.iter().find(|(of, _)| of == link).map_or("", |(_, name)| name);
                write!(f, "at {tab} {cursor} {live} {link}")
            }
            Self::Event { tab, id, data } => write!(f, "event {tab} {id}\n{data}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_heard() {
        let cursor: Cursor = "k3f9.130".parse().expect("a cursor");
        let at =
            |is_live, link| Word::At { tab: "7a".into(), cursor: cursor.clone(), is_live, link };
        let event = |id: &str, data: &str| Word::Event {
            tab: "7a".into(),
            id: id.into(),
            data: data.into(),
        };
        for word in [
            Word::Ask,
            Word::Outbox,
            at(true, Link::Fine),
            at(false, Link::Away),
            at(false, Link::Ended),
            event("k3f9.131", "{\"type\":\"being-left\",\"beingId\":\"@a b\"}"),
            event("", "{}"),
        ] {
            assert_eq!(Word::parse(&word.to_string()), Some(word));
        }
    }

    #[test]
    fn what_is_not_understood_is_nothing() {
        for text in
            ["", "sing", "at", "at 7a nonsense live fine", "at 7a k3f9.130 live", "event 7a"]
        {
            assert_eq!(Word::parse(text), None, "{text:?}");
        }
    }
}
