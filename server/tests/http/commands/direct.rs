//! Direct spaces: one of exactly its persons.

use futures::future::join_all;

use super::*;

fn with(beings: &[&str]) -> Value {
    json!({ "beings": beings })
}

async fn begin(client: &Client, beings: &[&str]) -> (u16, Being) {
    let answer = client.post("/api/direct", with(beings)).await;
    let status = answer.status;
    (status, answer.of(status))
}

#[tokio::test]
async fn there_is_one_space_of_the_same_persons_however_many_ask_at_once() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let cyd = server.guest(&ada, "@garden", "cyd").await;
    let asking = [(&ada, vec!["@bob"]), (&bob, vec!["@ada"]), (&bob, vec!["@ada", "@bob", "@ada"])];
    let both = || asking.iter().map(|(client, beings)| begin(client, beings));
    let all = asking.len() * 8;
    let begun = join_all((0..8).flat_map(|_| both())).await;
    assert_eq!(begun.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(begun.iter().filter(|(status, _)| *status == 200).count(), all - 1);
    let space = &begun[0].1;
    assert!(begun.iter().all(|(_, one)| one.id == space.id), "{begun:?}");
    assert_eq!(space.name, "Ada, Bob");
    assert!(space.id.as_str().starts_with("@direct-"), "{space:?}");

    let (status, of_three) = begin(&cyd, &["@bob", "@ada"]).await;
    assert_eq!((status, of_three.name.as_str()), (201, "Ada, Bob, Cyd"));
    assert_ne!(of_three.id, space.id);
    let sync = bob.follow(space.id.as_str(), None).await.one().await;
    assert!(sync.text.contains(r#""details":{"direct":true}"#), "{}", sync.text);
    let server = server.reopen().await;
    let (status, again) = begin(&server.again(&ada), &["@bob"]).await;
    assert_eq!((status, again.id), (200, space.id.clone()));
}

#[tokio::test]
async fn its_persons_are_known_to_the_one_who_asks() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let eve = server.guest(&ada, &ada.create_space("Attic").await, "eve").await;
    ada.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" })).await.json_of(201);
    let many: Vec<_> = (0..10).map(|number| format!("@x{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    for (client, beings, status, code) in [
        (&bob, vec!["@eve"], 404, "unknown-being"),
        (&eve, vec!["@bob"], 404, "unknown-being"),
        (&bob, vec!["@nobody"], 404, "unknown-being"),
        (&ada, vec!["@nobody"], 404, "unknown-being"),
        (&bob, vec!["@ada", "@eve"], 404, "unknown-being"),
        (&bob, vec![], 422, "out-of-bounds"),
        (&bob, vec!["@bob"], 422, "out-of-bounds"),
        (&bob, vec!["@sage"], 422, "out-of-bounds"),
        (&bob, many, 422, "out-of-bounds"),
        (&bob, vec!["Bob"], 400, "malformed"),
    ] {
        let answer = client.post("/api/direct", with(&beings)).await;
        assert_eq!(
            (answer.status, answer.json["error"]["code"].as_str()),
            (status, Some(code)),
            "{beings:?}"
        );
        let field = answer.json["error"]["field"].as_str();
        assert_eq!(field, (status == 422).then_some("beings"), "{beings:?}");
    }
    // An administrator knows everybody.
    ada.delete("/api/spaces/@attic/beings/@eve").await.empty_of(204);
    assert_eq!(begin(&ada, &["@eve"]).await.0, 201);
}

#[tokio::test]
async fn its_persons_stay_and_nobody_else_comes() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let cyd = server.guest(&ada, "@garden", "cyd").await;
    let space = begin(&bob, &["@ada"]).await.1.id;
    let path = format!("/api/spaces/{space}");
    let head_before = ada.say(space.as_str(), "Hello.").await.seq;
    for (what, request) in [
        ("leaving", bob.delete(&format!("{path}/beings/@bob"))),
        ("removing", ada.delete(&format!("{path}/beings/@bob"))),
        ("inviting", bob.post(&format!("{path}/invites"), json!({}))),
        ("opening", bob.patch(&path, json!({ "open": true }))),
        ("naming", bob.patch(&format!("/api/beings/{space}"), json!({ "name": "Us" }))),
        ("deleting", bob.delete(&path)),
    ] {
        let answer = request.await;
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (403, &json!("not-allowed")),
            "{what}"
        );
    }
    assert_eq!(cyd.post(&format!("{path}/join"), json!({})).await.status, 404);
    assert_eq!(cyd.get(&format!("{path}/intentions")).await.status, 404);
    assert_eq!(ada.say(space.as_str(), "Still here.").await.seq, head_before.next());
    // Each of its persons may change it, and an AI being comes and goes.
    for (client, topic) in [(&ada, "Ours"), (&bob, "Ours, too")] {
        assert_eq!(client.patch(&path, json!({ "topic": topic })).await.status, 200);
    }
    let sage = ada.post(&format!("{path}/beings"), json!({ "name": "Sage" })).await.json_of(201);
    assert_eq!(begin(&ada, &["@bob"]).await, (200, begin(&bob, &["@ada"]).await.1));
    let sage = format!("{path}/beings/{}", sage["id"].as_str().expect("an id"));
    ada.delete(&sage).await.empty_of(204);
}

#[tokio::test]
async fn it_is_called_after_its_persons_also_when_one_takes_another_name() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let space = begin(&bob, &["@ada"]).await.1.id;
    let mut stream = ada.listen(space.as_str()).await;
    bob.patch("/api/beings/@bob", json!({ "name": "Rob" })).await.json_of(200);
    let told = gists(&stream.take(2).await);
    assert_eq!(told, ["4 being @bob Rob".to_owned(), format!("5 being {space} Ada, Rob")]);
    // Another colour is no other name.
    bob.patch("/api/beings/@bob", json!({ "hue": 7 })).await.json_of(200);
    assert_eq!(gists(&stream.take(1).await), ["6 being @bob Rob"]);
}

#[tokio::test]
async fn an_inbox_says_that_it_is_direct() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut inbox = ada.get("/api/inbox").stream().await;
    while !inbox.next_text().await.expect("an event").contains("space-heads") {}
    let space = begin(&bob, &["@ada"]).await.1.id;
    let joined = inbox.next_text().await.expect("an event");
    assert!(joined.contains("space-joined") && joined.contains(r#""direct":true"#), "{joined}");
    bob.say(space.as_str(), "Hello.").await;
    let sync = ada.get("/api/inbox").stream().await.next_text().await.expect("an event");
    let (garden, direct) =
        sync.split_once("@garden").map_or(("", ""), |(before, after)| (after, before));
    assert!(direct.contains(r#""unread":1,"mentions":0,"direct":true"#), "{sync}");
    assert!(!garden.contains("direct"), "{sync}");
}

#[tokio::test]
async fn the_page_begins_one_and_leads_to_it() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let asked = bob.get("/direct?with=@ada").await;
    assert_eq!(asked.status, 200);
    assert!(asked.text.contains(r#"value="@ada""#), "{}", asked.text);
    let begun = form(&bob, "/direct", &[("with", "Ada, @bob")]).await;
    let space = begin(&ada, &["@bob"]).await.1.id;
    assert_eq!((begun.status, begun.header("location")), (303, Some(&*format!("/spaces/{space}"))));
    let refused = form(&bob, "/direct", &[("with", "nobody")]).await;
    assert_eq!(refused.status, 404);
    assert!(refused.text.contains("You share no space with"), "{}", refused.text);
}
