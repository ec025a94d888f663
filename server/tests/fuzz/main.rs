//! Fuzzing: requests of every route, mutated in all the ways in which a broken or hostile client
//! may change them, in sequences of several senders; and bytes that are not requests.
//!
//! `verdict.rs` has the rules for each response. Inputs that were worth keeping are in `corpus/`,
//! each with its response; every run replays them, and generated cases start from them, too.
//!
//! `PROPTEST_CASES=n` generates n cases instead of some hundred. `RHIZOME_GROW_CORPUS=1` adds
//! requests with a kind of response that the corpus lacks.

mod corpus;
mod grammar;
mod hostile;
mod mutation;
mod parsers;
mod request;
mod sockets;
mod surface;
mod verdict;
mod world;

use std::sync::{Mutex, Once, PoisonError};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The panics since the start of the process, of any thread or task.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A panic becomes a 503 or no response, and may not leave its task; this hook records it.
fn record_panics() {
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

/// A runner of this many cases, or as many as the environment asks for: by default always from the
/// same seed, otherwise from a random one.
fn runner(cases: u32) -> TestRunner {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: asked.unwrap_or(cases),
        max_shrink_iters: 2_000,
        failure_persistence: None, // failing inputs are kept in the corpus
        ..Config::default()
    };
    #[expect(clippy::disallowed_methods, reason = "a longer run takes cases that none took before")]
    let rng = match asked {
        None => TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        Some(_) => TestRng::from_seed(RngAlgorithm::ChaCha, &rand::random::<[u8; 32]>()),
    };
    TestRunner::new_with_rng(config, rng)
}
