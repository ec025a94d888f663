//! The reader's own reactions, from the press until their events have arrived.
//!
//! Always true: what is shown is what the server has told, with what the reader did since on top of it.
//! A reaction that the server refuses is undone, with its reason; it never waits for its author.

use protocol::{Epoch, ErrorBody, ErrorCode, IntentionId, MessageId, Reaction, Seq};

use super::state::{State, Step};
use crate::{change::Change, outbox::Op, replica::set_reaction};

/// A reaction of the reader that the server has acknowledged.
pub struct Reacted {
    epoch: Epoch,
    message: MessageId,
    emoji: String,
    is_there: bool,
    /// Once the cursor is there, the replica has it.
    seq: Seq,
}

impl State {
    /// A later reaction replaces an earlier one that has not left: of what was pressed offline, the last
    /// is sent.
    pub fn react(
        &mut self,
        message_id: MessageId,
        emoji: String,
        is_there: bool,
        new_id: &mut dyn FnMut() -> IntentionId,
    ) {
        let Some(epoch) = self.epoch() else { return };
        let op = Op::React { id: new_id(), epoch, message_id, emoji, is_there };
        let replaced = self.outbox.take_replaced(&op);
        replaced.into_iter().for_each(|entry| self.then(Step::Release(vec![entry])));
        self.write(op);
    }

    pub fn reactions(&self, message: MessageId) -> Vec<Reaction> {
        let (Some(row), Some(epoch)) = (self.replica.timeline().get(message), self.epoch()) else {
            return Vec::new();
        };
        let mut shown = row.reactions.clone();
        let is_of_it = |held: &&Reacted| held.message == message && held.epoch == epoch;
        let reacted = self.reacted.iter().filter(is_of_it);
        let reacted = reacted.map(|held| (&*held.emoji, held.is_there));
        for (emoji, is_there) in reacted.chain(self.outbox.reactions(message, &epoch)) {
            set_reaction(&mut shown, emoji.into(), self.me.id.clone(), is_there);
        }
        shown
    }

    /// The response may be here before the event.
    pub fn hold_reacted(&mut self, op: &Op, seq: Seq) {
        if let Op::React { epoch, message_id: message, emoji, is_there, .. } = op.clone() {
            self.reacted.push(Reacted { epoch, message, emoji, is_there, seq });
            self.forget_reacted();
        }
    }

    /// Forgets the acknowledged reactions that the replica has by now, and those of another history. Their
    /// events may tell nothing: another device may have undone them since.
    pub fn forget_reacted(&mut self) {
        let Some(cursor) = self.replica.cursor() else { return };
        let is_ahead = |held: &Reacted| held.epoch == cursor.epoch && held.seq > cursor.seq;
        let (ahead, arrived) =
            std::mem::take(&mut self.reacted).into_iter().partition::<Vec<_>, _>(is_ahead);
        self.reacted = ahead;
        for held in arrived {
            self.show(Change::ReactionsChanged(held.message));
        }
    }

    pub fn undo_reaction(&mut self, op: &Op, error: ErrorBody) {
        // There is nothing left to react to.
        let is_moot = matches!(error.code, ErrorCode::UnknownMessage | ErrorCode::AnotherHistory);
        if !is_moot {
            self.show(Change::Notice(Some(error.message)));
        }
        self.settle(op);
    }
}
