//! Joins text that comes in pieces which are cut within a character. Pure.
//!
//! A provider may cut a character between two deltas in two ways: between its bytes, or between the two
//! escapes of a surrogate pair (`"\ud83c"`, `"\udf31"`). serde_json reads such an escape as three bytes
//! that no character has (WTF-8), so both ways are one.

/// Holds at most the beginning of one character.
#[derive(Debug, Default)]
pub struct Halves(Vec<u8>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("text that is not UTF-8")]
pub struct NotText;

/// What stands at the beginning of bytes that are no UTF-8.
enum Beginning {
    /// A character, of this many bytes.
    Character(char, usize),
    /// Perhaps one, with the bytes that come next.
    Half,
    Nothing,
}

impl Halves {
    pub fn join(&mut self, bytes: &[u8]) -> Result<String, NotText> {
        let mut all = std::mem::take(&mut self.0);
        all.extend_from_slice(bytes);
        let (mut text, mut rest) = (String::new(), all.as_slice());
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return Ok(text);
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            text.push_str(std::str::from_utf8(valid).unwrap_or_default());
            match beginning(after, error.error_len().is_none()) {
                Beginning::Character(c, length) => {
                    text.push(c);
                    rest = &after[length..];
                }
                Beginning::Half => {
                    after.clone_into(&mut self.0);
                    return Ok(text);
                }
                Beginning::Nothing => return Err(NotText),
            }
        }
    }

    /// What stands for a character whose rest never came.
    pub fn finish(&mut self) -> Option<char> {
        (!std::mem::take(&mut self.0).is_empty()).then_some(char::REPLACEMENT_CHARACTER)
    }
}

fn beginning(bytes: &[u8], is_cut: bool) -> Beginning {
    const ALONE: Beginning = Beginning::Character(char::REPLACEMENT_CHARACTER, 3);
    match *bytes {
        [0xed, 0xa0..=0xbf] => Beginning::Half,
        [0xed, 0xa0..=0xaf, 0x80..=0xbf]
        | [0xed, 0xa0..=0xaf, 0x80..=0xbf, 0xed]
        | [0xed, 0xa0..=0xaf, 0x80..=0xbf, 0xed, 0xb0..=0xbf] => Beginning::Half,
        [0xed, a @ 0xa0..=0xaf, b @ 0x80..=0xbf, 0xed, c @ 0xb0..=0xbf, d @ 0x80..=0xbf, ..] => {
            let bits = |high: u8, low: u8| u32::from(high & 0xf) << 6 | u32::from(low & 0x3f);
            let point = 0x10000 + (bits(a, b) << 10) + (bits(c & 0xf, d));
            char::from_u32(point).map_or(ALONE, |c| Beginning::Character(c, 6))
        }
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => ALONE,
        _ if is_cut => Beginning::Half,
        _ => Beginning::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(pieces: &[&[u8]]) -> Result<String, NotText> {
        let mut halves = Halves::default();
        let mut text = String::new();
        for piece in pieces {
            text += &halves.join(piece)?;
        }
        text.extend(halves.finish());
        Ok(text)
    }

    /// As serde_json reads the escape of a surrogate.
    fn surrogate(point: u32) -> [u8; 3] {
        [0xed, (point >> 6 & 0x3f) as u8 | 0x80, (point & 0x3f) as u8 | 0x80]
    }

    #[test]
    fn halves_are_joined_and_what_has_no_other_half_is_replaced() {
        let (high, low) = (surrogate(0xd83c), surrogate(0xdf31));
        let both = [high, low].concat();
        type Read = Result<&'static str, NotText>;
        let cases: [(&[&[u8]], Read); 11] = [
            (&[&high, &low], Ok("🌱")),
            (&[&both], Ok("🌱")),
            (&[b"a", &high, &low, b"b"], Ok("a🌱b")),
            (&[&both[..1], &both[1..4], &both[4..]], Ok("🌱")),
            (&["🌱é".as_bytes().split_at(5).0, &[0xa9]], Ok("🌱é")),
            (&[&high], Ok("\u{fffd}")),
            (&[&high, b"a"], Ok("\u{fffd}a")),
            (&[&high, &high, &low], Ok("\u{fffd}🌱")),
            (&[&low, b"a"], Ok("\u{fffd}a")),
            (&[b"\xff"], Err(NotText)),
            (&[b"\xc3", b"a"], Err(NotText)),
        ];
        for (pieces, text) in cases {
            assert_eq!(joined(pieces), text.map(str::to_owned), "{pieces:x?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn text_is_joined_wherever_it_is_cut(text in "\\PC{0,20}", size in 1..5usize) {
            let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(joined(&pieces), Ok(text.clone()));
            let units: Vec<_> = text.encode_utf16().collect();
            let escaped = units.iter().map(|unit| match char::from_u32(u32::from(*unit)) {
                Some(c) => c.to_string().into_bytes(),
                None => surrogate(u32::from(*unit)).to_vec(),
            });
            let escaped: Vec<_> = escaped.collect();
            let pieces: Vec<_> = escaped.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(joined(&pieces), Ok(text));
        }
    }
}
