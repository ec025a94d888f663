//! Which beings a message triggers.

use super::*;

/// The beings that begin an answer to this message.
async fn triggered(host: &Client, text: &str) -> String {
    let asked = host.say("@garden", text).await.message_id;
    let all = history(host).await;
    let answers = all.iter().filter(|row| row.reply_to == Some(asked));
    let owners: Vec<_> = answers.map(|row| row.owner_id.to_string()).collect();
    owners.join(" ")
}

#[tokio::test]
async fn a_being_is_mentioned_by_its_id_and_not_in_code_or_an_address() {
    let scene = Scene::playing([Script::mute()]).await;
    let mentioned = json!({ "provider": "scripted" });
    assert_eq!(add_being(&scene.ada, "Sage", mentioned.clone()).await, "@sage-2");
    assert_eq!(add_being(&scene.bob, "Mint", mentioned).await, "@mint");
    // These beings have no settings, or are no AI beings.
    let plain = json!({ "name": "Rock" });
    scene.ada.post(&format!("{SPACE}/beings"), plain).await.json_of(201);
    for (text, expected) in [
        ("Hello", ""),
        ("sage", ""),
        ("@sage", "@sage"),
        ("Ask @sage", "@sage"),
        ("@sage: hello", "@sage"),
        ("@sage, hello", "@sage"),
        ("Hello @sage.", "@sage"),
        ("Hello @sage!?", "@sage"),
        ("(@sage)", "@sage"),
        ("„@sage“", "@sage"),
        ("**@sage**", "@sage"),
        ("@sage's turn", "@sage"),
        ("@sage…", "@sage"),
        ("A line\n@sage\nand another", "@sage"),
        ("🌱@sage🌱", "@sage"),
        ("@SAGE", "@sage"),
        ("@Sage-2.", "@sage-2"),
        ("@sage-2", "@sage-2"),
        // A handle may end in a hyphen, so this is another one.
        ("@sage-", ""),
        ("@sage-3", ""),
        ("@sages", ""),
        ("@sageß", "@sage"),
        ("请@sage看一下", "@sage"),
        ("＠sage", "@sage"),
        ("x@sage", ""),
        ("ü@sage", "@sage"),
        ("4@sage", ""),
        ("sage@sage.org", ""),
        ("https://example.org/@sage", ""),
        ("@@sage", "@sage"),
        ("@sage@example.org", "@sage"),
        ("`@sage`", ""),
        ("```\n@sage\n```", ""),
        ("[here](https://example.org/@sage)", ""),
        ("@ sage", ""),
        ("@ada @bob @garden @rock @nobody @", ""),
        ("@mint @sage", "@mint @sage"),
        ("@sage @sage @SAGE", "@sage"),
        ("@sage/@mint", "@mint @sage"),
        ("@sage,@mint", "@mint @sage"),
    ] {
        assert_eq!(triggered(&scene.ada, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn a_being_that_answers_everything_needs_no_mention() {
    let scene = Scene::playing([Script::mute()]).await;
    let every = json!({ "provider": "scripted", "answersWhen": "every-message" });
    assert_eq!(add_being(&scene.ada, "Echo", every.clone()).await, "@echo");
    assert_eq!(triggered(&scene.bob, "Hello").await, "@echo");
    assert_eq!(triggered(&scene.bob, "Hello @echo").await, "@echo");
    assert_eq!(triggered(&scene.bob, "Hello @sage").await, "@echo @sage");
    // The change of its settings takes effect at once.
    let settings = json!({ "settings": { "provider": "scripted" } });
    scene.ada.patch("/api/beings/@echo", settings).await.json_of(200);
    assert_eq!(triggered(&scene.bob, "Hello").await, "");
    let settings = json!({ "settings": every });
    scene.ada.patch("/api/beings/@sage", settings).await.json_of(200);
    assert_eq!(triggered(&scene.bob, "Hello").await, "@sage");
    let ada = scene.ada.clone();
    let server = scene.server.reopen().await;
    assert_eq!(triggered(&server.again(&ada), "Hello, after a restart").await, "@sage");
}

#[tokio::test]
async fn a_being_of_another_space_is_not_mentioned() {
    let scene = Scene::playing([Script::mute()]).await;
    let attic = scene.ada.create_space("Attic").await;
    scene.ada.say(&attic, "@sage Are you up here?").await;
    let page: HistoryPage = scene.ada.get(&format!("/api/spaces/{attic}/intentions")).await.of(200);
    assert_eq!(page.intentions.len(), 1);
}
