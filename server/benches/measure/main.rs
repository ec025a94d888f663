//! `make bench`: how fast, and against whom. Nothing here passes or fails: each row is a ratio of two
//! things that were measured turn by turn in one run, since the machine's own speed comes and goes.
//! What is exact (bytes, queries, rows) is a test elsewhere.

mod catch_up;
mod crowd;
mod delivery;
mod fan_out;
mod floor;
mod garden;
mod herd;
#[path = "../../tests/house/mod.rs"]
mod house;
mod memory;
mod nchan;
mod process;
mod replaced;
mod replacing;
mod sends;
mod table;
mod talker;

use std::pin::Pin;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match words[..] {
        ["--role", "floor"] => floor::serve(),
        ["--role", "replaced", folder] => runtime.block_on(replaced::serve(folder)),
        _ => runtime.block_on(measure(&words)),
    }
}

/// Measures what is named, or all.
async fn measure(wanted: &[&str]) {
    type Measuring = Pin<Box<dyn Future<Output = ()>>>;
    type Part = (&'static str, &'static str, fn() -> Measuring);
    let all: [Part; 7] =
        [
            ("replaced", "Against the system that the seed replaces", || {
                Box::pin(replacing::measure())
            }),
            ("fan-out", "Fan-out: one event of 700 bytes to one listener", || {
                Box::pin(fan_out::measure())
            }),
            ("memory", "Memory", || Box::pin(memory::measure())),
            ("sends", "Durable sends", || Box::pin(sends::measure())),
            ("delivery", "Delivery", || Box::pin(delivery::measure())),
            ("catch-up", "Catch-up", || Box::pin(catch_up::measure())),
            ("herd", "A herd", || Box::pin(herd::measure())),
        ];
    let unknown = wanted.iter().find(|name| all.iter().all(|(known, ..)| known != *name));
    if let Some(name) = unknown {
        let known: Vec<_> = all.iter().map(|(name, ..)| *name).collect();
        eprintln!(
            "There is nothing to measure by the name of {name}; there is {}.",
            known.join(", ")
        );
        std::process::exit(2);
    }
    for (name, title, measure) in all {
        if wanted.is_empty() || wanted.contains(&name) {
            table::head(title);
            measure().await;
        }
    }
}
