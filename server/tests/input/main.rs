//! Whatever comes in: requests of every route, changed in all the ways that a broken or a hostile
//! client may change them, several in a row, by whoever; and bytes that are no requests at all.
//!
//! What is shown of each answer stands in `verdict.rs`. Inputs that once were worth it are kept in
//! `corpus/`, each with what it is answered, and are played again at every run; what is made up anew
//! begins with them, too.
//!
//! `PROPTEST_CASES=n` makes up n cases instead of some hundred. `RHIZOME_GROW_CORPUS=1` keeps what is
//! answered as nothing in the corpus is.

#[path = "../house/mod.rs"]
mod house;

mod corpus;
mod grammar;
mod mutation;
mod nuisance;
mod parsers;
mod request;
mod sockets;
mod surface;
mod verdict;
mod world;

use std::sync::{Mutex, Once, PoisonError};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What panicked since the process began, in whatever thread or task.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A panic is answered with 503 or with nothing, and may stop at the edge of a task; here it is
/// remembered.
fn remember_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
            before(panic);
        }));
    });
}

fn panics() -> Vec<String> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// So many cases, or as many as the environment asks for: from the same seed at every run, and from
/// another where more than usual are asked for.
fn runner(cases: u32) -> TestRunner {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: asked.unwrap_or(cases),
        max_shrink_iters: 2_000,
        failure_persistence: None, // what is found is kept in the corpus
        ..Config::default()
    };
    let rng = match asked {
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        Some(_) => TestRng::from_seed(RngAlgorithm::ChaCha, &rand::random::<[u8; 32]>()),
    };
    TestRunner::new_with_rng(config, rng)
}
