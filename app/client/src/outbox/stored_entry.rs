//! An entry of the outbox as it is stored on the device: JSON.

use super::entry::{DeliveryState, Entry, Op};
use protocol::{
    ErrorBody, IntentionId, MessageId, SendIntention,
    json::{from_json, to_json},
    json_object,
};

/// A message, a change to one, or a reaction, which an earlier build passes over.
pub struct StoredEntry {
    intention: Option<SendIntention>,
    change: Option<StoredChange>,
    reaction: Option<StoredReaction>,
    written_at: u64,
    refused: Option<ErrorBody>,
}

/// Without `content` it is a deletion.
struct StoredChange {
    id: IntentionId,
    epoch: String,
    message_id: MessageId,
    content: Option<String>,
}

struct StoredReaction {
    id: IntentionId,
    epoch: String,
    message_id: MessageId,
    emoji: String,
    is_there: bool,
}

json_object!(StoredEntry {
    intention: "intention" optional,
    change: "change" optional,
    reaction: "reaction" optional,
    written_at: "writtenAt" required,
    refused: "refused" optional,
});
json_object!(StoredChange {
    id: "id" required,
    epoch: "epoch" required,
    message_id: "messageId" required,
    content: "content" optional,
});
json_object!(StoredReaction {
    id: "id" required,
    epoch: "epoch" required,
    message_id: "messageId" required,
    emoji: "emoji" required,
    is_there: "isThere" required,
});

impl StoredEntry {
    /// Reads a stored entry; `None` if it is damaged, or of a build that stores other kinds.
    pub fn read(json: &str) -> Option<Entry> {
        from_json(json).and_then(Self::into_entry)
    }

    pub fn write(entry: &Entry) -> String {
        to_json(&Self::of(entry))
    }

    fn of(entry: &Entry) -> Self {
        let refused = match &entry.state {
            DeliveryState::Refused(reason) => Some(reason.clone()),
            DeliveryState::Storing | DeliveryState::Waiting => None,
        };
        let (mut intention, mut change, mut reaction) = (None, None, None);
        match entry.op.clone() {
            Op::Send(sent) => intention = Some(sent),
            Op::Edit { id, epoch, message_id, content } => {
                let epoch = epoch.as_str().to_owned();
                change = Some(StoredChange { id, epoch, message_id, content: Some(content) });
            }
            Op::Delete { id, epoch, message_id } => {
                let epoch = epoch.as_str().to_owned();
                change = Some(StoredChange { id, epoch, message_id, content: None });
            }
            Op::React { id, epoch, message_id, emoji, is_there } => {
                let epoch = epoch.as_str().to_owned();
                reaction = Some(StoredReaction { id, epoch, message_id, emoji, is_there });
            }
        }
        Self { intention, change, reaction, written_at: entry.written_at, refused }
    }

    fn into_entry(self) -> Option<Entry> {
        let op = match (self.intention, self.change, self.reaction) {
            (Some(intention), ..) => Op::Send(intention),
            (None, Some(StoredChange { id, epoch, message_id, content }), _) => {
                let epoch = epoch.parse().ok()?;
                match content {
                    Some(content) => Op::Edit { id, epoch, message_id, content },
                    None => Op::Delete { id, epoch, message_id },
                }
            }
            (None, None, Some(StoredReaction { id, epoch, message_id, emoji, is_there })) => {
                let epoch = epoch.parse().ok()?;
                Op::React { id, epoch, message_id, emoji, is_there }
            }
            (None, None, None) => return None,
        };
        // One that is refused is not kept.
        let refused = self.refused.filter(|_| !op.is_reaction());
        let state = refused.map_or(DeliveryState::Waiting, DeliveryState::Refused);
        Some(Entry { op, written_at: self.written_at, state, is_stored: true })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::ErrorCode;

    use super::*;

    fn entries() -> impl Strategy<Value = Entry> {
        let ids = any::<u128>().prop_map(|id| IntentionId(uuid::Uuid::from_u128(id)));
        let places = (ids, "[a-z0-9]{1,12}", 0..=i64::MAX as u64, ".{0,20}", 0..4u8);
        let ops = places.prop_map(|(id, epoch, message, content, kind)| {
            let (epoch, message_id) = (epoch.parse().expect("an epoch"), MessageId(message));
            match kind {
                0 => Op::Send(SendIntention { id, content, reply_to: Some(message_id) }),
                1 => Op::Edit { id, epoch, message_id, content },
                2 => Op::Delete { id, epoch, message_id },
                _ => {
                    let is_there = message % 2 == 0;
                    Op::React { id, epoch, message_id, emoji: content, is_there }
                }
            }
        });
        let codes = prop::sample::select(ErrorCode::ALL);
        let refused = (codes, ".{0,20}").prop_map(|(code, message)| {
            DeliveryState::Refused(ErrorBody { code, message, field: None })
        });
        let standings = prop_oneof![Just(DeliveryState::Waiting), refused];
        (ops, any::<u64>(), standings).prop_map(|(op, written_at, state)| {
            let state = if op.is_reaction() { DeliveryState::Waiting } else { state };
            Entry { op, written_at, state, is_stored: true }
        })
    }

    /// As earlier builds have stored them, to the letter.
    #[test]
    fn an_entry_of_an_earlier_build_is_read_and_written() {
        for json in [
            r#"{"intention":{"id":"01890000-0000-7000-8000-000000000001","content":"a\"b"},"writtenAt":7}"#,
            r#"{"change":{"id":"01890000-0000-7000-8000-000000000001","epoch":"k3f9","messageId":"msg_7","content":"c"},"writtenAt":18446744073709551615}"#,
            r#"{"change":{"id":"01890000-0000-7000-8000-000000000001","epoch":"k3f9","messageId":"msg_7"},"writtenAt":7,"refused":{"code":"not-allowed","message":"No.","field":"f"}}"#,
            r#"{"reaction":{"id":"01890000-0000-7000-8000-000000000001","epoch":"k3f9","messageId":"msg_7","emoji":"❤️","isThere":true},"writtenAt":7}"#,
        ] {
            let entry = StoredEntry::read(json).expect("an entry");
            assert_eq!(StoredEntry::write(&entry), json);
        }
    }

    proptest! {
        #[test]
        fn an_entry_comes_back_from_the_disk_as_it_was(entry in entries()) {
            let json = StoredEntry::write(&entry);
            prop_assert_eq!(StoredEntry::read(&json), Some(entry));
        }

        /// The disk lost a part, or returns other bytes.
        #[test]
        fn damaged_data_reads_as_an_entry_or_as_none(
            entry in entries(),
            at in any::<prop::sample::Index>(),
            other in any::<char>(),
            is_cut: bool,
        ) {
            let json = StoredEntry::write(&entry);
            let mut entries: Vec<char> = json.chars().collect();
            let at = at.index(entries.len());
            if is_cut {
                entries.truncate(at);
            } else {
                entries[at] = other;
            }
            if let Some(entry) = StoredEntry::read(&String::from_iter(entries)) {
                let json = StoredEntry::write(&entry);
                prop_assert_eq!(StoredEntry::read(&json), Some(entry));
            }
        }
    }
}
