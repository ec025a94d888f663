//! The prompt that a provider receives.

use super::*;

/// The messages of the prompt for the next question, after this conversation.
async fn sent(scene: &Scene, settings: Value, talk: &[(&Client, &str)]) -> Vec<(String, String)> {
    scene.ada.patch("/api/beings/@sage", json!({ "settings": settings })).await.json_of(200);
    for (who, text) in talk {
        who.say("@garden", text).await;
    }
    let before = scene.provider.requests().len();
    let answer = scene.ask("So?").await;
    scene.watch().await.until_ended(answer).await;
    let request = scene.provider.asked(before + 1).await;
    let own = |(role, content): (&str, &str)| (role.to_owned(), content.to_owned());
    request.messages().into_iter().map(own).collect()
}

/// What was said, each message apart.
fn contents(messages: &[(String, String)]) -> Vec<&str> {
    messages.iter().skip(1).flat_map(|(_, content)| content.split("\n\n")).collect()
}

#[tokio::test]
async fn a_request_asks_for_a_streamed_chat_completion() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let settings = json!({ "provider": "scripted", "model": "m/o:d-e_l 1" });
    sent(&scene, settings, &[]).await;
    let request = scene.provider.asked(1).await;
    assert_eq!(request.line, "POST /v1/chat/completions");
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(request.headers["user-agent"].starts_with("rhizome/"));
    assert!(!request.headers.contains_key("authorization"), "there is no key");
    let fields: Vec<_> = request.json.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["messages", "model", "stream"]);
    assert_eq!(
        (&request.json["model"], &request.json["stream"]),
        (&json!("m/o:d-e_l 1"), &json!(true))
    );
}

#[tokio::test]
async fn a_prompt_names_the_being_the_speakers_and_its_own_messages() {
    let scene = Scene::playing([Script::saying("I grow.")]).await;
    let instructions = "Be brief.\nRhyme, \"please\".";
    let settings = json!({ "provider": "scripted", "instructions": instructions });
    sent(&scene, settings.clone(), &[(&scene.bob, "Good morning.")]).await;
    scene.bob.patch("/api/beings/@bob", json!({ "name": "Robert" })).await.json_of(200);
    let messages = sent(&scene, settings, &[(&scene.bob, "It is late.")]).await;
    let (role, system) = &messages[0];
    assert_eq!(role, "system");
    for word in ["Sage", "@sage", "Garden", instructions] {
        assert!(system.contains(word), "{word} is not in: {system}");
    }
    let expected = [
        ("user", "Robert (@bob): Good morning.\n\nAda (@ada): @sage So?"),
        ("assistant", "I grow."),
        ("user", "Robert (@bob): It is late.\n\nAda (@ada): @sage So?"),
    ];
    let told: Vec<_> = messages[1..].iter().map(|(r, c)| (r.as_str(), c.as_str())).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_messages_of_another_being_have_the_role_user() {
    let scene = Scene::playing([Script::saying("Green.")]).await;
    add_being(&scene.ada, "Mint", json!({ "provider": "scripted" })).await;
    scene.ada.say("@garden", "@mint Which colour?").await;
    let mut watcher = scene.watch().await;
    watcher.until(|w| w.rows().iter().any(|row| row.content == "Green.")).await;
    let messages = sent(&scene, json!({ "provider": "scripted" }), &[]).await;
    assert_eq!(messages[1].0, "user");
    assert_eq!(contents(&messages)[1], "Mint (@mint): Green.");
}

#[tokio::test]
async fn deleted_messages_are_left_out_and_edited_ones_have_their_present_text() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let oops = scene.bob.say("@garden", "Oops.").await.message_id;
    let typo = scene.bob.say("@garden", "Helo.").await.message_id;
    scene.bob.delete(&format!("{SPACE}/intentions/{oops}")).await.empty_of(204);
    let edit = json!({ "content": "Hello." });
    scene.bob.patch(&format!("{SPACE}/intentions/{typo}"), edit).await.json_of(200);
    let messages = sent(&scene, json!({ "provider": "scripted" }), &[]).await;
    assert_eq!(contents(&messages), ["Bob (@bob): Hello.", "Ada (@ada): @sage So?"]);
}

#[tokio::test]
async fn an_active_answer_is_left_out() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    scene.provider.play_to("Think", Script::stream().say("Hm. ").silence());
    let first = scene.ask("Think.").await;
    scene.watch().await.until_bytes(first, 3).await;
    let messages = sent(&scene, json!({ "provider": "scripted" }), &[]).await;
    assert_eq!(contents(&messages), ["Ada (@ada): @sage Think.", "Ada (@ada): @sage So?"]);
    scene.stop(first).await;
}

#[tokio::test]
async fn a_prompt_keeps_to_the_limits_of_the_settings() {
    let question = "Ada (@ada): @sage So?";
    // The question has 9 characters, the others have 10 each.
    let words = ["ten letter", "zehn🌱Zeich", "dix lettre"];
    let tenth = |n: usize| format!("Bob (@bob): {}", words[n]);
    let cases = [
        (100, 20_000, vec![0, 1, 2]),
        (4, 20_000, vec![0, 1, 2]),
        (3, 20_000, vec![1, 2]),
        (1, 20_000, vec![]),
        (100, 39, vec![0, 1, 2]),
        (100, 38, vec![1, 2]),
        (100, 29, vec![1, 2]),
        (100, 19, vec![2]),
        (100, 18, vec![]),
        (2, 29, vec![2]),
    ];
    for (messages, characters, expected) in cases {
        let scene = Scene::playing([Script::saying("Yes.")]).await;
        let settings = json!({
            "provider": "scripted", "contextMessages": messages, "contextCharacters": characters,
        });
        let talk = words.map(|word| (&scene.bob, word));
        let sent = sent(&scene, settings, &talk).await;
        let expected: Vec<_> =
            expected.into_iter().map(tenth).chain([question.to_owned()]).collect();
        assert_eq!(contents(&sent), expected, "{messages} messages, {characters} characters");
    }
}

/// A question that exceeds the limit alone is cut to its end.
#[tokio::test]
async fn a_question_is_never_left_out() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    let settings = json!({ "provider": "scripted", "contextCharacters": 3 });
    let messages = sent(&scene, settings, &[(&scene.bob, "x")]).await;
    assert_eq!(contents(&messages), ["Ada (@ada): So?"]);
}

#[tokio::test]
async fn thirty_messages_are_the_default() {
    let scene = Scene::playing([Script::saying("Yes.")]).await;
    for _ in 0..40 {
        scene.bob.say("@garden", "And so on.").await;
    }
    let messages = sent(&scene, json!({ "provider": "scripted" }), &[]).await;
    assert_eq!(contents(&messages).len(), 30);
    let settings = json!({ "provider": "scripted", "contextMessages": 100 });
    assert_eq!(contents(&sent(&scene, settings, &[]).await).len(), 43);
}
