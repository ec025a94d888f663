//! The elements of blocks.

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, HeadingLevel, Tag, TagEnd};

use super::{Renderer, is_inline};
use crate::{
    html::{push_attribute, push_text},
    mask::restored,
};

/// The longest label of a code block, in characters.
const LABEL_MAX_CHARACTERS: usize = 100;

impl Renderer<'_> {
    pub(super) fn start(&mut self, tag: Tag, range: &Range<usize>) {
        if is_inline(&tag) {
            self.begin_text();
            self.start_inline(tag);
            self.inline_depth += 1;
            return;
        }
        if matches!(tag, Tag::Paragraph)
            && self.in_own_paragraph
            && self.html.len() == self.marker_end
        {
            // The box of a task stands in a line of its own.
            self.in_own_paragraph = false;
            return;
        }
        self.close_own_paragraph();
        let dir = if self.depth == 0 { " dir=\"auto\"" } else { "" };
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => {
                self.open("<p", dir);
                self.in_leaf = true;
            }
            Tag::Heading { level, .. } => {
                self.open(heading(level).0, dir);
                self.in_leaf = true;
            }
            Tag::BlockQuote(_) => self.open("<blockquote", dir),
            Tag::List(first) => {
                let mut tag = match first {
                    Some(1) => format!("<ol{dir}"),
                    Some(first) => format!("<ol{dir} start=\"{first}\""),
                    None => format!("<ul{dir}"),
                };
                if self.depth == 0 {
                    tag.push('>');
                    self.list_tag = Some(tag);
                } else {
                    self.open(&tag, "");
                }
            }
            Tag::Item => self.open("<li", ""),
            Tag::CodeBlock(kind) => self.start_code_block(&kind, range),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.write("<div class=\"table\"");
                self.write(self.tab_stop());
                self.write("><table");
                self.write(dir);
                self.write(">");
            }
            Tag::TableHead => {
                self.in_table_head = true;
                self.column = 0;
                self.write("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.write("<tr>");
            }
            Tag::TableCell => {
                self.write(if self.in_table_head { "<th" } else { "<td" });
                match self.alignments.get(self.column) {
                    Some(Alignment::Center) => self.write(" class=\"center\""),
                    Some(Alignment::Right) => self.write(" class=\"right\""),
                    Some(Alignment::None | Alignment::Left) | None => {}
                }
                self.write(" dir=\"auto\">");
                self.in_leaf = true;
            }
            _ => {}
        }
    }

    pub(super) fn finish_tag(&mut self, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.in_leaf = false;
                self.close("</p>");
            }
            TagEnd::Heading(level) => {
                self.in_leaf = false;
                self.close(heading(level).1);
            }
            TagEnd::BlockQuote(_) => self.close("</blockquote>"),
            TagEnd::List(_) if self.depth == 0 => {}
            TagEnd::List(is_ordered) => self.close(if is_ordered { "</ol>" } else { "</ul>" }),
            TagEnd::Item => {
                self.close_own_paragraph();
                self.close("</li>");
            }
            TagEnd::CodeBlock => {
                self.in_leaf = false;
                self.in_code_block = false;
                self.html.push_str("</code></pre></figure>");
            }
            TagEnd::Table if self.depth == 0 => {}
            TagEnd::Table => self.write("</tbody></table></div>"),
            TagEnd::TableHead => {
                self.in_table_head = false;
                self.write("</tr></thead><tbody>");
            }
            TagEnd::TableRow => {
                self.further_cells(range.end);
                self.write("</tr>");
            }
            TagEnd::TableCell => {
                self.cell_end = range.end;
                self.in_leaf = false;
                self.column += 1;
                self.write(if self.in_table_head { "</th>" } else { "</td>" });
            }
            TagEnd::Emphasis => self.close("</em>"),
            TagEnd::Strong => self.close("</strong>"),
            TagEnd::Strikethrough => self.close("</del>"),
            TagEnd::Link | TagEnd::Image => self.finish_link(),
            _ => {}
        }
        if matches!(
            tag,
            TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image
        ) {
            self.inline_depth -= 1;
            self.end_of_text();
        }
    }

    /// What a row has beyond the columns of the head: the parser leaves it out, but somebody wrote it.
    pub(super) fn further_cells(&mut self, end: usize) {
        let rest = self.source.get(self.cell_end..end).unwrap_or_default();
        let rest = rest.trim_matches(|c: char| c == '|' || c.is_whitespace());
        if self.column > 0 && !rest.is_empty() {
            self.write("<td dir=\"auto\">");
            push_text(&mut self.html, rest);
            self.write("</td>");
        }
    }

    pub(super) fn start_code_block(&mut self, kind: &CodeBlockKind, range: &Range<usize>) {
        let info = match kind {
            CodeBlockKind::Fenced(info) => restored(info),
            CodeBlockKind::Indented => "".into(),
        };
        let label: String = info.chars().take(LABEL_MAX_CHARACTERS).collect();
        let language = label.split([' ', '\t', ',', '{']).next().unwrap_or_default();
        self.write("<figure class=\"code\" dir=\"ltr\"><figcaption>");
        if !label.is_empty() {
            self.write("<span>");
            push_text(&mut self.html, &label);
            self.write("</span>");
        }
        self.write("<button type=\"button\" data-copy=\"\"");
        self.write(self.tab_stop_of_link());
        self.write(">Copy</button></figcaption><pre");
        self.write(self.tab_stop());
        self.write("><code translate=\"no\"");
        let is_name = |c: char| c.is_ascii_alphanumeric() || "+#-_.".contains(c);
        if !language.is_empty() && language.chars().all(is_name) {
            let class = format!("language-{}", language.to_ascii_lowercase());
            push_attribute(&mut self.html, "class", &class);
        }
        self.write(">");
        self.in_leaf = true;
        self.in_code_block = true;
        self.code_from = self.html.len();
        self.has_open_fence = self.depth == 0 && is_open_fence(self.source, range);
    }
}

fn heading(level: HeadingLevel) -> (&'static str, &'static str) {
    match level {
        HeadingLevel::H1 => ("<h3", "</h3>"),
        HeadingLevel::H2 => ("<h4", "</h4>"),
        HeadingLevel::H3 => ("<h5", "</h5>"),
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => ("<h6", "</h6>"),
    }
}

/// Whether the code block that stands here begins with a fence at the margin and has none at its end.
fn is_open_fence(source: &str, range: &Range<usize>) -> bool {
    let is_margin = range.start == 0 || source.as_bytes()[range.start - 1] == b'\n';
    let block = &source[range.clone()];
    let Some(fence) = block.chars().next().filter(|c| is_margin && matches!(c, '`' | '~')) else {
        return false;
    };
    let length = block.len() - block.trim_start_matches(fence).len();
    let last = block.trim_end().rfind('\n').map_or("", |at| block[at + 1..].trim());
    !(last.len() >= length && last.chars().all(|c| c == fence))
}
