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
        let Some(at) = row.reactions.iter().position(|kind| kind.emoji == emoji) else {
            if is_there {
                row.reactions.push(Reaction { emoji, by: vec![by] });
            }
            return is_there;
        };
        let of_kind = &mut row.reactions[at].by;
        match of_kind.iter().position(|being| *being == by) {
            None if is_there => of_kind.push(by),
            Some(held) if !is_there => drop(of_kind.remove(held)),
            _ => return false,
        }
        if of_kind.is_empty() {
            row.reactions.remove(at);
        }
        true
    }
}
