//! What a search finds, whether or not it is indexed yet.

use protocol::{MessageId, Seq, limits::CONTENT_MAX_CHARACTERS};
use server::{
    domain::{
        clock::Clock as _,
        command::{
            AnswerOutcome, AnswerPart, AnswerRun, AppendToAnswer, DeleteMessage, EditMessage,
            EndAnswer, RemoveBeing, RetryAnswer, StopAnswer,
        },
    },
    search::Position,
    store::{Execute, Search, Searches, Store},
};

use crate::{contract::Contract, world::*};

for_every_store![
    every_word_finds_its_messages,
    only_what_one_may_read_is_found,
    a_search_is_of_one_space_or_of_one_author,
    a_change_is_found_at_once,
    an_answer_is_found_once_it_has_ended,
    pages_join_without_a_gap,
    a_page_goes_on_while_messages_come_and_go,
    the_longest_text_is_found_and_forgotten,
    more_than_a_scan_reads_at_once_is_found,
];

const FIRST: u64 = GARDEN_HEAD + 1;

fn asked(by: &str, q: &str) -> Search {
    let query = q.parse().expect("a query");
    Search { being: being(by), query, space: None, author: None, before: None, limit: 50 }
}

/// A page: each message as `garden 7`, and where the next one begins.
async fn page(store: &impl Store, search: &Search) -> (Vec<String>, Option<Position>) {
    let found = store.search(search).await.expect("an answer");
    let mut hits = Vec::new();
    for hit in found.hits {
        if let Ok(hit) = hit.for_being(store, &search.being).await {
            hits.push(format!("{} {}", &hit.space_id.as_str()[1..], hit.intention.message_id.0));
        }
    }
    (hits, found.next)
}

async fn all_pages(store: &impl Store, mut search: Search) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let (hits, next) = page(store, &search).await;
        assert!(hits.len() <= search.limit);
        all.extend(hits);
        match next {
            Some(next) => search.before = Some(next),
            None => return all,
        }
    }
}

async fn found(store: &impl Store, by: &str, q: &str) -> String {
    all_pages(store, asked(by, q)).await.join(", ")
}

async fn say<C: Contract>(
    served: &Served<C>,
    space: &protocol::SpaceId,
    by: &str,
    text: &str,
) -> MessageId {
    served.clock.forward(1);
    let number = served.clock.now().0.unsigned_abs() * 1000 + served.heard.all().len() as u64;
    let sent = served.store.execute(send(space, by, number.into(), text)).await.expect("a message");
    sent.intention.message_id
}

async fn edit<C: Contract>(served: &Served<C>, by: &str, message: MessageId, text: &str) {
    let (by, content) = (being(by), content(text));
    let edit = EditMessage { by, space: garden(), message, content, seq: None, epoch: None };
    served.store.execute(edit).await.expect("an edit");
}

async fn delete<C: Contract>(served: &Served<C>, by: &str, message: MessageId) {
    let deletion = DeleteMessage { by: being(by), space: garden(), message, epoch: None };
    served.store.execute(deletion).await.expect("a deletion");
}

async fn index<C: Contract>(served: &Served<C>) {
    while C::index(&served.store).await {}
}

async fn every_word_finds_its_messages<C: Contract>() {
    let served = Served::<C>::open().await;
    for text in [
        "Herr Müller kommt morgen.",
        "The garden shed's key — under the 3rd stone",
        "我明天在上海吃饭",
        "key-value stores: \"keys\" OR nothing",
        "a1 a2 a3",
    ] {
        say(&served, &garden(), "@ada", text).await;
    }
    for is_indexed in [false, true] {
        if is_indexed {
            index(&served).await;
        }
        for (q, expected) in [
            ("muller", "garden 7"),
            ("MÜLLER", "garden 7"),
            ("mull", "garden 7"),
            ("uller", ""),
            ("mull kommt", ""),
            ("kommt herr", "garden 7"),
            ("\"herr müller\"", "garden 7"),
            ("\"müller herr\"", ""),
            ("key", "garden 10, garden 8"),
            ("\"key\"", "garden 10, garden 8"),
            ("keys", "garden 10"),
            ("\"ke\"", ""),
            ("k", "garden 10, garden 8, garden 7"),
            ("上海", "garden 9"),
            ("海上", ""),
            ("上 饭", "garden 9"),
            ("明天 上海", "garden 9"),
            ("OR", "garden 10"),
            ("key OR morgen", ""),
            ("key NOT nothing", ""),
            ("ke*", "garden 10, garden 8"),
            ("words:key", ""),
            ("^key", "garden 10, garden 8"),
            ("3", "garden 8"),
            ("a2", "garden 11"),
            ("@ada", ""),
            ("ada", ""),
        ] {
            assert_eq!(found(&served.store, "@bob", q).await, expected, "{q}, {is_indexed}");
        }
    }
}

async fn only_what_one_may_read_is_found<C: Contract>() {
    let served = Served::<C>::open().await;
    say(&served, &garden(), "@ada", "A secret of the garden").await;
    say(&served, &pond(), "@bob", "A secret of the pond").await;
    for is_indexed in [false, true] {
        if is_indexed {
            index(&served).await;
        }
        for (by, expected) in
            [("@ada", "pond 4, garden 7"), ("@sage", "garden 7"), ("@dan", ""), ("@eve", "")]
        {
            assert_eq!(found(&served.store, by, "secret").await, expected, "{by}");
        }
    }
    // What was read before somebody left is not handed out after it.
    let search = asked("@bob", "secret");
    let before = served.store.search(&search).await.expect("an answer").hits;
    let leave = RemoveBeing { by: being("@bob"), space: garden(), being: being("@bob") };
    served.store.execute(leave).await.expect("a leave");
    let mut is_handed_out = Vec::new();
    for hit in before {
        is_handed_out.push(hit.for_being(&served.store, &being("@bob")).await.is_ok());
    }
    assert_eq!(is_handed_out, [true, false]);
    assert_eq!(found(&served.store, "@bob", "secret").await, "pond 4");
}

async fn a_search_is_of_one_space_or_of_one_author<C: Contract>() {
    let served = Served::<C>::open().await;
    for (space, by) in [(garden(), "@ada"), (pond(), "@ada"), (garden(), "@bob"), (pond(), "@bob")]
    {
        say(&served, &space, by, "Hello to all of you").await;
    }
    for is_indexed in [false, true] {
        if is_indexed {
            index(&served).await;
        }
        for (space, author, expected) in [
            (None, None, "pond 5, garden 8, pond 4, garden 7"),
            (Some(garden()), None, "garden 8, garden 7"),
            (None, Some("@ada"), "pond 4, garden 7"),
            (Some(pond()), Some("@bob"), "pond 5"),
            (Some(pond()), Some("@b"), ""),
            (Some(meadow()), None, ""),
        ] {
            let author = author.map(being);
            let search = Search { space, author, ..asked("@ada", "hello") };
            let all = all_pages(&served.store, search.clone()).await.join(", ");
            assert_eq!(all, expected, "{search:?}, {is_indexed}");
        }
    }
}

async fn a_change_is_found_at_once<C: Contract>() {
    for is_indexed in [false, true] {
        let served = Served::<C>::open().await;
        let store = &served.store;
        let then = async || {
            if is_indexed {
                index(&served).await;
            }
        };
        let first = say(&served, &garden(), "@ada", "The first word").await;
        let second = say(&served, &garden(), "@bob", "The second word").await;
        then().await;
        edit(&served, "@ada", first, "Another sentence").await;
        assert_eq!(found(store, "@bob", "word").await, "garden 8", "{is_indexed}");
        edit(&served, "@ada", first, "Another one, word for word").await;
        assert_eq!(found(store, "@bob", "word").await, "garden 8, garden 7", "{is_indexed}");
        assert_eq!(found(store, "@bob", "sentence").await, "", "{is_indexed}");
        then().await;
        assert_eq!(found(store, "@bob", "word").await, "garden 8, garden 7", "{is_indexed}");
        delete(&served, "@bob", second).await;
        assert_eq!(found(store, "@bob", "word").await, "garden 7", "{is_indexed}");
        then().await;
        edit(&served, "@ada", first, "Gone soon").await;
        delete(&served, "@ada", first).await;
        then().await;
        for q in ["word", "gone", "first", "the"] {
            assert_eq!(found(store, "@bob", q).await, "", "{q}, {is_indexed}");
        }
        let served = served.reopen().await;
        say(&served, &garden(), "@ada", "A last word").await;
        assert_eq!(found(&served.store, "@bob", "word").await, "garden 14", "{is_indexed}");
    }
}

async fn an_answer_is_found_once_it_has_ended<C: Contract>() {
    for is_indexed in [false, true] {
        let served = Served::<C>::open().await;
        let store = &served.store;
        let then = async || {
            if is_indexed {
                index(&served).await;
            }
        };
        say(&served, &garden(), "@ada", "@sage, what grows?").await;
        let run = |started_at| AnswerRun {
            space: garden(),
            message: MessageId(FIRST + 1),
            started_at: Seq(started_at),
        };
        let end = |started_at, text: &str| EndAnswer {
            run: run(started_at),
            reasoning: "Mushrooms, I think".into(),
            text: text.into(),
            outcome: AnswerOutcome::Complete,
            detail: None,
        };
        then().await;
        let (part, text) = (AnswerPart::Content, "Ferns".to_owned());
        let append = AppendToAnswer { run: run(FIRST + 1), part, offset: 0, text };
        store.execute(append).await.expect("some text");
        then().await;
        assert_eq!(found(store, "@bob", "ferns").await, "", "{is_indexed}");
        store.execute(end(FIRST + 1, " and moss")).await.expect("an end");
        assert_eq!(found(store, "@bob", "ferns moss").await, "garden 8", "{is_indexed}");
        then().await;
        assert_eq!(found(store, "@bob", "ferns moss").await, "garden 8", "{is_indexed}");
        assert_eq!(found(store, "@bob", "mushrooms").await, "", "no reasoning, {is_indexed}");

        let (by, space, message) = (being("@ada"), garden(), MessageId(FIRST + 1));
        let retry = RetryAnswer { by: by.clone(), space: space.clone(), message };
        let began = store.execute(retry.clone()).await.expect("another answer").seq.0;
        assert_eq!(found(store, "@bob", "ferns").await, "", "{is_indexed}");
        then().await;
        store.execute(end(began, "Ivy")).await.expect("an end");
        assert_eq!(found(store, "@bob", "ferns").await, "", "no earlier version, {is_indexed}");
        assert_eq!(found(store, "@bob", "ivy").await, "garden 8", "{is_indexed}");
        then().await;
        store.execute(retry).await.expect("a third answer");
        store.execute(StopAnswer { by, space, message }).await.expect("a stop");
        then().await;
        assert_eq!(found(store, "@bob", "ivy").await, "", "{is_indexed}");
    }
}

/// In two spaces, with a clock that is set back in between.
async fn pages_join_without_a_gap<C: Contract>() {
    let served = Served::<C>::open().await;
    for number in 0..30 {
        if number == 15 {
            served.clock.forward(-7);
        }
        let space = if number % 3 == 0 { pond() } else { garden() };
        say(&served, &space, "@ada", &format!("Number {number}")).await;
        if number == 20 {
            index(&served).await;
        }
    }
    let whole = all_pages(&served.store, asked("@bob", "number")).await;
    assert_eq!(whole.len(), 30);
    for limit in [1, 4, 29, 30] {
        let search = Search { limit, ..asked("@bob", "number") };
        let (first, next) = page(&served.store, &search).await;
        assert_eq!((first.len(), next.is_some()), (limit, limit < 30));
        assert_eq!(all_pages(&served.store, search).await, whole, "{limit}");
    }
}

async fn a_page_goes_on_while_messages_come_and_go<C: Contract>() {
    let served = Served::<C>::open().await;
    for number in 0..10 {
        say(&served, &garden(), "@ada", &format!("Number {number}")).await;
    }
    let mut search = Search { limit: 4, ..asked("@bob", "number") };
    let (first, next) = page(&served.store, &search).await;
    assert_eq!(first, ["garden 16", "garden 15", "garden 14", "garden 13"]);
    index(&served).await;
    say(&served, &garden(), "@ada", "Number next").await;
    delete(&served, "@ada", MessageId(15)).await;
    delete(&served, "@ada", MessageId(11)).await;
    search.before = next;
    let (second, next) = page(&served.store, &search).await;
    assert_eq!(second, ["garden 12", "garden 10", "garden 9", "garden 8"]);
    search.before = next;
    let (third, next) = page(&served.store, &search).await;
    assert_eq!((third, next), (vec!["garden 7".to_owned()], None));
}

async fn the_longest_text_is_found_and_forgotten<C: Contract>() {
    let served = Served::<C>::open().await;
    let texts = ["漢".repeat(CONTENT_MAX_CHARACTERS), "é".repeat(CONTENT_MAX_CHARACTERS)];
    let words: String = (0..3_000).map(|number| format!("w{number} ")).collect();
    for text in texts.iter().chain([&words]) {
        say(&served, &garden(), "@ada", text).await;
    }
    for is_indexed in [false, true] {
        if is_indexed {
            index(&served).await;
        }
        assert_eq!(found(&served.store, "@bob", &"漢".repeat(200)).await, "garden 7");
        assert_eq!(found(&served.store, "@bob", "eee").await, "garden 8");
        assert_eq!(found(&served.store, "@bob", "\"w2998 w2999\" w0").await, "garden 9");
        let search = asked("@bob", "漢");
        let hits = served.store.search(&search).await.expect("an answer").hits;
        for hit in hits {
            let hit = hit.for_being(&served.store, &being("@bob")).await.expect("a member");
            assert_eq!(hit.matches, [(0, texts[0].len())]);
        }
    }
    for message in [7, 8, 9] {
        delete(&served, "@ada", MessageId(message)).await;
    }
    for is_indexed in [false, true] {
        if is_indexed {
            index(&served).await;
        }
        for q in ["漢", "e", "w1", "w2999"] {
            assert_eq!(found(&served.store, "@bob", q).await, "", "{q}");
        }
    }
}

/// A page then ends before it is full, and says where it goes on.
async fn more_than_a_scan_reads_at_once_is_found<C: Contract>() {
    let served = Served::<C>::open().await;
    let filler = "x ".repeat(CONTENT_MAX_CHARACTERS / 2);
    say(&served, &garden(), "@ada", "The needle").await;
    for number in 0..70 {
        let space = if number % 2 == 0 { garden() } else { pond() };
        say(&served, &space, "@ada", &filler).await;
    }
    for is_indexed in [false, true] {
        if is_indexed {
            index(&served).await;
        }
        assert_eq!(found(&served.store, "@bob", "needle").await, "garden 7");
        let all = all_pages(&served.store, Search { limit: 9, ..asked("@bob", "x") }).await;
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!((all.len(), different.len()), (70, 70), "{is_indexed}");
    }
}
