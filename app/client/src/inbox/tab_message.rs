//! The messages about the inbox between the tabs of one browser. They are plain text, so that a tab of
//! another build skips those it does not know.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxMessage {
    /// To the leader: tell what you hold.
    Ask,
    /// From the leader, which cannot tell yet.
    Here,
    /// From the leader: an event as received, or all that it holds as one `inbox-sync`.
    Event { id: String, data: String },
}

impl InboxMessage {
    pub fn parse(text: &str) -> Option<Self> {
        let (head, data) = text.split_once('\n').unwrap_or((text, ""));
        let (word, id) = head.split_once(' ').unwrap_or((head, ""));
        match word {
            "ask" => Some(Self::Ask),
            "here" => Some(Self::Here),
            "event" => Some(Self::Event { id: id.to_owned(), data: data.to_owned() }),
            _ => None,
        }
    }
}

impl fmt::Display for InboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Ask => f.write_str("ask"),
            Self::Here => f.write_str("here"),
            Self::Event { id, data } => write!(f, "event {id}\n{data}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_back_as_it_was_written() {
        let event = |id: &str, data: &str| InboxMessage::Event { id: id.into(), data: data.into() };
        let events = [event("aaaa.7", "{\"type\":\"a b\"}"), event("", "{}")];
        for message in [InboxMessage::Ask, InboxMessage::Here].into_iter().chain(events) {
            assert_eq!(InboxMessage::parse(&message.to_string()), Some(message));
        }
        assert_eq!(InboxMessage::parse("sing"), None);
    }
}
