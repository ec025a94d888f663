//! A being's picture: its initials on its colour. Hidden from screen readers, because the name
//! always stands beside it or in a label around it.

use leptos::prelude::*;

use super::erased::{boolean, text};
use protocol::{Being, BeingKind};

/// `letter` is shown for a being that has left.
#[component]
pub fn Avatar(
    being: Signal<Option<Being>>,
    #[prop(default = None)] letter: Option<char>,
) -> impl IntoView {
    let hue = move || being.with(|being| being.as_ref().map_or(0, |being| being.hue.degrees()));
    let initials = move || being.with(|being| being.as_ref().map(Being::initials));
    let is = move |kind| being.with(|being| being.as_ref().is_some_and(|being| being.kind == kind));
    let is_absent = move || being.with(Option::is_none);
    view! {
        <span
            class="avatar"
            class:ai=boolean(move || is(BeingKind::Ai))
            class:space=boolean(move || is(BeingKind::Space))
            class:absent=boolean(is_absent)
            style:--hue=text(move || hue().to_string())
            aria-hidden="true"
            translate="no"
        >
            {text(move || initials().unwrap_or_else(|| letter.into_iter().collect()))}
        </span>
    }
}
