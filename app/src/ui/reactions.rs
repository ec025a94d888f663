//! The reactions below a message: a button for each kind, which adds the reader's or takes it back. They are
//! one piece of HTML, and where there are none there is no element.
//!
//! The palette is no part of the app: a script builds it when somebody wants to react. All that the app knows
//! of it is that a press on something with `data-emoji` in a message is a reaction.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

use super::{
    actions::act,
    browser,
    erased::{Read, show},
};
use crate::space_model::SpaceModel;
use protocol::{MessageId, Reaction};

pub fn reactions(model: SpaceModel, id: MessageId) -> Read<AnyView> {
    show(move || {
        let html = chips(&model.reactions(id));
        if browser().is_some() {
            keep_focus(id);
        }
        (!html.is_empty()).then(|| {
            view! { <div class="reactions" translate="no" inner_html=html></div> }.into_any()
        })
    })
}

/// Opens the palette: `server/static/reactions.js` listens for it.
pub fn react_button() -> AnyView {
    view! { <button class="plain react" tabindex="-1" aria-haspopup="dialog">"React"</button> }
        .into_any()
}

fn chips(kinds: &[(Reaction, bool)]) -> String {
    let mut html = String::new();
    for (Reaction { emoji, by }, is_mine) in kinds {
        // The server lets only emojis pass; nothing else may become HTML.
        if emoji.contains(['<', '&', '"']) {
            continue;
        }
        let count = by.len().to_string();
        html.push_str("<button tabindex=\"-1\" data-emoji=\"");
        html.push_str(emoji);
        html.push_str("\" aria-pressed=\"");
        html.push_str(if *is_mine { "true" } else { "false" });
        html.push_str("\" aria-label=\"");
        html.push_str(emoji);
        html.push_str(", ");
        html.push_str(&count);
        html.push_str(if by.len() == 1 { " reaction" } else { " reactions" });
        html.push_str(if *is_mine { ", you reacted\">" } else { "\">" });
        html.push_str(emoji);
        html.push(' ');
        html.push_str(&count);
        html.push_str("</button>");
    }
    html
}

/// The focus stays on the kind that it is on, or goes to the message where the kind is gone.
fn keep_focus(id: MessageId) {
    let Some(held) = document().active_element() else { return };
    let Ok(Some(message)) = held.closest(".message:has(> .reactions :focus)") else { return };
    if message.id().parse() != Ok(id) {
        return;
    }
    let emoji = held.get_attribute("data-emoji").unwrap_or_default();
    request_animation_frame(move || {
        if held.is_connected() {
            return;
        }
        let same = [".reactions [data-emoji=\"", &emoji, "\"]"].concat();
        let next = message.query_selector(&same).ok().flatten().unwrap_or(message);
        if let Ok(next) = next.dyn_into::<HtmlElement>() {
            let _ = next.focus();
        }
    });
}

/// Reacts, if it was an emoji that was pressed, or does what else was pressed in a message.
pub fn react(model: SpaceModel, pressed: &Element) {
    act(model, pressed);
    if let Some((message, emoji, _)) = emoji_at(pressed) {
        model.toggle_reaction(message, emoji);
    }
}

/// Says at the emoji that is pointed at who reacted with it.
pub fn say_who(model: SpaceModel, pointed_at: &Element) {
    if let Some((message, emoji, chip)) = emoji_at(pointed_at) {
        let who = model.who_reacted(message, &emoji);
        if !who.is_empty() {
            let _ = chip.set_attribute("title", &who);
        }
    }
}

fn emoji_at(target: &Element) -> Option<(MessageId, String, Element)> {
    let chip = target.closest("[data-emoji]").ok()??;
    let message = chip.closest(".message").ok()??.id().parse().ok()?;
    Some((message, chip.get_attribute("data-emoji")?, chip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(emoji: &str, count: usize) -> Reaction {
        Reaction { emoji: emoji.into(), by: vec!["@ada".parse().expect("an id"); count] }
    }

    #[test]
    fn each_kind_says_how_many_there_are_and_whether_one_is_mine() {
        assert_eq!(chips(&[]), "");
        for (emoji, count, is_mine, expected) in [
            ("👍", 1, false, r#"aria-pressed="false" aria-label="👍, 1 reaction">👍 1<"#),
            (
                "❤️",
                3,
                true,
                r#"aria-pressed="true" aria-label="❤️, 3 reactions, you reacted">❤️ 3<"#,
            ),
        ] {
            let html = chips(&[(kind(emoji, count), is_mine)]);
            assert!(html.contains(expected), "{html}");
        }
    }

    #[test]
    fn what_is_no_emoji_does_not_become_html() {
        for emoji in ["<img src=x>", "\" onclick=\"", "&lt;"] {
            assert_eq!(chips(&[(kind(emoji, 1), true)]), "");
        }
    }
}
