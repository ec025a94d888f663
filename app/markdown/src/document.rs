//! A text as parts: top-level blocks, where each item of a top-level list, the head of a top-level table and each
//! of its rows are parts of their own. A part means the same whatever follows its end, and whatever came before
//! its beginning, but for a row, which needs the head of its table.

use std::ops::Range;

use protocol::BeingId;
use pulldown_cmark::{Options, Parser};

use super::{Block, Page, formula::formulas, html::push_text, mask};

mod renderer;

use renderer::Renderer;

/// A top-level block, or a part of a top-level list or table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where its first line begins.
    pub start: usize,
    pub html: String,
    pub kind: Kind,
    pub end: End,
    /// How many of its lines have to be complete until nothing can undo that it begins here.
    pub lines: usize,
    /// Whether anything of it is there to see.
    pub is_visible: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Block,
    /// The first item of a list, with the list's opening tag.
    FirstItem(String),
    /// Everything of a table that stands before its rows; the HTML of the part itself is empty.
    Table(String),
    /// A further item of a list, or a row of a table.
    Item,
}

/// What text can be added to without parsing the part again, as long as it is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A line of text is last in the part, and ends in its HTML here.
    Text(usize),
    /// The same in a code block that a fence at the margin began, and nothing has closed.
    Code(usize),
    Other,
}

pub struct Document {
    pub parts: Vec<Part>,
    pub mentioned: Vec<BeingId>,
}

/// A text, or the rest of one from a part on.
pub fn parse(text: &str, page: Page) -> Document {
    let masked = mask::masked(text);
    let formulas = formulas(&masked, parser);
    let masked = mask::without_formulas(masked, &formulas);
    let mut renderer = Renderer::new(&masked, &formulas, page);
    for (event, range) in parser(&masked).into_offset_iter() {
        renderer.event(event, range);
    }
    renderer.finish()
}

fn parser(text: &str) -> Parser<'_> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH;
    Parser::new_ext(text, options)
}

/// A text as a whole. One of which nothing would be seen, such as "#" or "-", is shown as it was written.
pub fn parse_whole(text: &str, page: Page) -> Document {
    let document = parse(text, page);
    if document.parts.iter().any(|part| part.is_visible) || text.trim().is_empty() {
        return document;
    }
    let mut html = "<p dir=\"auto\">".to_owned();
    push_text(&mut html, &mask::without_controls(text.trim()));
    html.push_str("</p>");
    let blank = text.len() - text.trim_start().len();
    let start = text[..blank].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let part =
        Part { start, html, kind: Kind::Block, end: End::Other, lines: 1, is_visible: false };
    Document { parts: vec![part], ..document }
}

pub fn assemble(parts: &[Part]) -> String {
    blocks(parts, 0).into_iter().map(|block| block.html).collect()
}

/// The blocks that the parts make, of a text of this length.
pub fn blocks(parts: &[Part], length: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = parts;
    while let Some(first) = rest.first() {
        let count = 1 + rest[1..].iter().take_while(|part| part.kind == Kind::Item).count();
        let (block, others) = rest.split_at(count);
        let end = others.first().map_or(length, |next| next.start);
        blocks.push(Block { range: range(first.start, end), html: block_html(block) });
        rest = others;
    }
    blocks
}

fn range(start: usize, end: usize) -> Range<usize> {
    start..end.max(start)
}

/// The HTML of one block, given its parts.
fn block_html(parts: &[Part]) -> String {
    let inner = parts.iter().map(|part| &*part.html);
    match parts.first().map(|part| &part.kind) {
        Some(Kind::FirstItem(tag) | Kind::Table(tag)) => {
            let close = match tag.get(..3) {
                Some("<ol") => "</ol>",
                Some("<ul") => "</ul>",
                _ => "</tbody></table></div>",
            };
            std::iter::once(&**tag).chain(inner).chain([close]).collect()
        }
        Some(Kind::Block | Kind::Item) | None => inner.collect(),
    }
}
