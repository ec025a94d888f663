//! Open spaces: finding them and joining them.

use protocol::DirectoryPage;

use super::*;

async fn found(client: &Client, query: &str) -> (Vec<String>, Option<String>) {
    let page: DirectoryPage = client.get(&format!("/api/directory{query}")).await.of(200);
    let next = page.next.map(|id| id.to_string());
    (page.spaces.iter().map(|entry| entry.space.id.to_string()).collect(), next)
}

#[tokio::test]
async fn the_directory_has_the_open_spaces_and_says_which_are_ones_own() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let eve = server.guest(&ada, &ada.create_space("Attic").await, "eve").await;
    assert_eq!(found(&eve, "").await, (vec![], None));
    ada.create_space("Archive").await;
    ada.patch(SPACE, json!({ "open": true, "topic": "What grows" })).await.json_of(200);
    ada.patch("/api/spaces/@archive", json!({ "open": true, "archived": true })).await.json_of(200);
    let garden = ada.get("/api/directory").await.json_of(200)["spaces"][0].clone();
    assert_eq!((&garden["topic"], &garden["joined"]), (&json!("What grows"), &json!(true)));
    for (client, joined) in [(&bob, true), (&eve, false)] {
        let page: DirectoryPage = client.get("/api/directory").await.of(200);
        let [entry] = &page.spaces[..] else { panic!("{page:?}") };
        assert_eq!((entry.space.name.as_str(), entry.joined, page.next), ("Garden", joined, None));
    }
    for (query, is_found) in [
        ("?q=gard", true),
        ("?q=ARDEN", true),
        ("?q=what%20g", true),
        ("?q=%20", true),
        ("?q=attic", false),
    ] {
        assert_eq!(!found(&eve, query).await.0.is_empty(), is_found, "{query}");
    }
    let long = eve.get(&format!("/api/directory?q={}", "x".repeat(81))).await;
    assert_eq!((long.status, &long.json["error"]["field"]), (422, &json!("q")));
    assert_eq!(server.visitor().get("/api/directory").await.status, 401);
}

#[tokio::test]
async fn the_directory_comes_in_pages() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    for number in 0..120 {
        let name = format!("{} {number:03}", if number % 2 == 0 { "Bed" } else { "Pot" });
        let space = ada.create_space(&name).await;
        ada.patch(&format!("/api/spaces/{space}"), json!({ "open": true })).await.json_of(200);
    }
    let (mut all, mut sizes, mut after) = (vec![], vec![], String::new());
    loop {
        let (spaces, next) = found(&ada, &after).await;
        sizes.push(spaces.len());
        all.extend(spaces);
        let Some(next) = next else { break };
        after = format!("?after={next}");
    }
    assert_eq!(sizes, [50, 50, 20]);
    assert!(all.is_sorted() && all.len() == 120, "{all:?}");
    let (beds, next) = found(&ada, "?q=bed").await;
    assert_eq!((beds.len(), next.as_deref()), (50, Some("@bed-098")));
    let (rest, next) = found(&ada, "?q=bed&after=@bed-098").await;
    assert_eq!((rest.len(), next), (10, None));
}

#[tokio::test]
async fn an_open_space_is_joined_and_no_other_one_is_told_of() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let eve = server.guest(&ada, &ada.create_space("Attic").await, "eve").await;
    let join = format!("{SPACE}/join");
    let code = async |client: &Client, path: &str| {
        let answer = client.post(path, json!({})).await;
        (answer.status, answer.json["error"]["code"].as_str().map(str::to_owned))
    };
    let unknown = (404, Some("unknown-space".to_owned()));
    assert_eq!(code(&eve, &join).await, unknown);
    assert_eq!(code(&eve, "/api/spaces/@nowhere/join").await, unknown);
    assert_eq!(code(&eve, "/api/spaces/@ada/join").await, unknown);
    ada.patch(SPACE, json!({ "open": true })).await.json_of(200);
    let mut stream = bob.listen("@garden").await;
    let joined: Being = eve.post(&join, json!({})).await.of(200);
    assert_eq!(joined.id.as_str(), "@garden");
    assert_eq!(gists(&stream.take(1).await), ["5 being @eve Eve"]);
    // A member stays as it is.
    assert_eq!(code(&eve, &join).await.0, 200);
    assert_eq!(head(&eve).await, 5);
    eve.delete(&format!("{SPACE}/beings/@eve")).await.empty_of(204);
    assert_eq!(code(&eve, &join).await.0, 200);
    eve.delete(&format!("{SPACE}/beings/@eve")).await.empty_of(204);
    ada.patch(SPACE, json!({ "open": false })).await.json_of(200);
    assert_eq!(code(&eve, &join).await, (403, Some("not-member".to_owned())));
}

#[tokio::test]
async fn the_pages_open_a_space_and_join_it() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let eve = server.guest(&ada, &ada.create_space("Attic").await, "eve").await;
    let settings = "/spaces/@garden/settings";
    let shown = ada.get(settings).await;
    assert!(
        shown.text.contains("Who can join") && shown.text.contains("type its name"),
        "{}",
        shown.text
    );
    let to_bob = bob.get(settings).await;
    assert!(!to_bob.text.contains("<form"), "{}", to_bob.text);
    assert_eq!(form(&bob, settings, &[("topic", "Mine")]).await.status, 403);
    assert_eq!(eve.get(settings).await.status, 404);
    let fields = [("name", "Orchard"), ("topic", "Trees"), ("joining", "open")];
    let saved = form(&ada, settings, &fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, Some(settings)));
    let listed = eve.get("/directory?q=tree").await;
    assert!(listed.text.contains("Orchard") && listed.text.contains("Trees"), "{}", listed.text);
    assert!(listed.text.contains(r#"action="/spaces/@garden/join""#), "{}", listed.text);
    let joined = form(&eve, "/spaces/@garden/join", &[]).await;
    assert_eq!((joined.status, joined.header("location")), (303, Some("/spaces/@garden")));
    assert!(!eve.get("/directory").await.text.contains("/join"));
    let archived = form(&ada, settings, &[("archived", "true")]).await;
    assert_eq!(archived.status, 303);
    assert!(ada.get(settings).await.text.contains("Take out of the archive"));
    assert!(ada.get("/directory").await.text.contains("No space is open yet"));
    let page = ada.get("/spaces/@garden").await;
    assert!(page.text.contains("This space is archived"), "{}", page.text);
}
