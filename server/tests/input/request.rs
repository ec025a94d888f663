//! One request as it is kept: readable, and to the byte.

use std::{fmt, str::FromStr};

/// Who sends it, by whose cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Administers, founded the garden and the attic.
    Ada,
    /// Belongs to the garden.
    Bob,
    /// Has left the garden.
    Cyd,
    /// Belongs to the attic only.
    Dan,
    /// Without a session.
    Nobody,
}

pub const EVERYBODY: [Who; 5] = [Who::Bob, Who::Ada, Who::Cyd, Who::Dan, Who::Nobody];

/// Stands for the token of an invite to the attic, wherever it stands.
pub const INVITE: &str = "INVITE";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    pub by: Who,
    pub method: String,
    pub target: Vec<u8>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// The connection breaks behind the body, before the whole of it was there.
    pub breaks: bool,
}

impl Who {
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

impl Shot {
    /// The path's segments as they stand there, without the query.
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

impl fmt::Display for Shot {
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

impl FromStr for Shot {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let head = lines.next().ok_or("no line")?;
        let [who, method, target] = *head.splitn(3, ' ').collect::<Vec<_>>() else {
            return Err(head.to_owned());
        };
        let by = EVERYBODY.into_iter().find(|by| by.name() == who).ok_or("nobody known")?;
        let target = bytes(target)?;
        let (method, headers, body) = (method.to_owned(), vec![], vec![]);
        let mut shot = Self { by, method, target, headers, body, breaks: false };
        for line in lines {
            if let Some(body) = line.strip_prefix("> ").or(line.strip_prefix("< ")) {
                shot.breaks = line.starts_with('<');
                shot.body = bytes(body)?;
            } else {
                let (name, value) = line.split_once(": ").ok_or_else(|| line.to_owned())?;
                shot.headers.push((name.to_owned(), bytes(value)?));
            }
        }
        Ok(shot)
    }
}

/// Visible ASCII as it is, and all else as `\xNN`.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| match byte {
        b'\\' => text + "\\\\",
        b' '..=b'~' => text + char::from(*byte).encode_utf8(&mut [0; 4]),
        _ => text + &format!("\\x{byte:02x}"),
    })
}

/// The same backwards.
pub fn bytes(text: &str) -> Result<Vec<u8>, String> {
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
