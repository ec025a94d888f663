//! What beings can answer with: who may configure it, and who may know of what.

use super::*;
use house::Ask;

fn put(caller: &Client, name: &str, wish: Value) -> Ask {
    caller.ask("PUT", &format!("/api/providers/{name}")).json(wish)
}

async fn listed(caller: &Client) -> Value {
    caller.get("/api/providers").await.json_of(200)
}

const URL: &str = "https://api.example.org/v1";

#[tokio::test]
async fn everybody_may_know_the_names_and_who_administers_the_rest() {
    let (_house, ada, bob) = House::with_garden().await;
    assert_eq!(listed(&bob).await, json!([{ "name": "guide" }]));
    assert_eq!(listed(&ada).await, json!([{ "name": "guide" }]));
    let wish = json!({ "baseUrl": URL, "key": "sk-1" });
    let answer = put(&ada, "zebra", wish).await.json_of(200);
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
async fn a_key_stays_unless_it_is_taken_or_is_for_another_address() {
    let (house, ada, _) = House::with_garden().await;
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
    for (wish, key) in steps {
        let answer = put(&ada, "scripted", wish.clone()).await.json_of(200);
        assert_eq!(answer["hasKey"], json!(key.is_some()), "{wish}");
        let dump = house.dump().await;
        let kept = &dump.0["provider_keys"];
        assert_eq!(kept.len(), usize::from(key.is_some()), "{wish}: {kept:?}");
        assert!(kept.iter().all(|row| row.contains(key.unwrap_or_default())), "{wish}: {kept:?}");
    }
    ada.delete("/api/providers/scripted").await.empty_of(204);
    assert_eq!(house.dump().await.rows_with("sk-"), [""; 0]);
    let again = put(&ada, "scripted", json!({ "baseUrl": elsewhere })).await.json_of(200);
    assert_eq!(again["hasKey"], json!(false), "a provider that was removed takes its key along");
}

#[tokio::test]
async fn only_who_administers_configures() {
    let (house, ada, bob) = House::with_garden().await;
    put(&ada, "scripted", json!({ "baseUrl": URL, "key": "sk-1" })).await.json_of(200);
    let before = house.dump().await;
    for (caller, status, code) in [(bob, 403, "not-allowed"), (house.visitor(), 401, "no-session")]
    {
        for ask in [
            put(&caller, "scripted", json!({ "baseUrl": "https://evil.example.org/v1" })),
            put(&caller, "another", json!({ "baseUrl": URL })),
            caller.delete("/api/providers/scripted"),
            caller.delete("/api/providers/nobody"),
        ] {
            let what = ask.to_string();
            let answer = ask.await;
            let code_here = &answer.json["error"]["code"];
            assert_eq!((answer.status, code_here), (status, &json!(code)), "{what}");
        }
    }
    assert_eq!(house.visitor().get("/api/providers").await.status, 401);
    for ask in
        [put(&ada, "another", json!({ "baseUrl": URL })), ada.delete("/api/providers/scripted")]
    {
        assert_eq!(ask.header("sec-fetch-site", "cross-site").await.status, 403);
    }
    assert_eq!(before.difference(&house.dump().await), [""; 0]);
}

#[tokio::test]
async fn a_value_out_of_bounds_is_named_by_its_field() {
    let (house, ada, _) = House::with_garden().await;
    let mut asks = Vec::new();
    for name in ["guide", "OpenAI", "a_b", "a.b", "%C3%BC", &"x".repeat(33)] {
        asks.push(("name", put(&ada, name, json!({ "baseUrl": URL }))));
    }
    for url in [
        "",
        "api.example.org/v1",
        "ftp://example.org/v1",
        "file:///etc/passwd",
        "https://",
        "https://me@example.org/v1",
        "https://me:secret@example.org/v1",
        "https://example.org/v1?key=1",
        "https://example.org/v1#top",
        &format!("https://example.org/{}", "x".repeat(500)),
    ] {
        asks.push(("baseUrl", put(&ada, "scripted", json!({ "baseUrl": url }))));
    }
    for key in ["a b", "a\nb", "größe", "a\u{7f}", &"x".repeat(513)] {
        asks.push(("key", put(&ada, "scripted", json!({ "baseUrl": URL, "key": key }))));
    }
    let before = house.dump().await;
    for (field, ask) in asks {
        let what = ask.to_string();
        let answer = ask.await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.text);
        assert_eq!(answer.json["error"]["field"], json!(field), "{what}");
    }
    for wish in [json!({}), json!({ "baseUrl": 7 }), json!({ "key": "sk-1" })] {
        assert_eq!(put(&ada, "scripted", wish.clone()).await.status, 400, "{wish}");
    }
    for name in ["nobody", "guide", "No"] {
        let answer = ada.delete(&format!("/api/providers/{name}")).await;
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (404, &json!("unknown-provider"))
        );
    }
    assert_eq!(before.difference(&house.dump().await), [""; 0]);
    put(&ada, &"x".repeat(32), json!({ "baseUrl": URL, "key": "x".repeat(512) }))
        .await
        .json_of(200);
}

#[tokio::test]
async fn an_address_is_taken_with_and_without_a_slash() {
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
