//! Code in colours: what members get for the code that they send.

use protocol::{Code, CodeClass, Colours};

use super::*;

const ALL: &str = "comment string constant keyword function type property inserted deleted";
const PATH: &str = "/api/spaces/@garden/colours";

async fn colours(client: &Client, language: &str, code: &str) -> Colours {
    client.post(PATH, json!({ "language": language, "code": code })).await.of(200)
}

/// Each coloured piece of a code with its class, in the order of the code.
async fn pieces(client: &Client, language: &str, code: &str) -> Vec<String> {
    let units: Vec<u16> = code.encode_utf16().collect();
    let Colours(classes) = colours(client, language, code).await;
    let mut found = Vec::new();
    for (class, places) in classes {
        for place in places.chunks(2) {
            let (start, end) = (place[0] as usize, (place[0] + place[1]) as usize);
            let piece = String::from_utf16(&units[start..end]).expect("whole characters");
            found.push((start, end, format!("{class} {piece}")));
        }
    }
    found.sort_unstable();
    assert!(found.windows(2).all(|two| two[0].1 <= two[1].0), "two overlap: {found:?}");
    found.into_iter().map(|(_, _, piece)| piece).collect()
}

#[tokio::test]
async fn the_pieces_of_a_code_are_told_by_their_places_in_utf_16() {
    let (_server, ada, _bob) = TestServer::with_two_members().await;
    let code = "// 🌱 é\nlet s = \"漢\"; fn main";
    let expected =
        ["comment // 🌱 é\n", "keyword let", "string \"漢\"", "keyword fn", "function main"];
    assert_eq!(pieces(&ada, "rust", code).await, expected);
}

#[tokio::test]
async fn the_languages_that_people_write_about_have_colours() {
    let (_server, ada, _bob) = TestServer::with_two_members().await;
    let mut others = Vec::new();
    for (name, code, expected) in [
        ("rust", "fn a() {}", "keyword fn"),
        ("JavaScript", "const a = 1", "keyword const"),
        ("ts", "interface A {}", "keyword interface"),
        ("python", "def a(): pass", "function a"),
        ("go", "func a() {}", "function a"),
        ("java", "class A {}", "type A"),
        ("kotlin", "fun a() {}", "keyword fun"),
        ("swift", "let a = 1", "keyword let"),
        ("c++", "class A {};", "type A"),
        ("c#", "class A {}", "type A"),
        ("html", "<p class=\"a\">", "keyword p"),
        ("css", "a { color: red }", "property color"),
        ("json", "{\"a\": true}", "property \"a\""),
        ("yml", "a: 'b'", "string 'b'"),
        ("toml", "a = 1", "constant 1"),
        ("bash", "if true; then echo; fi", "keyword if"),
        ("sql", "SELECT 1", "keyword SELECT"),
        ("md", "# A", "type A"),
        ("diff", "+a", "inserted +a"),
        ("php", "<?php echo 1;", "constant 1"),
        ("ruby", "def a; end", "function a"),
        ("dockerfile", "FROM a", "keyword FROM"),
        ("xml", "<a/>", "keyword a"),
    ] {
        let found = pieces(&ada, name, code).await;
        if !found.iter().any(|piece| piece.trim() == expected) {
            others.push(format!("{name}: {found:?}"));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

#[tokio::test]
async fn code_of_a_language_that_is_not_known_has_no_colours() {
    let (_server, ada, _bob) = TestServer::with_two_members().await;
    for language in ["", "text", "txt", "plain", "no such language", "\0", "漢"] {
        assert_eq!(colours(&ada, language, "fn main() {}").await, Colours::default(), "{language}");
    }
    assert_eq!(colours(&ada, "rust", "").await, Colours::default());
}

/// What a grammar cannot read in time stays as it is; what stands before keeps its colours.
#[tokio::test]
async fn code_that_takes_too_long_is_coloured_in_part() {
    let (_server, ada, _bob) = TestServer::with_two_members().await;
    let long = format!("let a = 1;\n{}\nlet b = 2;", "x".repeat(5_000));
    assert_eq!(pieces(&ada, "rust", &long).await, ["keyword let", "constant 1"]);
    for (language, line) in [
        ("rust", "((((((((((<<<<<<<<<<{{{{{{{{{{"),
        ("js", "`${`${`${"),
        ("php", "<?php /*\"'$${{"),
        ("markdown", "[[[[[[[[**__``"),
    ] {
        let code: String = std::iter::repeat_n(line, 60).collect::<Vec<_>>().join("");
        let code = [code.as_str(); 8].join("\n");
        colours(&ada, language, &code).await;
    }
}

#[tokio::test]
async fn every_class_is_told_of_some_code() {
    let (_server, ada, _bob) = TestServer::with_two_members().await;
    let mut told = std::collections::BTreeSet::new();
    for (language, code) in [
        ("rust", "// a\nfn b() -> Option<u8> { \"c\"; 1 }\nstruct D;"),
        ("html", "<a href=\"b\">"),
        ("diff", "-a\n+b"),
    ] {
        told.extend(colours(&ada, language, code).await.0.into_keys());
    }
    let told: Vec<_> = told.iter().map(CodeClass::to_string).collect();
    assert_eq!(told.join(" "), ALL);
}

#[tokio::test]
async fn a_hundred_that_ask_at_once_are_answered_or_asked_to_come_later() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let body = |i: usize| {
        let code = Code { language: "rust".into(), code: format!("let a = {i};\n").repeat(200) };
        serde_json::to_value(code).expect("JSON")
    };
    let asking = (0..100).map(|i| {
        let caller = if i % 2 == 0 { &ada } else { &bob };
        async move { caller.post(PATH, body(i)).await }
    });
    let mut answered = 0;
    for answer in futures::future::join_all(asking).await {
        match answer.status {
            200 => answered += 1,
            503 => assert!(answer.header("retry-after").is_some()),
            other => panic!("{other}: {}", answer.text),
        }
    }
    assert!(answered >= 64, "{answered} were answered");
    // And what was asked before is known.
    ada.post(PATH, body(0)).await.json_of(200);
}

#[tokio::test]
async fn an_operator_is_a_keyword_if_it_is_a_word() {
    let (_server, ada, _bob) = TestServer::with_two_members().await;
    let expected = ["keyword let", "keyword as", "keyword f64"];
    assert_eq!(pieces(&ada, "rust", "let a = b as f64 / c").await, expected);
    let expected = ["keyword if", "keyword not", "keyword and"];
    assert_eq!(pieces(&ada, "python", "if not a and b == c:").await, expected);
}
