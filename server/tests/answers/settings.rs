//! How a being answers: who may set it, within which bounds, and who may know.

use super::*;
use app::protocol::limits::INSTRUCTIONS_MAX_CHARACTERS;
use house::Ask;

fn whole(provider: &str) -> Value {
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

/// What is refused so has changed nothing.
async fn refused(
    scene: &Scene,
    asks: impl IntoIterator<Item = Ask>,
    status: u16,
    code: &str,
    field: Option<&str>,
) {
    for ask in asks {
        let before = scene.house.dump().await;
        let what = ask.to_string();
        let answer = ask.await;
        let error = &answer.json["error"];
        assert_eq!(
            (answer.status, &error["code"]),
            (status, &json!(code)),
            "{what}: {}",
            answer.text
        );
        assert_eq!(error["field"].as_str(), field, "{what}: {}", answer.text);
        assert_eq!(before.difference(&scene.house.dump().await), [""; 0], "{what}");
    }
}

#[tokio::test]
async fn settings_come_with_a_being_and_are_taken_whole() {
    let scene = Scene::playing([Script::mute()]).await;
    assert_eq!(settings_of(&scene.ada, "@sage").await, whole("scripted"));
    let all = json!({
        "provider": "guide",
        "model": "m",
        "instructions": "Be kind.",
        "answersWhen": "every-message",
        "contextMessages": 100,
        "contextCharacters": 200_000,
    });
    let wish = json!({ "name": "Mint", "hue": 7, "settings": all });
    let mint = scene.bob.post(&format!("{GARDEN}/beings"), wish).await.json_of(201);
    // They are nobody else's affair.
    let expected = json!({ "id": "@mint", "name": "Mint", "kind": "ai", "hue": 7, "seq": 5 });
    assert_eq!(mint, expected);
    assert_eq!(settings_of(&scene.bob, "@mint").await, all);
    // Who administers may know and change them as well as who made it.
    assert_eq!(settings_of(&scene.ada, "@mint").await, all);
    let wish = json!({ "settings": { "provider": "scripted" } });
    scene.ada.patch("/api/beings/@mint", wish).await.json_of(200);
    assert_eq!(settings_of(&scene.bob, "@mint").await, whole("scripted"));
    // What is left out stays.
    scene.bob.patch("/api/beings/@mint", json!({ "name": "Minze" })).await.json_of(200);
    assert_eq!(settings_of(&scene.bob, "@mint").await, whole("scripted"));
}

#[tokio::test]
async fn no_event_tells_of_settings() {
    let scene = Scene::playing([Script::mute()]).await;
    let mut watcher = scene.watch().await;
    let secret = "Nobody shall know that you love marmalade.";
    let settings = json!({ "provider": "scripted", "model": "marmalade", "instructions": secret });
    bring(&scene.ada, "Mint", settings.clone()).await;
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
async fn settings_are_the_affair_of_who_made_the_being_and_who_administers() {
    let scene = Scene::playing([Script::mute()]).await;
    let cyd = scene.house.guest(&scene.ada, "@garden", "cyd").await;
    let attic = scene.ada.found("Attic").await;
    let dan = scene.house.guest(&scene.ada, &attic, "dan").await;
    bring(&scene.bob, "Mint", json!({ "provider": "scripted" })).await;
    scene.ada.post(&format!("{GARDEN}/beings"), json!({ "name": "Rock" })).await.json_of(201);
    let both = |caller: &Client, id: &str| {
        let wish = json!({ "settings": { "provider": "guide" } });
        [
            caller.get(&format!("/api/beings/{id}/settings")),
            caller.patch(&format!("/api/beings/{id}"), wish),
        ]
    };
    refused(&scene, both(&cyd, "@mint"), 403, "not-allowed", None).await;
    refused(&scene, both(&cyd, "@sage"), 403, "not-allowed", None).await;
    refused(&scene, both(&scene.bob, "@sage"), 403, "not-allowed", None).await;
    refused(&scene, both(&dan, "@mint"), 404, "unknown-being", None).await;
    refused(&scene, both(&scene.ada, "@nobody"), 404, "unknown-being", None).await;
    refused(&scene, both(&scene.house.visitor(), "@mint"), 401, "no-session", None).await;
    // One without settings has none to show, and a person has none at all.
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
    ];
    let with = |field: &str, value: &Value| {
        let mut settings = json!({ "provider": "scripted" });
        settings[field] = value.clone();
        [
            scene
                .ada
                .post(&format!("{GARDEN}/beings"), json!({ "name": "Mint", "settings": settings })),
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
    ] {
        refused(&scene, with(field, &value), 400, "malformed", None).await;
    }
    let without = json!({ "settings": { "model": "m" } });
    refused(&scene, [scene.ada.patch("/api/beings/@sage", without)], 400, "malformed", None).await;
    // And what lies just within them is taken.
    for (field, value) in [
        ("model", json!(long(200))),
        ("instructions", json!(long(4000))),
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
