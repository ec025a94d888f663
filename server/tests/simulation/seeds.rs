//! Runs one seed after another. `SEED=123 cargo test -p server --test simulation seeds --
//! --nocapture` repeats a run exactly, and prints its events; `make soak SEEDS=100000` runs many,
//! from `FIRST` on.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::world::{Journal, World};

const SEEDS_BY_DEFAULT: u64 = 300;
/// Progress is printed after this many seeds.
const SEEDS_PER_REPORT: u64 = 1000;

#[test]
fn whatever_breaks_all_clients_end_equal_and_nothing_acknowledged_is_lost() {
    if let Some(seed) = number("SEED") {
        println!("{:#?}", World::run(seed, true));
        return;
    }
    let first = number("FIRST").unwrap_or(0);
    let seeds = first..first + number("SEEDS").unwrap_or(SEEDS_BY_DEFAULT);
    let (next, all) = (AtomicU64::new(seeds.start), Mutex::new((Journal::default(), vec![], 0)));
    #[expect(clippy::disallowed_methods, reason = "says how long it took, and decides nothing")]
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = catch_unwind(AssertUnwindSafe(|| World::run(seed, false)));
                    let mut all = all.lock().expect("no thread panics with it");
                    all.2 += 1;
                    if all.2 % SEEDS_PER_REPORT == 0 {
                        println!("{} seeds in {} s", all.2, started.elapsed().as_secs());
                    }
                    match outcome {
                        Ok(journal) => all.0.add(&journal),
                        Err(_) => {
                            println!("SEED={seed} fails");
                            all.1.push(seed);
                        }
                    }
                }
            });
        }
    });
    let (journal, failed, _) = all.into_inner().expect("no thread panicked with it");
    for (what, times) in &journal.counts {
        println!("{times:>12} {what}");
    }
    println!("{} seeds in {} s", seeds.end - seeds.start, started.elapsed().as_secs());
    assert!(failed.is_empty(), "run one of these again with SEED=…: {failed:?}");
}

#[test]
fn a_seed_always_gives_the_same_run() {
    for seed in 0..3 {
        assert_eq!(World::run(seed, false), World::run(seed, false), "SEED={seed}");
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
