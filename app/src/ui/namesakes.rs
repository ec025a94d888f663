//! Members whose names look alike. Anybody may take any name and any colour, so where two names look
//! the same, the handle, which is unique and never changes, stands beside them.

use leptos::prelude::*;

use crate::space_model::SpaceModel;
use client::SortedMap;
use protocol::BeingId;

/// The members whose names look like another member's.
#[derive(Clone, Copy)]
pub struct Namesakes(Memo<Vec<BeingId>>);

impl Namesakes {
    pub fn new(model: SpaceModel) -> Self {
        Self(Memo::new(move |_| namesakes(model)))
    }

    /// A member's name, and the handle where another member's name looks like it.
    pub fn distinct_name(self, model: SpaceModel, id: &BeingId) -> String {
        let (name, is_alike) = (model.name_of(id), self.0.with(|ids| ids.contains(id)));
        if is_alike { format!("{name} {id}") } else { name }
    }
}

/// Tracks all members and their names.
fn namesakes(model: SpaceModel) -> Vec<BeingId> {
    // The server does not normalise: names that are alike only then are told apart in the browser.
    let members = model.roster();
    let looks: Vec<_> =
        members.iter().map(|id| look(&model.normalized(&model.name_of(id)))).collect();
    let mut counts = SortedMap::<&String, usize>::default();
    looks.iter().for_each(|look| *counts.get_or_default(look) += 1);
    let is_alike = |look: &String| counts.get(&look).is_some_and(|count| *count > 1);
    members.into_iter().zip(&looks).filter(|(_, look)| is_alike(look)).map(|(id, _)| id).collect()
}

/// The handles beside the authors of messages, as a style sheet: it is one change of the page, however
/// many messages they have written. An id has no character that CSS or HTML reads in another way.
#[component]
pub fn HandleStyle(namesakes: Namesakes) -> impl IntoView {
    let rule =
        |id: BeingId| format!(".message[data-owner=\"{id}\"] .author::after{{content:\" {id}\"}}");
    let rules = move || namesakes.0.get().into_iter().map(rule).collect::<String>();
    view! { <style inner_html=super::erased::text(rules)></style> }
}

/// What a name looks like: two names that look the same have the same.
pub fn look(name: &str) -> String {
    let letters = name.chars().filter(|c| is_seen(*c)).flat_map(char::to_uppercase);
    letters.map(latin_twin).collect()
}

/// Blanks are hardly seen either.
fn is_seen(c: char) -> bool {
    // Unicode's Default_Ignorable_Code_Point.
    let is_ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !is_ignorable && !c.is_whitespace()
}

/// The capitals of Cyrillic and Greek that are drawn like a Latin one.
fn latin_twin(c: char) -> char {
    const TWINS: &str = "АAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSԚQԜWΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX0O1I";
    let mut letters = TWINS.chars();
    while let (Some(twin), Some(latin)) = (letters.next(), letters.next()) {
        if twin == c {
            return latin;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::look;

    #[test]
    fn names_that_look_the_same_have_one_look() {
        for (name, other, is_alike) in [
            ("Ada", "Ada", true),
            ("Ada", "ADA ", true),
            ("Ada Lovelace", "Ada  Lovelace", true),
            ("Ada Lovelace", "Ada\u{a0}Lovelace", true),
            ("Ada", "A\u{200b}da\u{202c}", true),
            ("Ada", "Аdа", true),
            ("Straße", "STRASSE", true),
            ("Oskar", "0skar", true),
            ("Nikos", "Νikοs", true),
            ("Ada", "Ida", false),
            ("Ada", "Ada B", false),
            ("🌱", "🌿", false),
            ("庭", "园", false),
        ] {
            assert_eq!(look(name) == look(other), is_alike, "{name} {other}");
        }
    }
}
