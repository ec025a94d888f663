//! The words of a text, as they are read aloud: without markup, and without what is only there to be pressed.

use super::{Page, render};

/// A line for each block, row and item.
pub fn words(text: &str) -> String {
    let html = render(text, Page { knows: &|_| false, has_tab_stops: false });
    let mut words = String::new();
    let mut rest = &*html;
    while let Some(begin) = rest.find('<') {
        push_unescaped(&mut words, &rest[..begin]);
        // A `>` in an attribute is escaped.
        let end = rest[begin..].find('>').map_or(rest.len(), |end| begin + end + 1);
        let tag = &rest[begin..end];
        rest = &rest[end..];
        match tag.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default() {
            "br" | "/p" | "/li" | "/tr" | "/pre" | "/h3" | "/h4" | "/h5" | "/h6" => {
                end_line(&mut words);
            }
            "/td" | "/th" => words.push(' '),
            "input" => push_label(&mut words, tag),
            "figcaption" => rest = rest.split_once("</figcaption>").map_or("", |(_, rest)| rest),
            _ => {}
        }
    }
    push_unescaped(&mut words, rest);
    words.truncate(words.trim_end().len());
    words
}

fn end_line(words: &mut String) {
    words.truncate(words.trim_end_matches(' ').len());
    if !words.is_empty() && !words.ends_with('\n') {
        words.push('\n');
    }
}

fn push_label(words: &mut String, tag: &str) {
    let label = tag.split_once("aria-label=\"").and_then(|(_, label)| label.split('"').next());
    words.push_str(label.unwrap_or_default());
    words.push(':');
}

fn push_unescaped(words: &mut String, mut text: &str) {
    const ENTITIES: [(&str, char); 5] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];
    while let Some(at) = text.find('&') {
        words.push_str(&text[..at]);
        let entity = ENTITIES.iter().find(|(entity, _)| text[at..].starts_with(entity));
        let (length, c) = entity.map_or((1, '&'), |(entity, c)| (entity.len(), *c));
        words.push(c);
        text = &text[at + length..];
    }
    words.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_text_is_read_aloud_without_its_markup() {
        for (text, expected) in [
            ("", ""),
            ("Hello", "Hello"),
            ("one\ntwo\n\nthree", "one\ntwo\nthree"),
            ("**Bold** and `a < b` & \\*so\\*", "Bold and a < b & *so*"),
            ("# Title\n- a\n- b\n  - c", "Title\na\nb\nc"),
            ("- [x] milk\n- [ ] tea", "Done: milk\nTo do: tea"),
            ("|a|b|\n|-|-|\n|1|2|", "a b\n1 2"),
            ("```rust\nlet a = 1;\n```", "let a = 1;"),
            ("[the page](https://example.com)", "the page"),
            ("@sage hello", "@sage hello"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }
}
