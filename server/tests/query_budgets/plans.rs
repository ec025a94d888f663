//! Query plans: every query uses an index, and within a space none scans the whole of it.

use super::*;
use sqlx::{ConnectOptions, Row, sqlite::SqliteConnectOptions};
use std::collections::BTreeSet;

/// The exceptions: whether there is an account, for which any one row of an index will do; expired
/// rows, and the active answers of an earlier server, which are cleared once at the start; what that has not
/// indexed, which is looked for once; and the providers, and the messages to index again, which are few.
const MAY_SCAN: [&str; 9] = [
    "SELECT version FROM search_version",
    "SELECT c.space_id, c.number, s.number, i.content, i.owner_id, \
     i.state <> 'active' AND i.is_deleted = 0 FROM search_changed c \
     CROSS JOIN search_spaces s CROSS JOIN intentions i WHERE s.space_id = c.space_id \
     AND i.space_id = c.space_id AND i.number = c.number LIMIT $1",
    "SELECT s.space_id FROM search_spaces s \
     CROSS JOIN spaces p WHERE p.id = s.space_id AND p.head > s.indexed_up_to",
    "SELECT space_id, number FROM intentions WHERE state = 'active' ORDER BY space_id, number",
    "SELECT p.name, p.base_url, p.silence_seconds, p.answer_seconds, p.key_header, k.secret \
     FROM providers p LEFT JOIN provider_keys k ON k.provider = p.name ORDER BY p.name",
    "SELECT 1 FROM accounts LIMIT 1",
    // What refers to the space is looked for by its key, and the first row would end it.
    "DELETE FROM spaces WHERE id = $1 AND (SELECT number FROM intentions WHERE space_id = $1 \
     AND number <= 9223372036854775807 ORDER BY number LIMIT 1) IS NULL",
    "DELETE FROM sessions WHERE expires_at <= $1",
    "DELETE FROM invites WHERE expires_at <= $1",
];

#[tokio::test]
async fn no_statement_scans_a_table() {
    let statements = Statements::listen().await;
    let (server, ada, bob) = TestServer::with_two_members().await;
    costs::fill(&ada, 300, 3).await;
    let path = everything(&ada, &bob).await;
    // A server with cold caches runs more queries.
    let server = server.reopen().await;
    let (ada, bob) = (server.again(&ada), server.again(&bob));
    bob.follow("@garden", Some("msg_300")).await.until_caught_up().await;
    let server = server.reopen().await;
    server.again(&ada).get(&path).await.json_of(200);

    let visits = statements.take_all().into_iter();
    let run = visits.flat_map(|visit| visit.statements());
    let run: BTreeSet<String> = run.map(|sql| sql.replace("/* index */ ", "")).collect();
    let is_asked = |sql: &&String| {
        let verb = sql.split_whitespace().next().unwrap_or_default();
        ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb)
            && !sql.contains("_sqlx_migrations")
    };
    let asked: Vec<_> = run.iter().filter(is_asked).collect();
    assert!(asked.len() > 25, "too few to be all: {asked:#?}");

    let options = SqliteConnectOptions::new().filename(server.folder.database());
    let mut connection = options.connect().await.expect("the database");
    for sql in asked {
        // Each statement is explained alone, so its parameters are numbered from 1.
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let plan = sqlx::query(&explain).fetch_all(&mut connection).await.expect("a plan");
        for step in plan {
            assert_indexed(sql, step.get("detail"));
        }
    }
}

fn assert_indexed(sql: &str, step: &str) {
    if MAY_SCAN.contains(&sql) {
        return;
    }
    // A list that is a parameter of the statement is scanned; it is as long as the request.
    let scans = step.starts_with("SCAN")
        && !step.contains("VIRTUAL TABLE")
        && !step.contains("VALUES CLAUSE")
        // What an inner query with a limit has found.
        && step != "SCAN f";
    // The space alone is not selective: all messages may be in one.
    let is_of_messages = step.contains("intentions");
    let scans_a_space = is_of_messages && !step.contains(" AND ");
    let sorts = step.contains("TEMP B-TREE") && sql.contains("FROM intentions");
    // A reaction does not read its message.
    let reads_a_message = step.contains("USING INDEX") && sql.contains("INDEXED BY");
    assert!(!scans && !scans_a_space && !sorts && !reads_a_message, "{step}: {sql}");
}

/// Sends every request once; returns the path of a page.
async fn everything(ada: &Client, bob: &Client) -> String {
    let send = format!("{SPACE}/intentions");
    let first = ada.say("@garden", "Hello.").await;
    let mut reply = message("Hello yourself.");
    reply["replyTo"] = json!(first.message_id);
    let of_ada = format!("{send}/{}", first.message_id);
    let reaction = format!("{of_ada}/reactions/%F0%9F%8C%B1");
    let token = ada.invite(&ada.create_space("Attic").await).await;
    let page = format!("{send}?before=msg_100");
    let guide = json!({ "name": "Guide", "settings": { "provider": "guide" } });
    let requests = [
        bob.post(&send, reply),
        ada.patch(&of_ada, json!({ "content": "Hello?" })),
        bob.post(&format!("{of_ada}/stop"), json!({})),
        bob.ask("PUT", &reaction),
        bob.ask("PUT", &reaction),
        bob.delete(&reaction),
        ada.delete(&of_ada),
        bob.post(&format!("/api/invites/{token}"), json!({})),
        bob.patch("/api/beings/@bob", json!({ "name": "Rob" })),
        ada.patch("/api/beings/@garden", json!({ "name": "Orchard" })),
        ada.post(&format!("{SPACE}/beings"), json!({ "name": "Zoe" })),
        ada.delete(&format!("{SPACE}/beings/@zoe")),
        ada.get("/api/session"),
        bob.get("/api/spaces"),
        bob.get(&page),
        bob.get(&format!("{send}?after=msg_100")),
        bob.get(&format!("{send}?around=msg_100")),
        bob.get(&format!("{send}/msg_100")),
        bob.get("/api/search?q=hello&by=@ada&spaceId=@garden"),
        bob.get("/api/search?q=hello"),
        bob.get("/search?q=hello"),
        bob.ask("PUT", &format!("{SPACE}/read")).json(json!({ "upTo": "msg_200" })),
        bob.ask("PUT", &format!("{SPACE}/level")).json(json!({ "level": "everything" })),
        ada.post(&send, message("@bob, @everyone")),
        ada.ask("PUT", "/api/providers/far")
            .json(json!({ "baseUrl": "http://127.0.0.1:1", "key": "k", "silenceSeconds": 9 })),
        ada.post(
            &format!("{SPACE}/beings"),
            json!({ "name": "Far", "settings": { "provider": "far" } }),
        ),
        ada.post(&format!("{SPACE}/beings"), guide.clone()),
        ada.post(&format!("{SPACE}/beings"), guide.clone()),
        ada.patch("/api/beings/@guide", guide),
        ada.get("/api/beings/@guide/settings"),
        bob.get("/api/providers"),
        ada.patch("/api/spaces/@attic", json!({ "topic": "Beds", "open": true })),
        bob.get("/api/directory?q=bed"),
        bob.get("/api/directory?after=@a"),
        bob.post("/api/spaces/@attic/join", json!({})),
        bob.post("/api/direct", json!({ "beings": ["@ada"] })),
        bob.post("/api/direct", json!({ "beings": ["@ada"] })),
        bob.patch("/api/beings/@bob", json!({ "name": "Bob" })),
        ada.delete("/api/spaces/@attic"),
    ];
    for request in requests {
        let name = request.to_string();
        assert!(request.await.is_success(), "{name}");
    }
    answers(ada, bob).await;
    ada.delete("/api/providers/far").await.empty_of(204);
    bob.follow("@garden", None).await.until_caught_up().await;
    bob.follow("@garden", Some("300")).await.until_caught_up().await;
    inboxes(ada, bob).await;
    page
}

/// Answers that begin, stream, end, are stopped, are retried, and end because their being is
/// removed.
async fn answers(ada: &Client, bob: &Client) {
    let ended = async |message: u64| loop {
        let page = bob.get(&format!("{SPACE}/intentions")).await.json_of(200);
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
    let answer = format!("{SPACE}/intentions/msg_{first}");
    let of_far = format!("{SPACE}/intentions/msg_{first}");
    ada.get(&format!("{of_far}/failure")).await.json_of(200);
    ada.post(&format!("{answer}/retry"), json!({})).await.json_of(200);
    ada.get(&format!("{answer}/versions")).await.json_of(200);
    assert_eq!(bob.post(&format!("{answer}/stop"), json!({})).await.status, 204);
    ada.post(&format!("{answer}/retry"), json!({})).await.json_of(200);
    assert_eq!(ada.delete(&format!("{SPACE}/beings/@guide")).await.status, 204);
    ended(first).await;
}

/// Every query of an inbox, of which the last is that of what is new.
async fn inboxes(ada: &Client, bob: &Client) {
    for path in ["/api/inbox", "/api/inbox?since=1"] {
        let mut inbox = bob.get(path).stream().await;
        while !inbox.next_text().await.expect("an event").contains("space-heads") {}
        ada.say("@garden", "What is new?").await;
        while !inbox.next_text().await.expect("an event").contains("space-heads") {}
    }
}
