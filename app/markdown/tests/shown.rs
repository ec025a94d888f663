//! What is shown for a text: one line for each construct.

use markdown::{Block, Page, blocks, render};

fn shown(text: &str) -> String {
    render(text, Page { knows: &|_| true, has_tab_stops: true }).replace(" dir=\"auto\"", "")
}

#[test]
fn each_construct_has_its_element() {
    for (text, html) in [
        ("", ""),
        (" \n\t\n", ""),
        ("Hello", "<p>Hello</p>"),
        ("a\nb\r\nc  \nd\\\ne", "<p>a<br>b<br>c<br>d<br>e</p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        (
            "*a* _b_ **c** __d__ ~~e~~",
            "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <del>e</del></p>",
        ),
        ("**a", "<p>**a</p>"),
        ("snake_case_name 2*3*4", "<p>snake_case_name 2<em>3</em>4</p>"),
        ("\\*a\\* \\_b\\_ \\`c\\` \\# \\<b> \\\\", "<p>*a* _b_ `c` # &lt;b&gt; \\</p>"),
        ("`a <b> *c* \\*`", "<p><code>a &lt;b&gt; *c* \\*</code></p>"),
        (
            "# a\n## b\n### c\n#### d\n###### e",
            "<h3>a</h3><h4>b</h4><h5>c</h5><h6>d</h6><h6>e</h6>",
        ),
        ("a\n===\nb\n---", "<h3>a</h3><h4>b</h4>"),
        ("a\n\n---\nb", "<p>a</p><hr><p>b</p>"),
        ("#a", "<p>#a</p>"),
        ("> a\n> b\n\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        ("- a\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("1. a\n2. b", "<ol><li><p>a</p></li><li><p>b</p></li></ol>"),
        ("3) a\n4) b", "<ol start=\"3\"><li><p>a</p></li><li><p>b</p></li></ol>"),
        ("- a\n  - b\n    c", "<ul><li><p>a</p><ul><li><p>b<br>c</p></li></ul></li></ul>"),
        ("- a\n\n  b\n- # c", "<ul><li><p>a</p><p>b</p></li><li><h3>c</h3></li></ul>"),
        (
            "- [ ] a\n- [x] b",
            "<ul><li><p><input type=\"checkbox\" disabled=\"\" aria-label=\"To do\"> a</p></li><li><p><input type=\"checkbox\" disabled=\"\" checked=\"\" aria-label=\"Done\"> b</p></li></ul>",
        ),
        ("- a\n* b", "<ul><li><p>a</p></li></ul><ul><li><p>b</p></li></ul>"),
        ("<b>a</b> *b* <!-- c -->", "<p>&lt;b&gt;a&lt;/b&gt; <em>b</em> &lt;!-- c --&gt;</p>"),
        ("<div>\n*a*\n\n</div>", "<p>&lt;div&gt;<br><em>a</em></p><p>&lt;/div&gt;</p>"),
        ("<script>\n*a*\n\n*b*", "<p>&lt;script&gt;<br><em>a</em></p><p><em>b</em></p>"),
        (
            "- <pre>\n> <!-- x",
            "<ul><li><p>&lt;pre&gt;</p></li></ul><blockquote><p>&lt;!-- x</p></blockquote>",
        ),
        ("&lt;b&gt; &amp; &copy; &nope; & &#60;", "<p>&lt;b&gt; &amp; © &amp;nope; &amp; &lt;</p>"),
        ("[a]: /help\n[a]", "<p>[a]: /help<br>[a]</p>"),
        ("a[^1]\n\n[^1]: b", "<p>a[^1]</p><p>[^1]: b</p>"),
        (
            "It costs $5, ($7) or $5k-$10k; **$5**",
            "<p>It costs $5, ($7) or $5k-$10k; <strong>$5</strong></p>",
        ),
        ("echo $HOME/bin:$PATH", "<p>echo $HOME/bin:$PATH</p>"),
        ("$x$", "<p><math display=\"inline\"><mi>x</mi></math></p>"),
        ("其中$x$是", "<p>其中<math display=\"inline\"><mi>x</mi></math>是</p>"),
        (
            "**$2x$**",
            "<p><strong><math display=\"inline\"><mn>2</mn><mi>x</mi></math></strong></p>",
        ),
        ("$$x$$", "<p><math display=\"block\"><mi>x</mi></math></p>"),
        ("$\\nope{$", "<p>$\\nope{$</p>"),
        ("$\\nope$", "<p><code class=\"math\">$\\nope$</code></p>"),
        ("$\\def\\a{b}\\a$", "<p><code class=\"math\">$\\def\\a{b}\\a$</code></p>"),
        ("a\u{1}b\u{14}c\u{e}", "<p>abc</p>"),
        ("#", "<p>#</p>"),
        ("-", "<p>-</p>"),
        ("> #", "<p>&gt; #</p>"),
        ("1.", "<p>1.</p>"),
        (
            "| a |\n|---|\n| b | c @d |",
            "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td><td>c @d</td></tr></tbody></table></div>",
        ),
        (
            "a | b\n:-: | -:\nc |",
            "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th class=\"center\">a</th><th class=\"right\">b</th></tr></thead><tbody><tr><td class=\"center\">c</td><td class=\"right\"></td></tr></tbody></table></div>",
        ),
    ] {
        assert_eq!(shown(text), html, "{text:?}");
    }
}

#[test]
fn a_code_block_has_its_label_and_a_button() {
    let code = |label: &str, class: &str, code: &str| {
        format!(
            "<figure class=\"code\" dir=\"ltr\"><figcaption>{label}<button type=\"button\" data-copy=\"\">Copy</button>\
             </figcaption><pre tabindex=\"0\"><code translate=\"no\"{class}>{code}</code></pre></figure>"
        )
    };
    let long = "x".repeat(300);
    for (text, label, class, inner) in [
        ("```\n<a>\n```", "", "", "&lt;a&gt;\n"),
        ("```rust\na\n\n  b", "rust", "rust", "a\n\n  b"),
        ("~~~ C++ title=\"a\"\n@a https://a.b\n~~~", "C++ title=\"a\"", "c++", "@a https://a.b\n"),
        ("````md\n```\n````", "md", "md", "```\n"),
        ("    a\n    b", "", "", "a\nb"),
        ("```\"onclick=x\na\n```", "\"onclick=x", "", "a\n"),
        ("```<b>\na\n```", "&lt;b&gt;", "", "a\n"),
        (&format!("```{long}\na"), &long[..100], &long[..100], "a"),
        (
            "```\n[a]: b\n<div>\n$5 https://a.b/_c_",
            "",
            "",
            "[a]: b\n&lt;div&gt;\n$5 https://a.b/_c_",
        ),
    ] {
        let label = if label.is_empty() { String::new() } else { format!("<span>{label}</span>") };
        let class =
            if class.is_empty() { String::new() } else { format!(" class=\"language-{class}\"") };
        assert_eq!(shown(text), code(&label, &class, inner), "{text:?}");
    }
}

#[test]
fn blocks_are_the_whole_text_and_the_whole_html() {
    let text = "# a\n\nb\n\n- c\n- d\n\n\n```\ne\n```\nf";
    let page = Page { knows: &|_| true, has_tab_stops: false };
    let blocks = blocks(text, page);
    let of = |block: &Block| text[block.range.clone()].to_owned();
    let parts: Vec<_> = blocks.iter().map(of).collect();
    assert_eq!(parts, ["# a\n\n", "b\n\n", "- c\n- d\n\n\n", "```\ne\n```\n", "f"]);
    let html: String = blocks.into_iter().map(|block| block.html).collect();
    assert_eq!(html, render(text, page));
}

#[test]
fn what_is_nested_without_bound_stays_bounded() {
    for piece in [
        ">", "> ", "- ", "1. ", "*a ", "**a *b ", "[", "![", "[a](", "(", "`", "<", "~~a ", "$",
        "${", "\\", "&", "|", "_a", "> - ", "+ * - ", "\\(", "\\[=", "\\(x\\)", "\\(x\\]", "`\\(",
    ] {
        let text: String = piece.repeat(20_000 / piece.len());
        for text in
            [format!("{text}\n{}", "\n".repeat(1_000)), format!("| a |\n|---|\n{text}"), text]
        {
            let html = shown(&text);
            let (mut depth, mut deepest) = (0_usize, 0);
            for tag in html.split('<').skip(1) {
                let is_void = ["br", "hr", "input"].iter().any(|name| tag.starts_with(name));
                depth =
                    if tag.starts_with('/') { depth - 1 } else { depth + usize::from(!is_void) };
                deepest = deepest.max(depth);
            }
            assert!(depth == 0 && deepest <= 60, "{piece:?}: {deepest} deep");
            assert!(html.len() <= 40 * text.len(), "{piece:?}: {} bytes", html.len());
        }
    }
}
