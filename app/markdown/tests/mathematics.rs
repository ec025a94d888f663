//! Formulas by chance: the library that reads them is young.

mod texts;

use markdown::{Page, render};
use texts::{Dice, count};

#[test]
fn a_formula_by_chance_is_elements_or_its_source() {
    let page = Page { knows: &|_| true, has_tab_stops: true };
    for seed in 0..count() {
        let mut dice = Dice(seed ^ 0x3A7B_0000_0000);
        let text = format!("$${}$$", dice.text(PIECES, 14));
        let html = render(&text, page);
        let mut open = Vec::new();
        for tag in html.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            assert!(
                !tag.contains(" style=") && !tag.contains(" on"),
                "seed {seed}: {text} is {html}"
            );
            let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
            match tag.strip_prefix('/') {
                Some(end) => assert_eq!(open.pop(), Some(end), "seed {seed}: {text} is {html}"),
                None if name == "br" => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "seed {seed}: {text} is {html}");
    }
}

#[test]
fn a_formula_that_is_nested_without_bound_is_its_source() {
    let page = Page { knows: &|_| true, has_tab_stops: true };
    for (open, close) in [
        ("{", "}"),
        ("x^{", "}"),
        ("\\sqrt", ""),
        ("\\sqrt ", ""),
        ("\\sqrt[3]", ""),
        ("\\sqrt{", "}"),
        ("\\frac1", ""),
        ("\\frac{1}", ""),
        ("\\frac1{", "}"),
        ("\\frac{1}{", "}"),
        ("\\left(", "\\right)"),
        ("\\hat ", ""),
        ("x^\\hat ", ""),
        ("x_\\frac2", ""),
        ("\\begin{matrix}", "\\end{matrix}"),
        ("\\not", ""),
        ("\\mathrm{\\sqrt", "}"),
        ("\\overset1", ""),
        ("\\binom1", ""),
        ("\\xrightarrow[1]", ""),
    ] {
        let html = render(&format!("$${}x{}$$", open.repeat(160), close.repeat(160)), page);
        assert!(html.contains("<code class=\"math\""), "{open}: {html}");
    }
    for formula in [
        "x_1+".repeat(200) + "x",
        r"\frac{a}{b} + ".repeat(100) + "x",
        r"\alpha\beta\gamma + \sin x \cdot \cos y = ".repeat(30) + "0",
        r"\begin{pmatrix}".to_owned()
            + &r"a & \frac{1}{2} & \sqrt{c} \\ ".repeat(20)
            + r"\end{pmatrix}",
    ] {
        let html = render(&format!("${formula}$"), page);
        assert!(html.contains("<math"), "{html}");
    }
}

/// As models write them. The formulas are `code` here, since none of them is understood, so that it is seen what
/// is taken for one.
#[test]
fn a_formula_stands_between_escaped_brackets() {
    for (text, html) in [
        (r"so \(\nope\), a", r"so <m>\(\nope\)</m>, a"),
        (r"\( \nope \)", r"<m>\(\nope\)</m>"),
        (r"\[\nope\]", r"<m>\[\nope\]</m>"),
        ("\\[\n\\nope\n  b\n\\]", "<m>\\[\\nope\nb\\]</m>"),
        (
            r"\(\nope a_1 * b_2 * c_3 ~~d~~ <b> [e](f) &amp; $5 a:b www.x.org @sage\)",
            r"<m>\(\nope a_1 * b_2 * c_3 ~~d~~ &lt;b&gt; [e](f) &amp;amp; $5 a:b www.x.org @sage\)</m>",
        ),
        (r"\(\nope\{a\} \\ b\_c \|\)", r"<m>\(\nope\{a\} \\ b\_c \|\)</m>"),
        (r"**\(\nope\)**", r"<strong><m>\(\nope\)</m></strong>"),
        (r"\(\nope a\)b\(\nope c\)", r"<m>\(\nope a\)</m>b<m>\(\nope c\)</m>"),
        // The last one that was opened is the one that is closed.
        (r"open with \(, as in \(\nope\)", r"open with (, as in <m>\(\nope\)</m>"),
        (r"\(a \[\nope\]", r"(a <m>\[\nope\]</m>"),
        // What is never closed is text.
        (r"a \(b *c*", "a (b <em>c</em>"),
        (r"a \) b \] c", "a ) b ] c"),
        (r"\(a \]", "(a ]"),
        (r"\\(a\\)", r"\(a\)"),
        (r"\(\)", "()"),
        // Brackets that were only escaped.
        (r"see \[1\]", "see [1]"),
        (r"\[sic\]", "[sic]"),
        (r"\[f=x\](https://a.b)", r"[f=x](<a>https://a.b</a>)"),
        // Never in code, nor around it.
        (r"`\(\nope\)`", r"<code>\(\nope\)</code>"),
        (r"`\(` and `\)`", r"<code>\(</code> and <code>\)</code>"),
        (r"\(a `b` c\)", "(a <code>b</code> c)"),
        (r"`\(` \(\nope\)", r"<code>\(</code> <m>\(\nope\)</m>"),
        (r"\(a ` b\)", "(a ` b)"),
        // Within one block.
        ("\\(a\n\nb\\)", "(a</p><p>b)"),
        ("\\(a\n- b\\)", "(a</p><ul><li><p>b)</p></li></ul>"),
        // An address is none, nor is what begins in one.
        (r"[a](b\(c) d\)", r"a d)"),
    ] {
        let page = Page { knows: &|_| true, has_tab_stops: true };
        let shown = render(text, page).replace(" dir=\"auto\"", "");
        let shown = shown.replace("<code class=\"math\">", "<m>");
        let mut plain = String::new();
        for piece in shown.split_inclusive("</code>") {
            let is_formula = piece.contains("<m>");
            plain += &if is_formula { piece.replace("</code>", "</m>") } else { piece.to_owned() };
        }
        let link = " class=\"link\" href=\"https://a.b\" target=\"_blank\" rel=\"noopener noreferrer nofollow\"";
        let plain = plain.replace(link, "");
        let html =
            if html.ends_with("</ul>") { format!("<p>{html}") } else { format!("<p>{html}</p>") };
        assert_eq!(plain, html, "{text:?}");
    }
}

#[test]
fn a_formula_between_escaped_brackets_is_that_between_dollars() {
    let page = Page { knows: &|_| true, has_tab_stops: true };
    for (brackets, dollars) in [
        (r"\(x_1 + y_2\)", "$x_1 + y_2$"),
        (r"\[a^2 + b^2 = c^2\]", "$$a^2 + b^2 = c^2$$"),
        ("\\[\n\\frac{a}{b}\n\\]", "$$\n\\frac{a}{b}\n$$"),
        (
            "\\[\n\\begin{pmatrix}\na & b \\\\\nc & d\n\\end{pmatrix}\n\\]",
            "$$\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}$$",
        ),
        ("> \\[\n> x = 1\n> \\]", "> $$x = 1$$"),
        ("1. So:\n\n    \\[\n    x = 1\n    \\]", "1. So:\n\n    $$x = 1$$"),
        ("| \\(x\\) |\n|---|\n| \\(y_1 * z_1\\) |", "| $x$ |\n|---|\n| $y_1 * z_1$ |"),
        (r"# On \(x\)", "# On $x$"),
    ] {
        let html = render(brackets, page);
        assert!(html.contains("<math"), "{html}");
        assert_eq!(html, render(dollars, page), "{brackets}");
    }
}

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "a", "x", "1", "2.5", " ", "+", "-", "=", "<", ">", "&", "&", "\\\\", "\\\\[2em]", "{", "}", "{", "}", "(", ")", "[", "]", "|",
    "^", "_", "^2", "_{i}", "'", "''", "\\%", "%", "\\", "~", "\n", ",", "!", "\"", "\\frac", "\\frac{a}{b}", "\\sqrt", "\\sqrt[3]{x}",
    "\\left(", "\\right)", "\\left", "\\right", "\\middle|", "\\sum_{k=1}^n", "\\int", "\\lim", "\\text{a <b> c}", "\\text{",
    "\\mathbb{R}", "\\mathrm", "\\not", "\\not<", "\\color{red}", "\\textcolor{blue}{x}", "\\boxed{x}", "\\begin{pmatrix}",
    "\\end{pmatrix}", "\\begin{cases}", "\\end{cases}", "\\begin{array}{c|c}", "\\end{array}", "\\begin{align}", "\\end{align}",
    "\\begin{alignat}{中}", "\\begin{", "\\end{", "\\hline", "\\hspace{-1em}", "\\kern", "1em", "\\rule{1em}{1em}", "\\operatorname{f<g}", "\\operatorname",
    "\\def\\a{b}", "\\a", "\\newcommand", "\\overline", "\\underbrace{x}_{y}", "\\hat", "\\vec{v}", "\\binom{n}{k}", "\\stackrel{a}{b}",
    "\\limits", "\\nolimits", "\\displaystyle", "\\tag{1}", "\\label{x}", "\\char", "\\unicode{x3C}", "中", "é", "🌱", "\\ ", "\\,", "\\!",
    "\\;", "\\cdots", "\\ldots", "\\to", "\\alpha", "\\Omega", "\\infty", "#1", "#", "@", "\\@", "\\big(", "\\Bigg|", "\\substack{a\\\\b}",
    "\\xrightarrow[a]{b}", "\\phantom{x}", "\\hphantom", "\\cancel{x}", "\\genfrac", "\\mathchoice", "\\u", "\\'e", "`",
];
