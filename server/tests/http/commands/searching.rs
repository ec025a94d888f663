//! Searching, by the API and on its page.

use protocol::SearchAnswer;

use super::*;

/// What a search finds, as `garden 4`, and where the next page begins.
async fn found(client: &Client, query: &str) -> (Vec<String>, Option<String>) {
    let answer: SearchAnswer = client.get(&format!("/api/search?{query}")).await.of(200);
    let hit = |hit: &protocol::SearchHit| {
        format!("{} {}", &hit.space_id.as_str()[1..], hit.intention.message_id.0)
    };
    (answer.hits.iter().map(hit).collect(), answer.next)
}

/// The page of a search, without the marks that a renderer leaves between texts.
async fn page(client: &Client, query: &str) -> TestResponse {
    let mut page = client.get(&format!("/search{query}")).await;
    page.text = page.text.replace("<!>", "");
    page
}

/// The excerpts on a page, as HTML without the elements around plain text.
fn excerpts(page: &TestResponse) -> Vec<String> {
    let after = page.text.split("<span dir=\"auto\" class=\"excerpt\">").skip(1);
    let excerpt = |html: &str| {
        let html = html.split("</span></a>").next().unwrap_or_default();
        html.replace("<span>", "").replace("</span>", "")
    };
    after.map(excerpt).collect()
}

#[tokio::test]
async fn a_search_finds_what_was_said_and_says_where_it_fits() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.create_space("Attic").await;
    ada.say("@garden", "Herr Müller kommt").await;
    server.clock.advance_seconds(1);
    ada.say("@attic", "muller, Müller").await;
    server.clock.advance_seconds(1);
    bob.say("@garden", "我明天在上海吃饭").await;
    for (client, query, expected) in [
        (&ada, "q=muller", vec!["attic 3", "garden 4"]),
        (&bob, "q=muller", vec!["garden 4"]),
        (&ada, "q=M%C3%9CLL", vec!["attic 3", "garden 4"]),
        (&ada, "q=muller&spaceId=@garden", vec!["garden 4"]),
        (&ada, "q=m&by=@bob", vec![]),
        (&ada, "q=%E4%B8%8A%E6%B5%B7&by=@bob", vec!["garden 5"]),
        // Nobody learns by a search which handles exist.
        (&ada, "q=m&by=@nobody", vec![]),
        (&ada, "q=k", vec!["garden 4"]),
        (&ada, "q=%22kommt%20m%22", vec![]),
    ] {
        assert_eq!(
            found(client, query).await,
            (expected.into_iter().map(str::to_owned).collect(), None),
            "{query}"
        );
    }
    let answer = ada.get("/api/search?q=muller&spaceId=@attic").await.json_of(200);
    assert_eq!(answer["hits"][0]["matches"], json!([[0, 6], [8, 15]]));
    assert_eq!(answer["hits"][0]["intention"]["content"], "muller, Müller");
}

#[tokio::test]
async fn a_search_comes_in_pages() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    for number in 0..7 {
        ada.say("@garden", &format!("Number {number}")).await;
    }
    let (mut all, mut next) = (vec![], String::new());
    loop {
        let (hits, more) = found(&bob, &format!("q=number&limit=3{next}")).await;
        assert!(hits.len() <= 3);
        all.extend(hits);
        let Some(more) = more else { break };
        next = format!("&before={more}");
    }
    let expected: Vec<_> = (4..11).rev().map(|number| format!("garden {number}")).collect();
    assert_eq!(all, expected);
    // More than a page may have is as much as it may have.
    assert_eq!(found(&bob, "q=number&limit=1000000").await, (expected, None));
    // Where a page begins says nothing about spaces of others, nor beyond what is there.
    for before in ["99.4", "1.0", "1.18446744073709551615", "99.1_4294967295.1"] {
        bob.get(&format!("/api/search?q=number&before={before}")).await.json_of(200);
    }
}

#[tokio::test]
async fn a_result_is_marked_escaped_and_leads_to_its_message() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let said = ada.say("@garden", "<script>alert('garden')</script> & \"garden\"").await;
    let shown = page(&bob, "?q=garden").await;
    assert_eq!(shown.status, 200);
    assert!(!shown.text.contains("<script>alert"), "{}", shown.text);
    assert_eq!(
        excerpts(&shown),
        ["&lt;script&gt;alert('<mark>garden</mark>')&lt;/script&gt; &amp; \"<mark>garden</mark>\""]
    );
    let link = format!("href=\"/spaces/@garden?at={}\"", said.message_id);
    assert!(shown.text.contains(&link), "{}", shown.text);
    assert!(shown.text.contains(">Ada</bdi>") && shown.text.contains(">Garden</bdi>"));
    assert!(shown.text.contains("2026-11-23 04:25 UTC"));
    ada.say("@garden", "# The *shed*\n[its `key`](https://a.example/shed) <i>there</i>").await;
    let read = page(&bob, "?q=key%20shed").await;
    assert_eq!(
        excerpts(&read),
        ["The <mark>shed</mark>\nits <mark>key</mark> &lt;i&gt;there&lt;/i&gt;"]
    );
    // What was typed stands in the form as text, too, and no script of a message may run.
    let typed = page(&bob, "?q=%22%3E%3Cb%3Egarden&by=%22%3E%3Cb%3E").await;
    assert!(!typed.text.contains("<b>"), "{}", typed.text);
    ada.patch("/api/beings/@ada", json!({ "name": "<b>Ada" })).await.json_of(200);
    assert!(!page(&bob, "?q=alert").await.text.contains("<b>Ada"));
}

#[tokio::test]
async fn the_page_searches_all_spaces_or_one_or_what_one_person_said() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.create_space("Attic").await;
    for (client, space, text) in
        [(&ada, "@garden", "Ferns"), (&bob, "@garden", "More ferns"), (&ada, "@attic", "No ferns")]
    {
        server.clock.advance_seconds(1);
        client.say(space, text).await;
    }
    for (client, query, expected) in [
        (
            &ada,
            "?q=ferns",
            vec!["No <mark>ferns</mark>", "More <mark>ferns</mark>", "<mark>Ferns</mark>"],
        ),
        (&bob, "?q=ferns", vec!["More <mark>ferns</mark>", "<mark>Ferns</mark>"]),
        (&ada, "?q=ferns&space=@attic", vec!["No <mark>ferns</mark>"]),
        (&ada, "?q=ferns&by=@bob", vec!["More <mark>ferns</mark>"]),
        (&ada, "?q=ferns&by=%20Bob&space=", vec!["More <mark>ferns</mark>"]),
        (&ada, "?q=ferns&by=nobody", vec![]),
        (&ada, "?q=moss", vec![]),
    ] {
        let shown = page(client, query).await;
        assert_eq!(
            (shown.status, excerpts(&shown)),
            (200, expected.iter().map(|it| (*it).to_owned()).collect()),
            "{query}"
        );
        assert_eq!(shown.text.contains("Nothing was found."), expected.is_empty(), "{query}");
    }
    let of_attic = page(&ada, "?q=ferns&space=@attic").await.text;
    assert!(of_attic.contains("href=\"/spaces/@attic\""), "{of_attic}");
    assert!(of_attic.contains("value=\"ferns\""), "{of_attic}");
    // Without words it asks for them.
    for query in ["", "?q=", "?q=%20&space=@attic"] {
        let shown = page(&ada, query).await;
        assert_eq!((shown.status, excerpts(&shown).len()), (200, 0), "{query}");
        assert!(shown.text.contains("All words have to occur"), "{query}");
        assert!(!shown.text.contains("Nothing was found"), "{query}");
    }
}

#[tokio::test]
async fn the_page_leads_on_to_older_results() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    for number in 0..23 {
        ada.say("@garden", &format!("Number {number}")).await;
    }
    let first = page(&bob, "?q=number&by=ada").await;
    assert_eq!(excerpts(&first).len(), 20, "{}", first.text);
    let (_, after) = first.text.split_once("</ol>").expect("an end of the results");
    assert!(after.contains(">Older results</a>"), "{after}");
    let older = after.split('"').find(|it| it.starts_with("/search?")).expect("a link");
    let older = older.replace("&amp;", "&");
    let second = page(&bob, older.strip_prefix("/search").expect("its own")).await;
    let shown: Vec<_> = excerpts(&second);
    assert_eq!(shown, [2, 1, 0].map(|number| format!("<mark>Number</mark> {number}")));
    assert!(!second.text.contains("Older results"), "{}", second.text);
    let nothing = page(&bob, "?q=number&before=1.1").await;
    assert!(nothing.text.contains("Nothing older was found."), "{}", nothing.text);
}

#[tokio::test]
async fn the_page_says_why_it_does_not_search_and_keeps_what_was_typed() {
    let (server, ada, bob) = TestServer::with_two_members().await;
    let attic = ada.create_space("Attic").await;
    server.guest(&ada, &attic, "dan").await.delete("/api/spaces/@attic/beings/@dan").await;
    let long = format!("?q={}", "x".repeat(10_000));
    for (query, status, problem, typed) in [
        (&*long, 422, "The text has more than 200 characters.", "value=\"xxxx"),
        ("?q=*+-+%28+", 422, "The text has no letter and no digit.", "value=\"* - ( \""),
        ("?q=%F0%9F%8C%B1", 422, "The text has no letter and no digit.", "value=\"🌱\""),
        ("?q=%00", 422, "The text has no letter and no digit.", "<form"),
        ("?q=a&by=e+ve", 422, "The author is not a handle like @ada.", "value=\"e ve\""),
        ("?q=a&space=@attic", 404, "", "value=\"a\""),
        ("?q=a&space=nowhere", 404, "", "value=\"a\""),
        ("?q=a&before=yesterday", 400, "before is not the next of another page.", "value=\"a\""),
    ] {
        let shown = page(&bob, query).await;
        assert_eq!(shown.status, status, "{query:.40}");
        assert!(shown.text.contains("role=\"alert\""), "{query:.40}");
        assert!(shown.text.contains(problem) && shown.text.contains(typed), "{}", shown.text);
    }
}

#[tokio::test]
async fn the_page_asks_a_visitor_to_sign_in_and_leads_back() {
    let (server, ..) = TestServer::with_two_members().await;
    let shown = page(&server.visitor(), "?q=ferns&space=@garden").await;
    let next = "/sign-in?next=%2Fsearch%3Fq%3Dferns%26space%3D%2540garden";
    assert_eq!((shown.status, shown.header("location")), (303, Some(next)));
    assert_eq!(server.visitor().get("/api/search?q=ferns").await.status, 401);
}
