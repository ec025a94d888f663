//! Takes a model's thoughts out of its text, where it writes them between tags in front of the answer.
//! Pure.
//!
//! Always true:
//! - Only tags at the very beginning count: what an answer says about `<think>` is part of the answer.
//! - Text is passed on as soon as it is clear what it is, however a tag is cut.

use crate::ai::provider::Piece;

/// DeepSeek's and Qwen's, Magistral's, and those of others.
const TAGS: [(&str, &str); 4] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
];

#[derive(Debug)]
pub enum Thoughts {
    /// Nothing came but white space, and perhaps the beginning of a tag.
    Beginning(String),
    /// Until the tag; the text that was held back may be its beginning.
    Thinking(&'static str, String),
    Answering,
}

impl Default for Thoughts {
    fn default() -> Self {
        Self::Beginning(String::new())
    }
}

impl Thoughts {
    pub fn take(&mut self, text: &str, pieces: &mut Vec<Piece>) {
        match self {
            Self::Beginning(held) => {
                held.push_str(text);
                let begun = held.trim_start();
                if let Some((rest, close)) =
                    TAGS.iter().find_map(|(open, close)| Some((begun.strip_prefix(open)?, *close)))
                {
                    let rest = rest.to_owned();
                    *self = Self::Thinking(close, String::new());
                    self.take(&rest, pieces);
                } else if !TAGS.iter().any(|(open, _)| open.starts_with(begun)) {
                    let text = std::mem::take(held);
                    *self = Self::Answering;
                    self.take(&text, pieces);
                }
            }
            Self::Thinking(close, held) => {
                held.push_str(text);
                if let Some((thought, rest)) = held.split_once(*close) {
                    push(pieces, Piece::Reasoning, thought);
                    let rest = rest.to_owned();
                    *self = Self::Answering;
                    self.take(&rest, pieces);
                } else {
                    let is_begun = |at: &usize| close.starts_with(&held[*at..]);
                    let ends = held.char_indices().map(|(at, _)| at);
                    let end = ends.rev().take(close.len()).filter(is_begun).last();
                    let tag = held.split_off(end.unwrap_or(held.len()));
                    push(pieces, Piece::Reasoning, held);
                    *held = tag;
                }
            }
            Self::Answering => push(pieces, Piece::Content, text),
        }
    }

    /// Passes on what was held back.
    pub fn finish(&mut self, pieces: &mut Vec<Piece>) {
        match std::mem::replace(self, Self::Answering) {
            Self::Beginning(held) => push(pieces, Piece::Content, &held),
            Self::Thinking(_, held) => push(pieces, Piece::Reasoning, &held),
            Self::Answering => {}
        }
    }
}

fn push(pieces: &mut Vec<Piece>, piece: fn(String) -> Piece, text: &str) {
    if !text.is_empty() {
        pieces.push(piece(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reasoning and the content.
    fn separated(text: &str, size: usize) -> (String, String) {
        let (mut thoughts, mut pieces) = (Thoughts::default(), vec![]);
        let chars: Vec<_> = text.chars().collect();
        for part in chars.chunks(size) {
            thoughts.take(&part.iter().collect::<String>(), &mut pieces);
        }
        thoughts.finish(&mut pieces);
        let (mut reasoning, mut content) = (String::new(), String::new());
        for piece in pieces {
            match piece {
                Piece::Reasoning(text) => reasoning += &text,
                Piece::Content(text) => content += &text,
            }
        }
        (reasoning, content)
    }

    #[test]
    fn thoughts_are_separated_wherever_their_tags_are_cut() {
        for (text, reasoning, content) in [
            ("<think>ask @guide?</think>Yes.", "ask @guide?", "Yes."),
            ("\n<think>\na < b</thin</think>\n\nYes.", "\na < b</thin", "\n\nYes."),
            ("<think></think>Yes.", "", "Yes."),
            ("<thinking>é</thinking>Ja.", "é", "Ja."),
            ("<thought>x</thought>y", "x", "y"),
            ("[THINK]x[/THINK]y", "x", "y"),
            ("<think>never ends</thi", "never ends</thi", ""),
            ("<thin", "", "<thin"),
            ("<thin ice>", "", "<thin ice>"),
            ("  ", "", "  "),
            ("Yes. <think>no</think>", "", "Yes. <think>no</think>"),
            ("`<think>` is a tag.", "", "`<think>` is a tag."),
            ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ] {
            for size in 1..=text.len() {
                let expected = (reasoning.to_owned(), content.to_owned());
                assert_eq!(separated(text, size), expected, "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn nothing_is_held_back_that_is_clear() {
        let (mut thoughts, mut pieces) = (Thoughts::default(), vec![]);
        for (text, piece) in [
            ("<think>Hm", Some(Piece::Reasoning("Hm".into()))),
            (", so</th", Some(Piece::Reasoning(", so".into()))),
            ("ink>Yes", Some(Piece::Content("Yes".into()))),
            (".", Some(Piece::Content(".".into()))),
        ] {
            thoughts.take(text, &mut pieces);
            assert_eq!(pieces.pop(), piece, "{text}");
        }
    }
}
