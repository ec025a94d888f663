//! Turns the parser's events into parts.

use std::{fmt::Write, ops::Range};

use protocol::BeingId;
use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

use super::{Document, End, Kind, Part};
use crate::{Page, formula::Formula, text_run::TextRun};

mod blocks;
mod line;

/// Deeper elements are left out, and their text stays: no browser nests without bound.
const DEPTH_MAX: usize = 48;

pub struct Renderer<'a> {
    source: &'a str,
    /// The formulas that are still to come, and where the last one ends that was written.
    formulas: &'a [Formula],
    formula_end: usize,
    page: Page<'a>,
    parts: Vec<Part>,
    /// Each being once.
    mentioned: Vec<BeingId>,
    /// The HTML of the part that is being written.
    html: String,
    run: TextRun,
    end: End,
    /// The elements around what is written.
    depth: usize,
    /// The opening tag of a list at the top, until its first item has it.
    list_tag: Option<String>,
    /// The block at the top is a list or a table: its items or rows are the parts.
    has_child_parts: bool,
    part_start: usize,
    /// A part that is a code block whose fence stands at the margin and was not closed.
    has_open_fence: bool,
    /// Text is within a paragraph, a heading, a cell or code; otherwise it begins a paragraph.
    in_leaf: bool,
    /// The paragraph is ours: the parser has none in a list without blank lines.
    in_own_paragraph: bool,
    in_code_block: bool,
    inline_depth: usize,
    links: Vec<OpenLink>,
    alignments: Vec<Alignment>,
    column: usize,
    in_table_head: bool,
    /// Where the text of a code block begins.
    code_from: usize,
    /// The end of a task's box, with nothing behind it yet.
    marker_end: usize,
    lines: usize,
    /// Where the cell ends that was written last.
    cell_end: usize,
    is_visible: bool,
}

/// A link that is being written, or what would be one if its address were let through.
struct OpenLink {
    is_link: bool,
    address: String,
    label_from: usize,
}

impl<'a> Renderer<'a> {
    pub fn new(source: &'a str, formulas: &'a [Formula], page: Page<'a>) -> Self {
        Self {
            source,
            formulas,
            formula_end: 0,
            page,
            parts: Vec::new(),
            mentioned: Vec::new(),
            html: String::new(),
            run: TextRun::default(),
            end: End::Other,
            depth: 0,
            list_tag: None,
            has_child_parts: false,
            part_start: 0,
            has_open_fence: false,
            in_leaf: false,
            in_own_paragraph: false,
            in_code_block: false,
            inline_depth: 0,
            links: Vec::new(),
            alignments: Vec::new(),
            column: 0,
            in_table_head: false,
            code_from: 0,
            marker_end: 0,
            lines: 1,
            cell_end: 0,
            is_visible: false,
        }
    }

    pub fn finish(self) -> Document {
        Document { parts: self.parts, mentioned: self.mentioned }
    }

    pub fn event(&mut self, event: Event, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                self.flush();
                let is_child = self.depth == 1 && matches!(tag, Tag::Item | Tag::TableRow);
                if self.depth == 0 || is_child && self.has_child_parts {
                    self.part_start = self.line_start(range.start);
                    self.html.clear();
                    self.marker_end = 0;
                    self.end = End::Other;
                    self.has_open_fence = false;
                    self.lines = 1 + usize::from(self.may_be_a_line_before(&tag));
                    self.has_child_parts = is_child || matches!(tag, Tag::List(_) | Tag::Table(_));
                }
                self.start(tag, &range);
                self.depth += 1;
            }
            Event::End(tag) => {
                self.flush();
                self.depth -= 1;
                self.finish_tag(tag, &range);
                match tag {
                    TagEnd::TableHead if self.depth == 1 && self.has_child_parts => {
                        let tag = std::mem::take(&mut self.html);
                        self.finish_part(Kind::Table(tag));
                    }
                    TagEnd::Item | TagEnd::TableRow if self.depth == 1 && self.has_child_parts => {
                        let kind = self.list_tag.take().map_or(Kind::Item, Kind::FirstItem);
                        self.finish_part(kind);
                    }
                    _ if self.depth == 0 && !self.has_child_parts => self.finish_part(Kind::Block),
                    _ => {}
                }
            }
            Event::Rule if self.depth == 0 => {
                self.is_visible = true;
                self.part_start = self.line_start(range.start);
                self.html = "<hr>".into();
                self.end = End::Other;
                self.lines = 1;
                self.finish_part(Kind::Block);
            }
            event => self.inline(event, &range),
        }
    }

    fn finish_part(&mut self, kind: Kind) {
        let html = std::mem::take(&mut self.html);
        let (start, end, lines) = (self.part_start, self.end, self.lines);
        let is_visible = std::mem::take(&mut self.is_visible);
        self.parts.push(Part { start, html, kind, end, lines, is_visible });
        self.end = End::Other;
    }

    /// Anything but the end of a block: nothing can be added to the text before it.
    fn write(&mut self, html: &str) {
        self.flush();
        self.end = End::Other;
        self.html.push_str(html);
    }

    fn open(&mut self, tag: &str, attributes: &str) {
        self.end = End::Other;
        if self.depth < DEPTH_MAX {
            let _ = write!(self.html, "{tag}{attributes}>");
        }
    }

    /// The end of a block.
    fn close(&mut self, tag: &str) {
        if self.depth < DEPTH_MAX {
            self.html.push_str(tag);
        }
    }

    /// For what scrolls, which a keyboard has to reach.
    fn tab_stop(&self) -> &'static str {
        if self.page.has_tab_stops { " tabindex=\"0\"" } else { " tabindex=\"-1\"" }
    }

    fn tab_stop_of_link(&self) -> &'static str {
        if self.page.has_tab_stops { "" } else { " tabindex=\"-1\"" }
    }

    /// The head of a table, or what is taken for one, may still turn out to be a line of the paragraph before.
    fn may_be_a_line_before(&self, tag: &Tag) -> bool {
        let is_below = || {
            let before = self.source[..self.part_start].trim_end_matches(['\n', '\r']);
            !before.is_empty() && self.part_start - before.len() == 1
        };
        matches!(tag, Tag::Table(_)) || matches!(tag, Tag::Paragraph) && is_below()
    }

    fn line_start(&self, at: usize) -> usize {
        self.source[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
    }
}

fn is_inline(tag: &Tag) -> bool {
    matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}
