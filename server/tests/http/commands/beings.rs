//! Beings: names and hues, and AI beings that are added and removed.

use super::*;

#[tokio::test]
async fn an_ai_being_is_added_and_removed() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = ada.listen("@garden").await;
    let beings = format!("{SPACE}/beings");
    let sage = bob.post(&beings, json!({ "name": "Sage" })).await.json_of(201);
    let hue = sage["hue"].clone();
    assert_eq!(sage, json!({ "id": "@sage", "name": "Sage", "kind": "ai", "hue": hue, "seq": 4 }));
    let other = bob.post(&beings, json!({ "name": "Sage", "hue": 0 })).await.json_of(201);
    assert_eq!((&other["id"], &other["hue"]), (&json!("@sage-2"), &json!(0)));

    // The maker may remove it; so may the creator of the space.
    bob.delete(&format!("{beings}/@sage")).await.empty_of(204);
    ada.delete(&format!("{beings}/@sage-2")).await.empty_of(204);
    let told = gists(&listener.take(4).await);
    assert_eq!(
        told,
        ["4 being @sage Sage", "5 being @sage-2 Sage", "6 left @sage", "7 left @sage-2"]
    );
}

#[tokio::test]
async fn a_new_name_is_an_event_in_every_space_of_the_being() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let (attic, cellar) = (ada.create_space("Attic").await, ada.create_space("Cellar").await);
    for space in [&attic, &cellar] {
        let token = ada.invite(space).await;
        bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    }
    // A space that he has left gets no event.
    let shed = bob.create_space("Shed").await;
    let token = bob.invite(&shed).await;
    ada.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    bob.delete(&format!("/api/spaces/{shed}/beings/@bob")).await.empty_of(204);
    ada.say("@garden", "Hello.").await;

    let mut listeners = Vec::new();
    for space in ["@garden", &attic, &cellar, &shed] {
        listeners.push(ada.listen(space).await);
    }
    let answer = bob.patch("/api/beings/@bob", json!({ "name": "Robert", "hue": 7 })).await;
    let expected = json!({ "id": "@bob", "name": "Robert", "kind": "person", "hue": 7 });
    assert_eq!(answer.json_of(200), expected);

    let expected = ["@attic 4", "@cellar 4", "@garden 5", "@shed 4"];
    assert_eq!(spaces_of(&ada).await, expected);
    for (listener, seq) in listeners.iter_mut().zip([5, 4, 4]) {
        assert_eq!(listener.one().await.gist(), format!("{seq} being @bob Robert"));
    }
    let [_, _, _, shed_listener] = listeners.as_mut_slice() else { panic!("four listen") };
    ada.say(&shed, "He has gone.").await;
    assert_eq!(shed_listener.one().await.gist(), "5 created msg_5");
}

#[tokio::test]
async fn an_absent_field_stays_and_an_equal_value_takes_no_position() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let change = |body: Value| bob.patch("/api/beings/@bob", body);
    assert_eq!(change(json!({ "hue": 7 })).await.json_of(200)["name"], "Bob");
    assert_eq!(change(json!({ "name": "Robert" })).await.json_of(200)["hue"], 7);
    assert_eq!(head(&ada).await, 5);

    let before = server.dump().await;
    for same in [json!({}), json!({ "name": "Robert" }), json!({ "name": " Robert ", "hue": 7 })] {
        change(same).await.json_of(200);
    }
    assert_eq!(before.difference(&server.dump().await), [""; 0]);
}

#[tokio::test]
async fn the_maker_of_a_being_changes_it() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    bob.post(&format!("{SPACE}/beings"), json!({ "name": "Sage" })).await.json_of(201);
    ada.patch("/api/beings/@garden", json!({ "name": "Orchard" })).await.json_of(200);
    bob.patch("/api/beings/@sage", json!({ "name": "Thyme" })).await.json_of(200);
    // An administrator may change it, too.
    ada.patch("/api/beings/@sage", json!({ "name": "Mint" })).await.json_of(200);
    let told = gists(&listener.take(4).await);
    let expected = [
        "4 being @sage Sage",
        "5 being @garden Orchard",
        "6 being @sage Thyme",
        "7 being @sage Mint",
    ];
    assert_eq!(told, expected);
    let listings = bob.get("/api/spaces").await.json_of(200);
    assert_eq!(
        (&listings[0]["space"]["name"], &listings[0]["space"]["seq"]),
        (&json!("Orchard"), &json!(5))
    );
}

#[tokio::test]
async fn the_creator_of_a_space_removes_a_member() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = ada.listen("@garden").await;
    let said = bob.say("@garden", "Hello.").await;
    ada.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    let told = gists(&listener.take(2).await);
    assert_eq!(told, ["4 created msg_4", "5 left @bob"]);
    // His messages stay.
    assert_eq!(super::history(&ada).await, [said]);
    ada.delete(&format!("{SPACE}/beings/@bob")).await.json_of(404);
}
