//! Row 6: the cost of a catch-up, in spaces of very different sizes.

use std::time::Instant;

use crate::{
    instance::{Instance, fill},
    table::{Spread, row, short},
};

const TURNS: usize = 40;
const SIZES: [u64; 3] = [1_000, 100_000, 1_000_000];

/// How many changes a client has missed; none on a first visit.
const MISSED: [Option<u64>; 4] = [Some(0), Some(20), Some(100), None];

pub async fn measure() {
    let instance = Instance::open().await;
    let mut spaces = Vec::new();
    for size in SIZES {
        let space = instance.ada.create_space(&format!("Space of {size}")).await;
        instance.folder.execute(&fill(&space, size)).await;
        // The space and its creator took a position each.
        spaces.push((space, size + 2));
    }
    let (instance, log) = instance.restart_with_log();
    for missed in MISSED {
        let since =
            |head: u64| missed.map_or(String::new(), |m| format!("&since=msg_{}", head - m));
        let mut costs = Vec::new();
        for (space, head) in &spaces {
            let before = log.queries();
            let bytes = instance.crowd_in(space, &since(*head), 1).await.opening_bytes;
            let (queries, rows) = log.queries();
            costs.push(format!(
                "{} queries, {} rows, {bytes} bytes",
                queries - before.0,
                rows - before.1
            ));
        }
        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let mut took = Vec::new();
            for (space, head) in &spaces {
                let began = Instant::now();
                drop(instance.crowd_in(space, &since(*head), 1).await);
                took.push(began.elapsed().as_secs_f64() * 1e3);
            }
            turns.push(took);
        }
        let name =
            missed.map_or("first visit".to_owned(), |missed| format!("catch-up, {missed} missed"));
        let took = short(turns.iter().map(|took| took[0]).collect::<Spread>().median());
        for at in [1, 2] {
            row(
                &format!("{name}: space of {} / of {}", SIZES[at], SIZES[0]),
                &turns.iter().map(|took| took[at] / took[0]).collect(),
                &format!("{took} ms, {} against {}; aim: at most 1.2", costs[at], costs[0]),
            );
        }
    }
}
