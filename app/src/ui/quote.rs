//! The message that another one replies to: who said it, and its beginning on one line. Pressing it goes there.

use leptos::{ev::MouseEvent, prelude::*};

use super::erased::{on_mouse, text};
use crate::space_model::SpaceModel;
use protocol::MessageId;

/// More than fits on one line.
const SHOWN_MAX_CHARACTERS: usize = 160;

/// `by` is the message that replies, if it is in the space already.
pub fn quote(model: SpaceModel, by: Option<MessageId>, of: MessageId) -> AnyView {
    let go = move |event: MouseEvent| {
        // Such a press opens it elsewhere.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            model.jump_to(of);
        }
    };
    view! {
        <a class="quote" href=model.permalink(of) tabindex="-1" on:click=on_mouse(go)>
            <span class="visually-hidden">"In reply to "</span>
            <bdi class="quoted" translate="no">{text(move || model.quote(by, of).author)}</bdi>
            " "
            <span dir="auto">{text(move || one_line(&model.quote(by, of).text))}</span>
        </a>
    }
    .into_any()
}

/// The beginning of a text without the most common marks of Markdown. It is the same on both sides, and needs
/// no renderer, so that a page is the same before and after it has woken.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let (mut shown, mut begins_line) = (0, true);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if shown == SHOWN_MAX_CHARACTERS {
            break;
        }
        rest = &rest[next.len_utf8()..];
        match next {
            '\n' | '\r' | '\t' | ' ' => {
                begins_line |= next == '\n';
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
                continue;
            }
            '#' | '>' if begins_line => continue,
            '*' | '`' => continue,
            // Of a link, its words.
            '[' if rest.find(']').is_some_and(|end| rest[end..].starts_with("](")) => continue,
            ']' if rest.starts_with('(') => {
                rest = rest.find(')').map_or("", |end| &rest[end + 1..]);
                continue;
            }
            _ => line.push(next),
        }
        begins_line = false;
        shown += 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{SHOWN_MAX_CHARACTERS, one_line};

    #[test]
    fn a_quote_is_the_beginning_of_a_text_on_one_line() {
        for (text, shown) in [
            ("", ""),
            ("Hello", "Hello"),
            ("  Two\n\n lines\r\n", "Two lines "),
            ("# A *good* `plan`", "A good plan"),
            ("> Said before\n\nYes", "Said before Yes"),
            ("5 > 4 and #2", "5 > 4 and #2"),
            ("See [the _book_](https://a.example/b) now", "See the _book_ now"),
            ("- [ ] to do (soon)", "- [ ] to do (soon)"),
            ("[unclosed](https://a", "unclosed"),
            ("漢字 **🌱**", "漢字 🌱"),
        ] {
            assert_eq!(one_line(text), shown, "{text:?}");
        }
        assert_eq!(one_line(&"ö".repeat(1_000)), "ö".repeat(SHOWN_MAX_CHARACTERS));
    }
}
