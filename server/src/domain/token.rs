//! Tokens: handed out once, and kept only as a hash.

use sha2::{Digest, Sha256};

/// 256 random bits in hex, handed out once and kept only as a [`TokenHash`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// SHA-256 of a token, in hex. A token has enough entropy to need no slower hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(pub(crate) String);

impl Token {
    pub(super) fn of(bits: [u8; 32]) -> Self {
        Self(hex::encode(bits))
    }

    /// A token as a client shows it; any text will do, it just may open nothing.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(self.0.as_bytes()))
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
