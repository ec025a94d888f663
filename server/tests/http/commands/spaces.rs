//! Spaces: creating and listing them.

use super::*;

#[tokio::test]
async fn a_space_is_a_being_and_its_creator_is_a_member() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    let space = ada.post("/api/spaces", json!({ "name": "  Evening Hall " })).await.json_of(201);
    let id = "@evening-hall";
    let hue = space["hue"].clone();
    let expected =
        json!({ "id": id, "name": "Evening Hall", "kind": "space", "hue": hue, "seq": 1 });
    assert_eq!(space, expected);

    let listings = ada.get("/api/spaces").await.json_of(200);
    assert_eq!(listings[0], json!({ "space": expected, "lastMessageId": "msg_2" }));
    let first = ada.follow(id, None).await.one().await;
    assert_eq!(first.gist(), "2 space-sync with 0");
    let told: Value =
        serde_json::from_str(first.text.split("data: ").nth(1).expect("data")).expect("JSON");
    assert_eq!(told["space"], expected);
    assert_eq!(told["beings"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["beings"][0]["id"], "@ada");
}

#[tokio::test]
async fn spaces_of_the_same_name_have_different_ids() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(ada.create_space("Garden").await, "@garden-2");
    let third = bob.create_space("Garden").await;
    assert!(third.starts_with("@garden-") && third != "@garden-2", "{third}");
    // A space does not take a person's id either.
    assert_eq!(bob.create_space("Ada").await, "@ada-2");
    assert_eq!(ada.create_space("庭").await, "@ting");
    assert_eq!(ada.create_space("…").await, "@space");
}

#[tokio::test]
async fn the_list_has_the_callers_spaces_by_name_with_their_heads() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    ada.create_space("attic").await;
    bob.create_space("Cellar").await;
    assert_eq!(spaces_of(&ada).await, ["@attic 2", "@garden 3"]);
    assert_eq!(spaces_of(&bob).await, ["@cellar 2", "@garden 3"]);

    ada.say("@garden", "Hello.").await;
    assert_eq!(spaces_of(&bob).await, ["@cellar 2", "@garden 4"]);
    bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    assert_eq!(spaces_of(&bob).await, ["@cellar 2"]);
    assert_eq!(spaces_of(&ada).await, ["@attic 2", "@garden 5"]);
}
