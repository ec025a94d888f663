//! Every route, from within the process.

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
    panics, remember_panics,
    request::{EVERYBODY, Shot},
    runner,
    verdict::Told,
    world::{Prepared, World},
};

/// What one case sends, one after the other.
const SHOTS_MAX: usize = 10;
const CASES: u32 = 160;

pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

pub fn shots(kept: Vec<Shot>) -> impl Strategy<Value = Shot> {
    let by = prop::sample::select(EVERYBODY.to_vec());
    let ordinary = (by, 0..ROUTES.len(), vec(any::<u8>(), 4))
        .prop_map(|(by, route, picks)| draft(by, route, &picks));
    let known = any::<Index>().prop_map(move |at| match kept.as_slice() {
        [] => Draft::default(),
        kept => Draft::of(at.get(kept)),
    });
    let drafts = prop_oneof![4 => ordinary, 1 => known];
    let changes = prop_oneof![2 => vec(mutations(), 0..1), 6 => vec(mutations(), 1..2), 3 => vec(mutations(), 2..4)];
    (drafts, changes).prop_map(|(draft, changes)| Draft { changes, ..draft }.into_shot())
}

/// Sends them in a row, and tells how each was answered.
async fn play(prepared: &Prepared, shots: &[Shot]) -> Result<Vec<String>, String> {
    let mut world = World::begin(prepared).await;
    let mut gists = Vec::new();
    for shot in shots {
        match play_one(prepared, &mut world, shot).await {
            Ok(gist) => gists.push(gist),
            Err(what) => {
                let told = text_of(shots, &gists);
                return Err(format!("{what}\n\n{told}"));
            }
        }
    }
    world.end().await;
    Ok(gists)
}

async fn play_one(prepared: &Prepared, world: &mut World, shot: &Shot) -> Result<String, String> {
    let Some(request) = prepared.request(shot) else { return Ok("no request".into()) };
    let panics_before = panics().len();
    let told = Told::read(shot, world.call(request).await).await?;
    let gist = told.gist();
    told.verdict(shot)?;
    if let Some(panic) = panics().get(panics_before) {
        return Err(format!("{gist}: {panic}"));
    }
    let news = world.news().await;
    if !news.is_empty() && (told.is_refusal() || shot.is_safe()) {
        return Err(format!("{gist} has changed something: {news:?}"));
    }
    kept_as_answered(prepared, world, shot, &told).await?;
    Ok(gist)
}

/// What was said or edited stands in the history as it was answered.
async fn kept_as_answered(
    prepared: &Prepared,
    world: &World,
    shot: &Shot,
    told: &Told,
) -> Result<(), String> {
    let segments = shot.segments();
    let ["api", "spaces", space, "intentions", ..] = segments[..] else { return Ok(()) };
    if !told.is_success() || told.body.is_empty() || !matches!(&*shot.method, "POST" | "PATCH") {
        return Ok(());
    }
    let answered: app::protocol::Intention = told.json()?;
    let before = answered.message_id.0 + 1;
    let target = format!("/api/spaces/{space}/intentions?before=msg_{before}&limit=1").into_bytes();
    let (method, body) = ("GET".to_owned(), vec![]);
    let look = Shot { method, target, body, breaks: false, ..shot.clone() };
    let Some(request) = prepared.request(&look) else { return Ok(()) };
    let page: app::protocol::HistoryPage =
        Told::read(&look, world.call(request).await).await?.json()?;
    if page.intentions.contains(&answered) {
        Ok(())
    } else {
        Err(format!("answered with {answered:?}, and the history has {:?}", page.intentions))
    }
}

#[test]
fn what_is_kept_is_answered_as_it_was() {
    remember_panics();
    runtime().block_on(async {
        let prepared = Prepared::prepare().await;
        let mut wrong = Vec::new();
        for case in corpus::cases() {
            match play(&prepared, &case.shots).await {
                Ok(answers) if answers == case.answers => {}
                Ok(answers) => {
                    wrong.push(format!("{}\n{}", case.place, text_of(&case.shots, &answers)))
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
fn whatever_is_asked_is_answered_in_order_and_a_refusal_changes_nothing() {
    remember_panics();
    let runtime = runtime();
    let prepared = runtime.block_on(Prepared::prepare());
    let kept: Vec<_> = corpus::cases().into_iter().flat_map(|case| case.shots).collect();
    let requests = std::cell::Cell::new(0);
    let growth = std::cell::RefCell::new(Growth::wanted());
    let case = |shots: Vec<Shot>| -> TestCaseResult {
        let answers = runtime.block_on(play(&prepared, &shots)).map_err(TestCaseError::fail)?;
        requests.set(requests.get() + shots.len());
        if let (Some(growth), Some(shot), Some(answer)) =
            (&mut *growth.borrow_mut(), shots.first(), answers.first())
        {
            growth.consider(shot, answer);
        }
        Ok(())
    };
    let outcome = runner(CASES).run(&vec(shots(kept), 1..SHOTS_MAX), case);
    match outcome {
        Ok(()) => println!("{} requests were answered", requests.get()),
        // The reason tells the case, as the corpus would.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}
