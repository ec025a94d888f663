//! The settings of an AI being: who may change them, their bounds, and who may see them.

use super::*;
use harness::TestRequest;
use protocol::limits::INSTRUCTIONS_MAX_CHARACTERS;

fn full_settings(provider: &str) -> Value {
    json!({
        "provider": provider,
        "model": "",
        "instructions": "",
        "answersWhen": "mentioned",
        "contextMessages": 30,
        "contextCharacters": 20_000,
    })
}

async fn settings_of(caller: &Client, id: &str) -> Value {
    caller.get(&format!("/api/beings/{id}/settings")).await.json_of(200)
}

/// Asserts the refusal, and that the settings are unchanged.
async fn refused(
    scene: &Scene,
    requests: impl IntoIterator<Item = TestRequest>,
    status: u16,
    code: &str,
    field: Option<&str>,
) {
    for request in requests {
        let before = scene.server.dump().await;
        let what = request.to_string();
        let answer = request.await;
        let error = &answer.json["error"];
        assert_eq!(
            (answer.status, &error["code"]),
            (status, &json!(code)),
            "{what}: {}",
            answer.text
        );
        assert_eq!(error["field"].as_str(), field, "{what}: {}", answer.text);
        assert_eq!(before.difference(&scene.server.dump().await), [""; 0], "{what}");
    }
}

#[tokio::test]
async fn settings_come_with_a_being_and_are_replaced_as_a_whole() {
    let scene = Scene::playing([Script::mute()]).await;
    assert_eq!(settings_of(&scene.ada, "@sage").await, full_settings("scripted"));
    let all = json!({
        "provider": "guide",
        "model": "m",
        "instructions": "Be kind.",
        "answersWhen": "every-message",
        "contextMessages": 100,
        "contextCharacters": 200_000,
    });
    let body = json!({ "name": "Mint", "hue": 7, "settings": all });
    let mint = scene.bob.post(&format!("{SPACE}/beings"), body).await.json_of(201);
    // Other members cannot see them.
    let expected = json!({ "id": "@mint", "name": "Mint", "kind": "ai", "hue": 7, "seq": 5 });
    assert_eq!(mint, expected);
    assert_eq!(settings_of(&scene.bob, "@mint").await, all);
    // An administrator sees and changes them, like the maker.
    assert_eq!(settings_of(&scene.ada, "@mint").await, all);
    let body = json!({ "settings": { "provider": "scripted" } });
    scene.ada.patch("/api/beings/@mint", body).await.json_of(200);
    assert_eq!(settings_of(&scene.bob, "@mint").await, full_settings("scripted"));
    // An absent field stays as it is.
    scene.bob.patch("/api/beings/@mint", json!({ "name": "Minze" })).await.json_of(200);
    assert_eq!(settings_of(&scene.bob, "@mint").await, full_settings("scripted"));
}

#[tokio::test]
async fn no_event_contains_settings() {
    let scene = Scene::playing([Script::mute()]).await;
    let mut watcher = scene.watch().await;
    let secret = "Nobody shall know that you love marmalade.";
    let settings = json!({ "provider": "scripted", "model": "marmalade", "instructions": secret });
    add_being(&scene.ada, "Mint", settings.clone()).await;
    scene.ada.patch("/api/beings/@sage", json!({ "settings": settings })).await.json_of(200);
    let both = json!({ "name": "Salvia", "settings": settings });
    scene.ada.patch("/api/beings/@sage", both).await.json_of(200);
    let said = scene.ada.say("@garden", "Good morning.").await.message_id;
    watcher.until(|watcher| watcher.row(said).is_some()).await;
    let expected = ["5 being @mint Mint", "6 being @sage Salvia", "7 created msg_7"];
    assert_eq!(gists(&watcher.heard), expected);
    let all: String = watcher.heard.iter().map(|frame| frame.text.as_str()).collect();
    let first = scene.bob.following("@garden", None).stream().await.one().await.text;
    assert!(!all.contains("marmalade") && !first.contains("marmalade"));
}

#[tokio::test]
async fn only_the_maker_and_an_administrator_see_and_change_settings() {
    let scene = Scene::playing([Script::mute()]).await;
    let cyd = scene.server.guest(&scene.ada, "@garden", "cyd").await;
    let attic = scene.ada.create_space("Attic").await;
    let dan = scene.server.guest(&scene.ada, &attic, "dan").await;
    add_being(&scene.bob, "Mint", json!({ "provider": "scripted" })).await;
    scene.ada.post(&format!("{SPACE}/beings"), json!({ "name": "Rock" })).await.json_of(201);
    let both = |caller: &Client, id: &str| {
        let body = json!({ "settings": { "provider": "guide" } });
        [
            caller.get(&format!("/api/beings/{id}/settings")),
            caller.patch(&format!("/api/beings/{id}"), body),
        ]
    };
    refused(&scene, both(&cyd, "@mint"), 403, "not-allowed", None).await;
    refused(&scene, both(&cyd, "@sage"), 403, "not-allowed", None).await;
    refused(&scene, both(&scene.bob, "@sage"), 403, "not-allowed", None).await;
    refused(&scene, both(&dan, "@mint"), 404, "unknown-being", None).await;
    refused(&scene, both(&scene.ada, "@nobody"), 404, "unknown-being", None).await;
    refused(&scene, both(&scene.server.visitor(), "@mint"), 401, "no-session", None).await;
    // A being without settings has none to show; a person never has any.
    let shown = |caller: &Client, id: &str| [caller.get(&format!("/api/beings/{id}/settings"))];
    refused(&scene, shown(&scene.ada, "@rock"), 404, "unknown-being", None).await;
    refused(&scene, shown(&scene.ada, "@ada"), 404, "unknown-being", None).await;
    let [_, change] = both(&scene.ada, "@ada");
    refused(&scene, [change], 422, "out-of-bounds", Some("settings")).await;
}

#[tokio::test]
async fn a_value_out_of_bounds_is_named_by_its_field() {
    let scene = Scene::playing([Script::mute()]).await;
    let long = |length: usize| "ü".repeat(length);
    let cases = [
        ("provider", json!("nobody")),
        ("provider", json!("")),
        ("provider", json!("Scripted")),
        ("model", json!(long(201))),
        ("model", json!("two\nlines")),
        ("instructions", json!(long(INSTRUCTIONS_MAX_CHARACTERS + 1))),
        ("instructions", json!("a\0b")),
        ("contextMessages", json!(0)),
        ("contextMessages", json!(101)),
        ("contextCharacters", json!(0)),
        ("contextCharacters", json!(200_001)),
        ("temperature", json!(-0.1)),
        ("temperature", json!(2.1)),
        ("maxTokens", json!(0)),
        ("maxTokens", json!(1_000_001)),
        ("reasoningEffort", json!("")),
        ("reasoningEffort", json!("a b")),
        ("requestExtra", json!({ "messages": [] })),
        ("requestExtra", json!({ "model": "m" })),
        ("requestExtra", json!({ "stream": false })),
        ("requestExtra", json!({ "long": long(2_048) })),
    ];
    let with = |field: &str, value: &Value| {
        let mut settings = json!({ "provider": "scripted" });
        settings[field] = value.clone();
        [
            scene
                .ada
                .post(&format!("{SPACE}/beings"), json!({ "name": "Mint", "settings": settings })),
            scene.ada.patch("/api/beings/@sage", json!({ "settings": settings })),
            scene.ada.patch("/api/beings/@sage", json!({ "name": "Salvia", "settings": settings })),
        ]
    };
    for (field, value) in &cases {
        refused(&scene, with(field, value), 422, "out-of-bounds", Some(field)).await;
    }
    for (field, value) in [
        ("answersWhen", json!("never")),
        ("contextMessages", json!(-1)),
        ("contextMessages", json!("ten")),
        ("contextCharacters", json!(1.5)),
        ("model", json!(7)),
        ("temperature", json!("warm")),
        ("maxTokens", json!(1.5)),
        ("reasoningEffort", json!(7)),
        ("requestExtra", json!([])),
    ] {
        refused(&scene, with(field, &value), 400, "malformed", None).await;
    }
    let without = json!({ "settings": { "model": "m" } });
    refused(&scene, [scene.ada.patch("/api/beings/@sage", without)], 400, "malformed", None).await;
    // Values at the bounds are accepted.
    for (field, value) in [
        ("model", json!(long(200))),
        ("instructions", json!(long(20_000))),
        ("temperature", json!(0)),
        ("temperature", json!(2)),
        ("maxTokens", json!(1)),
        ("maxTokens", json!(1_000_000)),
        ("reasoningEffort", json!("x-high_1")),
        ("requestExtra", json!({ "a": { "messages": [1.5, null] } })),
        ("contextMessages", json!(1)),
        ("contextMessages", json!(100)),
        ("contextCharacters", json!(1)),
        ("contextCharacters", json!(200_000)),
    ] {
        let [_, change, _] = with(field, &value);
        change.await.json_of(200);
        assert_eq!(settings_of(&scene.ada, "@sage").await[field], value);
    }
}
