//! Accounts and sessions.

use super::*;

fn account(handle: &str, invite: Option<&str>) -> Value {
    let name = "Somebody";
    json!({ "handle": handle, "name": name, "password": PASSWORD, "invite": invite })
}

#[tokio::test]
async fn the_first_account_needs_no_invite_and_is_an_administrator() {
    let server = TestServer::open().await;
    let body = json!({ "handle": "Ada", "name": " Ada Lovelace ", "password": PASSWORD });
    let answer = server.visitor().post("/api/accounts", body).await;
    let cookie = answer.cookie();
    let ada = answer.json_of(201);
    let expected = json!({ "id": "@ada", "name": "Ada Lovelace", "kind": "person", "hue": 205 });
    assert_eq!(ada, expected);
    assert_eq!(
        server.folder.texts("SELECT being_id FROM accounts WHERE administers <> 0").await,
        ["@ada"]
    );

    let ada = server.visitor().with_cookie(cookie);
    assert_eq!(ada.get("/api/session").await.json_of(200), expected);
    assert_eq!(spaces_of(&ada).await, [""; 0]);
}

#[tokio::test]
async fn every_later_account_joins_the_space_that_it_was_invited_to() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = ada.listen("@garden").await;
    assert_eq!(spaces_of(&bob).await, ["@garden 3"]);
    server.guest(&bob, "@garden", "cyd").await;
    assert_eq!(listener.one().await.gist(), "4 being @cyd Cyd");
    let administer = "SELECT being_id FROM accounts WHERE administers <> 0";
    assert_eq!(server.folder.texts(administer).await, ["@ada"]);
}

/// Two sign-ups at the same time: exactly one of them is the first.
#[tokio::test]
async fn of_many_concurrent_first_accounts_one_is_created() {
    let server = TestServer::open().await;
    let requests = ["ada", "bob", "cyd"].map(|handle| {
        let request = server.visitor().post("/api/accounts", account(handle, None));
        async { request.await }
    });
    let answers = futures::future::join_all(requests).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403]);
    assert_eq!(server.folder.texts("SELECT id FROM beings").await.len(), 1);
}

#[tokio::test]
async fn a_cookie_is_for_this_site_only_and_hidden_from_scripts() {
    let (server, ada, _) = TestServer::with_two_members().await;
    let token = ada.invite("@garden").await;
    for (proto, secure) in [(None, false), (Some("http"), false), (Some("https"), true)] {
        let visitor = server.visitor();
        let handle = format!("by-{}", proto.unwrap_or("nothing"));
        let requests = [
            visitor.post("/api/accounts", account(&handle, Some(&token))),
            visitor.post("/api/session", json!({ "handle": handle, "password": PASSWORD })),
        ];
        for request in requests {
            let request = proto
                .into_iter()
                .fold(request, |request, p| request.header("x-forwarded-proto", p));
            let answer = request.await;
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
    let (server, ada, _) = TestServer::with_two_members().await;
    for handle in ["ada", "@ada", " ADA"] {
        let body = json!({ "handle": handle, "password": PASSWORD });
        let answer = server.visitor().post("/api/session", body).await;
        let phone = server.visitor().with_cookie(answer.cookie());
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
    let (server, ada, _) = TestServer::with_two_members().await;
    let server = server.reopen().await;
    let ada = server.again(&ada);
    server.clock.advance_days(179);
    ada.get("/api/session").await.json_of(200);
    server.clock.advance_days(1);
    ada.get("/api/session").await.json_of(401);
    // After another sign-in everything is as before.
    assert_eq!(spaces_of(&server.visitor().signed_in("ada").await).await, ["@garden 3"]);
}

#[tokio::test]
async fn no_secret_is_in_the_database() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let invite = ada.invite("@garden").await;
    bob.post(&format!("/api/invites/{invite}"), json!({})).await.json_of(200);
    let phone = server.visitor().signed_in("bob").await;
    let dump = server.dump().await;
    for secret in [ada.token(), bob.token(), phone.token(), &invite, PASSWORD] {
        assert_eq!(dump.rows_with(secret), [""; 0]);
    }
    // Two accounts with the same password have different hashes.
    let hashes = server.folder.texts("SELECT DISTINCT password_hash FROM accounts").await;
    assert_eq!(hashes.len(), 2);
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$")), "{hashes:?}");
}
