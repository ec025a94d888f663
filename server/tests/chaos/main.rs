//! The real program under load, on a machine on which everything goes wrong: it is killed, stopped,
//! left without room on its disk, its clock is set, and the lines to it are cut in the middle of
//! requests, answers and frames. Afterwards, asked over HTTP like anybody else, it has everything
//! that it ever acknowledged, once and in its place, and nothing else; and everybody who listened
//! holds the same.
//!
//! The dice have a seed, which is printed; `CHAOS_SEED` throws them again, though real processes do
//! not repeat themselves to the letter. `CHAOS_ROUNDS` goes on for longer, with one seed after the
//! other: `make chaos ROUNDS=n`.

#[path = "../house/mod.rs"]
mod house;

mod clock;
mod days;
mod disk;
mod machine;
mod misfortune;
mod mishap;
mod proxy;
mod room;
mod talker;
mod tally;
mod town;
mod verdict;
mod watcher;

use std::{env, sync::Arc};

use misfortune::Misfortune;
use tally::Tally;
use town::Town;

/// How much faster the clients' time runs than the server's, so that waiting is short: a client that
/// gives up an attempt after 20 s does so after one here, and the others likewise.
const SPEED: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_once_whatever_befalls_the_machine() {
    let tally = Arc::new(Tally::default());
    let mut seed = set_by("CHAOS_SEED").unwrap_or(1);
    let mut rounds = set_by("CHAOS_ROUNDS").map_or(Misfortune::ALL.len(), |rounds| rounds as usize);
    while rounds > 0 {
        println!("seed {seed}");
        let town = Town::founded(seed, tally.clone()).await;
        town.live_through(rounds).await;
        rounds = rounds.saturating_sub(Misfortune::ALL.len());
        seed += 1;
    }
    println!("Survived:\n{tally}");
}

fn set_by(variable: &str) -> Option<u64> {
    Some(env::var(variable).ok()?.parse().expect("a number"))
}
