//! Emoji, as people react with them.

use protocol::OutOfBounds;

/// One RGI emoji sequence (Unicode Technical Standard 51), fully qualified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji(&'static str);

impl Emoji {
    /// Takes any spelling of it: also one that leaves out what says that it is no text (U+FE0F).
    pub fn parse(text: &str) -> Result<Self, OutOfBounds> {
        let known = emojis::get(text).ok_or_else(|| OutOfBounds::new("emoji", "is not one emoji"));
        known.map(|emoji| Self(emoji.as_str()))
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_an_emoji_is_its_fully_qualified_one() {
        for (text, emoji) in [
            ("🌱", "🌱"),
            ("\u{2764}", "\u{2764}\u{fe0f}"),
            ("\u{2764}\u{fe0f}", "\u{2764}\u{fe0f}"),
            // A key of a telephone.
            ("#\u{20e3}", "#\u{fe0f}\u{20e3}"),
            // A skin tone.
            ("👍🏽", "👍🏽"),
            // A flag of two letters, and one of a region.
            ("🇩🇪", "🇩🇪"),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            ),
            // Joined: a flag, and two people of two skin tones.
            ("🏳\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
            (
                "👩🏻\u{200d}\u{2764}\u{200d}💋\u{200d}👩🏿",
                "👩🏻\u{200d}\u{2764}\u{fe0f}\u{200d}💋\u{200d}👩🏿",
            ),
        ] {
            assert_eq!(Emoji::parse(text).map(Emoji::as_str), Ok(emoji), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_emoji_is_refused() {
        for text in [
            "",
            " ",
            "a",
            "7",
            "#",
            "❤️❤️",
            "🌱 ",
            " 🌱",
            "🇩",
            "🇩🇩",
            "🏽",
            "\u{fe0f}",
            "\u{200d}",
            "👩\u{200d}",
            "🌱\u{fe0f}\u{fe0f}",
            "🌱\0",
            "🏴\u{e0067}\u{e0062}",
            "ⓘ",
            "+1",
            ":heart:",
        ] {
            let refused = Emoji::parse(text).map(Emoji::as_str).map_err(|it| it.to_string());
            assert_eq!(refused, Err("emoji is not one emoji".to_owned()), "{text:?}");
        }
    }
}
