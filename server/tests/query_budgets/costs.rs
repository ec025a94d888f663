//! The cost of a command or a query depends on what it does, not on the size of its space.

use super::*;
use futures::future::join_all;
use protocol::limits::CONTENT_MAX_CHARACTERS;

/// A request, the number of its statements, and the number of rows they returned.
pub type Costs = Vec<(&'static str, usize, u64)>;

/// Runs every request once in a space of this many messages and AI beings, on a server with warm
/// caches.
pub async fn costs(statements: &Statements, messages: usize, beings: usize) -> Costs {
    let (server, ada, bob) = TestServer::with_two_members().await;
    fill(&ada, messages, beings).await;
    let attic = ada.create_space("Attic").await;
    let token = ada.invite(&attic).await;
    let send = format!("{SPACE}/intentions");
    let sent = ada.post(&send, message("Hello.")).await.json_of(201);
    let number = sent["seq"].as_u64().expect("a position");
    let of_ada = format!("{send}/msg_{number}");
    let reaction = format!("{of_ada}/reactions/%F0%9F%8C%B1");
    let middle = number / 2;
    let visitor = server.visitor();
    let sign_in = json!({ "handle": "bob", "password": PASSWORD });
    let account = json!({ "handle": "cyd", "name": "Cyd", "password": PASSWORD, "invite": token });
    let phone = visitor.clone().signed_in("bob").await;
    let none = json!({});
    let (read, level) = (format!("{SPACE}/read"), format!("{SPACE}/level"));

    let body = message("Hello again.");
    let requests = vec![
        ("send", ada.post(&send, body.clone())),
        ("send the same again", ada.post(&send, body)),
        ("edit", ada.patch(&of_ada, json!({ "content": "Hello?" }))),
        ("stop a complete message", bob.post(&format!("{of_ada}/stop"), none.clone())),
        ("react", bob.ask("PUT", &reaction)),
        ("react in the same way again", bob.ask("PUT", &reaction)),
        ("take it back", bob.delete(&reaction)),
        ("delete", ada.delete(&of_ada)),
        ("create a space", ada.post("/api/spaces", json!({ "name": "Cellar" }))),
        ("create an invite", ada.post(&format!("{SPACE}/invites"), none.clone())),
        ("accept an invite", bob.post(&format!("/api/invites/{token}"), none.clone())),
        ("accept it again", bob.post(&format!("/api/invites/{token}"), none)),
        ("create an account", visitor.post("/api/accounts", account)),
        ("sign in", visitor.post("/api/session", sign_in)),
        ("sign out", phone.delete("/api/session")),
        ("read", bob.ask("PUT", &read).json(json!({ "upTo": format!("msg_{middle}") }))),
        ("read it again", bob.ask("PUT", &read).json(json!({ "upTo": format!("msg_{middle}") }))),
        ("choose a level", bob.ask("PUT", &level).json(json!({ "level": "nothing" }))),
        ("rename a member of two spaces", bob.patch("/api/beings/@bob", json!({ "name": "Rob" }))),
        ("add a being", ada.post(&format!("{SPACE}/beings"), json!({ "name": "Zoe" }))),
        ("remove a being", ada.delete(&format!("{SPACE}/beings/@zoe"))),
        ("the session", ada.get("/api/session")),
        ("list two spaces", bob.get("/api/spaces")),
        ("the newest page", bob.get(&send)),
        ("an earlier page", bob.get(&format!("{send}?before=msg_{middle}&limit=3"))),
        ("a later page", bob.get(&format!("{send}?after=msg_{middle}&limit=3"))),
        ("what follows the newest message", bob.get(&format!("{send}?after=msg_{number}"))),
        ("a page around a message", bob.get(&format!("{send}?around=msg_{middle}&limit=3"))),
        ("a page around what is ahead of the head", bob.get(&format!("{send}?around=msg_9999999"))),
        ("a message", bob.get(&format!("{send}/msg_{middle}"))),
        ("give it a topic", ada.patch(SPACE, json!({ "topic": "Beds", "open": true }))),
        ("find an open space", bob.get("/api/directory?q=beds")),
        ("join it again", bob.post(&format!("{SPACE}/join"), json!({}))),
        ("begin a direct space", bob.post("/api/direct", json!({ "beings": ["@ada"] }))),
        ("begin it again", bob.post("/api/direct", json!({ "beings": ["@ada"] }))),
    ];
    statements.take();
    let mut costs = Vec::new();
    for (name, request) in requests {
        assert!(request.await.is_success(), "{name}");
        costs.push(cost(name, statements));
    }

    let since = number.to_string();
    let follow = async |since: Option<&str>| {
        let mut events = bob.follow("@garden", since).await;
        events.until_caught_up().await;
        events
    };
    follow(None).await;
    costs.push(cost("a first visit", statements));
    bob.get("/api/inbox").stream().await.next_text().await;
    costs.push(cost("a first visit of an inbox of two spaces", statements));
    bob.get("/api/inbox?since=3").stream().await.next_text().await;
    costs.push(cost("two changes of an inbox missed", statements));
    follow(Some(&since)).await;
    costs.push(cost("five rows missed, without listeners", statements));
    let _listener: Events = follow(None).await;
    let head = ada.say("@garden", "Hello.").await.seq.0;
    statements.take();
    follow(Some(&(head - 1).to_string())).await;
    costs.push(cost("one row missed, with a listener", statements));
    follow(Some(&head.to_string())).await;
    costs.push(cost("nothing missed, with a listener", statements));
    costs
}

fn cost(name: &'static str, statements: &Statements) -> (&'static str, usize, u64) {
    let run = statements.take();
    (name, run.len(), run.iter().map(|statement| statement.rows).sum())
}

pub async fn fill(ada: &Client, messages: usize, beings: usize) {
    let send = format!("{SPACE}/intentions");
    let mut requests: Vec<TestRequest> = Vec::new();
    requests
        .extend((0..messages).map(|number| ada.post(&send, message(&format!("Hello {number}.")))));
    let named = |number| json!({ "name": format!("Sage {number}") });
    requests.extend((0..beings).map(|number| ada.post(&format!("{SPACE}/beings"), named(number))));
    join_all(requests.into_iter().map(|request| async { request.await.json_of(201) })).await;
}

#[tokio::test]
async fn a_request_costs_the_same_in_a_small_space_and_in_a_large_one() {
    let statements = Statements::listen().await;
    let expected = [
        ("send", 1),
        ("send the same again", 3),
        ("edit", 4),
        ("stop a complete message", 4),
        ("react", 4),
        ("react in the same way again", 3),
        ("take it back", 4),
        ("delete", 4),
        ("create a space", 8),
        ("create an invite", 3),
        ("accept an invite", 6),
        ("accept it again", 5),
        ("create an account", 11),
        ("sign in", 5),
        ("sign out", 4),
        ("read", 4),
        ("read it again", 3),
        ("choose a level", 4),
        ("rename a member of two spaces", 9),
        ("add a being", 5),
        ("remove a being", 6),
        ("the session", 1),
        ("list two spaces", 1),
        ("the newest page", 1),
        ("an earlier page", 1),
        ("a later page", 1),
        ("what follows the newest message", 1),
        ("a page around a message", 1),
        ("a page around what is ahead of the head", 1),
        ("a message", 1),
        ("give it a topic", 4),
        ("find an open space", 1),
        ("join it again", 3),
        ("begin a direct space", 14),
        ("begin it again", 8),
        ("a first visit", 2),
        ("a first visit of an inbox of two spaces", 3),
        ("two changes of an inbox missed", 3),
        ("five rows missed, without listeners", 1),
        ("one row missed, with a listener", 0),
        ("nothing missed, with a listener", 0),
    ];
    let small = costs(&statements, 10, 1).await;
    let counts: Vec<_> = small.iter().map(|(name, count, _)| (*name, *count)).collect();
    assert_eq!(counts, expected);

    // 60 messages are a full page and one more: from here on the rows are the same, too.
    let medium = costs(&statements, 60, 1).await;
    let large = costs(&statements, 3000, 60).await;
    assert_eq!(medium, large);
    let counts: Vec<_> = large.iter().map(|(name, count, _)| (*name, *count)).collect();
    assert_eq!(counts, expected);
}

/// The message is not read, however long it is.
#[tokio::test]
async fn a_reaction_costs_the_same_to_a_short_message_and_to_a_long_one() {
    let statements = Statements::listen().await;
    let (_server, ada, bob) = TestServer::with_two_members().await;
    // His session is remembered from here on.
    bob.get("/api/session").await.json_of(200);
    let mut costs = Vec::new();
    for characters in [1, CONTENT_MAX_CHARACTERS] {
        let said = ada.say("@garden", &"é".repeat(characters)).await;
        statements.take();
        let reaction = format!("{SPACE}/intentions/{}/reactions/%F0%9F%8C%B1", said.message_id);
        bob.ask("PUT", &reaction).await.json_of(200);
        costs.push(statements.take().into_iter().map(|it| (it.sql, it.rows)).collect::<Vec<_>>());
    }
    assert_eq!(costs[0], costs[1]);
    let is_asked = |(sql, _): &&(String, u64)| sql.contains("FROM intentions");
    assert!(costs[0].iter().filter(is_asked).all(|(sql, _)| sql.contains("INDEXED BY")));
}

/// A page runs each query that it needs once.
async fn runs_no_query_twice(path: &str) {
    let statements = Statements::listen().await;
    let (_server, ada, _) = TestServer::with_two_members().await;
    // How often it ran a query depended on how the parts of the page waited for each other.
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
async fn the_home_page_runs_no_query_twice() {
    runs_no_query_twice("/").await;
}

#[tokio::test]
async fn the_page_of_a_space_runs_no_query_twice() {
    runs_no_query_twice("/spaces/@garden").await;
}

/// A message costs the same, however many may read it: what is unread is counted when it is asked.
#[tokio::test]
async fn a_mention_is_written_with_its_message_and_so_is_everyone() {
    let statements = Statements::listen().await;
    let (server, ada, _) = TestServer::with_two_members().await;
    for number in 0..5 {
        server.guest(&ada, "@garden", &format!("guest{number}")).await;
    }
    for (text, rows) in [("Hello.", 0), ("Hello @bob.", 1), ("Hello @everyone.", 1)] {
        let before = server.folder.texts("SELECT being_id FROM mentions").await.len();
        statements.take();
        ada.say("@garden", text).await;
        assert_eq!(statements.take().len(), 1, "{text}");
        let after = server.folder.texts("SELECT being_id FROM mentions").await.len();
        assert_eq!(after - before, rows, "{text}");
    }
}

#[tokio::test]
async fn an_inbox_of_fifty_spaces_is_one_query() {
    let statements = Statements::listen().await;
    let (server, ada, _) = TestServer::with_two_members().await;
    for number in 1..50 {
        let space = ada.create_space(&format!("Space {number}")).await;
        ada.say(&space, "Hello.").await;
    }
    statements.take();
    let (_, inbox) =
        server.app_state.store.inbox(&"@ada".parse().expect("an id")).await.expect("it");
    assert_eq!(inbox.spaces.len(), 50);
    let run = statements.take();
    assert_eq!((run.len(), run[0].rows), (1, 50));
}

pub async fn until_indexed(server: &TestServer) {
    let behind = "SELECT s.space_id FROM search_spaces s JOIN spaces p ON p.id = s.space_id \
         WHERE p.head > s.indexed_up_to";
    while !server.folder.texts(behind).await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// However many have said what it shows: their names are one query.
#[tokio::test]
async fn the_page_of_a_search_runs_no_query_twice() {
    let statements = Statements::listen().await;
    let (server, ada, _) = TestServer::with_two_members().await;
    let mut costs = Vec::new();
    for number in 0..12 {
        let guest = server.guest(&ada, "@garden", &format!("guest{number}")).await;
        guest.say("@garden", "Hello.").await;
        if number == 1 || number == 11 {
            until_indexed(&server).await;
            statements.take();
            let page = ada.get("/search?q=hello").await;
            assert_eq!((page.status, page.text.matches("<li>").count()), (200, number + 1));
            let mut run: Vec<_> = statements.take().into_iter().map(|it| it.sql).collect();
            run.sort_unstable();
            let all = run.clone();
            run.dedup();
            assert_eq!(run, all);
            costs.push(all);
        }
    }
    assert_eq!(costs[0], costs[1]);
}

/// Once everything is indexed: the spaces, the index, the messages, in one snapshot.
#[tokio::test]
async fn a_search_costs_the_same_in_a_small_space_and_in_a_large_one() {
    let statements = Statements::listen().await;
    for messages in [10, 600] {
        let (server, ada, bob) = TestServer::with_two_members().await;
        fill(&ada, messages, 1).await;
        until_indexed(&server).await;
        statements.take();
        bob.get("/api/search?q=hello&limit=5").await.json_of(200);
        let run = statements.take();
        let rows: u64 = run.iter().map(|statement| statement.rows).sum();
        assert_eq!((run.len(), rows), (4, 8), "{messages}");
    }
}
