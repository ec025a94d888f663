//! Formulas as models write them: `\(…\)` within a line, `\[…\]` by itself. CommonMark takes these backslashes for
//! escapes, and what stands between them for Markdown; so formulas are found beforehand, and masked.
//!
//! A formula is within one paragraph, heading or cell, and never within code. So it changes nothing about which
//! blocks there are, and a block has the same formulas whatever comes before or follows it.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::mask::restored;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// With its delimiters.
    pub range: Range<usize>,
    pub source: String,
    pub is_display: bool,
}

impl Formula {
    pub fn delimiters(&self) -> (&'static str, &'static str) {
        if self.is_display { ("\\[", "\\]") } else { ("\\(", "\\)") }
    }
}

/// The formulas of a text, in order. `parser` reads it as if there were none.
pub fn formulas(text: &str, parser: fn(&str) -> Parser<'_>) -> Vec<Formula> {
    let may_have_some = |open, close| text.find(open).is_some_and(|at| text[at..].contains(close));
    if !may_have_some("\\(", "\\)") && !may_have_some("\\[", "\\]") {
        return Vec::new();
    }
    let mut finder = Finder { text, at: None, open: None, in_cell: false, found: Vec::new() };
    let mut in_code = false;
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            _ if in_code => {}
            event => finder.event(&event, range),
        }
    }
    finder.found
}

struct Finder<'a> {
    text: &'a str,
    /// How far the line has been read; `None` at its beginning.
    at: Option<usize>,
    open: Option<Open>,
    in_cell: bool,
    found: Vec<Formula>,
}

struct Open {
    start: usize,
    is_display: bool,
    source: String,
}

impl Finder<'_> {
    fn event(&mut self, event: &Event, range: Range<usize>) {
        match event {
            // A tag may be none: `\(a<b c>d\)`.
            Event::Text(_) | Event::InlineHtml(_) => self.read(range),
            Event::SoftBreak | Event::HardBreak => {
                let is_backslash = self.text[range.start..].starts_with('\\');
                if let Some(open) = &mut self.open {
                    open.source.push_str(if is_backslash { "\\\n" } else { "\n" });
                }
                self.at = None;
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                // Its address is no place for a formula to begin in.
                let is_within = |open: &Open| open.start >= range.start;
                if self.open.as_ref().is_none_or(is_within) {
                    self.open = None;
                    self.at = Some(range.end);
                }
            }
            Event::Start(
                Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. },
            )
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => {}
            Event::Start(tag) => {
                self.in_cell = matches!(tag, Tag::TableCell);
                (self.open, self.at) = (None, None);
            }
            Event::End(_) | Event::Rule => (self.open, self.at) = (None, None),
            // What is code or mathematics already.
            _ => (self.open, self.at) = (None, Some(range.end)),
        }
    }

    /// Reads on to the end of this text, with what the parser has left out before it.
    fn read(&mut self, range: Range<usize>) {
        let before = self.at.unwrap_or(range.start - usize::from(self.follows_backslash(&range)));
        let mut at = before.min(range.start);
        self.at = Some(range.end);
        while let Some(c) = self.text.get(at..range.end).and_then(|rest| rest.chars().next()) {
            let next = self.text[at + c.len_utf8()..range.end].chars().next();
            at += c.len_utf8() + next.filter(|_| c == '\\').map_or(0, char::len_utf8);
            match (c, next) {
                ('`', _) | ('\\', Some('`')) => self.open = None,
                ('\\', Some(open @ ('(' | '['))) => {
                    let (start, is_display) = (at - 2, open == '[');
                    self.open = Some(Open { start, is_display, source: String::new() });
                }
                ('\\', Some(close @ (')' | ']'))) => {
                    let fits = |open: &Open| open.is_display == (close == ']');
                    match self.open.take_if(|open| fits(open)) {
                        Some(open) => self.close(open, at),
                        None => self.push(&['\\', close]),
                    }
                }
                ('\\', Some('|')) if self.in_cell => self.push(&['|']),
                ('\\', Some(next)) => self.push(&['\\', next]),
                (c, _) => self.push(&[c]),
            }
        }
    }

    fn follows_backslash(&self, range: &Range<usize>) -> bool {
        self.text[..range.start].ends_with('\\')
    }

    fn push(&mut self, characters: &[char]) {
        if let Some(open) = &mut self.open {
            open.source.extend(characters);
        }
    }

    fn close(&mut self, open: Open, end: usize) {
        let Open { start, is_display, source } = open;
        let source = restored(source.trim()).into_owned();
        let is_text = source.is_empty() || is_display && self.is_bracketed(&source, end);
        if !is_text {
            self.found.push(Formula { range: start..end, source, is_display });
        }
    }

    /// Whether somebody has only escaped the brackets of `[1]`, `[sic]` or `[text](address)`.
    fn is_bracketed(&self, source: &str, end: usize) -> bool {
        let is_of_words =
            |c: char| c.is_alphanumeric() || c.is_whitespace() || ".,;:!?'\"-–".contains(c);
        self.text[end..].starts_with('(') || source.chars().all(is_of_words)
    }
}
