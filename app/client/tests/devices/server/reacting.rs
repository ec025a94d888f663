//! The reactions of a space, as others and the devices send them.

use protocol::{BeingId, Epoch, ErrorCode, MessageId, Seq};

use super::{Frame, Refusal, Space, refusal};

/// Those that the model takes for emojis.
const EMOJI: [&str; 2] = ["🌱", "❤️"];

impl Space {
    /// Adds a reaction to the message that stands so far behind the newest, or takes it back.
    pub fn react(&mut self, by: &BeingId, back: usize, emoji: &'static str) -> Option<Frame> {
        let mut newest = self.messages.values().rev().filter(|row| !row.is_gone);
        let message = newest.nth(back)?.data.message_id;
        let seq = self.next();
        let event = self.reactions.toggle(seq, message, (emoji, by.clone()));
        Some(self.frame(event))
    }

    /// A reaction that a device sends is there from then on, or not. Returns the position of the last change.
    pub fn set_reaction(
        &mut self,
        by: &BeingId,
        message: MessageId,
        epoch: &Epoch,
        emoji: &str,
        is_there: bool,
    ) -> Result<(Option<Frame>, Seq), Refusal> {
        if !self.has_member(by) {
            return Err(refusal(403, ErrorCode::NotMember));
        }
        if *epoch != self.epoch {
            return Err(refusal(409, ErrorCode::AnotherHistory));
        }
        if self.messages.get(&message).is_none_or(|row| row.is_gone) {
            return Err(refusal(404, ErrorCode::UnknownMessage));
        }
        let known = EMOJI.into_iter().find(|known| *known == emoji);
        let key = (known.ok_or_else(|| refusal(422, ErrorCode::OutOfBounds))?, by.clone());
        if self.reactions.has(message, &key) == is_there {
            return Ok((None, self.reactions.seq(message)));
        }
        let seq = self.next();
        let event = self.reactions.toggle(seq, message, key);
        Ok((Some(self.frame(event)), seq))
    }
}
