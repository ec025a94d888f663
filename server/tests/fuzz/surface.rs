//! Every route, called in this process.

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{TestCaseError, TestCaseResult, TestError},
};
use tokio::runtime::{Builder, Runtime};

use super::{
    corpus::{self, Growth, text_of},
    grammar::{ROUTES, draft},
    mutation::{Draft, mutations},
    panics, record_panics,
    request::{FuzzRequest, SENDERS},
    runner,
    verdict::Received,
    world::{Prepared, World},
};

/// How many requests one case sends.
const REQUESTS_MAX: usize = 10;
const CASES: u32 = 160;

pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

pub fn requests(kept: Vec<FuzzRequest>) -> impl Strategy<Value = FuzzRequest> {
    let by = prop::sample::select(SENDERS.to_vec());
    let ordinary = (by, 0..ROUTES.len(), vec(any::<u8>(), 4))
        .prop_map(|(by, route, picks)| draft(by, route, &picks));
    let known = any::<Index>().prop_map(move |at| match kept.as_slice() {
        [] => Draft::default(),
        kept => Draft::of(at.get(kept)),
    });
    let drafts = prop_oneof![4 => ordinary, 1 => known];
    let changes = prop_oneof![2 => vec(mutations(), 0..1), 6 => vec(mutations(), 1..2), 3 => vec(mutations(), 2..4)];
    (drafts, changes).prop_map(|(draft, changes)| Draft { changes, ..draft }.into_request())
}

/// Sends the requests in sequence; returns a summary of each response.
async fn play(prepared: &Prepared, requests: &[FuzzRequest]) -> Result<Vec<String>, String> {
    let mut world = World::begin(prepared).await;
    let mut gists = Vec::new();
    for fuzzed in requests {
        match play_one(prepared, &mut world, fuzzed).await {
            Ok(gist) => gists.push(gist),
            Err(what) => {
                let received = text_of(requests, &gists);
                return Err(format!("{what}\n\n{received}"));
            }
        }
    }
    world.end().await;
    Ok(gists)
}

async fn play_one(
    prepared: &Prepared,
    world: &mut World,
    fuzzed: &FuzzRequest,
) -> Result<String, String> {
    let Some(request) = prepared.request(fuzzed) else { return Ok("no request".into()) };
    let panics_before = panics().len();
    let received = Received::read(fuzzed, world.call(request).await).await?;
    let gist = received.gist();
    received.verdict(fuzzed)?;
    if let Some(panic) = panics().get(panics_before) {
        return Err(format!("{gist}: {panic}"));
    }
    let changes = world.changes().await;
    if !changes.is_empty() && (received.is_refusal() || fuzzed.is_safe()) {
        return Err(format!("{gist} has changed something: {changes:?}"));
    }
    stored_as_answered(prepared, world, fuzzed, &received).await?;
    Ok(gist)
}

/// Checks that the history has the message as the response of a send or an edit showed it.
async fn stored_as_answered(
    prepared: &Prepared,
    world: &World,
    fuzzed: &FuzzRequest,
    received: &Received,
) -> Result<(), String> {
    let segments = fuzzed.segments();
    let ["api", "spaces", space, "intentions", ..] = segments[..] else { return Ok(()) };
    if !received.is_success()
        || received.body.is_empty()
        || !matches!(&*fuzzed.method, "POST" | "PATCH")
    {
        return Ok(());
    }
    let answered: protocol::Intention = received.json()?;
    let before = answered.message_id.0 + 1;
    let target = format!("/api/spaces/{space}/intentions?before=msg_{before}&limit=1").into_bytes();
    let (method, body) = ("GET".to_owned(), vec![]);
    let read_back = FuzzRequest { method, target, body, breaks: false, ..fuzzed.clone() };
    let Some(request) = prepared.request(&read_back) else { return Ok(()) };
    let page: protocol::HistoryPage =
        Received::read(&read_back, world.call(request).await).await?.json()?;
    // An answer to a command says nothing about reactions.
    let is_it = |row: protocol::Intention| {
        protocol::Intention { reactions: vec![], reactions_seq: Default::default(), ..row }
            == answered
    };
    if page.intentions.iter().cloned().any(is_it) {
        Ok(())
    } else {
        Err(format!("answered with {answered:?}, and the history has {:?}", page.intentions))
    }
}

#[test]
fn every_case_of_the_corpus_is_answered_as_recorded() {
    record_panics();
    runtime().block_on(async {
        let prepared = Prepared::prepare().await;
        let mut wrong = Vec::new();
        for case in corpus::cases() {
            match play(&prepared, &case.requests).await {
                Ok(answers) if answers == case.answers => {}
                Ok(answers) => {
                    wrong.push(format!("{}\n{}", case.place, text_of(&case.requests, &answers)));
                }
                Err(what) => wrong.push(format!("{}: {what}", case.place)),
            }
        }
        assert!(
            wrong.is_empty(),
            "{} cases are answered otherwise:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    });
}

#[test]
fn every_generated_request_is_answered_by_the_rules_and_a_refusal_changes_nothing() {
    record_panics();
    let runtime = runtime();
    let prepared = runtime.block_on(Prepared::prepare());
    let kept: Vec<_> = corpus::cases().into_iter().flat_map(|case| case.requests).collect();
    let count = std::cell::Cell::new(0);
    let growth = std::cell::RefCell::new(Growth::requested());
    let case = |requests: Vec<FuzzRequest>| -> TestCaseResult {
        let answers = runtime.block_on(play(&prepared, &requests)).map_err(TestCaseError::fail)?;
        count.set(count.get() + requests.len());
        if let (Some(growth), Some(fuzzed), Some(answer)) =
            (&mut *growth.borrow_mut(), requests.first(), answers.first())
        {
            growth.consider(fuzzed, answer);
        }
        Ok(())
    };
    let outcome = runner(CASES).run(&vec(requests(kept), 1..REQUESTS_MAX), case);
    match outcome {
        Ok(()) => println!("{} requests were answered", count.get()),
        // The reason contains the case, in the format of the corpus.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}
