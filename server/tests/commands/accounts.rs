//! Accounts and sessions.

use super::*;

fn account(handle: &str, invite: Option<&str>) -> Value {
    let name = "Somebody";
    json!({ "handle": handle, "name": name, "password": PASSWORD, "invite": invite })
}

#[tokio::test]
async fn the_first_account_needs_no_invite_and_administers() {
    let house = House::open().await;
    let wish = json!({ "handle": "Ada", "name": " Ada Lovelace ", "password": PASSWORD });
    let answer = house.visitor().post("/api/accounts", wish).await;
    let cookie = answer.cookie();
    let ada = answer.json_of(201);
    let expected = json!({ "id": "@ada", "name": "Ada Lovelace", "kind": "person", "hue": 205 });
    assert_eq!(ada, expected);
    assert_eq!(
        house.folder.texts("SELECT being_id FROM accounts WHERE administers").await,
        ["@ada"]
    );

    let ada = house.visitor().with_cookie(cookie);
    assert_eq!(ada.get("/api/session").await.json_of(200), expected);
    assert_eq!(spaces_of(&ada).await, [""; 0]);
}

#[tokio::test]
async fn every_later_account_joins_the_space_that_it_was_invited_to() {
    let (house, ada, bob) = House::with_garden().await;
    let mut listener = ada.listen("@garden").await;
    assert_eq!(spaces_of(&bob).await, ["@garden 3"]);
    house.guest(&bob, "@garden", "cyd").await;
    assert_eq!(listener.one().await.gist(), "4 being @cyd Cyd");
    let administer = "SELECT being_id FROM accounts WHERE administers";
    assert_eq!(house.folder.texts(administer).await, ["@ada"]);
}

/// Two who come at once are two accounts, and one of them is the first.
#[tokio::test]
async fn of_many_first_accounts_at_once_one_is_opened() {
    let house = House::open().await;
    let asks = ["ada", "bob", "cyd"].map(|handle| {
        let ask = house.visitor().post("/api/accounts", account(handle, None));
        async { ask.await }
    });
    let answers = futures::future::join_all(asks).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403]);
    assert_eq!(house.folder.texts("SELECT id FROM beings").await.len(), 1);
}

#[tokio::test]
async fn a_cookie_is_for_this_site_and_out_of_reach_for_scripts() {
    let (house, ada, _) = House::with_garden().await;
    let token = ada.invite("@garden").await;
    for (proto, secure) in [(None, false), (Some("http"), false), (Some("https"), true)] {
        let visitor = house.visitor();
        let handle = format!("by-{}", proto.unwrap_or("nothing"));
        let asks = [
            visitor.post("/api/accounts", account(&handle, Some(&token))),
            visitor.post("/api/session", json!({ "handle": handle, "password": PASSWORD })),
        ];
        for ask in asks {
            let ask = proto.into_iter().fold(ask, |ask, p| ask.header("x-forwarded-proto", p));
            let answer = ask.await;
            let cookie = answer.header("set-cookie").expect("a cookie");
            let mut attributes: Vec<_> = cookie.split("; ").skip(1).collect();
            attributes.sort_unstable();
            let mut expected = vec!["HttpOnly", "Max-Age=15552000", "Path=/", "SameSite=Lax"];
            expected.extend(secure.then_some("Secure"));
            assert_eq!(attributes, expected, "{proto:?}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_begins_a_session_and_a_sign_out_ends_that_one_only() {
    let (house, ada, _) = House::with_garden().await;
    for handle in ["ada", "@ada", " ADA"] {
        let wish = json!({ "handle": handle, "password": PASSWORD });
        let answer = house.visitor().post("/api/session", wish).await;
        let phone = house.visitor().with_cookie(answer.cookie());
        assert_eq!(answer.of::<Being>(200).id.as_str(), "@ada");

        phone.get("/api/spaces").await.json_of(200);
        let answer = phone.delete("/api/session").await;
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        assert!(
            cookie.starts_with("rhizome_session=;") && cookie.contains("Max-Age=0"),
            "{cookie}"
        );
        answer.empty_of(204);
        phone.get("/api/spaces").await.json_of(401);
        ada.get("/api/spaces").await.json_of(200);
    }
}

#[tokio::test]
async fn a_session_outlives_the_server_and_lasts_for_180_days() {
    let (house, ada, _) = House::with_garden().await;
    let house = house.reopen().await;
    let ada = house.again(&ada);
    house.clock.advance_days(179);
    ada.get("/api/session").await.json_of(200);
    house.clock.advance_days(1);
    ada.get("/api/session").await.json_of(401);
    // Who signs in again finds everything where it was.
    assert_eq!(spaces_of(&house.visitor().signed_in("ada").await).await, ["@garden 3"]);
}

#[tokio::test]
async fn no_secret_is_in_the_database() {
    let (house, ada, bob) = House::with_garden().await;
    let invite = ada.invite("@garden").await;
    bob.post(&format!("/api/invites/{invite}"), json!({})).await.json_of(200);
    let phone = house.visitor().signed_in("bob").await;
    let dump = house.dump().await;
    for secret in [ada.token(), bob.token(), phone.token(), &invite, PASSWORD] {
        assert_eq!(dump.rows_with(secret), [""; 0]);
    }
    // The same password twice is two hashes.
    let hashes = house.folder.texts("SELECT DISTINCT password_hash FROM accounts").await;
    assert_eq!(hashes.len(), 2);
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$")), "{hashes:?}");
}
