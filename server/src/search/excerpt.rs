//! What a result shows of a long text.

use std::{borrow::Cow, ops::Range};

use super::Query;

/// So much is shown before the first match, and of the whole; both in characters.
const BEFORE_MAX_CHARACTERS: usize = 60;
const MAX_CHARACTERS: usize = 240;

/// A piece of a text, and whether it is a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'t> {
    pub text: &'t str,
    pub is_match: bool,
}

/// A text as it is read, without the signs of Markdown, and where a query stands in it. As it was written, with the
/// matches there, where the query fits only so: in the address of a link, or across such a sign.
pub fn as_read<'t>(
    text: &'t str,
    query: &Query,
    matches: Vec<(usize, usize)>,
) -> (Cow<'t, str>, Vec<(usize, usize)>) {
    let read = markdown::words(text);
    match query.matches(&read) {
        Some(ranges) => {
            (Cow::Owned(read), ranges.into_iter().map(|it| (it.start, it.end)).collect())
        }
        None => (Cow::Borrowed(text), matches),
    }
}

/// The text around its first match, and whether something is left out before it and behind it.
pub fn excerpt<'t>(text: &'t str, matches: &[(usize, usize)]) -> (bool, Vec<Piece<'t>>, bool) {
    let first = matches.first().map_or(0, |(start, _)| *start);
    let back = text[..first].char_indices().rev().take(BEFORE_MAX_CHARACTERS);
    let mut start = back.last().map_or(first, |(at, _)| at);
    if start > 0 {
        // Not in the middle of a word, where the text has words.
        let space = text[start..first].find(char::is_whitespace);
        start = space.map_or(start, |space| start + space);
    }
    let end =
        text[start..].char_indices().nth(MAX_CHARACTERS).map_or(text.len(), |(at, _)| start + at);
    let (mut pieces, mut at) = (Vec::new(), start);
    let mut push = |range: Range<usize>, is_match| {
        if !range.is_empty() {
            pieces.push(Piece { text: &text[range], is_match });
        }
    };
    for (from, to) in matches.iter().filter(|(from, _)| *from < end) {
        push(at..*from, false);
        push(*from..*to.min(&end), true);
        at = *to.min(&end);
    }
    push(at..end, false);
    (start > 0, pieces, end < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, matches: &[(usize, usize)]) -> String {
        let (cut_before, pieces, cut_behind) = excerpt(text, matches);
        let mut shown = String::from(if cut_before { "…" } else { "" });
        for Piece { text, is_match } in pieces {
            shown += &if is_match { format!("[{text}]") } else { text.to_owned() };
        }
        shown + if cut_behind { "…" } else { "" }
    }

    #[test]
    fn a_text_is_shown_as_it_is_read() {
        for (text, query, expected) in [
            ("# A **garden** shed", "garden", "A [garden] shed"),
            ("- `key`\n- the _key_", "key", "[key]\nthe [key]"),
            ("See [the plan](https://a.example/b) now", "plan", "See the [plan] now"),
            (
                "See [the plan](https://a.example/b) now",
                "example",
                "See [the plan](https://a.[example]/b) now",
            ),
            (
                "See [the plan](https://a.example/b) now",
                "example plan",
                "See [the [plan]](https://a.[example]/b) now",
            ),
            ("```rust\nlet garden = 1;\n```", "let", "[let] garden = 1;"),
            ("```rust\nlet garden = 1;\n```", "rust", "```[rust]\nlet garden = 1;\n```"),
            ("**gar**den", "gar", "[garden]"),
            ("**gar**den", "\"gar den\"", "**[gar**den]"),
            ("a < b && <b>bold</b>", "bold", "a < b && <b>[bold]</b>"),
            ("|a|Müller|\n|-|-|\n|1|2|", "muller", "a [Müller]\n1 2"),
            ("", "a", ""),
        ] {
            let query: Query = query.parse().expect("a query");
            let matches = query.matches(text).unwrap_or_default();
            let matches = matches.into_iter().map(|it| (it.start, it.end)).collect();
            let (read, matches) = as_read(text, &query, matches);
            assert_eq!(shown(&read, &matches), expected, "{text}");
        }
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        assert_eq!(shown("one two one", &[(0, 3), (8, 11)]), "[one] two [one]");
        assert_eq!(shown("one", &[]), "one");
    }

    #[test]
    fn a_long_text_is_shown_around_its_first_match() {
        let text = format!("{}x{}", "é ".repeat(100), " ü".repeat(300));
        let at = text.find('x').expect("it");
        let shown = shown(&text, &[(at, at + 1)]);
        assert!(
            shown.starts_with("… é") && shown.contains(" [x] ü") && shown.ends_with('…'),
            "{shown}"
        );
        let marks = "[]……".chars().count();
        assert_eq!(shown.chars().count(), MAX_CHARACTERS + marks);
    }

    #[test]
    fn a_match_without_an_end_is_cut() {
        let text = "漢".repeat(20_000);
        assert_eq!(shown(&text, &[(0, text.len())]), format!("[{}]…", "漢".repeat(MAX_CHARACTERS)));
        let at = "漢".len() * 100;
        assert_eq!(
            shown(&text, &[(at, at + 3)]).chars().filter(|c| *c == '漢').count(),
            MAX_CHARACTERS
        );
    }
}
