//! Invites, and membership through them.

use super::*;

async fn accept(caller: &Client, token: &str) -> TestResponse {
    caller.post(&format!("/api/invites/{token}"), json!({})).await
}

#[tokio::test]
async fn the_link_of_an_invite_has_the_host_that_its_maker_used() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    let cases: [(&[(&'static str, &str)], &str); 4] = [
        (&[], "http://rhizome.test"),
        (&[("host", "127.0.0.1:3000")], "http://127.0.0.1:3000"),
        (&[("x-forwarded-proto", "https")], "https://rhizome.test"),
        (
            &[("x-forwarded-proto", "https"), ("x-forwarded-host", "chat.example")],
            "https://chat.example",
        ),
    ];
    for (headers, origin) in cases {
        let mut request = ada.post(&format!("{SPACE}/invites"), json!({}));
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let invite = request.await.json_of(201);
        let token = invite["token"].as_str().expect("a token");
        assert_eq!(invite, json!({ "token": token, "url": format!("{origin}/invites/{token}") }));
        assert!(token.len() >= 32, "{token} can be guessed");
    }
}

#[tokio::test]
async fn accepting_an_invite_makes_a_member_and_accepting_it_again_changes_nothing() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let attic = ada.create_space("Attic").await;
    let token = ada.invite(&attic).await;
    let mut listener = ada.listen(&attic).await;

    let space = accept(&bob, &token).await.json_of(200);
    assert_eq!(
        (&space["id"], &space["kind"], &space["seq"]),
        (&json!("@attic"), &json!("space"), &json!(1))
    );
    assert_eq!(spaces_of(&bob).await, ["@attic 3", "@garden 3"]);
    let before = server.dump().await;
    assert_eq!(accept(&bob, &token).await.json_of(200), space);
    assert_eq!(accept(&ada, &token).await.json_of(200), space);
    assert_eq!(before.difference(&server.dump().await), [""; 0]);

    // Accepting as a member sends no event.
    ada.say(&attic, "Welcome.").await;
    assert_eq!(gists(&listener.take(2).await), ["3 being @bob Bob", "4 created msg_4"]);
}

#[tokio::test]
async fn a_person_who_has_left_returns_by_an_invite() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = ada.listen("@garden").await;
    let token = ada.invite("@garden").await;
    bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    accept(&bob, &token).await.json_of(200);
    bob.say("@garden", "I was only out for a walk.").await;
    let told = gists(&listener.take(3).await);
    assert_eq!(told, ["4 left @bob", "5 being @bob Bob", "6 created msg_6"]);
}

#[tokio::test]
async fn an_invite_is_for_many_and_for_14_days() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let token = ada.invite("@garden").await;
    server.visitor().signed_up("cyd", Some(&token)).await;
    server.clock.advance_days(13);
    server.visitor().signed_up("dan", Some(&token)).await;
    server.clock.advance_days(1);

    accept(&ada, &token).await.json_of(404);
    let body = json!({ "handle": "eve", "name": "Eve", "password": PASSWORD, "invite": token });
    server.visitor().post("/api/accounts", body).await.json_of(404);
    assert_eq!(spaces_of(&ada).await, ["@garden 5"]);
}

#[tokio::test]
async fn a_removed_member_does_not_return_by_an_earlier_invite() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let attic = ada.create_space("Attic").await;
    let (of_ada, of_bob) = (ada.invite("@garden").await, bob.invite("@garden").await);
    let elsewhere = ada.invite(&attic).await;
    let cyd = server.guest(&ada, "@garden", "cyd").await;
    cyd.delete(&format!("{SPACE}/beings/@cyd")).await.empty_of(204);
    cyd.post(&format!("/api/invites/{of_ada}"), json!({})).await.json_of(200);

    ada.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
    for token in [&of_ada, &of_bob] {
        bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(404);
    }
    bob.post(&format!("/api/invites/{elsewhere}"), json!({})).await.json_of(200);
    let new_token = ada.invite("@garden").await;
    bob.post(&format!("/api/invites/{new_token}"), json!({})).await.json_of(200);
}
