//! What stands within a line: text, its look, links, mentions and mathematics.

use std::ops::Range;

use protocol::BeingId;
use pulldown_cmark::{Event, Tag};

use super::{OpenLink, Renderer};
use crate::{
    document::End,
    html::{push_attribute, push_text},
    link::{Link, link},
    mask::restored,
    mathematics::mathml,
    text_run::Piece,
};

impl Renderer<'_> {
    pub(super) fn inline(&mut self, event: Event, range: &Range<usize>) {
        self.is_visible = true;
        if !matches!(event, Event::Rule) {
            self.begin_text();
        }
        match event {
            Event::Text(_) | Event::SoftBreak | Event::HardBreak if self.formula(range) => {}
            Event::Text(text) if self.in_code_block => {
                push_text(&mut self.html, &text);
                let end = self.html.len();
                self.end = if self.has_open_fence && end > self.code_from {
                    End::Code(end)
                } else {
                    End::Other
                };
            }
            Event::Text(text) => {
                let text = restored(&text);
                let is_escaped =
                    range.start > 0 && self.source.as_bytes()[range.start - 1] == b'\\';
                let is_verbatim =
                    self.source.get(range.clone()).is_some_and(|raw| restored(raw) == text);
                if is_escaped || !is_verbatim {
                    self.run.push_literal(&text);
                } else {
                    self.run.push(&text);
                }
            }
            Event::Html(text) | Event::InlineHtml(text) => self.run.push(&restored(&text)),
            Event::SoftBreak | Event::HardBreak => self.write("<br>"),
            Event::Code(code) => {
                self.write("<code dir=\"auto\">");
                push_text(&mut self.html, &code);
                self.write("</code>");
                self.end_of_text();
            }
            Event::InlineMath(source) => self.mathematics(&restored(&source), false, ("$", "$")),
            Event::DisplayMath(source) => self.mathematics(&restored(&source), true, ("$$", "$$")),
            Event::TaskListMarker(is_done) => {
                let label = if is_done { "Done" } else { "To do" };
                let checked = if is_done { " checked=\"\"" } else { "" };
                self.write("<input type=\"checkbox\" disabled=\"\"");
                self.write(checked);
                push_attribute(&mut self.html, "aria-label", label);
                self.write("> ");
                self.marker_end = self.html.len();
            }
            Event::Rule => {
                self.close_own_paragraph();
                self.write("<hr>");
            }
            // Footnotes are off, and tags were handled before.
            Event::FootnoteReference(text) => self.run.push(&text),
            Event::Start(_) | Event::End(_) => {}
        }
    }

    /// Text can be added here, behind what stands in the line.
    pub(super) fn end_of_text(&mut self) {
        self.end = if self.inline_depth == 0 { End::Text(self.html.len()) } else { End::Other };
    }

    pub(super) fn start_inline(&mut self, tag: Tag) {
        match tag {
            Tag::Emphasis => self.open("<em", ""),
            Tag::Strong => self.open("<strong", ""),
            Tag::Strikethrough => self.open("<del", ""),
            Tag::Link { dest_url, link_type, .. } => {
                let address = restored(&dest_url);
                let is_mail = link_type == pulldown_cmark::LinkType::Email;
                self.start_link(&if is_mail {
                    format!("mailto:{address}").into()
                } else {
                    address
                });
            }
            Tag::Image { dest_url, .. } => self.start_link(&restored(&dest_url)),
            _ => {}
        }
    }

    pub(super) fn start_link(&mut self, address: &str) {
        let link = if self.in_link() { None } else { link(address) };
        let is_link = link.is_some();
        if let Some(link) = link {
            self.open_link(&link);
        }
        let address = address.to_owned();
        self.links.push(OpenLink { is_link, address, label_from: self.html.len() });
    }

    /// A link without a label shows its address.
    pub(super) fn finish_link(&mut self) {
        let Some(link) = self.links.pop() else { return };
        if self.html.len() == link.label_from {
            self.is_visible |= !link.address.is_empty();
            push_text(&mut self.html, &link.address);
        }
        self.write(if link.is_link { "</a>" } else { "" });
    }

    pub(super) fn in_link(&self) -> bool {
        self.links.iter().any(|link| link.is_link)
    }

    pub(super) fn open_link(&mut self, link: &Link) {
        self.write("<a class=\"link\"");
        push_attribute(&mut self.html, "href", &link.href);
        if link.opens_tab {
            self.write(" target=\"_blank\"");
        }
        self.write(" rel=\"noopener noreferrer nofollow\" dir=\"auto\"");
        self.write(self.tab_stop_of_link());
        self.write(">");
    }

    /// Writes the formula that this text or line break belongs to, if it does: once, in the place of all of them.
    fn formula(&mut self, range: &Range<usize>) -> bool {
        while let [first, rest @ ..] = self.formulas
            && first.range.end <= range.start
        {
            self.formulas = rest;
        }
        let formula = self.formulas.first().filter(|formula| formula.range.start < range.end);
        let Some(formula) = formula else { return false };
        let within = &formula.range;
        if range.start < within.start {
            self.run.push(&restored(&self.source[range.start..within.start]));
        }
        if self.formula_end < within.end {
            self.formula_end = within.end;
            self.mathematics(&formula.source, formula.is_display, formula.delimiters());
        }
        if within.end < range.end {
            let rest = within.end..range.end;
            self.inline(Event::Text(self.source[rest.clone()].into()), &rest);
        }
        true
    }

    fn mathematics(&mut self, source: &str, is_display: bool, (open, close): (&str, &str)) {
        self.flush();
        self.end = End::Other;
        if let Some(html) = mathml(source, is_display) {
            self.html.push_str(&html);
            return;
        }
        self.write("<code class=\"math\" dir=\"auto\">");
        push_text(&mut self.html, &format!("{open}{source}{close}"));
        self.write("</code>");
    }

    /// Writes the text that was collected.
    pub(super) fn flush(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let mut run = std::mem::take(&mut self.run);
        let in_link = self.in_link();
        run.take(in_link, |text, piece| match piece {
            Piece::Text => {
                push_text(&mut self.html, text);
                self.end_of_text();
            }
            Piece::Address(link) => {
                self.open_link(&link);
                push_text(&mut self.html, text);
                self.html.push_str("</a>");
                self.end_of_text();
            }
            Piece::Mention(being) => {
                self.mention(text, being);
                self.end_of_text();
            }
        });
    }

    pub(super) fn mention(&mut self, text: &str, being: BeingId) {
        if (self.page.knows)(&being) {
            self.html.push_str("<span class=\"mention\"");
            push_attribute(&mut self.html, "data-being", being.as_str());
            self.html.push_str(" dir=\"auto\">");
            push_text(&mut self.html, text);
            self.html.push_str("</span>");
        } else {
            push_text(&mut self.html, text);
        }
        if !self.mentioned.contains(&being) {
            self.mentioned.push(being);
        }
    }

    /// In a list without blank lines the parser has text directly in an item.
    pub(super) fn begin_text(&mut self) {
        if !self.in_leaf {
            self.in_leaf = true;
            self.in_own_paragraph = true;
            self.write("<p>");
        }
    }

    pub(super) fn close_own_paragraph(&mut self) {
        if self.in_own_paragraph {
            self.in_own_paragraph = false;
            self.in_leaf = false;
            self.html.push_str("</p>");
        }
    }
}
