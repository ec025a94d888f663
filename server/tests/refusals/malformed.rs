//! What cannot be read, and what is read and out of bounds.

use super::*;

#[tokio::test]
async fn a_body_that_cannot_be_read_is_malformed() {
    let scene = Scene::set().await;
    let (ada, of_ada) = (&scene.ada, &scene.of_ada);
    let send = format!("{GARDEN}/intentions");
    let says = |json: Value| ada.post(&send, json);
    let id = scene.sent["id"].clone();
    let json = "application/json";
    let asks = [
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
        ada.post(&format!("{GARDEN}/beings"), json!({ "name": "Sage", "hue": "red" })),
        ada.patch("/api/beings/@ada", json!({ "name": 1 })),
        ada.post("/api/session", json!({ "handle": "ada" })),
        ada.post("/api/accounts", json!({ "handle": "eve", "password": house::PASSWORD })),
    ];
    scene.refuses(400, "malformed", asks).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn an_id_of_the_wrong_form_is_malformed() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    let (edit, none) = (json!({ "content": "Hello?" }), json!({}));
    let asks = [
        ada.post("/api/spaces/garden/intentions", message("Hello.")),
        ada.post("/api/spaces/@Garden/intentions", message("Hello.")),
        ada.post("/api/spaces/@a-name-of-21-characters/intentions", message("Hello.")),
        ada.post("/api/spaces/%ff/intentions", message("Hello.")),
        ada.get("/api/spaces/garden/intentions"),
        ada.post("/api/spaces/garden/invites", none.clone()),
        ada.post("/api/spaces/garden/beings", json!({ "name": "Sage" })),
        ada.delete("/api/spaces/garden/beings/@bob"),
        ada.delete(&format!("{GARDEN}/beings/bob")),
        ada.patch("/api/beings/ada", json!({ "name": "Ada" })),
        ada.patch(&format!("{GARDEN}/intentions/7"), edit.clone()),
        ada.patch(&format!("{GARDEN}/intentions/msg_-7"), edit.clone()),
        ada.patch(&format!("{GARDEN}/intentions/msg_9223372036854775808"), edit),
        ada.delete(&format!("{GARDEN}/intentions/{}", scene.sent["id"].as_str().expect("an id"))),
        ada.post(&format!("{GARDEN}/intentions/msg_/stop"), none),
    ];
    scene.refuses(400, "malformed", asks).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn a_query_of_the_wrong_form_is_malformed() {
    let scene = Scene::set().await;
    let ada = &scene.ada;
    let asks = [
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
        ada.get(&format!("{GARDEN}/intentions?before=7")),
        ada.get(&format!("{GARDEN}/intentions?before=yesterday")),
        ada.get(&format!("{GARDEN}/intentions?limit=ten")),
        ada.get(&format!("{GARDEN}/intentions?limit=-1")),
        ada.get(&format!("{GARDEN}/intentions?limit=1&limit=2")),
    ];
    scene.refuses(400, "malformed", asks).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn a_value_out_of_bounds_is_named_by_its_field() {
    let scene = Scene::set().await;
    let (ada, of_ada) = (&scene.ada, &scene.of_ada);
    let token = ada.invite("@garden").await;
    let send = format!("{GARDEN}/intentions");
    let says = |content: &str| ada.post(&send, message(content));
    let long = "x".repeat(20_001);
    let edits = |content: &str| ada.patch(of_ada, json!({ "content": content }));
    let contents = [says(&long), says(""), says(" \n\t"), says("a\0b"), edits(&long), edits("")];
    scene.bounds("content", contents).await;

    let long = "x".repeat(81);
    for name in [long.as_str(), "", "  ", "two\nlines", "a bell \u{7}"] {
        let named = json!({ "name": name });
        let account = json!({ "handle": "eve", "name": name, "password": house::PASSWORD });
        let asks = [
            ada.post("/api/spaces", named.clone()),
            ada.post(&format!("{GARDEN}/beings"), named.clone()),
            ada.patch("/api/beings/@ada", named),
            ada.post("/api/accounts", account),
        ];
        scene.bounds("name", asks).await;
    }

    let account = |handle: &str, password: &str| {
        let wish =
            json!({ "handle": handle, "name": "Eve", "password": password, "invite": token });
        scene.house.visitor().post("/api/accounts", wish)
    };
    let long = "x".repeat(257);
    scene.bounds("password", [account("eve", "1234567"), account("eve", &long)]).await;
    let handles = ["", "@", "-eve", "e ve", "éve", "a-handle-of-twenty-ch"];
    scene.bounds("handle", handles.map(|handle| account(handle, house::PASSWORD))).await;

    let hues = [
        ada.post(&format!("{GARDEN}/beings"), json!({ "name": "Sage", "hue": 360 })),
        ada.patch("/api/beings/@ada", json!({ "hue": 360 })),
        ada.patch("/api/beings/@ada", json!({ "name": "Augusta", "hue": 65535 })),
    ];
    scene.bounds("hue", hues).await;
    scene.bounds("limit", [ada.get(&format!("{GARDEN}/intentions?limit=0"))]).await;
    scene.stayed_silent().await;
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let scene = Scene::set().await;
    let send = format!("{GARDEN}/intentions");
    let padded = |bytes: usize| {
        let mut body = message("Hello.").to_string();
        body += &" ".repeat(bytes - body.len());
        scene.ada.post(&send, json!(null)).body(body)
    };
    scene.refuses(413, "too-large", [padded(64 * 1024 + 1), padded(1024 * 1024)]).await;
    let just_fits = padded(64 * 1024).await;
    assert_eq!(just_fits.status, 201, "{}", just_fits.text);
}
