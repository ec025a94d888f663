//! The handle that a name suggests, as one would type it: 小智 is `@xiaozhi`, Émile is `@emile`. Pure.

use protocol::{BeingId, Name};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// `attempt` counts the ids that are already taken.
pub(super) fn of_name(name: &Name, fallback: &str, attempt: u32) -> BeingId {
    let letters = transliterated(name.as_str(), |c| {
        c.is_alphanumeric() || c.general_category_group() == GeneralCategoryGroup::Mark
    });
    // A name of signs alone is what they show: 🌱 is `@seedling`.
    let text = match letters.contains(|c: char| c.is_ascii_alphanumeric()) {
        true => letters,
        false => transliterated(name.as_str(), |c| !c.is_ascii()),
    };
    BeingId::from_name(&text, fallback, attempt)
}

/// In ASCII, as far as the signs are known; what is no word stays as it is, and separates words.
fn transliterated(name: &str, is_of_a_word: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    for c in name.nfc() {
        if is_of_a_word(c) && !c.is_ascii() {
            let letters = any_ascii::any_ascii_char(c).chars();
            // They stand for a soft sign, or for a glottal stop.
            text.extend(letters.filter(|c| !matches!(c, '\'' | '`')));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_has_a_handle_that_can_be_typed() {
        for (name, handle) in [
            ("Evening Garden", "@evening-garden"),
            ("小智", "@xiaozhi"),
            ("小智 2", "@xiaozhi-2"),
            ("Émile", "@emile"),
            ("E\u{301}mile", "@emile"),
            ("Zoë Müller-Ångström", "@zoe-muller-angstrom"),
            ("Łukasz", "@lukasz"),
            ("Straße", "@strasse"),
            ("Мария", "@mariya"),
            ("Ελένη", "@eleni"),
            ("さくら", "@sakura"),
            ("세이지", "@seiji"),
            ("Ｓａｇｅ", "@sage"),
            ("¡Hola! Sage 🌱", "@hola-sage"),
            ("🌱", "@seedling"),
            ("庭", "@ting"),
            ("???", "@being"),
        ] {
            let name = Name::parse(name).expect("a name");
            let id = of_name(&name, "being", 0);
            assert_eq!(id.as_str(), handle, "{}", name.as_str());
            assert_eq!(id.as_str().parse(), Ok(id.clone()));
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_handle_is_valid_whatever_the_name_is(text in "\\PC{1,30}", attempt in 0..99_999u32) {
            if let Ok(name) = Name::parse(&text) {
                let id = of_name(&name, "being", attempt);
                proptest::prop_assert_eq!(id.as_str().parse(), Ok(id.clone()));
            }
        }
    }
}
