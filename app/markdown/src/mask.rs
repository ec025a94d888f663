//! Hides from the parser what must not mean anything in a chat. A masked character is replaced by a control
//! character of the same length, so that offsets stay what they are, and put back where text is written.
//!
//! Whether a character is masked depends on its line only. So the mask of a text from any line on equals that
//! part of the mask of the whole text.

use std::borrow::Cow;

use super::{address, formula::Formula};

/// What can be masked; each has a control character from [`FIRST`] on.
const MASKED: &[u8] = b"<:$_*~>-+.)[]&";
/// What means something within a line.
const WITHIN_LINE: &[u8] = b"<:$_*~>[]&";
const FIRST: u8 = 0x0E;
/// In the place of a control character that the text itself has. It is not shown.
const IGNORED: u8 = 0x01;
/// How many markers of containers one line may begin with: it bounds how deep they are nested.
const LEADING_MARKERS_MAX: usize = 24;

pub fn masked(text: &str) -> Cow<'_, str> {
    let mut mask = Mask { text: text.as_bytes(), masked: None };
    let mut at = 0;
    let mut is_line_start = true;
    while let Some(&byte) = mask.text.get(at) {
        if is_line_start {
            mask.line_start(at);
        }
        is_line_start = matches!(byte, b'\n' | b'\r');
        match byte {
            // No link reference definitions.
            b':' if at > 0 && mask.text[at - 1] == b']' => mask.hide(at),
            b'$' if is_no_delimiter(text, at) => mask.hide(at),
            b'h' | b'H' | b'w' | b'W' => {
                if let Some(length) = address::web(text, at) {
                    if !is_destination(text, at, at + length) {
                        mask.address(at..at + length);
                    }
                    at += length;
                    continue;
                }
            }
            FIRST..0x20 => mask.set(at, IGNORED),
            _ => {}
        }
        at += 1;
    }
    mask.finish().map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The masked text, with formulas in which nothing means anything: they are still to be read.
pub fn without_formulas<'a>(text: Cow<'a, str>, formulas: &[Formula]) -> Cow<'a, str> {
    if formulas.is_empty() {
        return text;
    }
    let mut mask = Mask { text: text.as_bytes(), masked: None };
    for Formula { range, .. } in formulas {
        for at in range.start + 2..range.end - 2 {
            if WITHIN_LINE.contains(&mask.text[at]) {
                mask.hide(at);
            }
        }
    }
    Cow::Owned(mask.finish().unwrap_or_else(|| text.into_owned()))
}

/// The text without control characters that would be taken for masked ones.
pub fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The character that a masked one stands for.
pub fn unmasked(c: char) -> char {
    match c {
        '\u{e}'..'\u{20}' => MASKED.get(c as usize - FIRST as usize).map_or(c, |&byte| byte.into()),
        _ => c,
    }
}

/// The text with what was masked in it.
pub fn restored(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| (FIRST..0x20).contains(&byte)) {
        Cow::Owned(text.chars().map(unmasked).collect())
    } else {
        Cow::Borrowed(text)
    }
}

struct Mask<'a> {
    text: &'a [u8],
    masked: Option<Vec<u8>>,
}

impl Mask<'_> {
    /// `None` where nothing was masked.
    fn finish(self) -> Option<String> {
        Some(String::from_utf8(self.masked?).expect("ASCII was put for ASCII"))
    }

    fn set(&mut self, at: usize, byte: u8) {
        self.masked.get_or_insert_with(|| self.text.to_vec())[at] = byte;
    }

    fn hide(&mut self, at: usize) {
        if let Some(index) = MASKED.iter().position(|&byte| byte == self.text[at]) {
            self.set(at, FIRST + index as u8);
        }
    }

    /// What could be taken for emphasis, strikethrough or mathematics within an address.
    fn address(&mut self, range: std::ops::Range<usize>) {
        for at in range {
            if matches!(self.text[at], b'_' | b'*' | b'~' | b'$') {
                self.hide(at);
            }
        }
    }

    /// The markers that a line begins with: too many of them, and a tag that would begin an HTML block.
    fn line_start(&mut self, start: usize) {
        let mut at = start;
        let mut markers = 0;
        let byte = |at: usize| self.text.get(at).copied().unwrap_or(b'\n');
        let is_blank = |at: usize| byte(at).is_ascii_whitespace();
        let hidden = loop {
            match byte(at) {
                b' ' | b'\t' => {
                    at += 1;
                    continue;
                }
                b'<' if begins_html(&self.text[at + 1..]) => break at,
                b'>' => {}
                b'-' | b'+' | b'*' if is_blank(at + 1) => {}
                b'0'..=b'9' => {
                    while byte(at).is_ascii_digit() {
                        at += 1;
                    }
                    if !(matches!(byte(at), b'.' | b')') && is_blank(at + 1)) {
                        return;
                    }
                }
                _ => return,
            }
            markers += 1;
            if markers > LEADING_MARKERS_MAX {
                break at;
            }
            at += 1;
        };
        self.hide(hidden);
    }
}

/// Whether the parser reads this address as it stands, as in `[…](https://…)` and `<https://…>`: there a control
/// character would make it none.
fn is_destination(text: &str, start: usize, end: usize) -> bool {
    let before = &text[..start];
    let line = text[end..].split(['\n', '\r']).next().unwrap_or_default();
    before.ends_with('<') && line.starts_with('>') || before.ends_with("](") && line.contains(')')
}

/// After a `<`: a tag, a comment or an instruction, and not an address as in `<https://…>`.
fn begins_html(rest: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".+-_".contains(byte);
    match rest.first() {
        Some(b'/' | b'!' | b'?') => true,
        Some(first) if first.is_ascii_alphabetic() => {
            !matches!(rest.iter().find(|byte| !is_name(byte)), Some(b':' | b'@'))
        }
        _ => false,
    }
}

/// Whether the `$` at this place is none of mathematics: an amount, as in "$5 and ($7)", or a name, as in
/// "bin:$PATH". Not where it is escaped.
fn is_no_delimiter(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).map(|before| bytes[before]);
    let after = bytes.get(at + 1).copied().unwrap_or(b' ');
    match before {
        Some(b'$' | b'\\') => false,
        Some(before) if before.is_ascii_alphanumeric() || b":-/.)".contains(&before) => {
            after.is_ascii_alphanumeric()
        }
        _ => after.is_ascii_digit() && is_amount(&bytes[at + 1..]),
    }
}

/// A number that no formula goes on with.
fn is_amount(rest: &[u8]) -> bool {
    let length =
        rest.iter().take_while(|byte| byte.is_ascii_digit() || b",.".contains(byte)).count();
    let mut after = rest[length..].iter().copied();
    match after.next() {
        None => true,
        Some(b'k' | b'K' | b'm' | b'M' | b'b' | b'B') => after
            .next()
            .is_none_or(|next| !next.is_ascii_alphanumeric() && !b"$^_=+\\".contains(&next)),
        Some(b' ') => {
            after.next().is_none_or(|next| next.is_ascii_alphabetic() || b"(-*".contains(&next))
        }
        Some(next) => !next.is_ascii_alphanumeric() && !b"$^_=+-/\\<>{!".contains(&next),
    }
}
