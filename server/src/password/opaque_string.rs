//! A password as it is compared: RFC 8265, section 4.2 (the profile OpaqueString). The same password may
//! come in several spellings: a keyboard composes é, another writes e and an accent.
//!
//! Of the profile's table of characters only the control characters are refused. The table is of Unicode
//! 6.3, and would refuse every emoji and script of the years since.

use protocol::{OutOfBounds, Password};
use unicode_normalization::UnicodeNormalization;

/// A password that is set: in its prepared form, which is what the bounds count.
pub fn prepare(text: &str) -> Result<Password, OutOfBounds> {
    if text.chars().any(char::is_control) {
        return Err(OutOfBounds::new("password", "contains a control character"));
    }
    Password::parse(text.chars().map(space_or_self).nfc().collect())
}

/// A password that is presented, in each form that it may have been hashed in: the prepared one first,
/// then those of earlier versions, which hashed what was typed. How many there are depends on the text
/// alone. None where no account can have it.
pub fn forms(text: &str) -> Vec<Password> {
    let mut texts: Vec<String> = Vec::with_capacity(4);
    let composed = text.chars().map(space_or_self).nfc().collect();
    for form in [composed, text.to_owned(), text.nfc().collect(), text.nfd().collect()] {
        if !texts.contains(&form) {
            texts.push(form);
        }
    }
    texts.into_iter().filter_map(|text| Password::parse(text).ok()).collect()
}

/// All of Unicode's spaces (category Zs) are the one on the keyboard.
fn space_or_self(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(password: &Password) -> &str {
        std::str::from_utf8(password.as_bytes()).expect("text")
    }

    #[test]
    fn a_password_is_the_same_in_every_spelling_and_no_other() {
        for (typed, prepared) in [
            ("correct horse", "correct horse"),
            ("Mu\u{308}nchen 2024", "M\u{fc}nchen 2024"),
            ("M\u{fc}nchen 2024", "M\u{fc}nchen 2024"),
            ("a\u{323}\u{302} a\u{302}\u{323} abcdef", "\u{1ead} \u{1ead} abcdef"),
            ("\u{1112}\u{1161}\u{11ab} abcdef", "\u{d55c} abcdef"),
            ("wide\u{3000}and\u{a0}thin\u{2009}", "wide and thin "),
            // Neither case nor compatibility is folded.
            ("\u{fb01}re \u{ff21} \u{2460} \u{b2}", "\u{fb01}re \u{ff21} \u{2460} \u{b2}"),
            (" PassWord ", " PassWord "),
            ("❤️ 🫶🏽 👨‍👩‍👧 \u{20ac}", "❤️ 🫶🏽 👨‍👩‍👧 \u{20ac}"),
        ] {
            let password = prepare(typed).map_err(|e| e.to_string()).expect(typed);
            assert_eq!(text(&password), prepared, "{typed}");
            assert_eq!(text(&forms(typed)[0]), prepared, "{typed}");
        }
        for typed in ["tab\tin between", "line\nin between", "NUL\0 in between", "C1 \u{85} abc"] {
            assert!(prepare(typed).is_err(), "{typed:?}");
            // One of an earlier version may hold it.
            assert_eq!(text(&forms(typed)[0]), typed);
        }
    }

    #[test]
    fn bounds_count_the_prepared_form() {
        assert!(prepare(&"e\u{301}".repeat(256)).is_ok());
        assert!(prepare(&"e\u{301}".repeat(257)).is_err());
        assert!(prepare(&"e\u{301}".repeat(8)).is_ok());
        assert!(prepare(&"e\u{301}".repeat(7)).is_err());
        // An earlier version counted what was typed.
        assert_eq!(forms(&"e\u{301}".repeat(7)).len(), 1);
        assert!(forms("short").is_empty() && forms(&"x".repeat(257)).is_empty());
    }

    #[test]
    fn plain_text_has_one_form() {
        assert_eq!(forms("correct horse battery staple").len(), 1);
        assert_eq!(forms("M\u{fc}nchen 2024").len(), 2);
    }
}
