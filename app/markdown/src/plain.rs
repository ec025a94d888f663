//! Which portions of text change nothing but add to what is there, so that they need not be parsed.

/// Whether `portion` behind `text`, the part that text stands last in, is plain: what is there stays what it is,
/// and `portion` is shown as it is written. In doubt it is not.
pub fn is_plain(text: &str, portion: &str) -> bool {
    let line = &text[text.rfind(['\n', '\r']).map_or(0, |at| at + 1)..];
    // A letter has decided what kind of block the line is.
    if !line.contains(is_letter) {
        return false;
    }
    let is_plain = |c: char| is_letter(c) || c.is_ascii_digit() || " ,;.:!?'\"-+=%()".contains(c);
    let last = line.trim_end_matches(' ').chars().next_back().unwrap_or_default();
    // A bracket may close a link that an earlier line of the block has begun.
    if !portion.chars().all(is_plain) || portion.contains(')') && text.contains("](") {
        return false;
    }
    if line.ends_with(' ') || portion.starts_with(' ') {
        // A new word. Closed constructs stay closed, except the box of a task and the end of a heading; and
        // what follows an amount decides whether it is one.
        let before = line.trim_end_matches(' ').rsplit(' ').next().unwrap_or_default();
        return !"]#\\|<\t".contains(last) && !before.contains('$') && !has_www("", portion);
    }
    let word = line.rsplit(' ').next().unwrap_or_default();
    (is_letter(last) || last.is_ascii_digit() || ".,;:!?'\"".contains(last))
        && is_plain_word(word)
        && !has_www(word, portion)
}

/// No address, mention, entity or markup can end here that a letter would change.
fn is_plain_word(word: &str) -> bool {
    word.chars().all(|c| is_letter(c) || c.is_ascii_digit() || ",;.:!?'\"-+=%()".contains(c))
}

/// "www." begins an address.
fn has_www(word: &str, portion: &str) -> bool {
    let mut previous = '\0';
    word.chars().chain(portion.chars()).any(|c| {
        let is_found = c == '.' && matches!(previous, 'w' | 'W');
        previous = c;
        is_found
    })
}

/// A letter, or what no syntax knows of: not white space, not a control character, and no fullwidth `＠`.
pub fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || !c.is_ascii() && c != '＠' && !c.is_whitespace() && !c.is_control() && !is_invisible(c)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether `portion` goes on in the code block that `text` ends in: no line of it can be the closing fence.
pub fn is_code(text: &str, portion: &str) -> bool {
    let goes_on = |line: &str| !line.trim_start_matches([' ', '\t']).starts_with(['`', '~']);
    let line = &text[line_start(text)..];
    let first = if is_blank(line) { portion } else { line };
    goes_on(first)
        && portion.split('\n').skip(1).all(goes_on)
        && portion.chars().all(|c| c >= ' ' || c == '\n' || c == '\t')
}

/// How much of a code block is shown that goes on: up to three spaces may begin the closing fence, and are not,
/// until something else follows them.
pub fn shown_code(text: &str) -> &str {
    let start = line_start(text);
    let line = &text[start..];
    if line.len() <= 3 && line.bytes().all(|c| c == b' ') { &text[..start] } else { text }
}

fn line_start(text: &str) -> usize {
    text.rfind('\n').map_or(0, |at| at + 1)
}

fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c == ' ' || c == '\t')
}
