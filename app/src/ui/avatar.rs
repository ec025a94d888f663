//! A being's picture: its initials on its colour. Says nothing to a screen reader, because its name
//! always stands beside it or in a label around it.

use leptos::prelude::*;

use crate::protocol::{Being, BeingKind};

#[component]
pub fn Avatar(being: Signal<Option<Being>>) -> impl IntoView {
    let hue = move || being.with(|being| being.as_ref().map_or(0, |being| being.hue.0));
    let initials = move || being.with(|being| being.as_ref().map(Being::initials));
    let is = move |kind| being.with(|being| being.as_ref().is_some_and(|being| being.kind == kind));
    let is_absent = move || being.with(Option::is_none);
    view! {
        <span
            class="avatar"
            class:ai=move || is(BeingKind::Ai)
            class:space=move || is(BeingKind::Space)
            class:absent=is_absent
            style:--hue=move || hue().to_string()
            aria-hidden="true"
        >
            {move || initials().unwrap_or_default()}
        </span>
    }
}
