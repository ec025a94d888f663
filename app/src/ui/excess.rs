//! What is too long to be said: how much of it, and that it is.

use leptos::prelude::*;

use super::change::maybe;
use crate::protocol::limits::CONTENT_MAX_CHARACTERS;

/// So many characters have to go.
pub fn excess(text: RwSignal<String>) -> usize {
    text.with(|text| text.chars().count()).saturating_sub(CONTENT_MAX_CHARACTERS)
}

#[component]
pub fn Excess(text: RwSignal<String>) -> impl IntoView {
    maybe(move || {
        let excess = excess(text);
        (excess > 0).then(|| {
            let words = format!("{excess} characters too many");
            view! { <p class="problem" role="alert">{words}</p> }.into_any()
        })
    })
}
