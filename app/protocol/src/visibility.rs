//! Whether a reader sees anything of a text, by Unicode's properties. Fonts differ; where one of them
//! would show a box, the character counts as visible.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether some character shows something by itself.
pub fn has_visible_character(text: &str) -> bool {
    text.chars().any(is_visible)
}

/// A combining mark needs a letter to sit on, and spaces, controls and format characters (joiners, marks
/// of direction, tags) show nothing.
fn is_visible(c: char) -> bool {
    if is_blank(c) {
        return false;
    }
    match c.general_category_group() {
        GeneralCategoryGroup::Letter
        | GeneralCategoryGroup::Number
        | GeneralCategoryGroup::Punctuation
        | GeneralCategoryGroup::Symbol => true,
        GeneralCategoryGroup::Mark | GeneralCategoryGroup::Separator => false,
        // A later Unicode may have given it a shape.
        GeneralCategoryGroup::Other => matches!(
            c.general_category(),
            GeneralCategory::Unassigned | GeneralCategory::PrivateUse
        ),
    }
}

/// Characters that are letters, symbols or unassigned, and yet show nothing: Unicode's
/// `Default_Ignorable_Code_Point` (fillers of Hangul and what is reserved), and shapes without ink.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{2065}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}'
            // Braille, a musical notehead, and Egyptian hieroglyphs.
            | '\u{2800}' | '\u{1d159}' | '\u{13441}' | '\u{13442}'
            // It stands for an object that a text does not have.
            | '\u{fffc}'
    )
}

#[cfg(test)]
mod tests {
    use super::has_visible_character;

    #[test]
    fn a_text_is_visible_if_one_of_its_characters_is() {
        for text in [
            "Ada",
            "å",
            "漢",
            "محمد",
            "ᄒᆞᆫ글",
            "🌱",
            "👨‍👩‍👧",
            "❤️",
            "1️⃣",
            "🇩🇪",
            "—",
            "7",
            "a\u{301}",
            "\u{202e}adA",
            "\u{3164}a",
            "\u{e000}",
            "\u{378}",
            "\u{ad}-",
        ] {
            assert!(has_visible_character(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            "\u{a0}\u{2003}\u{3000}",
            "\u{3164}",
            "\u{115f}\u{1160}\u{ffa0}",
            "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}",
            "\u{200e}\u{200f}\u{61c}",
            "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}",
            "\u{2066}\u{2067}\u{2068}\u{2069}",
            "\u{301}\u{310}\u{30d}",
            "\u{903}\u{20dd}",
            "\u{fe0f}\u{e0100}",
            "\u{e0041}\u{e007f}",
            "\u{34f}\u{17b4}\u{180e}\u{ad}",
            "\u{2800}\u{2800}",
            "\u{1d159}\u{1d173}",
            "\u{13441}\u{13430}",
            "\u{16fe4}\u{1bca0}",
            "\u{fff9}\u{fffb}\u{fffc}",
        ] {
            assert!(!has_visible_character(text), "{text:?}");
        }
    }
}
