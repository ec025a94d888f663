//! `make bench`: how fast, compared with what. Nothing here passes or fails: each row is a ratio of
//! two things that were measured alternately in one run, since the speed of the machine varies.
//! Exact figures (bytes, queries, rows) are tests elsewhere.

#![expect(clippy::disallowed_methods, reason = "the machine's own clock is what is measured with")]

mod catch_up;
mod crowd;
mod delivery;
mod fan_out;
mod floor;
mod herd;
mod instance;
mod markup;
mod memory;
mod nchan;
mod process;
mod replaced;
mod replacing;
mod searching;
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

/// Measures the named parts, or all.
async fn measure(names: &[&str]) {
    type Measuring = Pin<Box<dyn Future<Output = ()>>>;
    type Part = (&'static str, &'static str, fn() -> Measuring);
    let all: [Part; 9] =
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
            ("search", "Search", || Box::pin(searching::measure())),
            ("markdown", "Markdown", || Box::pin(async { markup::measure() })),
        ];
    let unknown = names.iter().find(|name| all.iter().all(|(known, ..)| known != *name));
    if let Some(name) = unknown {
        let known: Vec<_> = all.iter().map(|(name, ..)| *name).collect();
        eprintln!("Unknown part {name}; the parts are {}.", known.join(", "));
        std::process::exit(2);
    }
    for (name, title, measure) in all {
        if names.is_empty() || names.contains(&name) {
            table::head(title);
            measure().await;
        }
    }
}
