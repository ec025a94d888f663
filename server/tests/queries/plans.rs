//! How the database finds what it is asked for: by an index, always, and within a space never by
//! looking through the whole of it.

use super::*;
use sqlx::{ConnectOptions, Row, sqlite::SqliteConnectOptions};
use std::collections::BTreeSet;

/// Whether an installation is founded; one row of an index answers it, whichever. What has expired,
/// and what an earlier server was still writing, which is swept out once, when the server starts.
/// And the providers, of which there are few.
const MAY_LOOK_THROUGH: [&str; 5] = [
    "SELECT DISTINCT space_id FROM intentions WHERE state = 'active'",
    "SELECT p.name, p.base_url, k.secret FROM providers p LEFT JOIN provider_keys k ON \
     k.provider = p.name ORDER BY p.name",
    "SELECT 1 FROM accounts LIMIT 1",
    "DELETE FROM sessions WHERE expires_at <= $1",
    "DELETE FROM invites WHERE expires_at <= $1",
];

#[tokio::test]
async fn no_statement_looks_through_a_table() {
    let statements = Statements::listen().await;
    let (house, ada, bob) = House::with_garden().await;
    costs::fill(&ada, 300, 3).await;
    let path = everything(&ada, &bob).await;
    // A server that has just started has to ask for more.
    let house = house.reopen().await;
    let (ada, bob) = (house.again(&ada), house.again(&bob));
    bob.follow("@garden", Some("msg_300")).await.until_caught_up().await;
    let house = house.reopen().await;
    house.again(&ada).get(&path).await.json_of(200);

    let run: BTreeSet<String> = statements.take().into_iter().map(|s| s.sql).collect();
    let is_asked = |sql: &&String| {
        let verb = sql.split_whitespace().next().unwrap_or_default();
        ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb)
            && !sql.contains("_sqlx_migrations")
    };
    let asked: Vec<_> = run.iter().filter(is_asked).collect();
    assert!(asked.len() > 25, "too few to be all: {asked:#?}");

    let options = SqliteConnectOptions::new().filename(house.folder.database());
    let mut connection = options.connect().await.expect("the database");
    for sql in asked {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let plan = sqlx::query(&explain).fetch_all(&mut connection).await.expect("a plan");
        for step in plan {
            is_narrow(sql, step.get("detail"));
        }
    }
}

fn is_narrow(sql: &str, step: &str) {
    if MAY_LOOK_THROUGH.contains(&sql) {
        return;
    }
    let looks_through = step.starts_with("SCAN");
    // Which space it is narrows nothing down: all that was ever said may be in one.
    let is_of_messages = step.contains("intentions");
    let looks_through_a_space = is_of_messages && !step.contains(" AND ");
    let sorts = step.contains("TEMP B-TREE") && sql.contains("FROM intentions");
    assert!(!looks_through && !looks_through_a_space && !sorts, "{step}: {sql}");
}

/// Every request, once; answers with the path of a page.
async fn everything(ada: &Client, bob: &Client) -> String {
    let send = format!("{GARDEN}/intentions");
    let first = ada.say("@garden", "Hello.").await;
    let mut reply = message("Hello yourself.");
    reply["replyTo"] = json!(first.message_id);
    let of_ada = format!("{send}/{}", first.message_id);
    let token = ada.invite(&ada.found("Attic").await).await;
    let page = format!("{send}?before=msg_100");
    let guide = json!({ "name": "Guide", "settings": { "provider": "guide" } });
    let asks = [
        bob.post(&send, reply),
        ada.patch(&of_ada, json!({ "content": "Hello?" })),
        bob.post(&format!("{of_ada}/stop"), json!({})),
        ada.delete(&of_ada),
        bob.post(&format!("/api/invites/{token}"), json!({})),
        bob.patch("/api/beings/@bob", json!({ "name": "Rob" })),
        ada.patch("/api/beings/@garden", json!({ "name": "Orchard" })),
        ada.post(&format!("{GARDEN}/beings"), json!({ "name": "Zoe" })),
        ada.delete(&format!("{GARDEN}/beings/@zoe")),
        ada.get("/api/session"),
        bob.get("/api/spaces"),
        bob.get(&page),
        ada.ask("PUT", "/api/providers/far")
            .json(json!({ "baseUrl": "http://127.0.0.1:1", "key": "k" })),
        ada.post(
            &format!("{GARDEN}/beings"),
            json!({ "name": "Far", "settings": { "provider": "far" } }),
        ),
        ada.post(&format!("{GARDEN}/beings"), guide.clone()),
        ada.post(&format!("{GARDEN}/beings"), guide.clone()),
        ada.patch("/api/beings/@guide", guide),
        ada.get("/api/beings/@guide/settings"),
        bob.get("/api/providers"),
    ];
    for ask in asks {
        let what = ask.to_string();
        assert!(ask.await.is_success(), "{what}");
    }
    answers(ada, bob).await;
    ada.delete("/api/providers/far").await.empty_of(204);
    bob.follow("@garden", None).await.until_caught_up().await;
    bob.follow("@garden", Some("300")).await.until_caught_up().await;
    page
}

/// Answers that begin, grow, end, are stopped, begin anew, and end because their being goes.
async fn answers(ada: &Client, bob: &Client) {
    let ended = async |message: u64| loop {
        let page = bob.get(&format!("{GARDEN}/intentions")).await.json_of(200);
        let rows = page["intentions"].as_array().expect("messages");
        let row = rows.iter().find(|row| row["messageId"] == format!("msg_{message}"));
        if row.expect("the answer")["state"] != "active" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let first = bob.say("@garden", "@guide @far: how do I invite somebody?").await.seq.0 + 1;
    ended(first).await;
    ended(first + 1).await;
    let answer = format!("{GARDEN}/intentions/msg_{first}");
    ada.post(&format!("{answer}/retry"), json!({})).await.json_of(200);
    assert_eq!(bob.post(&format!("{answer}/stop"), json!({})).await.status, 204);
    ada.post(&format!("{answer}/retry"), json!({})).await.json_of(200);
    assert_eq!(ada.delete(&format!("{GARDEN}/beings/@guide")).await.status, 204);
    ended(first).await;
}
