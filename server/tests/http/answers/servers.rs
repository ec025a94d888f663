//! The servers that people run at home, byte by byte as they send it.

use harness::SERVERS;

use super::*;

#[tokio::test]
async fn each_server_is_understood() {
    for server in SERVERS {
        let answers = [server.answer(), server.answer().cut(7), server.unknown_model()];
        let scene = Scene::playing(answers).await;
        scene.provider.list_models(server.models());
        let path = "/api/providers/scripted/models";
        let models = scene.bob.get(path).await.json_of(200);
        assert_eq!(models[0]["id"], server.model, "{}", server.name);
        assert_eq!(models[0]["contextTokens"].as_u64(), server.context_tokens, "{}", server.name);
        let mut watcher = scene.watch().await;
        for _ in 0..2 {
            let answer = scene.ask("Which colour has the sky?").await;
            let ended = scene.ended(&mut watcher, answer).await;
            let expected = (IntentionState::Complete, None, "The sky 🌤 is blue.");
            assert_eq!(ending(&ended), expected, "{}", server.name);
        }
        let answer = scene.ask("Once more?").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert_eq!(failed.reason, Some(FailureReason::Misconfigured), "{}", server.name);
        let failure = scene.ada.get(&format!("{SPACE}/intentions/{answer}/failure")).await;
        assert_eq!(failure.json_of(200)["detail"], server.words);
    }
}

/// llama.cpp's server refuses until its model is there.
#[tokio::test]
async fn a_server_that_loads_its_model_is_waited_for() {
    let loading = Script::answering(
        503,
        &[("content-type", "application/json")],
        r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
    );
    let scene = Scene::playing([loading.clone(), loading, SERVERS[1].answer()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Are you there?").await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "The sky 🌤 is blue."));
}
