//! How far a search has come.

use std::{collections::BTreeMap, fmt, str::FromStr};

/// In each space in which something is left, by its number, where it goes on: below this number of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position(BTreeMap<u32, u64>);

/// The text is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedPosition;

impl Position {
    /// None where nothing is left anywhere.
    pub fn of(spaces: impl IntoIterator<Item = (u32, u64)>) -> Option<Self> {
        let spaces: BTreeMap<_, _> = spaces.into_iter().collect();
        (!spaces.is_empty()).then_some(Self(spaces))
    }

    /// None where nothing is left in this space.
    pub fn below(&self, space: u32) -> Option<u64> {
        self.0.get(&space).copied()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (space, below)) in self.0.iter().enumerate() {
            write!(f, "{}{space}.{below}", if at > 0 { "_" } else { "" })?;
        }
        Ok(())
    }
}

impl FromStr for Position {
    type Err = MalformedPosition;

    fn from_str(text: &str) -> Result<Self, MalformedPosition> {
        let mut spaces = BTreeMap::new();
        for entry in text.split('_') {
            let (space, below) = entry.split_once('.').ok_or(MalformedPosition)?;
            let (space, below) = (space.parse(), below.parse());
            let (Ok(space), Ok(below)) = (space, below) else { return Err(MalformedPosition) };
            if spaces.insert(space, below).is_some() {
                return Err(MalformedPosition);
            }
        }
        // As it was written: there is one spelling.
        let position = Self(spaces);
        if position.to_string() == text { Ok(position) } else { Err(MalformedPosition) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_as_it_was_written() {
        let position = Position::of([(7, 12), (3, 4_000_000_000)]).expect("a position");
        assert_eq!(position.to_string(), "3.4000000000_7.12");
        assert_eq!(position.to_string().parse(), Ok(position.clone()));
        assert_eq!((position.below(7), position.below(8)), (Some(12), None));
        assert_eq!(Position::of([]), None);
    }

    #[test]
    fn another_text_is_no_position() {
        for text in
            ["", "1", "1.", ".1", "1.2_", "1.2_1.3", "2.1_1.1", "+1.2", "01.2", "1.-2", "a.b"]
        {
            assert_eq!(text.parse::<Position>(), Err(MalformedPosition), "{text}");
        }
    }
}
