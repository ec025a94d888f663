//! Addresses as people paste them into text: where one begins and where it ends.

/// How many bytes the web address that begins at `at` has, if one does: `https://…`, `http://…` or `www.…`.
/// Punctuation that ends a sentence is not part of it, nor is a bracket that it did not open.
pub fn web(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let scheme = if starts_with(rest, "https://") {
        8
    } else if starts_with(rest, "http://") {
        7
    } else if starts_with(rest, "www.") {
        0
    } else {
        return None;
    };
    if text[..at].bytes().next_back().is_some_and(|before| before.is_ascii_alphanumeric()) {
        return None;
    }
    let host = host(&rest[scheme..]);
    let is_named = if scheme == 0 {
        // "www." alone, or "www.x", is no address.
        rest[4..host].trim_end_matches('.').contains('.') && !rest[4..host].starts_with('.')
    } else {
        rest[scheme..].starts_with(|first: char| first.is_alphanumeric() || first == '[')
    };
    if !is_named {
        return None;
    }
    let end = scheme + host + path(&rest[scheme + host..]);
    let length = trimmed(&rest[..end]).len();
    (length > scheme).then_some(length)
}

/// How many bytes the path of an own page that begins at `at` has, as in "see /help/messages": at the start of
/// a word only.
pub fn own_page(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let folder = ["/help/", "/spaces/@"].into_iter().find(|folder| rest.starts_with(folder))?;
    let is_start = |before: char| before.is_whitespace() || "([{\"'<「（“".contains(before);
    if !text[..at].chars().next_back().is_none_or(is_start) {
        return None;
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "/@_-.~?#=&%".contains(c);
    let length = trimmed(&rest[..rest.find(|c| !fits(c)).unwrap_or(rest.len())]).len();
    (length > folder.len()).then_some(length)
}

/// Where the mail address around the `@` at `at` begins and ends, not before `from`.
pub fn mail(text: &str, from: usize, at: usize) -> Option<(usize, usize)> {
    let is_local = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let before = &text[from..at];
    let local = &before[before.trim_end_matches(is_local).len()..];
    let local = local.trim_start_matches(['.', '-', '+', '_']);
    let rest = &text[at + 1..];
    let is_domain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let domain =
        rest[..rest.find(|c| !is_domain(c)).unwrap_or(rest.len())].trim_end_matches(['.', '-']);
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_named =
        domain.contains('.') && !domain.contains("..") && !domain.starts_with(['.', '-']);
    let ends = !rest[domain.len()..].starts_with(['_', '@']);
    let fits = is_named && ends && last.len() >= 2 && last.bytes().all(|c| c.is_ascii_alphabetic());
    (fits && !local.is_empty()).then(|| (at - local.len(), at + 1 + domain.len()))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// The host with what may stand before and behind it (a name, a port), up to the path. In "example.com에서" it
/// ends before the letters of another script, since a top-level domain has letters of one.
fn host(text: &str) -> usize {
    let mut is_ascii_label = true;
    let mut has_dot = false;
    for (at, c) in text.char_indices() {
        match c {
            '.' => (has_dot, is_ascii_label) = (true, true),
            '-' | ':' | '@' | '%' | '_' => {}
            '[' if at == 0 => {}
            ']' if text.starts_with('[') => {}
            _ if c.is_ascii_alphanumeric() => {}
            _ if !is_word(c) => return at,
            _ if has_dot && is_ascii_label && c > '\u{24f}' && !text[..at].ends_with('.') => {
                return at;
            }
            _ => is_ascii_label = false,
        }
    }
    text.len()
}

/// What follows the host: path, query and fragment.
fn path(text: &str) -> usize {
    if !text.starts_with(['/', '?', '#']) {
        return 0;
    }
    let (mut round, mut square) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => round += 1,
            '[' => square += 1,
            ')' if round == 0 => return at,
            ']' if square == 0 => return at,
            ')' => round -= 1,
            ']' => square -= 1,
            // The end of what is bold or struck out.
            '*' | '~' if text[at + 1..].starts_with(c) => return at,
            '<' | '>' | '"' | '`' | '\\' | '|' | '{' | '}' | '^' => return at,
            _ if c.is_ascii_graphic() => {}
            _ if is_word(c) => {}
            _ => return at,
        }
    }
    text.len()
}

/// Without the punctuation that ends a sentence, and without brackets that were opened and not closed.
fn trimmed(address: &str) -> &str {
    address.trim_end_matches([
        '.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '(', '[', '&', '$', '@',
    ])
}

/// A letter, a digit, or what is joined to one, in any script. Punctuation ends an address in every script.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{6d6}'..='\u{6ed}' | '\u{93c}' | '\u{94d}' | '\u{9bc}' | '\u{9cd}'
            | '\u{a3c}' | '\u{a4d}' | '\u{abc}' | '\u{acd}' | '\u{b3c}' | '\u{b4d}' | '\u{bcd}' | '\u{c4d}'
            | '\u{cbc}' | '\u{ccd}' | '\u{d4d}' | '\u{dca}' | '\u{e47}'..='\u{e4e}' | '\u{ec8}'..='\u{ecd}'
            | '\u{f71}'..='\u{f84}' | '\u{1037}'..='\u{103a}' | '\u{17c9}'..='\u{17d3}'
            | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}')
}
