//! A command, or a query, costs what it does, not what its space holds.

use super::*;
use futures::future::join_all;

/// What was asked, how many statements that took, and how many rows they answered with.
pub type Costs = Vec<(&'static str, usize, u64)>;

/// A space of so many messages and so many AI beings, a server that has been asked of it before,
/// and every request that there is, once.
pub async fn costs(statements: &Statements, messages: usize, beings: usize) -> Costs {
    let (house, ada, bob) = House::with_garden().await;
    fill(&ada, messages, beings).await;
    let attic = ada.found("Attic").await;
    let token = ada.invite(&attic).await;
    let send = format!("{GARDEN}/intentions");
    let said = ada.post(&send, message("Hello.")).await.json_of(201);
    let number = said["seq"].as_u64().expect("a position");
    let of_ada = format!("{send}/msg_{number}");
    let middle = number / 2;
    let visitor = house.visitor();
    let sign_in = json!({ "handle": "bob", "password": PASSWORD });
    let account = json!({ "handle": "cyd", "name": "Cyd", "password": PASSWORD, "invite": token });
    let phone = visitor.clone().signed_in("bob").await;
    let none = json!({});

    let wish = message("Hello again.");
    let asks = vec![
        ("send", ada.post(&send, wish.clone())),
        ("send the same again", ada.post(&send, wish)),
        ("edit", ada.patch(&of_ada, json!({ "content": "Hello?" }))),
        ("stop what is complete", bob.post(&format!("{of_ada}/stop"), none.clone())),
        ("delete", ada.delete(&of_ada)),
        ("found a space", ada.post("/api/spaces", json!({ "name": "Cellar" }))),
        ("make an invite", ada.post(&format!("{GARDEN}/invites"), none.clone())),
        ("accept an invite", bob.post(&format!("/api/invites/{token}"), none.clone())),
        ("accept it again", bob.post(&format!("/api/invites/{token}"), none)),
        ("open an account", visitor.post("/api/accounts", account)),
        ("sign in", visitor.post("/api/session", sign_in)),
        ("sign out", phone.delete("/api/session")),
        ("rename who is in two spaces", bob.patch("/api/beings/@bob", json!({ "name": "Rob" }))),
        ("bring a being", ada.post(&format!("{GARDEN}/beings"), json!({ "name": "Zoe" }))),
        ("send a being away", ada.delete(&format!("{GARDEN}/beings/@zoe"))),
        ("who am I", ada.get("/api/session")),
        ("list two spaces", bob.get("/api/spaces")),
        ("the newest page", bob.get(&send)),
        ("an earlier page", bob.get(&format!("{send}?before=msg_{middle}&limit=3"))),
    ];
    statements.take();
    let mut costs = Vec::new();
    for (what, ask) in asks {
        assert!(ask.await.is_success(), "{what}");
        costs.push(cost(what, statements));
    }

    let since = number.to_string();
    let follow = async |since: Option<&str>| {
        let mut events = bob.follow("@garden", since).await;
        events.until_caught_up().await;
        events
    };
    follow(None).await;
    costs.push(cost("a first visit", statements));
    follow(Some(&since)).await;
    costs.push(cost("five rows missed, and nobody listens", statements));
    let _listener: Events = follow(None).await;
    let head = ada.say("@garden", "Hello.").await.seq.0;
    statements.take();
    follow(Some(&(head - 1).to_string())).await;
    costs.push(cost("one row missed, and somebody listens", statements));
    follow(Some(&head.to_string())).await;
    costs.push(cost("nothing missed, and somebody listens", statements));
    costs
}

fn cost(what: &'static str, statements: &Statements) -> (&'static str, usize, u64) {
    let run = statements.take();
    (what, run.len(), run.iter().map(|statement| statement.rows).sum())
}

pub async fn fill(ada: &Client, messages: usize, beings: usize) {
    let send = format!("{GARDEN}/intentions");
    let mut asks: Vec<Ask> = Vec::new();
    asks.extend((0..messages).map(|number| ada.post(&send, message(&format!("Hello {number}.")))));
    let named = |number| json!({ "name": format!("Sage {number}") });
    asks.extend((0..beings).map(|number| ada.post(&format!("{GARDEN}/beings"), named(number))));
    join_all(asks.into_iter().map(|ask| async { ask.await.json_of(201) })).await;
}

#[tokio::test]
async fn what_a_request_costs_is_the_same_in_a_small_space_and_in_a_large_one() {
    let statements = Statements::listen().await;
    let expected = [
        ("send", 5),
        ("send the same again", 5),
        ("edit", 6),
        ("stop what is complete", 5),
        ("delete", 6),
        ("found a space", 9),
        ("make an invite", 4),
        ("accept an invite", 7),
        ("accept it again", 5),
        ("open an account", 12),
        ("sign in", 5),
        ("sign out", 4),
        ("rename who is in two spaces", 12),
        ("bring a being", 7),
        ("send a being away", 7),
        ("who am I", 1),
        ("list two spaces", 1),
        ("the newest page", 1),
        ("an earlier page", 1),
        ("a first visit", 2),
        ("five rows missed, and nobody listens", 2),
        ("one row missed, and somebody listens", 0),
        ("nothing missed, and somebody listens", 0),
    ];
    let small = costs(&statements, 10, 1).await;
    let told: Vec<_> = small.iter().map(|(what, count, _)| (*what, *count)).collect();
    assert_eq!(told, expected);

    // 60 messages are a full page, and one more: from here on the rows are the same, too.
    let medium = costs(&statements, 60, 1).await;
    let large = costs(&statements, 3000, 60).await;
    assert_eq!(medium, large);
    let told: Vec<_> = large.iter().map(|(what, count, _)| (*what, *count)).collect();
    assert_eq!(told, expected);
}

/// A page is rendered with what it shows, and the queries for it are run once each.
async fn asks_for_nothing_twice(path: &str) {
    let statements = Statements::listen().await;
    let (_house, ada, _) = House::with_garden().await;
    // Some of it depended on how the page's parts happen to wait for each other.
    for _ in 0..20 {
        statements.take();
        assert_eq!(ada.get(path).await.status, 200);
        let mut run: Vec<_> =
            statements.take().into_iter().map(|statement| statement.sql).collect();
        run.sort_unstable();
        let all = run.clone();
        run.dedup();
        assert_eq!(run, all);
    }
}

#[tokio::test]
async fn the_home_page_asks_for_nothing_twice() {
    asks_for_nothing_twice("/").await;
}

#[tokio::test]
async fn the_page_of_a_space_asks_for_nothing_twice() {
    asks_for_nothing_twice("/spaces/@garden").await;
}
