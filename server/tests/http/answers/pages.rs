//! The pages that work without scripts: adding an AI being, its settings, and the providers.

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(caller: &Client, path: &str, fields: &[(&str, &str)]) -> harness::TestResponse {
    let body = serde_urlencoded::to_string(fields).expect("fields");
    caller.ask("POST", path).header("content-type", FORM).body(body).await
}

fn being<'a>(instructions: &'a str, messages: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", "Fern"),
        ("provider", "guide"),
        ("model", ""),
        ("instructions", instructions),
        ("answers_when", "mentioned"),
        ("context_messages", messages),
        ("context_characters", "1000"),
    ]
}

#[tokio::test]
async fn a_being_is_added_changed_and_removed_by_forms() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let new = "/spaces/@garden/beings/new";
    let shown = ada.get(new).await.text;
    assert!(shown.contains("No AI provider yet.") && shown.contains("href=\"/providers\""));
    assert!(!bob.get(new).await.text.contains("href=\"/providers\""));
    // With only a name it is no second guide.
    let mut only_a_name = being("", "7");
    only_a_name[1].1 = "";
    let refused = post(&ada, new, &only_a_name).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("provider is not chosen"), "{}", refused.text);
    let written = "First.\r\n</textarea><form action=\"/sign-out\">";
    assert_eq!(post(&ada, new, &being(written, "7")).await.status, 303);
    let settings = ada.get("/api/beings/@fern/settings").await.json_of(200);
    assert_eq!(settings["contextMessages"], 7);
    assert_eq!(settings["instructions"], written.replace('\r', ""));

    let page = "/spaces/@garden/beings/@fern";
    let shown = ada.get(page).await;
    assert_eq!(shown.status, 200);
    assert!(!shown.text.contains("<form action=\"/sign-out"), "{}", shown.text);
    assert_eq!(bob.get(page).await.status, 403);
    assert_eq!(post(&bob, page, &being("", "9")).await.status, 403);
    let mut renamed = being("", "9");
    renamed[0].1 = "Moss";
    renamed.push(("hue", "120"));
    assert_eq!(post(&ada, page, &renamed).await.status, 303);
    let settings = ada.get("/api/beings/@fern/settings").await.json_of(200);
    assert_eq!(settings["contextMessages"], 9);
    assert_eq!(post(&ada, &format!("{page}/remove"), &[]).await.status, 303);
    assert_eq!(ada.get(page).await.status, 404);
}

#[tokio::test]
async fn a_refused_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    let new = "/spaces/@garden/beings/new";
    let refused = post(&ada, new, &being("Be brief.", "0")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("contextMessages is not 1 to 100"), "{}", refused.text);
    assert!(refused.text.contains("Be brief."));
    let unreadable = post(&ada, new, &being("", "")).await;
    assert_eq!(unreadable.status, 400, "{}", unreadable.text);
    assert!(unreadable.text.contains("not a number"), "{}", unreadable.text);
    // The longest instructions fit into a form, in any script.
    assert_eq!(post(&ada, new, &being(&"🌱".repeat(20_000), "7")).await.status, 303);
}

#[tokio::test]
async fn a_form_sets_and_clears_what_stands_under_more() {
    let scene = Scene::playing([Script::mute()]).await;
    let page = "/spaces/@garden/beings/@sage";
    let with = |model: &'static str, more: &[(&'static str, &'static str)]| {
        let mut fields = being("", "7");
        (fields[1].1, fields[2].1) = ("scripted", model);
        [&fields[..], more].concat()
    };
    let all = [
        ("temperature", "0.7"),
        ("max_tokens", "500"),
        ("reasoning_effort", "Low"),
        ("request_extra", "{\"top_k\": 40}"),
    ];
    let more = |settings: Value| {
        ["temperature", "maxTokens", "reasoningEffort", "requestExtra"]
            .map(|name| settings.get(name).cloned().unwrap_or_default())
    };
    let given = [json!(0.7), json!(500), json!("low"), json!({ "top_k": 40 })];
    for (fields, expected) in [
        (with("m", &all), given.clone()),
        (with("m", &[]), given),
        (with("m", &all.map(|(name, _)| (name, ""))), Default::default()),
    ] {
        assert_eq!(post(&scene.ada, page, &fields).await.status, 303);
        let settings = scene.ada.get("/api/beings/@sage/settings").await.json_of(200);
        assert_eq!(more(settings), expected, "{fields:?}");
    }
    for (fields, status, words) in [
        (with("", &[]), 422, "model is empty"),
        (with("m", &[("temperature", "warm")]), 400, "“Temperature” is not a number"),
        (with("m", &[("temperature", "2.1")]), 422, "temperature is not 0 to 2"),
        (with("m", &[("request_extra", "[]")]), 400, "is not an object"),
        (with("m", &[("request_extra", "{\"model\": 1}")]), 422, "requestExtra names model"),
    ] {
        let refused = post(&scene.ada, page, &fields).await;
        assert_eq!(refused.status, status, "{fields:?}");
        assert!(refused.text.contains(words), "{}", refused.text);
    }
}

#[tokio::test]
async fn the_settings_page_exists_only_for_ai_beings_of_its_space() {
    let (server, ada, _) = TestServer::with_two_members().await;
    ada.create_space("Attic").await;
    assert_eq!(add_being(&ada, "Sage", json!({ "provider": "guide" })).await, "@sage");
    let visitor = server.visitor();
    for (caller, path, status) in [
        (&ada, "/spaces/@garden/beings/@sage", 200),
        (&ada, "/spaces/@garden/beings/@ada", 404),
        (&ada, "/spaces/@garden/beings/@garden", 404),
        (&ada, "/spaces/@attic/beings/@sage", 404),
        (&ada, "/spaces/@nowhere/beings/new", 404),
        (&visitor, "/spaces/@garden/beings/new", 303),
        (&visitor, "/spaces/@garden/beings/@sage", 303),
    ] {
        assert_eq!(caller.get(path).await.status, status, "{path}");
    }
    assert_eq!(post(&ada, "/spaces/@garden/beings/@ada/remove", &[]).await.status, 404);
    ada.say("@garden", "I am here still.").await;
}

#[tokio::test]
async fn an_administrator_adds_changes_and_removes_providers() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let add = [("is_new", "yes"), ("name", "far"), ("base_url", "http://127.0.0.1:1/v1")];
    assert_eq!(post(&bob, "/providers", &add).await.status, 403);
    let with_key = [&add[..], &[("key", "sk-1")]].concat();
    assert_eq!(post(&ada, "/providers", &with_key).await.status, 303);
    let again = post(&ada, "/providers", &add).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("is taken"), "{}", again.text);
    let listed = ada.get("/api/providers").await.json_of(200);
    assert_eq!(listed[1]["hasKey"], true);
    assert!(!bob.get("/providers").await.text.contains("127.0.0.1"));
    let slow = [
        &add[1..],
        &[("silence_seconds", "150"), ("answer_seconds", ""), ("key_header", "api-key")],
    ]
    .concat();
    assert_eq!(post(&ada, "/providers", &slow).await.status, 303);
    let listed = &ada.get("/api/providers").await.json_of(200)[1];
    assert_eq!((&listed["silenceSeconds"], &listed["keyHeader"]), (&json!(150), &json!("api-key")));
    assert_eq!(listed["hasKey"], true, "it stays");
    assert!(ada.get("/providers").await.text.contains("value=\"150\""));
    let forget = [("name", "far"), ("base_url", "http://127.0.0.1:1/v1"), ("forget_key", "on")];
    assert_eq!(post(&ada, "/providers", &forget).await.status, 303);
    assert_eq!(ada.get("/api/providers").await.json_of(200)[1]["hasKey"], false);
    assert_eq!(post(&bob, "/providers/far/remove", &[]).await.status, 403);
    assert_eq!(post(&ada, "/providers/far/remove", &[]).await.status, 303);
    assert_eq!(ada.get("/api/providers").await.json_of(200), json!([{ "name": "guide" }]));
}
