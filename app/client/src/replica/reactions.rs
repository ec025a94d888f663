//! The reactions of messages. They have a position of their own, and no other change of a message touches
//! them.

use protocol::{
    BeingId, Intention, MessageId, Reaction, ReactionAdded, ReactionRemoved, Seq, SyncEvent,
};

/// A reaction that was added or removed, at its position.
#[derive(Debug, Clone)]
pub(super) struct Reacted {
    pub message: MessageId,
    seq: Seq,
    emoji: String,
    by: BeingId,
    is_there: bool,
}

impl Reacted {
    /// None of an event that is about anything else.
    pub fn of(seq: Seq, event: &SyncEvent) -> Option<Self> {
        let (message, emoji, by, is_there) = match event {
            SyncEvent::ReactionAdded(ReactionAdded { message_id, emoji, being_id }) => {
                (*message_id, emoji, being_id, true)
            }
            SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }) => {
                (*message_id, emoji, being_id, false)
            }
            _ => return None,
        };
        Some(Self { message, seq, emoji: emoji.clone(), by: by.clone(), is_there })
    }

    /// Whether another reaction is there than before: the page that brought the row may have had this one,
    /// and a catch-up leaves out what was undone.
    pub fn apply(self, row: &mut Intention) -> bool {
        let Self { seq, emoji, by, is_there, .. } = self;
        if row.reactions_seq >= seq {
            return false;
        }
        row.reactions_seq = seq;
        set_reaction(&mut row.reactions, emoji, by, is_there)
    }
}

/// Adds a reaction, or removes it. Returns whether that changes anything.
pub fn set_reaction(
    reactions: &mut Vec<Reaction>,
    emoji: String,
    by: BeingId,
    is_there: bool,
) -> bool {
    let Some(at) = reactions.iter().position(|kind| kind.emoji == emoji) else {
        if is_there {
            reactions.push(Reaction { emoji, by: vec![by] });
        }
        return is_there;
    };
    let of_kind = &mut reactions[at].by;
    match of_kind.iter().position(|being| *being == by) {
        None if is_there => of_kind.push(by),
        Some(held) if !is_there => drop(of_kind.remove(held)),
        _ => return false,
    }
    if of_kind.is_empty() {
        reactions.remove(at);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `❤️ada,bo 🌱bo`
    fn read(text: &str) -> Vec<Reaction> {
        let kinds = text.split_whitespace().map(|kind| {
            let (emoji, by) = kind.split_at(kind.find(char::is_alphabetic).expect("a name"));
            let by = by.split(',').map(|name| format!("@{name}").parse().expect("an id"));
            Reaction { emoji: emoji.into(), by: by.collect() }
        });
        kinds.collect()
    }

    #[test]
    fn a_reaction_is_there_once_or_not_at_all() {
        for (before, emoji, is_there, after) in [
            ("", "🌱", true, "🌱ada"),
            ("", "🌱", false, ""),
            ("🌱ada", "🌱", true, "🌱ada"),
            ("🌱bo", "🌱", true, "🌱bo,ada"),
            ("🌱bo", "🌱", false, "🌱bo"),
            ("🌱bo,ada ❤️ada", "🌱", false, "🌱bo ❤️ada"),
            ("🌱ada ❤️bo", "🌱", false, "❤️bo"),
            ("❤️bo", "🌱", true, "❤️bo 🌱ada"),
        ] {
            let mut reactions = read(before);
            let ada = "@ada".parse().expect("an id");
            let has_changed = set_reaction(&mut reactions, emoji.into(), ada, is_there);
            assert_eq!(reactions, read(after), "{before}: {emoji} {is_there}");
            assert_eq!(has_changed, before != after, "{before}: {emoji} {is_there}");
        }
    }
}
