//! Nothing gets through that a sanitiser would take away: `ammonia` is the oracle. It lets through what the
//! crate's documentation lists, and nothing else.

mod examples;
mod pieces;
mod texts;

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use markdown::{Page, render};
use pieces::PIECES;
use texts::{Dice, count};

const PAGES: [Page; 2] = [
    Page { knows: &|_| true, has_tab_stops: false },
    Page { knows: &|being| being.as_str() == "@sage", has_tab_stops: true },
];

/// What MathML consists of here.
const MATHEMATICS: [&str; 31] = [
    "math",
    "mi",
    "mn",
    "mo",
    "ms",
    "mtext",
    "mspace",
    "mrow",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "menclose",
    "mstyle",
    "merror",
    "semantics",
    "none",
    "mlabeledtr",
    "maction",
];

fn sanitiser() -> Builder<'static> {
    let mut builder = Builder::empty();
    let tags = [
        "p",
        "br",
        "em",
        "strong",
        "del",
        "blockquote",
        "hr",
        "ul",
        "ol",
        "li",
        "h3",
        "h4",
        "h5",
        "h6",
        "input",
        "a",
        "span",
        "code",
        "figure",
        "figcaption",
        "button",
        "pre",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ];
    let mathematics = [
        "display",
        "class",
        "mathvariant",
        "stretchy",
        "movablelimits",
        "linethickness",
        "displaystyle",
        "scriptlevel",
        "width",
        "height",
        "depth",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "fence",
        "separator",
        "form",
        "symmetric",
        "accent",
        "accentunder",
        "largeop",
        "columnalign",
        "voffset",
        "notation",
    ];
    let mut attributes = HashMap::from([
        ("ol", HashSet::from(["start"])),
        ("input", HashSet::from(["type", "disabled", "checked", "aria-label"])),
        ("a", HashSet::from(["class", "href", "target", "rel"])),
        ("span", HashSet::from(["class", "data-being"])),
        ("code", HashSet::from(["class", "translate"])),
        ("figure", HashSet::from(["class"])),
        ("button", HashSet::from(["type", "data-copy"])),
        ("div", HashSet::from(["class"])),
        ("th", HashSet::from(["class"])),
        ("td", HashSet::from(["class"])),
    ]);
    attributes.extend(MATHEMATICS.map(|tag| (tag, HashSet::from(mathematics))));
    builder
        .tags(HashSet::from(tags))
        .add_tags(MATHEMATICS)
        .generic_attributes(HashSet::from(["dir", "tabindex"]))
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(false);
    builder
}

fn assert_clean(sanitiser: &Builder, text: &str) {
    for page in PAGES {
        let html = render(text, page);
        assert_eq!(sanitiser.clean(&html).to_string(), html, "{text:?}");
        // A relative address is one of our own pages, which the sanitiser cannot know.
        for href in html.split("<a class=\"link\" href=\"").skip(1) {
            let starts = ["http:", "https:", "mailto:", "/help", "/spaces/@"];
            let scheme = href.get(..9).unwrap_or(href).to_ascii_lowercase();
            assert!(
                starts.iter().any(|start| scheme.starts_with(&start[..start.len().min(9)])),
                "{text:?}: {href}"
            );
        }
    }
}

#[test]
fn what_is_known_to_break_sanitisers_is_text() {
    let sanitiser = sanitiser();
    for text in ATTACKS {
        for text in [
            (*text).to_owned(),
            format!("- {text}\n\n  {text}"),
            format!("> {text}\n\n```{text}\n{text}\n```"),
            format!("| {text} |\n|---|\n| {text} |"),
            format!("[{text}]({text}) ![{text}](<{text}>) <{text}>"),
            format!("**{text}** `{text}` ${text}$ $$\\text{{{text}}}$$"),
            format!("https://example.org/{text} www.{text} @sage{text} /help/{text}"),
        ] {
            assert_clean(&sanitiser, &text);
        }
    }
}

#[test]
fn a_text_by_chance_leaves_nothing_to_clean() {
    let sanitiser = sanitiser();
    for seed in 0..count() {
        let mut dice = Dice(seed ^ 0xC1EA_0000_0000);
        let mut text = dice.text(PIECES, 24);
        if dice.below(3) == 0 {
            text.push_str(ATTACKS[dice.below(ATTACKS.len())]);
            text.push_str(&dice.text(PIECES, 24));
        }
        assert_clean(&sanitiser, &text);
    }
}

#[test]
fn examples_and_answers_leave_nothing_to_clean() {
    let sanitiser = sanitiser();
    for example in examples::specifications() {
        assert_clean(&sanitiser, &example);
    }
    for (_, answer) in examples::answers() {
        assert_clean(&sanitiser, &answer);
    }
}

/// Each word is still there: as text, or as part of where a link leads.
#[test]
fn no_word_is_lost() {
    for seed in 0..count() {
        let mut dice = Dice(seed ^ 0x1057_0000_0000);
        let pieces: Vec<_> = (0..12).map(|_| dice.text(PIECES, 24)).collect();
        let words: Vec<_> = (0..pieces.len()).map(|n| format!("wort{n}ende")).collect();
        let text: String =
            pieces.iter().zip(&words).flat_map(|(piece, word)| [&**piece, word]).collect();
        // A title is not shown, and neither is the address of what may not be a link.
        if text.contains("](") || text.contains("&#") {
            continue;
        }
        let html = render(&text, PAGES[0]);
        for word in words {
            assert!(html.contains(&word), "seed {seed}: {word} of {text:?} is not in {html}");
        }
    }
}

const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href='javas&#99;ript:alert(1)'>x</a>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<style>@import 'http://x.example/x.css';</style>",
    "<link rel=stylesheet href=http://x.example/x.css>",
    "<base href=http://x.example/>",
    "<meta http-equiv=refresh content=0;url=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "</p></div></li></ul></code></pre><img src=x onerror=alert(1)>",
    "</textarea></title></style></script><img src=x onerror=alert(1)>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<template><img src=x onerror=alert(1)></template>",
    "<select><option><img src=x onerror=alert(1)>",
    "<plaintext>",
    "\"><img src=x onerror=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    "x\" style=\"position:fixed;inset:0",
    "javascript:alert(1)",
    " javascript:alert(1)",
    "\u{1}javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\u{ad}script:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "JAVASCRIPT:alert(1)",
    "javascript://example.org/%0Aalert(1)",
    "https:javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//x.example/x",
    "\\\\x.example\\x",
    "/\\x.example",
    "/help/..//x.example",
    "https://x.example/\"onclick=\"alert(1)",
    "https://x.example/'onclick='alert(1)",
    "https://x.example/<script>alert(1)</script>",
    "https://x.example/&quot;onclick=&quot;alert(1)",
    "http://x.example/\u{202e}gpj.exe",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "&#x3C;script&#x3E;",
    "\\<script\\>alert(1)\\</script\\>",
    "\u{e}script>alert(1)\u{e}/script>",
    "\u{14}\u{15}\u{e}\u{f}\u{10}\u{11}\u{12}\u{13}\u{16}\u{17}\u{18}",
    "\u{feff}<script>",
    "\u{2028}<script>\u{2029}",
    "＜script＞alert(1)＜/script＞",
    "<img src=\"a`b\" onerror=alert(1)>",
    "[a](https://x.example \"\\\" onclick=alert(1) x=\\\"\")",
    "[a](<javascript:alert(1)>)",
    "[a](javascript:alert(1 \"x\")",
    "![a](\"onerror=\"alert(1))",
    "<javascript:alert(1)>",
    "<https://x.example/\"onclick=alert(1)>",
    "<a@b.cd\"onclick=alert(1)>",
    "```\"><img src=x onerror=alert(1)>",
    "~~~ x\" onclick=\"alert(1)",
    "\\href{javascript:alert(1)}{x}",
    "\\url{javascript:alert(1)}",
    "\\style{color:red}{x}",
    "\\class{x\" onclick=\"alert(1)}{x}",
    "\\color{red\" onclick=\"alert(1)}x",
    "\\text{</mtext></math><img src=x onerror=alert(1)>}",
    "\\operatorname{<script>}",
    "\\unicode{x3C}script",
    "\\char\"3C",
    "\\rule{1em}{1em} \\hspace{-1em} x \\\\[2em] y",
    "\\begin{array}{c|c\"onclick=\"x} a & b \\end{array}",
    "\\includegraphics{http://x.example/x.png}",
    "\\htmlData{x=\"<script>\"}{x}",
    "@sage\" onclick=\"alert(1)",
    "@<script>",
];
