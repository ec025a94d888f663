//! Whose turn it is. Pure: who is there and what was said come in, who answers comes out.

use std::collections::BTreeMap;

use protocol::{AnswersWhen, BeingId, BeingKind, limits::CONSECUTIVE_AI_TURNS_MAX};

/// The beings that answer what somebody said: those it mentions, and those that answer everything.
/// Nobody answers themselves.
pub fn who_answers<'a>(
    present: &'a BTreeMap<BeingId, AnswersWhen>,
    speaker: &BeingId,
    text: &str,
) -> impl Iterator<Item = &'a BeingId> {
    let mentioned = markdown::mentions(text);
    let speaker = speaker.clone();
    present
        .iter()
        .filter(move |(id, when)| {
            **id != speaker && (**when == AnswersWhen::EveryMessage || mentioned.contains(*id))
        })
        .map(|(id, _)| id)
}

/// How many more messages of AI beings may follow each other. `newest_first` are the kinds of those
/// who spoke last, of which [`CONSECUTIVE_AI_TURNS_MAX`] are enough.
pub fn turns_left(newest_first: &[BeingKind]) -> usize {
    let in_a_row = newest_first.iter().take_while(|kind| **kind == BeingKind::Ai).count();
    CONSECUTIVE_AI_TURNS_MAX.saturating_sub(in_a_row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> BeingId {
        text.parse().expect("an id")
    }

    #[test]
    fn those_answer_who_are_named_or_always_do_but_never_themselves() {
        use AnswersWhen::*;
        let present = [("@echo", EveryMessage), ("@guide", Mentioned), ("@sage", Mentioned)];
        let present = present.into_iter().map(|(name, when)| (id(name), when)).collect();
        for (speaker, text, expected) in [
            ("@ada", "Hello", "@echo"),
            ("@ada", "Hello @sage", "@echo @sage"),
            ("@ada", "@sage @guide @sage", "@echo @guide @sage"),
            ("@ada", "请＠Sage看一下", "@echo @sage"),
            ("@ada", "`@sage` and ada@guide.example", "@echo"),
            ("@sage", "I, @sage, say so", "@echo"),
            ("@echo", "Hello", ""),
            ("@echo", "@echo @guide", "@guide"),
        ] {
            let answer: Vec<_> =
                who_answers(&present, &id(speaker), text).map(BeingId::to_string).collect();
            assert_eq!(answer.join(" "), expected, "{speaker}: {text}");
        }
    }

    #[test]
    fn people_go_first_after_so_many_turns() {
        use BeingKind::*;
        for (newest_first, left) in [
            (vec![], CONSECUTIVE_AI_TURNS_MAX),
            (vec![Person], CONSECUTIVE_AI_TURNS_MAX),
            (vec![Ai, Person, Ai], CONSECUTIVE_AI_TURNS_MAX - 1),
            (vec![Ai; CONSECUTIVE_AI_TURNS_MAX], 0),
            (vec![Ai; CONSECUTIVE_AI_TURNS_MAX + 3], 0),
        ] {
            assert_eq!(turns_left(&newest_first), left, "{newest_first:?}");
        }
    }
}
