//! Text between two changes of its look, as in "see https://example.org, @ada": finds the addresses and
//! mentions in it.

use protocol::BeingId;

use super::{
    address,
    link::{Link, link},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text,
    Address(Link),
    Mention(BeingId),
}

/// Collects the text that the parser hands out in parts.
#[derive(Default)]
pub struct TextRun {
    text: String,
    /// Where a character stands that was escaped or written as an entity: it is itself and nothing more. In
    /// order.
    literals: Vec<usize>,
}

impl TextRun {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Text of which the first character is only itself.
    pub fn push_literal(&mut self, text: &str) {
        self.literals.push(self.text.len());
        self.text.push_str(text);
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Calls `sink` with each piece in order, and is empty then. Within a link an address is text, as links
    /// are not nested.
    pub fn take(&mut self, in_link: bool, mut sink: impl FnMut(&str, Piece)) {
        let Self { text, literals } = std::mem::take(self);
        let mut plain_from = 0;
        let mut at = 0;
        while at < text.len() {
            let found = if literals.binary_search(&at).is_ok() {
                None
            } else {
                special(&text, plain_from, at)
            };
            match found {
                Some((start, end, piece)) => {
                    if start > plain_from {
                        sink(&text[plain_from..start], Piece::Text);
                    }
                    let is_text = in_link && matches!(piece, Piece::Address(_));
                    sink(&text[start..end], if is_text { Piece::Text } else { piece });
                    (plain_from, at) = (end, end);
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        if plain_from < text.len() {
            sink(&text[plain_from..], Piece::Text);
        }
    }
}

/// The address or mention that this character begins, and its ends. A mail address begins before its `@`.
fn special(text: &str, plain_from: usize, at: usize) -> Option<(usize, usize, Piece)> {
    let address = |end: usize, href: &str| Some((at, end, Piece::Address(link(href)?)));
    let rest = &text[at..];
    match rest.as_bytes()[0] {
        b'h' | b'H' => {
            let end = at + address::web(text, at)?;
            address(end, &text[at..end])
        }
        b'w' | b'W' => {
            let end = at + address::web(text, at)?;
            address(end, &format!("http://{}", &text[at..end]))
        }
        b'/' => {
            let end = at + address::own_page(text, at)?;
            address(end, &text[at..end])
        }
        b'@' => mention(text, at).or_else(|| {
            let (start, end) = address::mail(text, plain_from, at)?;
            let link = link(&format!("mailto:{}", &text[start..end]))?;
            Some((start, end, Piece::Address(link)))
        }),
        _ if rest.starts_with('＠') => mention(text, at),
        _ => None,
    }
}

fn mention(text: &str, at: usize) -> Option<(usize, usize, Piece)> {
    let is_handle = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text[..at].ends_with(is_handle) {
        return None;
    }
    let sign = text[at..].chars().next().map_or(1, char::len_utf8);
    let rest = &text[at + sign..];
    let handle = &rest[..rest.find(|c| !is_handle(c)).unwrap_or(rest.len())];
    let id = format!("@{}", handle.to_ascii_lowercase()).parse().ok()?;
    Some((at, at + sign + handle.len(), Piece::Mention(id)))
}
