//! Code without its prose: comments and texts become spaces, so that lines keep their numbers.
//! It reads Rust, JavaScript, CSS and TOML well enough for that; what a template of JavaScript
//! inserts counts as its text.

/// What is left are names, numbers and signs.
pub fn without_prose(text: &str) -> String {
    strip(text, true)
}

/// Texts stay.
pub fn without_comments(text: &str) -> String {
    strip(text, false)
}

pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn strip(text: &str, texts_too: bool) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, is_kept) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (block_comment(rest), false),
            'r' if !code.ends_with(is_of_a_word) && raw_text(rest).is_some() => {
                (raw_text(rest).unwrap_or(1), !texts_too)
            }
            '"' | '`' => (quoted(rest, first), !texts_too),
            '\'' => match apostrophe(rest) {
                Some(length) => (length, !texts_too),
                None => (1, true),
            },
            _ => (first.len_utf8(), true),
        };
        let (piece, after) = rest.split_at(length);
        if is_kept {
            code += piece;
        } else {
            code.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Rust's are nested.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of `r"…"` or `r#"…"#`.
fn raw_text(text: &str) -> Option<usize> {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let begin = 1 + hashes;
    text[begin..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    text[begin + 1..].find(&end).map(|at| begin + 1 + at + end.len())
}

fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// The length of a character, or of a text of JavaScript; none for a lifetime.
fn apostrophe(text: &str) -> Option<usize> {
    let line = text.lines().next()?;
    let length = quoted(line, '\'');
    let is_closed = length > 1 && line[..length].ends_with('\'');
    let is_lifetime = line[1..].starts_with(is_of_a_word) && line.chars().nth(2) != Some('\'');
    let is_a_text = is_closed && !is_lifetime;
    is_a_text.then_some(length)
}

#[test]
fn prose_is_not_code() {
    for (text, code) in [
        ("let a = \"Ledger\"; b", "let a =         ; b"),
        ("a // Ledger\nb", "a          \nb"),
        ("a /* x /* y */ z\n */ b", "a               \n    b"),
        ("r#\"a \"Ledger\" b\"# c", "                  c"),
        ("fn f<'a>(x: &'a str) { '\"' } g", "fn f<'a>(x: &'a str) {     } g"),
        ("\"a \\\" b\" c", "         c"),
        ("`it's\n\"` b", "     \n   b"),
        ("for x", "for x"),
    ] {
        assert_eq!(without_prose(text), code);
    }
}
