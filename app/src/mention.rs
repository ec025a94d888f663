//! A mention that is being typed, and the members that it may mean.

/// More than this behind an `@`, in characters, is no beginning of a name.
const TYPED_MAX_CHARS: usize = 40;
/// What begins a mention: the second is fullwidth.
pub const SIGNS: [char; 2] = ['@', '＠'];

/// What stands between an `@` and the caret.
#[derive(Debug, PartialEq, Eq)]
pub struct Typed<'a> {
    /// Where the `@` stands, in UTF-16 code units.
    pub from: u32,
    pub beginning: &'a str,
}

/// The mention that is being typed at the caret, or `None` if there is none. The caret is a position in UTF-16 code
/// units. By the rules of the protocol, no ASCII letter, digit, `_` or `-` stands before the `@`.
pub fn typed_at(text: &str, caret: u32) -> Option<Typed<'_>> {
    let before = &text[..byte_at(text, caret)];
    let (before, beginning) = before.rsplit_once(SIGNS)?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || SIGNS.contains(&c);
    let is_mention = !before.ends_with(is_word)
        && !beginning.starts_with(char::is_whitespace)
        && !beginning.contains('\n')
        && beginning.chars().count() <= TYPED_MAX_CHARS;
    let from = before.chars().map(|c| c.len_utf16() as u32).sum();
    is_mention.then_some(Typed { from, beginning })
}

/// The ranks that a member may have, the best first.
pub const RANKS: std::ops::Range<u8> = 0..4;

/// How well a member fits what was typed; `None` for not at all. All texts are folded. A name or a handle that begins
/// so comes before one with such a word in it, and an AI being, which answers, before a person.
pub fn rank(beginning: &str, handle: &str, name: &str, is_ai: bool) -> Option<u8> {
    let mut words = name.match_indices(' ').map(|(at, blank)| &name[at + blank.len()..]);
    let rank = if name.starts_with(beginning) || handle.starts_with(beginning) {
        0
    } else {
        words.any(|words| words.starts_with(beginning)).then_some(2)?
    };
    Some(rank + u8::from(!is_ai))
}

/// Without accents and case. Takes a text in Unicode's Normalization Form KD, which has its accents apart.
pub fn folded(decomposed: &str) -> String {
    let letters = decomposed.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    // Not to small letters: their table would be another 3 KB.
    letters.flat_map(char::to_uppercase).collect()
}

fn byte_at(text: &str, utf16: u32) -> usize {
    let mut units = 0;
    let is_reached = |(_, c): &(usize, char)| {
        let is_reached = units >= utf16;
        units += c.len_utf16() as u32;
        is_reached
    };
    text.char_indices().find(is_reached).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::{folded, rank, typed_at};

    #[test]
    fn a_mention_is_what_stands_between_an_at_sign_and_the_caret() {
        // `|` is the caret.
        for (text, expected) in [
            ("@|", Some((0, ""))),
            ("@sa|", Some((0, "sa"))),
            ("@sa|ge", Some((0, "sa"))),
            ("hi @sage|", Some((3, "sage"))),
            ("hi @Ada Lov|", Some((3, "Ada Lov"))),
            ("请@sa|", Some((1, "sa"))),
            ("🌱 ＠sa|", Some((3, "sa"))),
            ("(@sa|", Some((1, "sa"))),
            ("|@sa", None),
            ("@ sa|", None),
            ("ada@sage|", None),
            ("a-@sage|", None),
            ("@@|", None),
            ("@sa\nge|", None),
            ("no sign|", None),
            ("|", None),
            ("@a very long text which nobody is called at all|", None),
        ] {
            let caret = text.split('|').next().expect("a first part").encode_utf16().count();
            let text = text.replace('|', "");
            let typed = typed_at(&text, caret as u32).map(|typed| (typed.from, typed.beginning));
            assert_eq!(typed, expected, "{text} {caret}");
        }
    }

    #[test]
    fn a_member_fits_by_handle_by_name_and_by_a_word_of_the_name() {
        for (beginning, person, ai) in [
            ("", Some(1), Some(0)),
            ("al", Some(1), Some(0)),
            ("ada l", Some(1), Some(0)),
            ("lov", Some(3), Some(2)),
            ("lovelace x", None, None),
            ("da", None, None),
        ] {
            let ranks = [false, true].map(|is_ai| rank(beginning, "alove", "ada lovelace", is_ai));
            assert_eq!(ranks, [person, ai], "{beginning}");
        }
    }

    #[test]
    fn accents_and_case_are_folded() {
        for (decomposed, expected) in
            [("Mu\u{308}ller", "MULLER"), ("e\u{301}mile", "EMILE"), ("αλφα", "ΑΛΦΑ"), ("庭", "庭")]
        {
            assert_eq!(folded(decomposed), expected);
        }
    }
}
