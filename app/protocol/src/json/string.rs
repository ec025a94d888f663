//! The strings of JSON, and their escapes.

use std::borrow::Cow;

/// The letter after a backslash, and the character that the two stand for.
const ESCAPES: [(char, char); 8] = [
    ('"', '"'),
    ('\\', '\\'),
    ('/', '/'),
    ('b', '\u{8}'),
    ('f', '\u{c}'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
];

/// Reads what stands between the quotes of a valid string; `None` if half of a surrogate pair does.
pub fn read(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        read += before;
        let letter = escape.chars().next()?;
        rest = escape.get(1..)?;
        if letter == 'u' {
            let mut code = hex(rest)?;
            rest = rest.get(4..)?;
            if (0xd800..0xdc00).contains(&code) {
                let second = rest.strip_prefix("\\u")?;
                let low = hex(second)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                code = 0x1_0000 + ((code - 0xd800) << 10) + low;
                rest = second.get(4..)?;
            }
            read.push(char::from_u32(code)?);
        } else {
            read.push(ESCAPES.iter().find(|(name, _)| *name == letter)?.1);
        }
    }
    read += rest;
    Some(Cow::Owned(read))
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.get(..4)?, 16).ok()
}

pub fn write(text: &str, json: &mut String) {
    json.push('"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        *json += text.get(written..at).unwrap_or_default();
        written = at + 1;
        let character = char::from(byte);
        json.push('\\');
        match ESCAPES.iter().find(|(_, meant)| *meant == character) {
            Some((letter, _)) => json.push(*letter),
            None => {
                *json += "u00";
                for digit in [byte >> 4, byte & 0xf] {
                    json.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
                }
            }
        }
    }
    *json += text.get(written..).unwrap_or_default();
    json.push('"');
}
