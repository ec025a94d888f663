//! Whom a text mentions.

use markdown::{Page, mentions, render};

#[test]
fn a_mention_is_a_handle_that_stands_for_itself() {
    for (text, named) in [
        ("@sage", "@sage"),
        ("Ask @sage.", "@sage"),
        ("(@sage, @guide-2)!", "@sage @guide-2"),
        ("@Sage: hello", "@sage"),
        ("@SAGE and @sage", "@sage"),
        ("@sage's", "@sage"),
        ("请@sage看一下", "@sage"),
        ("@sage에게", "@sage"),
        ("＠sage", "@sage"),
        ("请＠Sage，看", "@sage"),
        ("@sageß", "@sage"),
        ("ü@sage", "@sage"),
        ("„@sage“", "@sage"),
        ("🌱@sage🌱", "@sage"),
        ("@sage…", "@sage"),
        ("\n@sage\n", "@sage"),
        ("A line\n@sage\nand another", "@sage"),
        ("**@sage**", "@sage"),
        ("a**@sage**b", "@sage"),
        ("_@sage_ ~~@mint~~", "@sage @mint"),
        ("- @sage\n- [ ] @mint", "@sage @mint"),
        ("> @sage\n\n# @mint\n\n| a |\n|---|\n| @oak |", "@sage @mint @oak"),
        ("<b>@sage</b>", "@sage"),
        ("<div>\n@sage", "@sage"),
        ("@sage/@mint,@oak", "@sage @mint @oak"),
        ("@b @a @b", "@b @a"),
        ("@everyone look", "@everyone"),
        ("@my_bot-2", "@my_bot-2"),
        ("@@sage", "@sage"),
        ("@sage@example.org", "@sage"),
        ("sage@sage.org", ""),
        // A handle may end in these, too.
        ("@sage- and @a_b_ c", "@sage- @a_b_"),
        ("[@sage](https://example.org)", "@sage"),
        ("[look](https://example.org/@sage)", ""),
        ("![@sage](https://example.org/a.png)", "@sage"),
        ("mail me at ada@sage", ""),
        ("ada@sage.example", ""),
        ("https://x.example/@sage", ""),
        ("**https://x.example/@sage**", ""),
        ("<https://x.example/@sage>", ""),
        ("[https://x.example/@sage](https://x.example)", ""),
        ("www.x.example/@sage", ""),
        ("/spaces/@garden", ""),
        ("`@sage`", ""),
        ("```\n@sage\n```", ""),
        ("```\n@sage", ""),
        ("    @sage", ""),
        ("$@sage$", ""),
        ("\\@sage", ""),
        ("&#64;sage", ""),
        ("@-sage", ""),
        ("x@sage 4@sage _@sage -@sage", ""),
        ("@ sage", ""),
        ("@", ""),
        ("@a-name-that-is-far-too-long", ""),
    ] {
        let found: Vec<_> = mentions(text).iter().map(ToString::to_string).collect();
        assert_eq!(found.join(" "), named, "{text:?}");
    }
}

#[test]
fn only_who_is_known_is_marked() {
    let page = Page { knows: &|being| being.as_str() == "@sage", has_tab_stops: true };
    let html = render("Ask ＠Sage or @nobody", page);
    let marked =
        "Ask <span class=\"mention\" data-being=\"@sage\" dir=\"auto\">＠Sage</span> or @nobody";
    assert_eq!(html, format!("<p dir=\"auto\">{marked}</p>"));
}
