//! How the database finds what it is asked for: by an index, always, and within a space never by
//! looking through the whole of it.

use super::*;
use sqlx::{ConnectOptions, Row, sqlite::SqliteConnectOptions};
use std::collections::BTreeSet;

/// Whether an installation is founded; one row of an index answers it, whichever. And what has
/// expired, which is swept out once, when the server starts.
const MAY_LOOK_THROUGH: [&str; 3] = [
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
    let looks_through = step.starts_with("SCAN") && !MAY_LOOK_THROUGH.contains(&sql);
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
    ];
    for ask in asks {
        let what = ask.to_string();
        assert!(ask.await.is_success(), "{what}");
    }
    bob.follow("@garden", None).await.until_caught_up().await;
    bob.follow("@garden", Some("300")).await.until_caught_up().await;
    page
}
