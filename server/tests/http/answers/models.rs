//! The models to choose from, as a provider lists them.

use super::*;

const PATH: &str = "/api/providers/scripted/models";

fn listing(ids: &[&str]) -> Script {
    let data: Vec<_> = ids.iter().map(|id| json!({ "id": id, "object": "model" })).collect();
    let body = json!({ "object": "list", "data": data }).to_string();
    Script::answering(200, &[("content-type", "application/json")], &body)
}

#[tokio::test]
async fn a_list_is_remembered_for_a_minute_while_its_provider_stays() {
    let scene = Scene::playing([Script::mute()]).await;
    scene.provider.list_models(listing(&["b", "a"]));
    let listed = json!([{ "id": "a" }, { "id": "b" }]);
    assert_eq!(scene.bob.get(PATH).await.json_of(200), listed);
    scene.provider.list_models(listing(&["c"]));
    scene.server.clock.advance_seconds(59);
    assert_eq!(scene.bob.get(PATH).await.json_of(200), listed);
    assert_eq!(scene.provider.listings().len(), 1);
    scene.server.clock.advance_seconds(1);
    assert_eq!(scene.bob.get(PATH).await.json_of(200), json!([{ "id": "c" }]));

    let key = json!({ "baseUrl": scene.provider.base_url(), "key": "k-1", "keyHeader": "api-key" });
    scene.ada.ask("PUT", "/api/providers/scripted").json(key).await.json_of(200);
    scene.bob.get(PATH).await.json_of(200);
    let listings = scene.provider.listings();
    let last = listings.last().expect("a request");
    assert_eq!((listings.len(), last.line.as_str()), (3, "GET /v1/models"));
    assert_eq!(last.headers.get("api-key").map(String::as_str), Some("k-1"));
}

#[tokio::test]
async fn a_provider_that_lists_none_is_said_and_asked_again() {
    let scene = Scene::playing([Script::mute()]).await;
    let html = Script::answering(200, &[("content-type", "text/html")], "<p>Sign in</p>");
    for script in [Script::refusing(404, &[]), Script::refusing(500, &[]), html] {
        scene.provider.list_models(script);
        let answer = scene.bob.get(PATH).await;
        let code = &answer.json["error"]["code"];
        assert_eq!((answer.status, code), (502, &json!("provider-unavailable")));
    }
    assert_eq!(scene.provider.listings().len(), 3);
    for (path, status) in
        [("/api/providers/nobody/models", 404), ("/api/providers/guide/models", 200)]
    {
        assert_eq!(scene.bob.get(path).await.status, status, "{path}");
    }
    assert_eq!(scene.server.visitor().get(PATH).await.status, 401);
}

#[tokio::test]
async fn the_form_of_an_ai_offers_them() {
    let scene = Scene::playing([Script::mute()]).await;
    let new = "/spaces/@garden/beings/new";
    // Leptos marks where a list would stand.
    let page = scene.bob.get(new).await.text.replace("<!>", "");
    assert!(page.contains("<datalist id=\"models\"></datalist>"), "{page}");
    scene.provider.list_models(listing(&["qwen3:8b", "<b>"]));
    let page = scene.bob.get(new).await.text.replace("<!>", "");
    assert!(page.contains("<option value=\"qwen3:8b\">scripted</option>"), "{page}");
    assert!(!page.contains("<b>") && page.contains("list=\"models\""), "{page}");
}
