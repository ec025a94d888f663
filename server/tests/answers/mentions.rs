//! Who is called, and answers.

use super::*;

/// Which beings begin an answer to this.
async fn called(host: &Client, text: &str) -> String {
    let asked = host.say("@garden", text).await.message_id;
    let all = said(host).await;
    let answers = all.iter().filter(|row| row.reply_to == Some(asked));
    let owners: Vec<_> = answers.map(|row| row.owner_id.to_string()).collect();
    owners.join(" ")
}

#[tokio::test]
async fn a_being_is_called_by_its_id_where_it_stands_for_itself() {
    let scene = Scene::playing([Script::mute()]).await;
    let mentioned = json!({ "provider": "scripted" });
    assert_eq!(bring(&scene.ada, "Sage", mentioned.clone()).await, "@sage-2");
    assert_eq!(bring(&scene.bob, "Mint", mentioned).await, "@mint");
    // These have nothing to answer with, or are no beings that answer.
    let plain = json!({ "name": "Rock" });
    scene.ada.post(&format!("{GARDEN}/beings"), plain).await.json_of(201);
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
        ("@sage-", "@sage"),
        ("@sage-3", ""),
        ("@sages", ""),
        ("@sageß", ""),
        ("x@sage", ""),
        ("ü@sage", ""),
        ("4@sage", ""),
        ("sage@sage.org", ""),
        ("https://example.org/@sage", ""),
        ("@@sage", ""),
        ("@ sage", ""),
        ("@ada @bob @garden @rock @nobody @", ""),
        ("@mint @sage", "@mint @sage"),
        ("@sage @sage @SAGE", "@sage"),
        ("@sage/@mint", "@sage"),
        ("@sage,@mint", "@mint @sage"),
    ] {
        assert_eq!(called(&scene.ada, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn one_that_answers_everything_need_not_be_called() {
    let scene = Scene::playing([Script::mute()]).await;
    let every = json!({ "provider": "scripted", "answersWhen": "every-message" });
    assert_eq!(bring(&scene.ada, "Echo", every.clone()).await, "@echo");
    assert_eq!(called(&scene.bob, "Hello").await, "@echo");
    assert_eq!(called(&scene.bob, "Hello @echo").await, "@echo");
    assert_eq!(called(&scene.bob, "Hello @sage").await, "@echo @sage");
    // From the change of its settings on, it is otherwise.
    let settings = json!({ "settings": { "provider": "scripted" } });
    scene.ada.patch("/api/beings/@echo", settings).await.json_of(200);
    assert_eq!(called(&scene.bob, "Hello").await, "");
    let settings = json!({ "settings": every });
    scene.ada.patch("/api/beings/@sage", settings).await.json_of(200);
    assert_eq!(called(&scene.bob, "Hello").await, "@sage");
    let ada = scene.ada.clone();
    let house = scene.house.reopen().await;
    assert_eq!(called(&house.again(&ada), "Hello, after a restart").await, "@sage");
}

#[tokio::test]
async fn who_is_in_another_space_is_not_called() {
    let scene = Scene::playing([Script::mute()]).await;
    let attic = scene.ada.found("Attic").await;
    scene.ada.say(&attic, "@sage Are you up here?").await;
    let page: HistoryPage = scene.ada.get(&format!("/api/spaces/{attic}/intentions")).await.of(200);
    assert_eq!(page.intentions.len(), 1);
}
