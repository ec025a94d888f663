//! A being's picture: its initials on its colour. Says nothing to a screen reader, because its name
//! always stands beside it or in a label around it.

use leptos::prelude::*;

use super::change::{flag, words};
use crate::protocol::{Being, BeingKind};

/// `letter` stands there for a being that has left.
#[component]
pub fn Avatar(
    being: Signal<Option<Being>>,
    #[prop(default = None)] letter: Option<char>,
) -> impl IntoView {
    let hue = move || being.with(|being| being.as_ref().map_or(0, |being| being.hue.0));
    let initials = move || being.with(|being| being.as_ref().map(Being::initials));
    let is = move |kind| being.with(|being| being.as_ref().is_some_and(|being| being.kind == kind));
    let is_absent = move || being.with(Option::is_none);
    view! {
        <span
            class="avatar"
            class:ai=flag(move || is(BeingKind::Ai))
            class:space=flag(move || is(BeingKind::Space))
            class:absent=flag(is_absent)
            style:--hue=words(move || hue().to_string())
            aria-hidden="true"
        >
            {words(move || initials().unwrap_or_else(|| letter.into_iter().collect()))}
        </span>
    }
}
