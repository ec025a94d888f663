//! Every prefix of every text, assembled by the machine that grows, is what a fresh parse makes of it.

mod examples;
mod screen;

use markdown::{Growing, Page, render};
use screen::Screen;

const PAGE: Page = Page { knows: &|_| true, has_tab_stops: false };

fn grows(name: &str, text: &str, mut size: impl FnMut() -> usize) -> Growing {
    let mut growing = Growing::new();
    let mut screen = Screen::default();
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.char_indices().nth(size()).map_or(rest.len(), |(at, _)| at);
        let (portion, others) = rest.split_at(at);
        rest = others;
        let before = growing.text().len();
        let update = growing.push(portion, PAGE);
        let shown = format!("{update:?}");
        screen.apply(update);
        let so_far = growing.text();
        let fresh = render(so_far, PAGE);
        assert_eq!(
            screen.html(),
            fresh,
            "{name}: {:?} + {portion:?} gave {shown}",
            &so_far[..before]
        );
        assert_eq!(growing.html(), fresh, "{name}: {so_far:?}");
    }
    let update = growing.finish(text, PAGE);
    assert_eq!(update, markdown::Update::Nothing, "{name}: the end changes nothing");
    growing
}

#[test]
fn every_prefix_of_the_specifications_examples_is_a_fresh_parse() {
    let examples = examples::specifications();
    assert!(examples.len() > 900, "{} examples", examples.len());
    for example in &examples {
        grows("example", example, || 1);
    }
}

#[test]
fn every_prefix_of_an_answer_is_a_fresh_parse() {
    for (name, text) in examples::answers() {
        grows(&name, &text, || 1);
    }
}

/// In portions as they are sent: a model writes some 400 characters in a second, and a portion is 50 ms of
/// them; a fast one writes five times as many.
#[test]
fn a_long_answer_is_parsed_four_times_at_most() {
    let answers = examples::answers();
    let (_, long) =
        answers.iter().find(|(name, _)| name == "long_guide_to_sync").expect("it is there");
    assert!(long.chars().count() >= 16_000, "{}", long.chars().count());
    let mut found = Vec::new();
    for size in [20, 50, 107, 400, 2_000] {
        let growing = grows("long", long, || size);
        found.push((size, growing.parsed_bytes() as f64 / long.len() as f64));
    }
    assert!(found.iter().all(|(_, times)| *times <= 4.0), "{found:?}");
}
