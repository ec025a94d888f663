//! What a provider is asked for, besides the conversation; where; and for how long it is waited.

use std::{fs::File, time::Duration};

use harness::{Folder, Program};
use server::ai::AnswerLimits;

use super::*;

async fn set(scene: &Scene, caller: &Client, mut settings: Value) -> harness::TestResponse {
    settings["provider"] = json!("scripted");
    settings["model"] = json!("m");
    let _ = scene;
    caller.patch("/api/beings/@sage", json!({ "settings": settings })).await
}

/// The request for the next answer, without its messages.
async fn sent(scene: &Scene) -> Value {
    let before = scene.provider.requests().len();
    let answer = scene.ask("Well?").await;
    scene.watch().await.until_ended(answer).await;
    let mut request = scene.provider.asked(before + 1).await.json;
    request.as_object_mut().expect("an object").remove("messages");
    request
}

#[tokio::test]
async fn a_request_has_what_the_settings_give() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let all = json!({ "temperature": 0.7, "maxTokens": 500, "reasoningEffort": "low" });
    for (settings, expected) in [
        (json!({}), json!({})),
        (all, json!({ "temperature": 0.7, "max_tokens": 500, "reasoning_effort": "low" })),
        // What is left out stays, and null clears.
        (json!({ "maxTokens": null }), json!({ "temperature": 0.7, "reasoning_effort": "low" })),
        (
            json!({ "reasoningEffort": null, "requestExtra": { "top_k": 40, "temperature": 0 } }),
            json!({ "temperature": 0, "top_k": 40 }),
        ),
        (json!({ "temperature": null }), json!({ "temperature": 0, "top_k": 40 })),
        (json!({ "requestExtra": null }), json!({})),
    ] {
        set(&scene, &scene.ada, settings.clone()).await.json_of(200);
        let mut expected = expected;
        expected["model"] = json!("m");
        expected["stream"] = json!(true);
        assert_eq!(sent(&scene).await, expected, "{settings}");
    }
}

#[tokio::test]
async fn only_an_administrator_sees_and_changes_further_fields() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let mint = add_being(&scene.bob, "Mint", json!({ "provider": "scripted" })).await;
    let (settings, path) = (format!("/api/beings/{mint}/settings"), format!("/api/beings/{mint}"));
    let extra = json!({ "top_k": 40 });
    let body =
        |extra: &Value| json!({ "settings": { "provider": "scripted", "requestExtra": extra } });
    scene.ada.patch(&path, body(&extra)).await.json_of(200);
    for forbidden in [extra.clone(), Value::Null] {
        let refused = scene.bob.patch(&path, body(&forbidden)).await;
        assert_eq!((refused.status, &refused.json["error"]["code"]), (403, &json!("not-allowed")));
    }
    let new = json!({ "name": "Moss", "settings": { "provider": "scripted", "requestExtra": {} } });
    assert_eq!(scene.bob.post(&format!("{SPACE}/beings"), new).await.status, 403);
    // What its maker changes leaves them alone.
    let warm = json!({ "settings": { "provider": "scripted", "temperature": 1 } });
    scene.bob.patch(&path, warm).await.json_of(200);
    assert_eq!(scene.ada.get(&settings).await.json_of(200)["requestExtra"], extra);
    let seen = scene.bob.get(&settings).await.json_of(200);
    assert_eq!((&seen["temperature"], seen.get("requestExtra")), (&json!(1), None));
    let page = scene.bob.get(&format!("/spaces/@garden/beings/{mint}")).await.text;
    assert!(!page.contains("top_k") && !page.contains("request_extra"), "{page}");
    let page = scene.ada.get(&format!("/spaces/@garden/beings/{mint}")).await.text;
    assert!(page.contains("top_k"), "{page}");
}

#[tokio::test]
async fn a_model_that_counts_its_thoughts_is_asked_in_its_own_words() {
    let refusal = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                   Use 'max_completion_tokens' instead.";
    let refusal = Script::refusing_with(400, refusal);
    let scene = Scene::playing([refusal, Script::saying("Yes.")]).await;
    set(&scene, &scene.ada, json!({ "maxTokens": 500 })).await.json_of(200);
    sent(&scene).await;
    assert_eq!(sent(&scene).await["max_completion_tokens"], 500);
    assert_eq!(scene.provider.requests().len(), 3, "it is remembered");
}

#[tokio::test]
async fn a_provider_has_its_own_time() {
    use FailureReason::{Silent, TooLong};
    let drip =
        Script::stream().forever(|script| script.say("and on ").pause(Duration::from_millis(40)));
    for (options, script, reason) in [
        (json!({ "silenceSeconds": 1 }), Script::stream().say("So").silence(), Silent),
        (json!({ "answerSeconds": 1 }), drip, TooLong),
    ] {
        let scene = Scene::playing([script]).await;
        let mut body = options.clone();
        body["baseUrl"] = json!(scene.provider.base_url());
        scene.ada.ask("PUT", "/api/providers/scripted").json(body).await.json_of(200);
        let mut watcher = scene.watch().await;
        let answer = scene.ask("Well?").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert_eq!(failed.reason, Some(reason), "{options}");
    }
    // It may have more time than the server grants others.
    let limits = AnswerLimits { silence: Duration::from_millis(100), ..AnswerLimits::default() };
    let server = TestServer::with_limits(limits).await.and_two_members().await;
    let slow = Script::stream().pause(Duration::from_millis(800)).say("Yes.").stop();
    let scene = Scene::with(server, Provider::playing([slow])).await;
    let body = json!({ "baseUrl": scene.provider.base_url(), "silenceSeconds": 60 });
    scene.ada.ask("PUT", "/api/providers/scripted").json(body).await.json_of(200);
    let answer = scene.ask("Well?").await;
    let ended = scene.watch().await.until_ended(answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "Yes."));
}

#[tokio::test]
async fn an_address_with_a_query_and_a_key_in_a_header_of_its_own() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let base_url = format!("{}/deployments/x?api-version=1", scene.provider.base_url());
    let body = json!({ "baseUrl": base_url, "key": "k-1", "keyHeader": "api-key" });
    scene.ada.ask("PUT", "/api/providers/scripted").json(body).await.json_of(200);
    sent(&scene).await;
    let request = scene.provider.asked(1).await;
    assert_eq!(request.line, "POST /v1/deployments/x/chat/completions?api-version=1");
    assert_eq!(request.headers.get("api-key").map(String::as_str), Some("k-1"));
    assert!(!request.headers.contains_key("authorization"));
}

/// The proxy is the scripted provider, too: it answers whatever it is asked for.
#[tokio::test]
async fn a_proxy_that_the_environment_names_is_used_but_not_for_this_machine() {
    let (folder, proxy) = (Folder::fresh(), Provider::playing([Script::saying("By proxy.")]));
    let proxy_url = proxy.base_url().replace("/v1", "");
    let environment = [("HTTP_PROXY", &*proxy_url), ("NO_PROXY", "near.example.org")];
    let log = File::create(folder.path().join("log")).expect("a file");
    let program = Program::start_with(&folder, &environment, log).await;
    let ada = program.visitor().signed_up("ada", None).await;
    ada.create_space("Garden").await;
    let local = Provider::playing([Script::saying("Here.")]);
    let (complete, unreachable) = (IntentionState::Complete, FailureReason::Unreachable);
    for (name, base_url, expected) in [
        ("far", "http://far.example.org/v1", (complete, None, "By proxy.")),
        ("near", "http://near.example.org/v1", (IntentionState::Failed, Some(unreachable), "")),
        ("local", &local.base_url(), (complete, None, "Here.")),
    ] {
        let body = json!({ "baseUrl": base_url });
        ada.ask("PUT", &format!("/api/providers/{name}")).json(body).await.json_of(200);
        let id = add_being(&ada, name, json!({ "provider": name })).await;
        let mut watcher = Watcher::follow(&ada, None).await;
        let asked = ada.say("@garden", &format!("{id} Well?")).await.message_id;
        let ended = watcher.until_ended(answer_to(asked)).await;
        assert_eq!(ending(&ended), expected, "{name}");
    }
    assert_eq!(proxy.requests().len(), 1);
    assert_eq!(proxy.asked(1).await.line, "POST http://far.example.org/v1/chat/completions");
}
