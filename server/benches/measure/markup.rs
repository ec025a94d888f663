//! What Markdown costs: an answer that is parsed as it grows, against parsing it once; and rendering it,
//! against the parser alone.

use std::{hint::black_box, time::Instant};

use markdown::{Growing, Page, render};

use crate::table::{Spread, row, short};

const TURNS: usize = 40;
const TEXT: &str = include_str!("../../../app/markdown/tests/answers/long_guide_to_sync.md");
const LENGTHS: [usize; 2] = [1_000, 16_000];
/// What a model says at a time, and what the server sends at a time.
const PORTIONS: [usize; 2] = [4, 100];

pub fn measure() {
    for length in LENGTHS {
        let text: String = TEXT.chars().take(length).collect();
        for portion in PORTIONS {
            grown(&text, portion);
        }
        rendered(&text);
    }
}

fn grown(text: &str, portion: usize) {
    let characters: Vec<char> = text.chars().collect();
    let portions: Vec<String> =
        characters.chunks(portion).map(|chunk| chunk.iter().collect()).collect();
    let mut parsed = 0;
    let mut grow = || {
        let mut growing = Growing::new();
        for portion in &portions {
            black_box(growing.push(portion, page()));
        }
        parsed = growing.parsed_bytes();
    };
    let turns: Vec<_> = (0..TURNS)
        .map(|_| (micros(&mut grow), micros(|| drop(black_box(render(text, page()))))))
        .collect();
    let ratio = turns.iter().map(|(grown, once)| grown / once).collect();
    let grown: Spread = turns.iter().map(|(grown, _)| *grown).collect();
    let bytes = parsed as f64 / text.len() as f64;
    let what = format!(
        "an answer of {} characters, parsed as it grows by {portion} / once",
        characters.len()
    );
    let meaning = format!(
        "{} µs in all, {} µs for a portion; {} bytes are parsed for each byte",
        short(grown.median()),
        short(grown.median() / portions.len() as f64),
        short(bytes)
    );
    row(&what, &ratio, &meaning);
}

fn rendered(text: &str) {
    let parse = || {
        let events = pulldown_cmark::Parser::new_ext(text, pulldown_cmark::Options::all());
        black_box(events.count());
    };
    let turns: Vec<_> = (0..TURNS)
        .map(|_| (micros(|| drop(black_box(render(text, page())))), micros(parse)))
        .collect();
    let ratio = turns.iter().map(|(rendered, parsed)| rendered / parsed).collect();
    let rendered: Spread = turns.iter().map(|(rendered, _)| *rendered).collect();
    let what = format!("a text of {} characters as HTML / the parser alone", text.chars().count());
    row(&what, &ratio, &format!("{} µs", short(rendered.median())));
}

fn page() -> Page<'static> {
    Page { knows: &|_| true, has_tab_stops: false }
}

fn micros(run: impl FnOnce()) -> f64 {
    let began = Instant::now();
    run();
    began.elapsed().as_secs_f64() * 1e6
}
