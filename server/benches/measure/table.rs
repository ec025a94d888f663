//! The results as a table: each row is a ratio of two things that were measured alternately.

use std::fmt;

/// The figures of several rounds.
#[derive(Clone, Debug, Default)]
pub struct Spread(Vec<f64>);

impl FromIterator<f64> for Spread {
    fn from_iter<I: IntoIterator<Item = f64>>(turns: I) -> Self {
        let mut turns: Vec<f64> = turns.into_iter().collect();
        turns.sort_by(f64::total_cmp);
        Self(turns)
    }
}

impl Spread {
    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (self.0[0], self.0[self.0.len() - 1]);
        write!(f, "{} ({}–{})", short(self.median()), short(least), short(most))
    }
}

/// Three significant figures.
pub fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        ..10.0 => format!("{number:.2}"),
        10.0..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// Prints a row at once: its name, the ratio with its spread, and the absolute figures.
pub fn row(what: &str, ratio: &Spread, meaning: &str) {
    println!("| {what} | {ratio} | {meaning} |");
}

pub fn head(title: &str) {
    println!(
        "\n## {title}\n\n| what | ratio: median (least–most) | what the number means |\n|---|---|---|"
    );
}
