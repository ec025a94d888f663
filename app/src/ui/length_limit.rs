//! Counts what is left of the longest message, as the server counts: in Unicode scalar values.

use leptos::prelude::*;

use super::{
    erased::show,
    paragraph::{alert, paragraph},
};
use protocol::limits::CONTENT_MAX_CHARACTERS;

/// How much has to be left for nothing to be said.
const NEAR_CHARACTERS: isize = 200;

/// A text as it is sent: without blanks at its ends, and without NUL, which the server refuses.
pub fn outgoing(text: &str) -> String {
    text.replace('\0', "").trim().to_owned()
}

/// How many more characters can be sent; negative if there are too many. Counts what [`outgoing`] leaves,
/// without a copy of the text.
pub fn characters_left(text: &str) -> isize {
    let inner = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let count = inner.chars().filter(|c| *c != '\0').count();
    CONTENT_MAX_CHARACTERS.cast_signed() - count.cast_signed()
}

/// `too_long` is said, once, when there are too many.
#[component]
pub fn LengthLimit(text: RwSignal<String>, too_long: &'static str) -> impl IntoView {
    let left = move || text.with(|text| characters_left(text));
    let is_over = Memo::new(move |_| left() < 0);
    view! {
        <div class="length-limit">
            // A node of its own: an alert is read out when it changes, and the count changes with each key.
            {show(move || {
                is_over.get().then(|| alert("problem", too_long))
            })}
            {show(move || count_in_words(left()).map(|count| paragraph("", count)))}
        </div>
    }
    .into_any()
}

fn count_in_words(left: isize) -> Option<String> {
    let count = left.unsigned_abs();
    let characters = if count == 1 { "character" } else { "characters" };
    match left {
        ..0 => Some(format!("{count} {characters} over the limit")),
        0..=NEAR_CHARACTERS => Some(format!("{count} {characters} left")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Content;

    #[test]
    fn the_count_is_said_near_the_limit_and_beyond_it() {
        for (left, words) in [
            (20_000, None),
            (201, None),
            (200, Some("200 characters left")),
            (1, Some("1 character left")),
            (0, Some("0 characters left")),
            (-1, Some("1 character over the limit")),
            (-12, Some("12 characters over the limit")),
        ] {
            assert_eq!(count_in_words(left).as_deref(), words, "{left}");
        }
    }

    #[test]
    fn the_count_refuses_what_the_server_would() {
        for text in [
            "a".repeat(CONTENT_MAX_CHARACTERS),
            "a".repeat(CONTENT_MAX_CHARACTERS + 1),
            "🌱".repeat(CONTENT_MAX_CHARACTERS),
            "🌱".repeat(CONTENT_MAX_CHARACTERS + 1),
            "e\u{301}".repeat(CONTENT_MAX_CHARACTERS / 2),
            format!("e{}", "\u{301}".repeat(CONTENT_MAX_CHARACTERS)),
            format!(" {} \n\n", "漢".repeat(CONTENT_MAX_CHARACTERS)),
            format!("{}x", "\n".repeat(CONTENT_MAX_CHARACTERS)),
            format!("a{}b", "\n".repeat(CONTENT_MAX_CHARACTERS)),
            "a\0b".to_owned(),
        ] {
            let is_refused = Content::parse(outgoing(&text)).is_err();
            assert_eq!(characters_left(&text) < 0, is_refused, "{:?}", text.get(..20));
        }
    }

    #[test]
    fn the_ends_of_a_text_are_not_sent() {
        for (typed, sent) in [
            ("  Hello  ", "Hello"),
            ("\n\n a\n\n b\n\u{3000}", "a\n\n b"),
            ("a\0 \0", "a"),
            (" \n\t", ""),
        ] {
            assert_eq!(outgoing(typed), sent);
        }
    }
}
