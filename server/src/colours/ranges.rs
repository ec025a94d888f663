//! What each piece of a block of code is, as places in its text. Pure but for the time, which the caller
//! keeps.

use std::collections::BTreeMap;

use protocol::{CodeClass, Colours};
use syntect::{
    parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet},
    util::LinesWithEndings,
};

use super::scopes;

/// No grammar reads a longer line in time: from there on there are no colours.
const LINE_MAX_BYTES: usize = 2_000;

pub struct Painted {
    pub colours: Colours,
    /// Whether there was time for all of it.
    pub is_whole: bool,
}

/// Colours lines as long as there is time: `has_time` is asked before each.
pub fn colours(
    (grammars, syntax): (&SyntaxSet, &SyntaxReference),
    code: &str,
    has_time: impl Fn() -> bool,
) -> Painted {
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut pieces = Pieces::default();
    for line in LinesWithEndings::from(code) {
        if !has_time() {
            return Painted { colours: pieces.finish(), is_whole: false };
        }
        // A grammar that is broken has said what it could.
        let read = (line.len() <= LINE_MAX_BYTES).then(|| state.parse_line(line, grammars).ok());
        let Some(changes) = read.flatten() else { break };
        let mut from = 0;
        for (at, change) in changes {
            pieces.push(&line[from..at], &stack);
            from = at;
            if stack.apply(&change).is_err() {
                return Painted { colours: pieces.finish(), is_whole: true };
            }
        }
        pieces.push(&line[from..], &stack);
    }
    Painted { colours: pieces.finish(), is_whole: true }
}

/// Pieces in their order; neighbours of one class are one piece.
#[derive(Default)]
struct Pieces {
    classes: BTreeMap<CodeClass, Vec<u32>>,
    last: Option<(CodeClass, u32, u32)>,
    /// In UTF-16 code units, as all places are.
    at: u32,
}

impl Pieces {
    fn push(&mut self, text: &str, scopes: &ScopeStack) {
        let length = text.encode_utf16().count() as u32;
        if length == 0 {
            return;
        }
        let (start, end) = (self.at, self.at + length);
        self.at = end;
        let Some(class) = scopes::class(scopes, text) else { return };
        match &mut self.last {
            Some((last, _, until)) if *last == class && *until == start => *until = end,
            _ => {
                self.write();
                self.last = Some((class, start, end));
            }
        }
    }

    fn write(&mut self) {
        if let Some((class, start, end)) = self.last.take() {
            self.classes.entry(class).or_default().extend([start, end - start]);
        }
    }

    fn finish(mut self) -> Colours {
        self.write();
        Colours(self.classes)
    }
}
