//! The real program under load, on a machine with faults: it is killed, stopped, left without disk
//! space, its clock is set, and its connections are cut in the middle of requests, responses and
//! frames. Afterwards, read over HTTP like by any client, it has everything that it ever
//! acknowledged, once and in its place, and nothing else; and every listener holds the same.
//!
//! The seed of the random choices is printed. `CHAOS_SEED` repeats them, though real processes do
//! not repeat exactly. `CHAOS_ROUNDS` runs for longer, one seed after the other: `make chaos
//! ROUNDS=n`.

mod clock;
mod connection_fault;
mod disk;
mod expiry;
mod full_disk;
mod ground_truth;
mod listener;
mod machine;
mod machine_fault;
mod proxy;
mod scenario;
mod tally;
mod writer;

use std::{env, sync::Arc};

use machine_fault::MachineFault;
use scenario::Scenario;
use tally::Tally;

/// How much faster the clients' time runs than the server's, which shortens every wait: a client
/// that gives up an attempt after 20 s does so after one here.
const SPEED: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_changes_are_kept_once_whatever_faults_the_machine_has() {
    let tally = Arc::new(Tally::default());
    let mut seed = variable("CHAOS_SEED").unwrap_or(1);
    let mut rounds =
        variable("CHAOS_ROUNDS").map_or(MachineFault::ALL.len(), |rounds| rounds as usize);
    while rounds > 0 {
        println!("seed {seed}");
        let scenario = Scenario::new(seed, tally.clone()).await;
        scenario.run(rounds).await;
        rounds = rounds.saturating_sub(MachineFault::ALL.len());
        seed += 1;
    }
    println!("Survived:\n{tally}");
}

fn variable(variable: &str) -> Option<u64> {
    Some(env::var(variable).ok()?.parse().expect("a number"))
}
