//! What a being is given to answer. Pure.

use super::provider::{Prompt, Turn};
use crate::store::{Brief, Said};
use app::protocol::BeingSettings;

pub fn prompt(brief: &Brief, settings: &BeingSettings) -> Prompt {
    let (being, space) = (&brief.being, &brief.space);
    let mut instructions = format!(
        "You are {} ({}), a member of the space “{}”, in which people and AI beings talk. What others \
         said begins with who said it; what you say does not. To call another member, write their id.",
        being.name, being.id, space.name
    );
    if !settings.instructions.is_empty() {
        instructions.push_str("\n\n");
        instructions.push_str(&settings.instructions);
    }
    let said = newest(&brief.conversation, settings.context_messages, settings.context_characters);
    let turn = |(said, text): (&Said, &str)| {
        let is_own = said.by == being.id;
        let text =
            if is_own { text.into() } else { format!("{} ({}): {text}", said.name, said.by) };
        Turn { is_own, text }
    };
    Prompt {
        model: settings.model.clone(),
        instructions,
        turns: said.into_iter().map(turn).collect(),
    }
}

/// The newest of what was said, within both bounds. Of a message that is longer than the bound alone
/// its end is left, if it is the one to be answered.
fn newest(said: &[Said], messages_max: usize, characters_max: usize) -> Vec<(&Said, &str)> {
    let mut left = characters_max;
    let mut newest_first = Vec::new();
    for said in said.iter().rev().take(messages_max) {
        let length = said.text.chars().count();
        let text = if length <= left {
            said.text.as_str()
        } else if newest_first.is_empty() {
            let start = said.text.char_indices().nth(length - left).map_or(0, |(at, _)| at);
            &said.text[start..]
        } else {
            break;
        };
        left = left.saturating_sub(length);
        newest_first.push((said, text));
    }
    newest_first.reverse();
    newest_first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_messages_fit_both_bounds() {
        let said: Vec<_> = ["one", "zwö", "three"]
            .into_iter()
            .map(|text| Said {
                by: "@ada".parse().expect("an id"),
                name: "Ada".into(),
                text: text.into(),
            })
            .collect();
        for (messages, characters, expected) in [
            (10, 100, "one zwö three"),
            (2, 100, "zwö three"),
            (10, 8, "zwö three"),
            (10, 7, "three"),
            (10, 3, "ree"),
            (1, 100, "three"),
        ] {
            let newest: Vec<_> =
                newest(&said, messages, characters).into_iter().map(|(_, text)| text).collect();
            assert_eq!(newest.join(" "), expected, "{messages} messages, {characters} characters");
        }
        assert!(newest(&[], 10, 10).is_empty());
    }
}
