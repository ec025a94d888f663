//! The pages that need no script: bringing a being along, its settings, and the providers.

use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(caller: &Client, path: &str, fields: &[(&str, &str)]) -> house::Answer {
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
async fn a_being_is_brought_along_changed_and_sent_away_by_forms() {
    let (_house, ada, bob) = House::with_garden().await;
    let new = "/spaces/@garden/beings/new";
    assert!(ada.get(new).await.text.contains("<option selected>guide"));
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
async fn what_is_wrong_with_a_form_is_said_and_what_was_written_stays() {
    let (_house, ada, _) = House::with_garden().await;
    let new = "/spaces/@garden/beings/new";
    let refused = post(&ada, new, &being("Be brief.", "0")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("contextMessages is not 1 to 100"), "{}", refused.text);
    assert!(refused.text.contains("Be brief."));
    let unreadable = post(&ada, new, &being("", "")).await;
    assert_eq!(unreadable.status, 400, "{}", unreadable.text);
    assert!(unreadable.text.contains("not a number"), "{}", unreadable.text);
    // The longest instructions fit into a form, of whatever script they are.
    assert_eq!(post(&ada, new, &being(&"🌱".repeat(4000), "7")).await.status, 303);
}

#[tokio::test]
async fn the_settings_page_is_about_the_ai_beings_of_its_space_only() {
    let (house, ada, _) = House::with_garden().await;
    ada.found("Attic").await;
    assert_eq!(bring(&ada, "Sage", json!({ "provider": "guide" })).await, "@sage");
    let visitor = house.visitor();
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
async fn providers_are_added_changed_and_removed_by_who_administers() {
    let (_house, ada, bob) = House::with_garden().await;
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
    let forget = [("name", "far"), ("base_url", "http://127.0.0.1:1/v1"), ("forget_key", "on")];
    assert_eq!(post(&ada, "/providers", &forget).await.status, 303);
    assert_eq!(ada.get("/api/providers").await.json_of(200)[1]["hasKey"], false);
    assert_eq!(post(&bob, "/providers/far/remove", &[]).await.status, 403);
    assert_eq!(post(&ada, "/providers/far/remove", &[]).await.status, 303);
    assert_eq!(ada.get("/api/providers").await.json_of(200), json!([{ "name": "guide" }]));
}
