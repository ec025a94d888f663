mod pieces;
mod screen;
mod texts;

use markdown::{Growing, Page, Update, render};
use pieces::PIECES;
use screen::Screen;
use texts::{Dice, count};

const PAGE: Page = Page { knows: &|_| true, has_tab_stops: false };

/// Whatever the text and however it is cut.
#[test]
fn a_text_by_chance_grows_to_its_fresh_parse() {
    for seed in 0..count() {
        let mut dice = Dice(seed);
        let text = dice.text(PIECES, 24);
        let mut growing = Growing::new();
        let mut screen = Screen::default();
        let mut rest = &*text;
        while !rest.is_empty() {
            let size = 1 + dice.below(6);
            let at = rest.char_indices().nth(size).map_or(rest.len(), |(at, _)| at);
            let (portion, others) = rest.split_at(at);
            rest = others;
            let before = growing.text().to_owned();
            let update = growing.push(portion, PAGE);
            let shown = format!("{update:?}");
            screen.apply(update);
            let fresh = render(growing.text(), PAGE);
            assert_eq!(screen.html(), fresh, "seed {seed}: {before:?} + {portion:?} gave {shown}");
            assert_eq!(growing.html(), fresh, "seed {seed}: {:?}", growing.text());
        }
        assert_eq!(growing.finish(&text, PAGE), Update::Nothing, "seed {seed}: {text:?}");
    }
}
