//! What only the writer of a message is told: that nobody here is called what it calls somebody.

use leptos::prelude::*;

use super::{erased::show, paragraph::paragraph};
use crate::space_model::SpaceModel;
use protocol::{BeingId, MessageId};

/// More handles than this are counted.
const NAMED_MAX: usize = 3;

#[component]
pub fn AbsentNote(model: SpaceModel, id: MessageId) -> impl IntoView {
    // One effect a message, for most mention nobody: a page of them is to wake quickly.
    show(move || {
        let note = note(&model.absent(id))?;
        Some(paragraph("hint absent", note))
    })
}

fn note(absent: &[BeingId]) -> Option<String> {
    let mut handles: Vec<_> =
        absent.iter().take(NAMED_MAX).map(|being| being.as_str().to_owned()).collect();
    let more = absent.len() - handles.len();
    if more > 0 {
        handles.push(format!("{more} more"));
    }
    let last = handles.pop()?;
    let before = handles.join(", ");
    let separator = if before.is_empty() { "" } else { " or " };
    Some(format!("No one here is called {before}{separator}{last}."))
}

#[cfg(test)]
mod tests {
    use super::note;

    #[test]
    fn a_note_names_a_few_and_counts_the_others() {
        for (absent, expected) in [
            ("", None),
            ("@saeg", Some("No one here is called @saeg.")),
            ("@saeg @bob", Some("No one here is called @saeg or @bob.")),
            ("@a @b @c", Some("No one here is called @a, @b or @c.")),
            ("@a @b @c @d @e", Some("No one here is called @a, @b, @c or 2 more.")),
        ] {
            let absent: Vec<_> =
                absent.split_whitespace().map(|id| id.parse().expect("an id")).collect();
            assert_eq!(note(&absent).as_deref(), expected, "{absent:?}");
        }
    }
}
