//! The messages between all tabs of a browser about the streams that they share. They are plain
//! text, so that a tab of another build skips those it does not know.

use std::fmt;

use crate::stream_slot::Recency;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotMessage {
    /// To the holders: when were your spaces seen?
    Ask,
    /// From the holder of a place.
    Holder(u8, Recency),
    /// To the holder of a place: give it up.
    Yield(u8),
    /// From the holder of a place that was asked to give it up, and has.
    Yielded(u8),
    /// A place has become free.
    Freed,
}

impl SlotMessage {
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut next = || words.next();
        match next()? {
            "streams" => Some(Self::Ask),
            "freed" => Some(Self::Freed),
            "yielded" => Some(Self::Yielded(next()?.parse().ok()?)),
            "yield" => Some(Self::Yield(next()?.parse().ok()?)),
            "holder" => Some(Self::Holder(next()?.parse().ok()?, Recency(next()?.parse().ok()?))),
            _ => None,
        }
    }
}

impl fmt::Display for SlotMessage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Ask => f.write_str("streams"),
            Self::Freed => f.write_str("freed"),
            Self::Yielded(slot) => write!(f, "yielded {slot}"),
            Self::Yield(slot) => write!(f, "yield {slot}"),
            Self::Holder(slot, recency) => write!(f, "holder {slot} {}", recency.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_back_as_it_was_written() {
        let holder = SlotMessage::Holder(3, Recency(u64::MAX));
        for message in [
            SlotMessage::Ask,
            SlotMessage::Freed,
            SlotMessage::Yield(0),
            SlotMessage::Yielded(2),
            holder,
        ] {
            assert_eq!(SlotMessage::parse(&message.to_string()), Some(message));
        }
        for text in ["", "sing", "yield", "holder 1"] {
            assert_eq!(SlotMessage::parse(text), None, "{text:?}");
        }
    }
}
