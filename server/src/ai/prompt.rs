//! The prompt for an answer. Pure.

use protocol::BeingSettings;
use serde::de::DeserializeOwned;

use super::provider::{Prompt, Sampling, Speaker, Turn};
use crate::store::{PromptContext, PromptMessage};

pub(super) fn prompt(context: &PromptContext, settings: &BeingSettings) -> Prompt {
    let (being, space) = (&context.being, &context.space);
    let mut instructions = format!(
        "You are {} ({}), a member of the space “{}”, in which people and AI beings talk. What others \
         said begins with who said it, and its further lines are indented; what you say does neither. To \
         call another member, write their id.",
        being.name, being.id, space.name
    );
    if !settings.instructions.is_empty() {
        instructions.push_str("\n\n");
        instructions.push_str(&settings.instructions);
    }
    let newest =
        newest(&context.conversation, settings.context_messages, settings.context_characters);
    let turn = |(said, text): (&PromptMessage, &str)| {
        let speaker = if said.by == being.id {
            Speaker::Own
        } else {
            Speaker::Other { id: said.by.clone(), name: said.name.clone() }
        };
        Turn { speaker, text: text.to_owned() }
    };
    Prompt {
        model: settings.model.clone(),
        instructions,
        turns: newest.into_iter().map(turn).collect(),
        sampling: sampling(settings),
    }
}

fn sampling(settings: &BeingSettings) -> Sampling {
    let (temperature, extra) = (settings.temperature.as_ref(), settings.request_extra.as_ref());
    Sampling {
        temperature: temperature.and_then(Option::as_ref).and_then(|it| read(it.as_str())),
        max_tokens: settings.max_tokens.flatten(),
        reasoning_effort: settings.reasoning_effort.clone().flatten(),
        extra: extra.and_then(Option::as_ref).and_then(|it| read(it.as_str())).unwrap_or_default(),
    }
}

/// They are JSON, as they were parsed.
fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// The newest messages within both bounds. If the message to be answered is longer than the bound alone,
/// its end is kept.
fn newest(
    conversation: &[PromptMessage],
    messages_max: usize,
    characters_max: usize,
) -> Vec<(&PromptMessage, &str)> {
    let mut left = characters_max;
    let mut newest_first = Vec::new();
    for said in conversation.iter().rev().take(messages_max) {
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
            .map(|text| PromptMessage {
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
