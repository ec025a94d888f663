//! `make bench`: how fast, and against whom. Nothing here passes or fails: each row is a ratio of two
//! things that were measured turn by turn in one run, since the machine's own speed comes and goes.
//! What is exact (bytes, queries, rows) is a test elsewhere.

mod crowd;
mod fan_out;
mod floor;
mod garden;
#[path = "../../tests/house/mod.rs"]
mod house;
mod memory;
mod nchan;
mod process;
mod replaced;
mod table;
mod talker;

const ROWS: &str = "fan-out, memory";

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

/// Measures these rows, or all.
async fn measure(rows: &[&str]) {
    let is_wanted = |row: &str| rows.is_empty() || rows.contains(&row);
    assert!(rows.iter().all(|row| ROWS.split(", ").any(|known| known == *row)), "rows: {ROWS}");
    table::head("Measured");
    if is_wanted("fan-out") {
        fan_out::measure().await;
    }
    if is_wanted("memory") {
        memory::measure().await;
    }
}
