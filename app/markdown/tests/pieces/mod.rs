//! Pieces of Markdown, HTML and addresses.

#[rustfmt::skip]
pub const PIECES: &[&str] = &[
    "word", "two words", " ", " ", " ", "  ", "   ", "    ", "\t", "\n", "\n", "\n", "\n", "\n\n", "\n\n",
    "\r\n", "\n  ", "\n    ", "*", "**", "***", "_", "__", "~", "~~", "`", "``", "```", "\n```\n",
    "\n```rust\n", "\n~~~\n", "````", "# ", "## ", "\n#### ", "#", "- ", "\n- ", "\n- ", "\n  - ", "\n    - ",
    "* ", "\n* ", "+ ", "1. ", "\n2. ", "\n10) ", "1", "\n   text", "- [ ] ", "\n- [x] ", "[ ]", "> ", "\n> ",
    "\n> > ", ">", ">>", "---", "\n---\n", "===", "\n===\n", "--", "-", "| a | b |", "\n|---|---|\n",
    "\n|:-:|--:|\n", "| c ", "|", "\n| d | e |", ":-", "[", "]", "(", ")", "](", "[a](", "![",
    "[link](https://example.org/a_b)", "[x](javascript:alert(1))", "[y](<data:text/html,x>)",
    "![z](/help/start \"t\")", "[ref]: https://example.org", "[ref]", "[^1]", "[^1]: note",
    "https://example.org", "https://", "http://a.b/c(d)", "https://x.org/_a_/*b*~c~$d$", "www.example.org",
    "www.", "ada@example.org", "<https://example.org/@sage>", "<a@b.cd>", "/help/messages", "/spaces/@garden",
    "/help/../api", "@", "@sage", "@Sage-2", "＠sage", "@everyone", "@@", "\\@sage", "&", "&amp;", "&#64;",
    "&#60;script&#62;", "&lt", ";", "\\", "\\\\", "\\*", "\\<", "\\`", "<", ">", "</", "<b>", "</b>",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "<?php", "<![CDATA[",
    "<div>\n", "\n<pre>", "<a href=\"", "\" onclick=\"x", "'", "\"", "javascript:", "vbscript:x", "data:",
    "style=", "\\(", "\\)", "\\[", "\\]", "\\(x_1\\)", "\n\\[\na*b\n\\]\n", "\\|", "$", "$$", "$5", "$x^2$", "$$\\frac{a}{b}$$", "\\sqrt{", "}", "{", "\\begin{matrix} a & b \\\\",
    "\\end{matrix}", "\\text{<b>}", "\\color{red}", "^", "中文", "。", "，", "한국어", "مرحبا", "שלום", "\u{202e}",
    "\u{2066}", "\u{2069}", "\u{200b}", "é", "e\u{301}", "🌱", "👩‍👧", "\u{a0}", "\u{1}", "\u{e}", "\u{14}",
    "\u{18}",
];
