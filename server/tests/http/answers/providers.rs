//! Providers: who may configure them, and who may see what of them.

use harness::TestRequest;

use super::*;

fn put(caller: &Client, name: &str, body: Value) -> TestRequest {
    caller.ask("PUT", &format!("/api/providers/{name}")).json(body)
}

async fn listed(caller: &Client) -> Value {
    caller.get("/api/providers").await.json_of(200)
}

const URL: &str = "https://api.example.org/v1";

#[tokio::test]
async fn everybody_sees_the_names_and_an_administrator_sees_the_rest() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(listed(&bob).await, json!([{ "name": "guide" }]));
    assert_eq!(listed(&ada).await, json!([{ "name": "guide" }]));
    let body = json!({ "baseUrl": URL, "key": "sk-1" });
    let answer = put(&ada, "zebra", body).await.json_of(200);
    assert_eq!(answer, json!({ "name": "zebra", "baseUrl": URL, "hasKey": true }));
    let answer = put(&ada, "ant-2", json!({ "baseUrl": URL })).await.json_of(200);
    assert_eq!(answer, json!({ "name": "ant-2", "baseUrl": URL, "hasKey": false }));
    let names = json!([{ "name": "guide" }, { "name": "ant-2" }, { "name": "zebra" }]);
    assert_eq!(listed(&bob).await, names);
    let all = json!([
        { "name": "guide" },
        { "name": "ant-2", "baseUrl": URL, "hasKey": false },
        { "name": "zebra", "baseUrl": URL, "hasKey": true },
    ]);
    assert_eq!(listed(&ada).await, all);
}

#[tokio::test]
async fn a_key_stays_unless_it_is_removed_or_the_address_changes() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let elsewhere = "https://other.example.org/v1";
    let steps = [
        (json!({ "baseUrl": URL, "key": "sk-one" }), Some("sk-one")),
        (json!({ "baseUrl": URL }), Some("sk-one")),
        (json!({ "baseUrl": format!("{URL}/") }), Some("sk-one")),
        (json!({ "baseUrl": URL, "key": " sk-two " }), Some("sk-two")),
        (json!({ "baseUrl": elsewhere }), None),
        (json!({ "baseUrl": URL }), None),
        (json!({ "baseUrl": URL, "key": "sk-three" }), Some("sk-three")),
        (json!({ "baseUrl": URL, "key": "" }), None),
        (json!({ "baseUrl": elsewhere, "key": "sk-four" }), Some("sk-four")),
    ];
    for (body, key) in steps {
        let answer = put(&ada, "scripted", body.clone()).await.json_of(200);
        assert_eq!(answer["hasKey"], json!(key.is_some()), "{body}");
        let dump = server.dump().await;
        let kept = &dump.0["provider_keys"];
        assert_eq!(kept.len(), usize::from(key.is_some()), "{body}: {kept:?}");
        assert!(kept.iter().all(|row| row.contains(key.unwrap_or_default())), "{body}: {kept:?}");
    }
    ada.delete("/api/providers/scripted").await.empty_of(204);
    assert_eq!(server.dump().await.rows_with("sk-"), [""; 0]);
    let again = put(&ada, "scripted", json!({ "baseUrl": elsewhere })).await.json_of(200);
    assert_eq!(again["hasKey"], json!(false), "a provider that was removed takes its key along");
}

#[tokio::test]
async fn an_option_stays_until_it_is_changed_or_cleared() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let slow = json!({ "silenceSeconds": 150, "answerSeconds": 3000 });
    for (given, expected) in [
        (slow.clone(), slow.clone()),
        (json!({}), slow.clone()),
        (
            json!({ "silenceSeconds": null, "keyHeader": "api-key" }),
            json!({ "answerSeconds": 3000, "keyHeader": "api-key" }),
        ),
        (json!({ "answerSeconds": null, "keyHeader": null, "key": "k" }), json!({})),
    ] {
        let mut body = given.clone();
        body["baseUrl"] = json!(URL);
        let mut stored = put(&ada, "scripted", body).await.json_of(200);
        for name in ["name", "baseUrl", "hasKey"] {
            stored.as_object_mut().expect("an object").remove(name);
        }
        assert_eq!(stored, expected, "{given}");
        assert_eq!(listed(&bob).await[1], json!({ "name": "scripted" }));
    }
}

#[tokio::test]
async fn only_an_administrator_configures_providers() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    put(&ada, "scripted", json!({ "baseUrl": URL, "key": "sk-1" })).await.json_of(200);
    let before = server.dump().await;
    for (caller, status, code) in [(bob, 403, "not-allowed"), (server.visitor(), 401, "no-session")]
    {
        for request in [
            put(&caller, "scripted", json!({ "baseUrl": "https://evil.example.org/v1" })),
            put(&caller, "another", json!({ "baseUrl": URL })),
            caller.delete("/api/providers/scripted"),
            caller.delete("/api/providers/nobody"),
        ] {
            let what = request.to_string();
            let answer = request.await;
            let code_here = &answer.json["error"]["code"];
            assert_eq!((answer.status, code_here), (status, &json!(code)), "{what}");
        }
    }
    assert_eq!(server.visitor().get("/api/providers").await.status, 401);
    for request in
        [put(&ada, "another", json!({ "baseUrl": URL })), ada.delete("/api/providers/scripted")]
    {
        assert_eq!(request.header("sec-fetch-site", "cross-site").await.status, 403);
    }
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
}

#[tokio::test]
async fn a_value_out_of_bounds_is_named_by_its_field() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let mut requests = Vec::new();
    for name in ["guide", "OpenAI", "a_b", "a.b", "%C3%BC", &"x".repeat(33)] {
        requests.push(("name", put(&ada, name, json!({ "baseUrl": URL }))));
    }
    for url in [
        "",
        "api.example.org/v1",
        "ftp://example.org/v1",
        "file:///etc/passwd",
        "https://",
        "https://me@example.org/v1",
        "https://me:secret@example.org/v1",
        "https://example.org/v1#top",
        &format!("https://example.org/{}", "x".repeat(500)),
    ] {
        requests.push(("baseUrl", put(&ada, "scripted", json!({ "baseUrl": url }))));
    }
    for field in ["silenceSeconds", "answerSeconds"] {
        for seconds in [0, 3001] {
            let mut body = json!({ "baseUrl": URL });
            body[field] = json!(seconds);
            requests.push((field, put(&ada, "scripted", body)));
        }
    }
    for key in ["a b", "a\nb", "größe", "a\u{7f}", &"x".repeat(513)] {
        requests.push(("key", put(&ada, "scripted", json!({ "baseUrl": URL, "key": key }))));
    }
    let before = server.dump().await;
    for (field, request) in requests {
        let what = request.to_string();
        let answer = request.await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.text);
        assert_eq!(answer.json["error"]["field"], json!(field), "{what}");
    }
    let another_header = json!({ "baseUrl": URL, "keyHeader": "x-key" });
    let half_a_second = json!({ "baseUrl": URL, "silenceSeconds": 0.5 });
    for body in [
        json!({}),
        json!({ "baseUrl": 7 }),
        json!({ "key": "sk-1" }),
        another_header,
        half_a_second,
    ] {
        assert_eq!(put(&ada, "scripted", body.clone()).await.status, 400, "{body}");
    }
    for name in ["nobody", "guide", "No"] {
        let answer = ada.delete(&format!("/api/providers/{name}")).await;
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (404, &json!("unknown-provider"))
        );
    }
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
    put(&ada, &"x".repeat(32), json!({ "baseUrl": URL, "key": "x".repeat(512) }))
        .await
        .json_of(200);
}

#[tokio::test]
async fn an_address_is_accepted_with_and_without_a_slash() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let base_url = scene.provider.base_url();
    for (number, url) in [format!("{base_url}/"), format!(" {base_url} ")].into_iter().enumerate() {
        put(&scene.ada, "scripted", json!({ "baseUrl": url })).await.json_of(200);
        let answer = scene.ask("Well?").await;
        scene.watch().await.until_ended(answer).await;
        let request = scene.provider.asked(number + 1).await;
        assert_eq!(request.line, "POST /v1/chat/completions");
    }
}
