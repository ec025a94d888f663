//! Text in HTML.

use super::mask::unmasked;

/// Appends text. Control characters are left out, since nothing shows them.
pub fn push_text(html: &mut String, text: &str) {
    for c in text.chars() {
        match unmasked(c) {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            '\n' => html.push('\n'),
            '\t' => html.push('\t'),
            c if c < ' ' => {}
            c => html.push(c),
        }
    }
}

/// Appends the value of an attribute in double quotes.
pub fn push_attribute(html: &mut String, name: &str, value: &str) {
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    for c in value.chars() {
        match unmasked(c) {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            c if c < ' ' => {}
            c => html.push(c),
        }
    }
    html.push('"');
}
