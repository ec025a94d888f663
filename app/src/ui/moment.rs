//! When something was said.

use leptos::prelude::*;

use super::{Hydrated, browser, change::words};
use crate::protocol::Timestamp;

#[component]
pub fn Moment(at: Timestamp) -> impl IntoView {
    let Hydrated(hydrated) = expect_context();
    let browser = StoredValue::new(browser());
    // The server does not know where the reader is: it says the hour in UTC, the browser its own.
    let in_utc = at.as_str().get(11..16).unwrap_or_default().to_owned();
    let datetime = at.as_str().to_owned();
    let shown = move || {
        let local = |at| browser.with_value(|b| b.as_ref().map(|b| b.live.local_time(at)));
        // Who comes later need not listen: it stays so.
        let is_hydrated = hydrated.get_untracked() || hydrated.get();
        is_hydrated.then(|| local(&at)).flatten().unwrap_or_else(|| in_utc.clone())
    };
    view! { <time datetime=datetime>{words(shown)}</time> }
}
