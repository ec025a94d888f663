//! The ways into a space.

use super::*;

async fn accept(caller: &Client, token: &str) -> Answer {
    caller.post(&format!("/api/invites/{token}"), json!({})).await
}

#[tokio::test]
async fn an_invites_link_leads_to_where_its_maker_was() {
    let (_house, ada, _) = House::with_garden().await;
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
        let mut ask = ada.post(&format!("{GARDEN}/invites"), json!({}));
        for (name, value) in headers {
            ask = ask.header(name, *value);
        }
        let invite = ask.await.json_of(201);
        let token = invite["token"].as_str().expect("a token");
        assert_eq!(invite, json!({ "token": token, "url": format!("{origin}/invites/{token}") }));
        assert!(token.len() >= 32, "{token} can be guessed");
    }
}

#[tokio::test]
async fn who_accepts_belongs_and_who_accepts_again_belongs_still() {
    let (house, ada, bob) = House::with_garden().await;
    let attic = ada.found("Attic").await;
    let token = ada.invite(&attic).await;
    let mut listener = ada.listen(&attic).await;

    let space = accept(&bob, &token).await.json_of(200);
    assert_eq!(
        (&space["id"], &space["kind"], &space["seq"]),
        (&json!("@attic"), &json!("space"), &json!(1))
    );
    assert_eq!(spaces_of(&bob).await, ["@attic 3", "@garden 3"]);
    let before = house.dump().await;
    assert_eq!(accept(&bob, &token).await.json_of(200), space);
    assert_eq!(accept(&ada, &token).await.json_of(200), space);
    assert_eq!(before.difference(&house.dump().await), [""; 0]);

    // Nobody is told that somebody came who was there already.
    ada.say(&attic, "Welcome.").await;
    assert_eq!(gists(&listener.take(2).await), ["3 being @bob Bob", "4 created msg_4"]);
}

#[tokio::test]
async fn who_has_left_comes_back_by_an_invite() {
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = ada.listen("@garden").await;
    let token = ada.invite("@garden").await;
    bob.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
    accept(&bob, &token).await.json_of(200);
    bob.say("@garden", "I was only out for a walk.").await;
    let told = gists(&listener.take(3).await);
    assert_eq!(told, ["4 left @bob", "5 being @bob Bob", "6 created msg_6"]);
}

#[tokio::test]
async fn an_invite_is_for_many_and_for_14_days() {
    let (house, ada, _) = House::with_garden().await;
    let token = ada.invite("@garden").await;
    house.visitor().signed_up("cyd", Some(&token)).await;
    house.clock.advance_days(13);
    house.visitor().signed_up("dan", Some(&token)).await;
    house.clock.advance_days(1);

    accept(&ada, &token).await.json_of(404);
    let wish = json!({ "handle": "eve", "name": "Eve", "password": PASSWORD, "invite": token });
    house.visitor().post("/api/accounts", wish).await.json_of(404);
    assert_eq!(spaces_of(&ada).await, ["@garden 5"]);
}

#[tokio::test]
async fn who_was_sent_away_does_not_come_back_by_a_link() {
    let (house, ada, bob) = House::with_garden().await;
    let attic = ada.found("Attic").await;
    let (of_ada, of_bob) = (ada.invite("@garden").await, bob.invite("@garden").await);
    let elsewhere = ada.invite(&attic).await;
    let cyd = house.guest(&ada, "@garden", "cyd").await;
    cyd.delete(&format!("{GARDEN}/beings/@cyd")).await.empty_of(204);
    cyd.post(&format!("/api/invites/{of_ada}"), json!({})).await.json_of(200);

    ada.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
    for token in [&of_ada, &of_bob] {
        bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(404);
    }
    bob.post(&format!("/api/invites/{elsewhere}"), json!({})).await.json_of(200);
    let anew = ada.invite("@garden").await;
    bob.post(&format!("/api/invites/{anew}"), json!({})).await.json_of(200);
}
