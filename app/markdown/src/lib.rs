//! Markdown as it is shown. What a server writes into a page, what a browser renders later and what a growing
//! answer is assembled to are equal to the letter: all come from this crate, which does no I/O.
//!
//! # What is understood
//!
//! CommonMark with GitHub's tables, strikethrough and task lists, and mathematics (`$…$` and `\(…\)`, `$$…$$` and
//! `\[…\]`). It differs where a chat does:
//!
//! - A line break in the text is a line break on the screen (`<br>`).
//! - Raw HTML is text, and never begins an HTML block: what stands between two tags is Markdown as elsewhere.
//! - There are no link reference definitions and no footnotes: `[1]: https://…` is text with an address in it.
//!   So a block means the same whatever follows it, which [`Growing`] relies on.
//! - Items of a list look the same whether blank lines stand between them or not: their text is always in a
//!   `<p>`. So a list that has become loose changes nothing above.
//! - An image is a link to it. Titles of links are left out.
//! - Addresses and `@handles` in text are found by this parser, never in code ([`mentions`]).
//! - A `$` in front of an amount, as in `$5`, opens no mathematics.
//! - A formula in `\(…\)` or `\[…\]` is within one paragraph, heading or cell. What is never closed is text, and so
//!   are brackets with words in them (`\[1\]`) or an address behind them: somebody has only escaped them.
//! - What a row of a table has beyond the columns of its head is a last cell, and a text of which nothing
//!   would be seen, such as `#` or `-`, is shown as it was written: nothing that somebody wrote is lost.
//! - Containers are nested 24 deep; further markers are text.
//!
//! # What comes out
//!
//! One element for each top-level block, without white space between elements, so that it looks the same with
//! `white-space: pre-wrap`. There are no `style`, `id` or event attributes; the whole set is:
//!
//! | element | when |
//! |---|---|
//! | `p`, `br`, `em`, `strong`, `del`, `blockquote`, `hr`, `ul`, `ol[start]`, `li` | as in Markdown |
//! | `h3` to `h6` | headings of level 1 to 4 and deeper: a page has `h1` and `h2` of its own |
//! | `li > p > input[type=checkbox][disabled]` | a task, labelled "Done" or "To do" |
//! | `a.link` | a link, `rel="noopener noreferrer nofollow"`; `target="_blank"` but for pages of spaces |
//! | `span.mention[data-being="@ada"]` | a mention of a being that the page knows |
//! | `code` | code in a line |
//! | `figure.code > figcaption + pre > code.language-x` | a code block; `figcaption > span` is what stands behind the fence, `figcaption > button[data-copy]` copies the text of its `code` |
//! | `div.table > table` | a table, which scrolls in its `div`; cells have `class="center"` or `class="right"` |
//! | `math[display]`, `code.math` | mathematics as MathML, or its source where that is not understood |
//!
//! Blocks have `dir="auto"`, and so have links, mentions and code in a line: a bidi control that is not closed
//! ends with its block and cannot turn an address around.

mod address;
mod document;
mod formula;
mod growing;
mod html;
mod link;
mod mask;
mod mathematics;
mod plain;
mod text_run;
mod words;

use std::ops::Range;

use protocol::BeingId;

pub use growing::{Growing, Replacement, Update};
pub use words::words;

/// What the rendering depends on besides the text.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// Whether a being of this id may be mentioned here. The handle of an unknown being stays text.
    pub knows: &'a dyn Fn(&BeingId) -> bool,
    /// Whether links, buttons and what scrolls can be reached with the Tab key. In a list of messages they
    /// cannot: the message is the tab stop.
    pub has_tab_stops: bool,
}

/// A top-level block, and where it stands in the text: from the beginning of its first line to that of the
/// next block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub range: Range<usize>,
    pub html: String,
}

/// The HTML of a whole text.
pub fn render(text: &str, page: Page) -> String {
    document::assemble(&document::parse_whole(text, page).parts)
}

/// The HTML of a whole text, block by block; joined, it is what [`render`] returns.
pub fn blocks(text: &str, page: Page) -> Vec<Block> {
    document::blocks(&document::parse_whole(text, page).parts, text.len())
}

/// The beings that a text mentions, in order and each once: `@handle` outside code and addresses, where no
/// ASCII letter, digit, `_` or `-` stands directly before the `@` or after the handle. A fullwidth `＠` counts.
/// Whether such a being exists, or is here, is not known here.
pub fn mentions(text: &str) -> Vec<BeingId> {
    if !text.contains(['@', '＠']) {
        return Vec::new();
    }
    document::parse_whole(text, Page { knows: &|_| true, has_tab_stops: true }).mentioned
}
