//! The words of a text, as they are compared: compatibility forms are one (NFKC), and case and diacritics
//! are gone. A word is a run of letters, digits and the marks on them; everything else separates. Of a
//! script that is written without spaces each character is a word, so that what stands inside of a sentence
//! is found; a query asks for several in a row.

use std::ops::Range;

use unicode_normalization::{
    UnicodeNormalization as _,
    char::{canonical_combining_class, decompose_compatible},
};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Counts the ways in which texts were cut. An index of another version is built again.
pub const VERSION: i64 = 1;

/// A longer word is cut here, in texts and in queries alike.
const WORD_MAX_CHARACTERS: usize = 64;

/// A word, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// In the text, in bytes.
    pub range: Range<usize>,
    /// Whether nothing separates it from the word before.
    pub is_joined: bool,
}

/// The words of a text, in its order.
pub fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    let mut clusters = Clusters(text.char_indices().peekable(), text.len()).peekable();
    let (mut folded, mut at) = (Vec::new(), 0);
    let mut is_joined = false;
    // The characters of `folded` from `at` on are still to be read; they stand for `range`.
    let mut range = 0..0;
    std::iter::from_fn(move || {
        let mut word: Option<Word> = None;
        let mut characters = 0;
        loop {
            while let Some(&character) = folded.get(at) {
                let kind = kind(character);
                match (&mut word, kind) {
                    (None, Kind::Separator) => is_joined = false,
                    (Some(_), Kind::Separator | Kind::Ideograph) => return word,
                    (None, Kind::Letter | Kind::Ideograph) => {
                        let text = character.to_string();
                        word = Some(Word { text, range: range.clone(), is_joined });
                        (is_joined, characters) = (true, 1);
                    }
                    (Some(word), Kind::Letter) => {
                        if characters < WORD_MAX_CHARACTERS {
                            word.text.push(character);
                            characters += 1;
                        }
                        word.range.end = range.end;
                    }
                }
                at += 1;
                if kind == Kind::Ideograph {
                    return word;
                }
            }
            let Some(next) = clusters.next() else { return word };
            fold(&text[next.clone()], &mut folded);
            (range, at) = (next, 0);
        }
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    /// A word of its own.
    Ideograph,
    Separator,
}

fn kind(character: char) -> Kind {
    if character.is_ascii() {
        return if character.is_ascii_alphanumeric() { Kind::Letter } else { Kind::Separator };
    }
    let is_mark = || character.general_category_group() == GeneralCategoryGroup::Mark;
    match character {
        character if is_unspaced(character) => Kind::Ideograph,
        character if character.is_alphanumeric() || is_mark() => Kind::Letter,
        _ => Kind::Separator,
    }
}

/// Of a script without spaces, or, as Korean, with endings that hide a word from who looks for it.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{312f}' | '\u{3131}'..='\u{318e}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{115f}'
        | '\u{0e01}'..='\u{0e30}' | '\u{0e32}' | '\u{0e33}' | '\u{0e40}'..='\u{0e46}'
        | '\u{0e81}'..='\u{0eb0}' | '\u{0eb2}' | '\u{0eb3}' | '\u{0ebd}'..='\u{0ec6}'
        | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3fffd}')
}

/// A character with what belongs to it, so that both are normalised together.
struct Clusters<'t>(std::iter::Peekable<std::str::CharIndices<'t>>, usize);

impl Iterator for Clusters<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let (start, _) = self.0.next()?;
        while self.0.next_if(|(_, character)| belongs_to_the_one_before(*character)).is_some() {}
        let end = self.0.peek().map_or(self.1, |(end, _)| *end);
        Some(start..end)
    }
}

fn belongs_to_the_one_before(character: char) -> bool {
    !character.is_ascii()
        && (canonical_combining_class(character) != 0
            || is_ignored(character)
            // Vowels and ends of Korean syllables; the voicing of halfwidth kana.
            || matches!(character, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}'))
}

/// Not seen, and no border of a word.
fn is_ignored(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A mark without which the word reads the same to who looks for it. The marks of Indic scripts are vowels,
/// and those of kana make other sounds: they stay.
fn is_diacritic(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Puts a cluster as it is compared into `folded`.
fn fold(cluster: &str, folded: &mut Vec<char>) {
    folded.clear();
    if let [byte] = cluster.as_bytes() {
        folded.push(char::from(byte.to_ascii_lowercase()));
        return;
    }
    let mut plain = String::new();
    for character in cluster.chars().filter(|character| !is_ignored(*character)) {
        decompose_compatible(character, |part| {
            for lower in part.to_lowercase().filter(|lower| !is_diacritic(*lower)) {
                match spelled_out(lower) {
                    Some(letters) => plain.push_str(letters),
                    None => plain.push(lower),
                }
            }
        });
    }
    folded.extend(plain.nfc());
}

/// Letters that Unicode does not take apart.
fn spelled_out(lower: char) -> Option<&'static str> {
    Some(match lower {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let mut shown = String::new();
        for word in words(text) {
            shown.push_str(if word.is_joined { "+" } else { " " });
            shown.push_str(&word.text);
        }
        shown.trim_start().to_owned()
    }

    #[test]
    fn a_text_is_cut_into_words_as_they_are_compared() {
        for (text, expected) in [
            ("", ""),
            ("… — 🌱 !?", ""),
            ("Hello, World!", "hello world"),
            ("snake_case kebab-case a.b/c", "snake case kebab case a b c"),
            ("Müller MÜLLER Mu\u{308}ller", "muller muller muller"),
            ("Straße Ærø Łódź Đà Nẵng", "strasse aero lodz da nang"),
            ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
            ("ΟΔΟΣ Όδος", "οδοσ οδοσ"),
            ("ёлка ЙОД", "елка иод"),
            ("ﬁne Ｆｕｌｌ ２０２６ x²", "fine full 2026 x2"),
            ("don't 3.14", "don t 3 14"),
            ("co\u{ad}operate zero\u{200b}width", "cooperate zerowidth"),
            ("我在上海。", "我+在+上+海"),
            ("iPhone手机16", "iphone+手+机+16"),
            ("ガイド ｶﾞｲﾄﾞ か\u{3099}", "ガ+イ+ド ガ+イ+ド が"),
            ("학교에서", "학+교+에+서"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("הַשָּׁלוֹם مُحَمَّد", "השלום محمد"),
            ("हिन्दी", "हिन्दी"),
            ("๒๕๖๙ น้ำ", "๒๕๖๙ น+า"),
            ("@ada `x` **bold**", "ada x bold"),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }

    #[test]
    fn a_word_says_where_it_stands() {
        let text = "Der Mu\u{308}ller, ﬁn 上海🌱x";
        let at: Vec<_> = words(text).map(|word| &text[word.range]).collect();
        assert_eq!(at, ["Der", "Mu\u{308}ller", "ﬁn", "上", "海", "x"]);
    }

    #[test]
    fn a_word_without_an_end_is_cut() {
        let long = "é".repeat(20_000);
        let all: Vec<_> = words(&long).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].text, "e".repeat(WORD_MAX_CHARACTERS));
        assert_eq!(all[0].range, 0..long.len());
        assert_eq!(words(&"漢".repeat(20_000)).count(), 20_000);
    }
}
