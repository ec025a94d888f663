//! An answer while it grows. A settled part is neither parsed nor touched again, and at every moment the HTML
//! is that of a fresh parse of the text so far.
//!
//! A part is settled once another part has begun behind it, and nothing that follows can undo that: in this
//! dialect nothing reaches back over a beginning (see the crate's documentation). Where
//! plain text is added to text, or a line to an open code block, nothing is parsed at all.

use std::ops::Range;

use super::{
    Page,
    document::{self, End, Kind, Part},
    html::push_text,
    plain::{is_code, is_letter, is_plain, shown_code},
};

/// What to do to the elements on the screen, one for each block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    Nothing,
    /// Add this text at the end of the last line of the last block. That is in its last `p` or heading, or in
    /// the `code` of its `pre`: from the block on, go to the last child as long as that is an `li`, `ul`, `ol`,
    /// `blockquote`, `p`, `h3` to `h6`, `pre`, or a `code` in a `pre`. Add to the text node that is last there; if
    /// another element is last, add a text node.
    Append(String),
    Replace(Replacement),
}

/// In this order: without `items`, remove block `block`; else keep the first `items` children of that list (of a
/// table: of its `tbody`), remove the others, and insert `inner` behind them (`beforeend`). Remove the blocks
/// behind it. Append `blocks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    pub block: usize,
    pub items: Option<usize>,
    /// Items of that list, or rows.
    pub inner: String,
    /// Whole blocks.
    pub blocks: Vec<String>,
}

#[derive(Default)]
pub struct Growing {
    text: String,
    parts: Vec<Part>,
    /// The parts before this one are settled.
    settled: usize,
    /// White space at the end of the text, which is not shown until something follows it.
    hidden_from: usize,
    parsed_bytes: usize,
}

impl Growing {
    pub fn new() -> Self {
        Self::default()
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The HTML that the updates so far make: equal to [`super::render`] of the text so far.
    pub fn html(&self) -> String {
        document::assemble(&self.parts)
    }

    /// How many bytes were parsed in all: a small multiple of the text's.
    pub fn parsed_bytes(&self) -> usize {
        self.parsed_bytes
    }

    /// Adds a portion. A caller that gets many at once joins those of one frame.
    pub fn push(&mut self, portion: &str, page: Page) -> Update {
        if portion.is_empty() {
            return Update::Nothing;
        }
        let part = self.parts.last().map_or("", |part| &self.text[part.start..]);
        match self.parts.last().map(|part| part.end) {
            Some(End::Text(at)) if is_plain(part, portion) => self.append(at, portion),
            Some(End::Code(at)) if is_code(part, portion) => self.append(at, portion),
            Some(End::Text(_) | End::Code(_) | End::Other) | None => {
                self.text.push_str(portion);
                let from = self.parts.get(self.settled).map_or(0, |part| part.start);
                self.parse_from(from, page)
            }
        }
    }

    /// The text is complete, or was edited: this is all of it. Parses it as a whole and says what differs,
    /// which is nothing where it is what was pushed.
    pub fn finish(&mut self, text: &str, page: Page) -> Update {
        text.clone_into(&mut self.text);
        self.settled = 0;
        self.parse_from(0, page)
    }

    fn append(&mut self, at: usize, portion: &str) -> Update {
        self.text.push_str(portion);
        let shown_to = self.shown().max(self.hidden_from);
        let added = self.text[self.hidden_from..shown_to].to_owned();
        self.hidden_from = shown_to;
        if added.is_empty() {
            return Update::Nothing;
        }
        let mut html = String::new();
        push_text(&mut html, &added);
        if let Some(part) = self.parts.last_mut() {
            part.html.insert_str(at, &html);
            part.end = match part.end {
                End::Text(_) => End::Text(at + html.len()),
                End::Code(_) => End::Code(at + html.len()),
                End::Other => End::Other,
            };
        }
        Update::Append(added)
    }

    fn parse_from(&mut self, from: usize, page: Page) -> Update {
        let head = self.head();
        let rest = format!("{}{}", &self.text[head.clone()], &self.text[from..]);
        self.parsed_bytes += rest.len();
        let document = if self.settled == 0 {
            document::parse_whole(&rest, page)
        } else {
            document::parse(&rest, page)
        };
        let mut parts = document.parts;
        if !head.is_empty() {
            parts.remove(0);
        }
        for part in &mut parts {
            part.start = part.start + from - head.len();
        }
        // The list goes on that began before.
        if let (Some(first), Some(old)) = (parts.first_mut(), self.parts.get(self.settled))
            && self.settled > 0
            && old.kind == Kind::Item
            && matches!(first.kind, Kind::FirstItem(_))
        {
            first.kind = Kind::Item;
        }
        let old = self.parts.split_off(self.settled.min(self.parts.len()));
        let same = old
            .iter()
            .zip(&parts)
            .take_while(|(a, b)| a.html == b.html && a.kind == b.kind)
            .count();
        let is_same = same == old.len() && same == parts.len();
        let kept = self.settled + same;
        let goes_on = |parts: &[Part]| parts.get(same).is_some_and(|part| part.kind == Kind::Item);
        let in_list = goes_on(&old) || goes_on(&parts);
        self.parts.append(&mut parts);
        self.hidden_from = self.shown();
        let update = if is_same {
            Update::Nothing
        } else {
            Update::Replace(self.replacement(kept, in_list))
        };
        self.settle();
        update
    }

    /// How much of the text is shown.
    fn shown(&self) -> usize {
        match self.parts.last().map(|part| part.end) {
            Some(End::Text(_)) => self.text.trim_end_matches(' ').len(),
            Some(End::Code(_)) => shown_code(&self.text).len(),
            Some(End::Other) | None => self.text.len(),
        }
    }

    /// Where the head of the table stands in whose rows the settled parts end. A row means nothing without it.
    fn head(&self) -> Range<usize> {
        let in_block = self.parts.iter().take(self.settled + 1).rev();
        let rows = in_block.take_while(|part| part.kind == Kind::Item).count();
        match self.settled.checked_sub(rows).and_then(|at| self.parts.get(at..)) {
            Some([table @ Part { kind: Kind::Table(_), .. }, first, ..]) if rows > 0 => {
                table.start..first.start
            }
            _ => 0..0,
        }
    }

    /// What replaces everything from part `kept` on; `in_list` says whether that is in the middle of a list.
    fn replacement(&self, kept: usize, in_list: bool) -> Replacement {
        let (before, after) = self.parts.split_at(kept);
        let begun = before.iter().filter(|part| part.kind != Kind::Item).count();
        let kept = before.iter().rev().take_while(|part| part.kind == Kind::Item).count();
        let is_first_item = |part: &Part| matches!(part.kind, Kind::FirstItem(_));
        let items = kept + usize::from(before.iter().nth_back(kept).is_some_and(is_first_item));
        let inner = after.iter().take_while(|part| part.kind == Kind::Item).count();
        let (inner, blocks) = after.split_at(inner);
        Replacement {
            block: if in_list { begun - 1 } else { begun },
            items: in_list.then_some(items),
            inner: inner.iter().map(|part| &*part.html).collect(),
            blocks: document::blocks(blocks, 0).into_iter().map(|block| block.html).collect(),
        }
    }

    /// Moves on to the last part whose beginning nothing can undo: its line is complete, or has a letter. Something
    /// to see has to be settled, since a text without is shown in another way.
    fn settle(&mut self) {
        let is_visible = self.parts.iter().position(|part| part.is_visible);
        let last =
            self.parts.iter().rposition(|part| is_begun(&self.text[part.start..], part.lines));
        if let (Some(last), Some(visible)) = (last, is_visible)
            && last > visible
        {
            self.settled = self.settled.max(last);
        }
    }
}

/// A code block's fence is none if another backtick follows in its line.
fn is_begun(text: &str, lines: usize) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let is_decided =
        lines == 1 && line.contains(is_letter) && !line.trim_start().starts_with(['`', '~']);
    is_decided || text.matches('\n').nth(lines - 1).is_some()
}
