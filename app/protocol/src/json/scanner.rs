//! Where each value of a JSON text begins and ends (RFC 8259).

/// Deeper values are refused, so that no text can use up the stack.
const DEPTH_MAX: u32 = 100;

pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// Takes the value of a field or an item, and the field's name as it stands between its quotes.
pub type Take<'t, 'a> = &'t mut dyn FnMut(&'a str, &'a str) -> Option<()>;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not white space.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// The text of the next value.
    pub fn value(&mut self, depth: u32) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'{' | b'[' if depth < DEPTH_MAX => self.container(depth, &mut |_, _| Some(()))?,
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => {
                let words = ["null", "true", "false"];
                let rest = self.text.get(start..)?;
                self.at += words.into_iter().find(|word| rest.starts_with(word))?.len();
            }
        }
        self.text.get(start..self.at)
    }

    /// The next value is an object or an array.
    pub fn container(&mut self, depth: u32, take: Take<'_, 'a>) -> Option<()> {
        let is_object = self.peek()? == b'{';
        let closing = if is_object { b'}' } else { b']' };
        self.at += 1;
        if self.peek()? == closing {
            self.at += 1;
            return Some(());
        }
        loop {
            let mut name = "";
            if is_object {
                self.expect(b'"')?;
                let start = self.at;
                self.at -= 1;
                self.string()?;
                name = self.text.get(start..self.at - 1)?;
                self.expect(b':')?;
            }
            take(name, self.value(depth + 1)?)?;
            let next = self.peek()?;
            self.at += 1;
            if next == closing {
                return Some(());
            }
            if next != b',' {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        loop {
            self.at += 1;
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    match self.byte()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.text.as_bytes().get(self.at + 1..self.at + 5)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                ..0x20 => return None,
                _ => {}
            }
        }
        self.at += 1;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.skip(b"-");
        if !self.skip(b"0") {
            self.digits()?;
        }
        if self.skip(b".") {
            self.digits()?;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.skip(b"0123456789") {}
        (self.at > start).then_some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Skips one byte if it is one of these.
    fn skip(&mut self, any: &[u8]) -> bool {
        let is_one = self.byte().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(is_one);
        is_one
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
