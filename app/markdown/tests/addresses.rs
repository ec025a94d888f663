//! Which parts of a text are links, and where they lead.

use markdown::{Page, render};

/// The address and the text of each link.
fn links(text: &str) -> Vec<(String, String)> {
    let html = render(text, Page { knows: &|_| true, has_tab_stops: true });
    let parts = html.split("<a class=\"link\" href=\"").skip(1);
    let read = |part: &str| {
        let (href, rest) = part.split_once('"').expect("a value");
        let (_, rest) = rest.split_once('>').expect("a tag");
        let (label, _) = rest.split_once("</a>").expect("an end");
        (href.replace("&amp;", "&"), label.replace("&amp;", "&"))
    };
    parts.map(read).collect()
}

#[test]
fn an_address_in_text_ends_where_a_reader_would_end_it() {
    for (text, addresses) in [
        (
            "https://en.wikipedia.org/wiki/Rust_(programming_language)",
            "https://en.wikipedia.org/wiki/Rust_(programming_language)",
        ),
        (
            "(see https://en.wikipedia.org/wiki/Rust_(programming_language))",
            "https://en.wikipedia.org/wiki/Rust_(programming_language)",
        ),
        ("see https://example.com。谢谢", "https://example.com"),
        ("请看https://example.com/a", "https://example.com/a"),
        ("请看https://example.com/a，谢谢", "https://example.com/a"),
        ("（https://example.com/a）", "https://example.com/a"),
        ("「https://example.com/a」", "https://example.com/a"),
        ("https://example.com에서 보세요", "https://example.com"),
        ("https://example.com/a에서", "https://example.com/a에서"),
        ("https://zh.wikipedia.org/wiki/中文", "https://zh.wikipedia.org/wiki/中文"),
        ("https://hi.wikipedia.org/wiki/हिन्दी।", "https://hi.wikipedia.org/wiki/हिन्दी"),
        ("https://ar.wikipedia.org/wiki/رياضيات، ثم", "https://ar.wikipedia.org/wiki/رياضيات"),
        ("https://th.wikipedia.org/wiki/ประเทศไทย", "https://th.wikipedia.org/wiki/ประเทศไทย"),
        ("https://例え.jp/a", "https://例え.jp/a"),
        ("https://münchen.de", "https://münchen.de"),
        ("https://пример.рф/путь?а=б#в", "https://пример.рф/путь?а=б#в"),
        (
            "http://localhost:3000/ and http://127.0.0.1:8080/x",
            "http://localhost:3000/ http://127.0.0.1:8080/x",
        ),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://a.example/b?c=d&e=f#g", "https://a.example/b?c=d&e=f#g"),
        ("https://a.example/%E4%B8%AD%20x", "https://a.example/%E4%B8%AD%20x"),
        ("https://a.example/b.", "https://a.example/b"),
        (
            "https://a.example/b, https://a.example/c; https://a.example/d!",
            "https://a.example/b https://a.example/c https://a.example/d",
        ),
        ("Is it https://a.example/b?", "https://a.example/b"),
        ("“https://a.example/b”…", "https://a.example/b"),
        ("'https://a.example/b'", "https://a.example/b"),
        ("\"https://a.example/b\"", "https://a.example/b"),
        ("[https://a.example/b]", "https://a.example/b"),
        ("{https://a.example/b}", "https://a.example/b"),
        ("<https://a.example/b>", "https://a.example/b"),
        ("https://a.example[b]", "https://a.example"),
        ("https://a.example/a[1]", "https://a.example/a[1]"),
        ("**https://a.example/b**", "https://a.example/b"),
        ("*https://a.example/b_c_d*", "https://a.example/b_c_d"),
        ("_https://a.example/b_.", "https://a.example/b"),
        ("~~https://a.example/b~~gone", "https://a.example/b"),
        ("**https://a.example/b**。", "https://a.example/b"),
        ("https://a.example/_b_/*c*/~d~?x=$y$z", "https://a.example/_b_/*c*/~d~?x=$y$z"),
        (
            "| https://a.example/b |\n|---|\n|https://a.example/c|d|",
            "https://a.example/b https://a.example/c",
        ),
        ("- https://a.example/b\n  https://a.example/c", "https://a.example/b https://a.example/c"),
        ("HTTPS://A.example/b", "HTTPS://A.example/b"),
        ("https://a.example/b\\\nhttps://a.example/c", "https://a.example/b https://a.example/c"),
        ("https://a.example/b<br>", "https://a.example/b"),
        ("https://a.example/b🌱", "https://a.example/b"),
        ("https://a.example/\"onclick=\"run", "https://a.example/"),
        ("https://a.example/a\u{202e}b", "https://a.example/a"),
        ("https://user:pass@a.example/", "https://user:pass@a.example/"),
        (
            "https://web.archive.org/web/2020/https://a.example/",
            "https://web.archive.org/web/2020/https://a.example/",
        ),
        ("[1]: https://a.example/b", "https://a.example/b"),
        ("More under Help: /help/messages", "/help/messages"),
        ("(/help/messages#edit).", "/help/messages#edit"),
        ("/spaces/@garden", "/spaces/@garden"),
        // No addresses.
        ("`https://a.example`", ""),
        ("```\nhttps://a.example\n```", ""),
        ("    https://a.example", ""),
        ("https:// http:/x https:x xhttps://a.example and/help/messages /help/ /helpful/x", ""),
        ("javascript:alert(1) ftp://a.example file:///etc/passwd", ""),
        ("www. www.x wwww.x.y", ""),
        ("\\https://", ""),
        ("a@b @b.example a@b..cd a@-b.cd", ""),
    ] {
        let found: Vec<_> = links(text)
            .into_iter()
            .map(|(href, label)| {
                assert_eq!(href, label, "{text:?}");
                href
            })
            .collect();
        assert_eq!(found.join(" "), addresses, "{text:?}");
    }
}

#[test]
fn a_link_leads_to_the_web_to_a_mailbox_or_to_an_own_page() {
    for (text, expected) in [
        ("www.example.org/a", "http://www.example.org/a www.example.org/a"),
        ("ada@example.org.", "mailto:ada@example.org ada@example.org"),
        (
            "写信ada.b+c@mail.example.org。",
            "mailto:ada.b+c@mail.example.org ada.b+c@mail.example.org",
        ),
        ("<ada@example.org>", "mailto:ada@example.org ada@example.org"),
        ("[a](https://example.org/ä(b)c \"title\")", "https://example.org/ä(b)c a"),
        ("[a](<https://example.org/b c\">)", "https://example.org/b%20c%22 a"),
        ("[a](HTTP://example.org)", "HTTP://example.org a"),
        ("[a](mailto:ada@example.org?subject=b)", "mailto:ada@example.org?subject=b a"),
        ("[a](/help)", "/help a"),
        ("[a](/help/start#b)", "/help/start#b a"),
        ("[a](/spaces/@garden)", "/spaces/@garden a"),
        ("![alt](https://example.org/a.png)", "https://example.org/a.png alt"),
        ("![](https://example.org/a.png)", "https://example.org/a.png https://example.org/a.png"),
        ("[![alt](https://example.org/a.png)](https://example.org)", "https://example.org alt"),
        (
            "[https://example.org/a](https://example.org/b)",
            "https://example.org/b https://example.org/a",
        ),
        ("[a](javascript:alert(1))", ""),
        ("[a](JaVaScript:alert(1))", ""),
        ("[a](java&#10;script:alert(1))", ""),
        ("[a](&#106;avascript:alert(1))", ""),
        ("[a]( javascript:alert(1))", ""),
        ("[a](data:text/html,x) [a](vbscript:x) [a](file:///x) [a](ftp://x.org) [a](blob:x)", ""),
        (
            "[a](//example.org) [a](/\\example.org) [a](\\\\example.org) [a](https:example.org) [a](https:/x)",
            "",
        ),
        (
            "[a](/help/../api) [a](/help/%2e%2e/api) [a](/help//x.org) [a](/helper) [a](/spaces/x) [a](/api)",
            "",
        ),
        ("[a](b) [a](#b) [a](?b) [a](./help) [a](help/start) [a](mailto:) [a]()", ""),
        ("[a][b]\n\n[b]: /help", ""),
    ] {
        let found: Vec<_> =
            links(text).into_iter().map(|(href, label)| format!("{href} {label}")).collect();
        assert_eq!(found.join(" "), expected, "{text:?}");
    }
}

/// What would be emphasis in text is part of an address.
#[test]
fn a_link_may_have_any_address() {
    for (text, address, label) in [
        (
            "[the guide](https://a.example/Shade_garden_b).",
            "https://a.example/Shade_garden_b",
            "the guide",
        ),
        ("[ada](https://a.example/~ada/*b*)", "https://a.example/~ada/*b*", "ada"),
        ("[a](https://a.example/b_c \"a title\")", "https://a.example/b_c", "a"),
        ("[a](<https://a.example/b_c>)", "https://a.example/b_c", "a"),
        ("<https://a.example/b_c_d>", "https://a.example/b_c_d", "https://a.example/b_c_d"),
        ("[a](https://a.example/b_(c_d))", "https://a.example/b_(c_d)", "a"),
        ("[a](https://a.example/?$b=c)", "https://a.example/?$b=c", "a"),
        ("- [a_b](https://a.example/b_c)", "https://a.example/b_c", "a_b"),
        ("| [a](https://a.example/b_c) |\n|---|", "https://a.example/b_c", "a"),
        ("![a](https://a.example/b_c.png)", "https://a.example/b_c.png", "a"),
    ] {
        assert_eq!(links(text), [(address.to_owned(), label.to_owned())], "{text}");
    }
    // While it grows, it is an address in text.
    let address = "https://a.example/b_c_d".to_owned();
    assert_eq!(links("[a](https://a.example/b_c_d"), [(address.clone(), address)]);
}
