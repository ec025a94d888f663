//! Reacting to a message, and taking that back.

use protocol::{
    BeingId, OutOfBounds, Reaction, Seq,
    limits::{REACTION_KINDS_MAX, REACTIONS_MAX},
};

use super::{
    command::SetReaction, emoji::Emoji, messaging::member, policy, refusal::Refusal, space,
};
use crate::store::{ReactionRow, Tx, TxResult};

/// The position of the last change of the message's reactions: that of this one, if it changes anything.
pub(super) async fn set(tx: &mut impl Tx, set: &SetReaction) -> TxResult<Seq> {
    let SetReaction { by, space, message, emoji, is_there, epoch } = set;
    member(tx, by, space, epoch.as_ref()).await?;
    let found = tx.reactions(space, *message).await?.ok_or(Refusal::UnknownMessage)?;
    if has(&found.kinds, *emoji, by) == *is_there {
        return Ok(found.seq);
    }
    if *is_there {
        policy::may_add(&self::space(tx, space).await?.members.details)?;
        has_room(&found.kinds, *emoji)?;
    }
    let place = tx.next(space);
    let seq = place.seq();
    let (emoji, by) = (emoji.as_str().to_owned(), by.clone());
    let row = ReactionRow { message: *message, emoji, by, seq, is_removed: !is_there };
    tx.put_reaction(place, row).await?;
    Ok(seq)
}

fn has(kinds: &[Reaction], emoji: Emoji, by: &BeingId) -> bool {
    kinds.iter().any(|kind| kind.emoji == emoji.as_str() && kind.by.contains(by))
}

/// Whether one more reaction of this kind is within the bounds.
fn has_room(kinds: &[Reaction], emoji: Emoji) -> Result<(), OutOfBounds> {
    let is_new = kinds.iter().all(|kind| kind.emoji != emoji.as_str());
    let problem = if is_new && kinds.len() >= REACTION_KINDS_MAX {
        format!("would be one more than {REACTION_KINDS_MAX} kinds of reactions to this message")
    } else if kinds.iter().map(|kind| kind.by.len()).sum::<usize>() >= REACTIONS_MAX {
        format!("would be one more than {REACTIONS_MAX} reactions to this message")
    } else {
        return Ok(());
    };
    Err(OutOfBounds::new("emoji", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This many kinds, the first of which has so many reactions that all together are `reactions`.
    fn kinds(count: usize, reactions: usize) -> Vec<Reaction> {
        let emoji = emojis::iter().map(|emoji| emoji.as_str().to_owned());
        let by = |count| vec!["@ada".parse().expect("an id"); count];
        let kinds = emoji.take(count).enumerate();
        let sized = |(at, emoji)| Reaction {
            emoji,
            by: by(if at > 0 { 1 } else { reactions + 1 - count }),
        };
        kinds.map(sized).collect()
    }

    #[test]
    fn a_message_has_20_kinds_and_200_reactions_at_most() {
        for (count, reactions, has_room_for_a_kind, has_room_for_one) in [
            (1, 1, true, true),
            (19, 19, true, true),
            (20, 20, false, true),
            (19, 199, true, true),
            (20, 199, false, true),
            (19, 200, false, false),
            (20, 200, false, false),
            // A server with other bounds may have written them.
            (21, 201, false, false),
        ] {
            let kinds = kinds(count, reactions);
            let held = Emoji::parse(&kinds[0].emoji).expect("an emoji");
            let new = Emoji::parse("🌱").expect("an emoji");
            let verdicts = [new, held].map(|emoji| has_room(&kinds, emoji).is_ok());
            let expected = [has_room_for_a_kind, has_room_for_one];
            assert_eq!(verdicts, expected, "{count} kinds, {reactions} reactions");
        }
    }
}
