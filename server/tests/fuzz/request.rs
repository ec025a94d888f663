//! A request with a readable text form that keeps every byte.

use std::{fmt, str::FromStr};

/// The sender, whose cookie it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// An administrator, who created `@garden` and `@attic`.
    Ada,
    /// A member of `@garden`.
    Bob,
    /// A former member of `@garden`.
    Cyd,
    /// A member of `@attic` only.
    Dan,
    /// Without a session.
    Nobody,
}

pub const SENDERS: [Sender; 5] =
    [Sender::Bob, Sender::Ada, Sender::Cyd, Sender::Dan, Sender::Nobody];

/// A placeholder for the token of an invite to `@attic`.
pub const INVITE: &str = "INVITE";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuzzRequest {
    pub by: Sender,
    pub method: String,
    pub target: Vec<u8>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Whether the connection breaks before the end of the body.
    pub breaks: bool,
}

impl Sender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ada => "ada",
            Self::Bob => "bob",
            Self::Cyd => "cyd",
            Self::Dan => "dan",
            Self::Nobody => "nobody",
        }
    }
}

impl FuzzRequest {
    /// The segments of the path, percent-encoded, without the query.
    pub fn segments(&self) -> Vec<&str> {
        let path = self.target.split(|byte| *byte == b'?').next().unwrap_or_default();
        let path = std::str::from_utf8(path).unwrap_or_default();
        path.split('/').skip(1).collect()
    }

    pub fn is_of_api(&self) -> bool {
        self.target.starts_with(b"/api/")
    }

    pub fn is_safe(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS")
    }
}

impl fmt::Display for FuzzRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} {}", self.by.name(), self.method, escaped(&self.target))?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", escaped(value))?;
        }
        let mark = if self.breaks { "<" } else { ">" };
        if self.breaks || !self.body.is_empty() {
            writeln!(f, "{mark} {}", escaped(&self.body))?;
        }
        Ok(())
    }
}

impl FromStr for FuzzRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let head = lines.next().ok_or("no line")?;
        let [who, method, target] = *head.splitn(3, ' ').collect::<Vec<_>>() else {
            return Err(head.to_owned());
        };
        let by = SENDERS.into_iter().find(|by| by.name() == who).ok_or("nobody known")?;
        let target = unescaped(target)?;
        let (method, headers, body) = (method.to_owned(), vec![], vec![]);
        let mut fuzzed = Self { by, method, target, headers, body, breaks: false };
        for line in lines {
            if let Some(body) = line.strip_prefix("> ").or(line.strip_prefix("< ")) {
                fuzzed.breaks = line.starts_with('<');
                fuzzed.body = unescaped(body)?;
            } else {
                let (name, value) = line.split_once(": ").ok_or_else(|| line.to_owned())?;
                fuzzed.headers.push((name.to_owned(), unescaped(value)?));
            }
        }
        Ok(fuzzed)
    }
}

/// Visible ASCII unchanged, other unescaped as `\xNN`.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| match byte {
        b'\\' => text + "\\\\",
        b' '..=b'~' => text + char::from(*byte).encode_utf8(&mut [0; 4]),
        _ => text + &format!("\\x{byte:02x}"),
    })
}

/// The inverse.
pub fn unescaped(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        rest = if let Some(after) = after.strip_prefix('\\') {
            bytes.push(b'\\');
            after
        } else {
            let hex = after.strip_prefix('x').and_then(|hex| hex.get(..2));
            let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            bytes.push(byte.ok_or_else(|| format!("no escape: {after}"))?);
            &after[3..]
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}
