//! Requests that cannot be parsed, and values that are out of bounds.

use super::*;

#[tokio::test]
async fn a_body_that_cannot_be_parsed_is_malformed() {
    let scene = Scene::set().await;
    let (ada, of_ada) = (&scene.ada, &scene.of_ada);
    let send = format!("{SPACE}/intentions");
    let says = |json: Value| ada.post(&send, json);
    let id = scene.sent["id"].clone();
    let json = "application/json";
    let requests = [
        ada.ask("POST", &send).header("content-type", json),
        ada.ask("POST", &send).header("content-type", json).body("{"),
        ada.ask("POST", &send).header("content-type", json).body(r#"{"id": 1} trailing"#),
        ada.ask("POST", &send).header("content-type", json).body(*b"\"\xff\""),
        ada.ask("POST", &send).body(message("Hello.").to_string()),
        says(message("Hello.")).header("content-type", "text/plain"),
        says(message("Hello.")).header("content-type", "application/x-www-form-urlencoded"),
        says(json!([])),
        says(json!({ "content": "Hello." })),
        says(json!({ "id": id })),
        says(json!({ "id": "msg_1", "content": "Hello." })),
        says(json!({ "id": id, "content": 1 })),
        says(json!({ "id": id, "content": "Hello.", "replyTo": "1" })),
        ada.patch(of_ada, json!({})),
        ada.post("/api/spaces", json!({ "name": null })),
        ada.post(&format!("{SPACE}/colours"), json!({ "code": "fn" })),
        ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage", "hue": "red" })),
        ada.patch("/api/beings/@ada", json!({ "name": 1 })),
        ada.post("/api/session", json!({ "handle": "ada" })),
        ada.post("/api/accounts", json!({ "handle": "eve", "password": harness::PASSWORD })),
    ];
    scene.refuses(400, "malformed", requests).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn an_id_of_the_wrong_form_is_malformed() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    let (edit, none) = (json!({ "content": "Hello?" }), json!({}));
    let requests = [
        ada.post("/api/spaces/garden/intentions", message("Hello.")),
        ada.post("/api/spaces/@Garden/intentions", message("Hello.")),
        ada.post("/api/spaces/@a-name-of-21-characters/intentions", message("Hello.")),
        ada.post("/api/spaces/%ff/intentions", message("Hello.")),
        ada.get("/api/spaces/garden/intentions"),
        ada.get("/api/spaces/garden/intentions/msg_7"),
        ada.get(&format!("{SPACE}/intentions/7")),
        ada.get(&format!("{SPACE}/intentions/msg_9223372036854775808")),
        ada.post("/api/spaces/garden/invites", none.clone()),
        ada.post("/api/spaces/garden/beings", json!({ "name": "Sage" })),
        ada.delete("/api/spaces/garden/beings/@bob"),
        ada.delete(&format!("{SPACE}/beings/bob")),
        ada.patch("/api/beings/ada", json!({ "name": "Ada" })),
        ada.patch(&format!("{SPACE}/intentions/7"), edit.clone()),
        ada.patch(&format!("{SPACE}/intentions/msg_-7"), edit.clone()),
        ada.patch(&format!("{SPACE}/intentions/msg_9223372036854775808"), edit),
        ada.delete(&format!("{SPACE}/intentions/{}", scene.sent["id"].as_str().expect("an id"))),
        ada.post(&format!("{SPACE}/intentions/msg_/stop"), none),
    ];
    scene.refuses(400, "malformed", requests).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_query_of_the_wrong_form_is_malformed() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    let requests = [
        ada.get("/api/stream"),
        ada.get("/api/stream?spaceId="),
        ada.get("/api/stream?spaceId=garden"),
        ada.get("/api/stream?spaceId=@garden&spaceId=@attic"),
        ada.get("/api/stream?spaceId=@garden&since=yesterday"),
        ada.get("/api/stream?spaceId=@garden&since=msg_"),
        ada.get("/api/stream?spaceId=@garden&since=-1"),
        ada.get("/api/stream?spaceId=@garden&since=k3f9."),
        ada.get("/api/stream?spaceId=@garden").header("last-event-id", "yesterday"),
        ada.get("/api/stream?spaceId=@garden&since=1").header("last-event-id", "yesterday"),
        ada.get(&format!("{SPACE}/intentions?before=7")),
        ada.get(&format!("{SPACE}/intentions?before=yesterday")),
        ada.get(&format!("{SPACE}/intentions?after=7")),
        ada.get(&format!("{SPACE}/intentions?after=")),
        ada.get(&format!("{SPACE}/intentions?around=msg_-1")),
        ada.get(&format!("{SPACE}/intentions?around=msg_9223372036854775808")),
        ada.get(&format!("{SPACE}/intentions?before=msg_7&after=msg_7")),
        ada.get(&format!("{SPACE}/intentions?before=msg_7&around=msg_7")),
        ada.get(&format!("{SPACE}/intentions?after=msg_7&around=msg_7&limit=1")),
        ada.get(&format!("{SPACE}/intentions?before=msg_7&after=msg_7&around=msg_7")),
        ada.get(&format!("{SPACE}/intentions?around=msg_7&around=msg_7")),
        ada.get(&format!("{SPACE}/intentions?limit=ten")),
        ada.get(&format!("{SPACE}/intentions?limit=-1")),
        ada.get(&format!("{SPACE}/intentions?limit=1&limit=2")),
    ];
    scene.refuses(400, "malformed", requests).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_search_of_the_wrong_form_is_malformed() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    let requests = [
        ada.get("/api/search"),
        ada.get("/api/search?q=a&q=b"),
        ada.get("/api/search?q=a&spaceId=garden"),
        ada.get("/api/search?q=a&spaceId="),
        ada.get("/api/search?q=a&by=ada"),
        ada.get("/api/search?q=a&by="),
        ada.get("/api/search?q=a&before="),
        ada.get("/api/search?q=a&before=yesterday"),
        ada.get("/api/search?q=a&before=1.2_1.3"),
        ada.get("/api/search?q=a&before=1.18446744073709551616"),
        ada.get("/api/search?q=a&limit=ten"),
        ada.get("/api/search?q=a&limit=-1"),
    ];
    scene.refuses(400, "malformed", requests).await;
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_value_out_of_bounds_is_named_by_its_field() {
    let scene = Scene::set().await;
    let (ada, of_ada) = (&scene.ada, &scene.of_ada);
    let token = ada.invite("@garden").await;
    let send = format!("{SPACE}/intentions");
    let says = |content: &str| ada.post(&send, message(content));
    let long = "x".repeat(20_001);
    let edits = |content: &str| ada.patch(of_ada, json!({ "content": content }));
    let contents = [says(&long), says(""), says(" \n\t"), says("a\0b"), edits(&long), edits("")];
    scene.bounds("content", contents).await;

    let long = "x".repeat(81);
    let invisible = ["\u{3164}", "\u{200b}\u{2060}", "\u{301}\u{310}", "\u{202e}", "\u{2800}"];
    let blank = [long.as_str(), "", "  ", "two\nlines", "a bell \u{7}"];
    for name in blank.into_iter().chain(invisible) {
        let named = json!({ "name": name });
        let account = json!({ "handle": "eve", "name": name, "password": harness::PASSWORD });
        let requests = [
            ada.post("/api/spaces", named.clone()),
            ada.post(&format!("{SPACE}/beings"), named.clone()),
            ada.patch("/api/beings/@ada", named),
            ada.post("/api/accounts", account),
        ];
        scene.bounds("name", requests).await;
    }

    let account = |handle: &str, password: &str| {
        let body =
            json!({ "handle": handle, "name": "Eve", "password": password, "invite": token });
        scene.server.visitor().post("/api/accounts", body)
    };
    let colours = |language: &str, code: &str| {
        ada.post(&format!("{SPACE}/colours"), json!({ "language": language, "code": code }))
    };
    scene.bounds("code", [colours("rust", &"x".repeat(20_001))]).await;
    scene.bounds("language", [colours(&"x".repeat(65), "fn")]).await;
    let long = "x".repeat(257);
    scene.bounds("password", [account("eve", "1234567"), account("eve", &long)]).await;
    let handles = ["", "@", "-eve", "e ve", "éve", "a-handle-of-twenty-ch"];
    scene.bounds("handle", handles.map(|handle| account(handle, harness::PASSWORD))).await;

    let hues = [
        ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage", "hue": 360 })),
        ada.patch("/api/beings/@ada", json!({ "hue": 360 })),
        ada.patch("/api/beings/@ada", json!({ "name": "Augusta", "hue": 65535 })),
    ];
    scene.bounds("hue", hues).await;
    let none = [format!("{SPACE}/intentions?limit=0"), "/api/search?q=a&limit=0".to_owned()];
    scene.bounds("limit", none.map(|path| ada.get(&path))).await;
    let (long, han) = ("x".repeat(201), "%E6%BC%A2".repeat(201));
    let kilobytes = "a%20".repeat(2_500);
    for q in [
        "",
        "%20",
        "*",
        "%22%22",
        "-%28%29%5E:+*",
        "%F0%9F%8C%B1",
        "%00",
        "%FF",
        &long,
        &han,
        &kilobytes,
    ] {
        scene.bounds("q", [ada.get(&format!("/api/search?q={q}"))]).await;
    }
    scene.assert_no_events().await;
}

#[tokio::test]
async fn a_body_may_have_256_kib_and_not_a_byte_more() {
    let scene = Scene::set().await;
    let send = format!("{SPACE}/intentions");
    let padded = |bytes: usize| {
        let mut body = message("Hello.").to_string();
        body += &" ".repeat(bytes - body.len());
        scene.ada.post(&send, json!(null)).body(body)
    };
    scene.refuses(413, "too-large", [padded(256 * 1024 + 1), padded(1024 * 1024)]).await;
    let just_fits = padded(256 * 1024).await;
    assert_eq!(just_fits.status, 201, "{}", just_fits.text);
}
