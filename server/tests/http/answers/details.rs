//! What a provider says about an answer that failed, and who may read it.

use super::*;

async fn asked(caller: &Client, id: MessageId) -> harness::TestResponse {
    caller.get(&format!("{SPACE}/intentions/{id}/failure")).await
}

#[tokio::test]
async fn a_failed_answer_keeps_the_words_of_its_provider() {
    use FailureReason::{CutOff, Malformed, Misconfigured, ProviderError, Unauthorized};
    let json = ("content-type", "application/json");
    let plain = ("content-type", "text/plain");
    let not_loaded = r#"{"error":{"message":"model not loaded"}}"#;
    let completion = r#"{"choices":[{"text":"Hello"}]}"#;
    let old = json!({ "choices": [{ "text": "Hello\nyou", "index": 0, "finish_reason": null }] });
    let long = "ä".repeat(600);
    let cases = [
        (Script::answering(200, &[json], not_loaded), ProviderError, "model not loaded"),
        (
            Script::answering(200, &[plain], "Sign in\r\nfirst."),
            Malformed,
            "not a stream, but text/plain: Sign in first.",
        ),
        (
            Script::answering(200, &[json], completion),
            Malformed,
            r#"not a stream, but application/json: {"choices":[{"text":"Hello"}]}"#,
        ),
        (Script::stream().event(&old).stop(), Malformed, "an old-style text completion: Hello you"),
        (
            Script::refusing_with(404, "model \"x\" not found, try pulling it first"),
            Misconfigured,
            "404 Not Found: model \"x\" not found, try pulling it first",
        ),
        (
            Script::refusing_with(401, "Incorrect API key provided: sk-abcdef0123456789."),
            Unauthorized,
            "401 Unauthorized: Incorrect API key provided: [key]",
        ),
        (
            Script::stream().say("Half").event(&json!({ "error": "overloaded" })),
            ProviderError,
            "overloaded",
        ),
        (
            Script::stream().say("Half").finish("insufficient_system_resource").done(),
            CutOff,
            "finish_reason: insufficient_system_resource",
        ),
        (
            Script::answering(200, &[json], &format!(r#"{{"error":"{long}"}}"#)),
            ProviderError,
            &long[..1000],
        ),
    ];
    let scene = Scene::playing([Script::mute()]).await;
    let mut watcher = scene.watch().await;
    for (script, reason, detail) in cases {
        scene.provider.play([script]);
        let answer = scene.ask("Well?").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert_eq!(failed.reason, Some(reason), "{detail}");
        assert_eq!(asked(&scene.ada, answer).await.json_of(200), json!({ "detail": detail }));
    }
    let told: String = watcher.heard.iter().map(|frame| frame.text.as_str()).collect();
    assert!(!told.contains("not loaded"), "no event tells it");
}

#[tokio::test]
async fn only_those_who_may_change_the_being_read_them() {
    let scene = Scene::playing([Script::refusing_with(400, "no such model")]).await;
    let attic = scene.ada.create_space("Attic").await;
    let dan = scene.server.guest(&scene.ada, &attic, "dan").await;
    let mint = add_being(&scene.bob, "Mint", json!({ "provider": "scripted" })).await;
    let mut watcher = scene.watch().await;
    let of_sage = scene.ask("Well?").await;
    scene.ended(&mut watcher, of_sage).await;
    let of_mint = answer_to(scene.ada.say("@garden", &format!("{mint} Well?")).await.message_id);
    scene.ended(&mut watcher, of_mint).await;
    let question = MessageId(of_mint.0 - 1);
    let visitor = scene.server.visitor();
    for (who, caller, id, status, code) in [
        ("an administrator, who made it", &scene.ada, of_sage, 200, Value::Null),
        ("an administrator", &scene.ada, of_mint, 200, Value::Null),
        ("who made it", &scene.bob, of_mint, 200, Value::Null),
        ("another member", &scene.bob, of_sage, 403, json!("not-allowed")),
        ("a stranger", &dan, of_sage, 404, json!("unknown-space")),
        ("nobody", &visitor, of_sage, 401, json!("no-session")),
        ("no answer", &scene.ada, question, 404, json!("unknown-message")),
        ("no message", &scene.ada, MessageId(999), 404, json!("unknown-message")),
    ] {
        let answer = asked(caller, id).await;
        assert_eq!((answer.status, &answer.json["error"]["code"]), (status, &code), "{who}");
    }
}

#[tokio::test]
async fn they_go_with_the_text_that_they_are_about() {
    let refusal = Script::refusing_with(400, "no such model");
    let scene = Scene::playing([refusal.clone(), Script::saying("Yes."), refusal]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    scene.ended(&mut watcher, answer).await;
    assert_eq!(asked(&scene.ada, answer).await.status, 200);
    scene.retry(answer).await;
    watcher.until(|w| w.row(answer).is_some_and(|row| row.content == "Yes.")).await;
    assert_eq!(asked(&scene.ada, answer).await.status, 404);
    assert_eq!(scene.server.dump().await.rows_with("no such model"), [""; 0]);
}
