//! What is shown from the device alone when there is no network, and not one space to show.

use leptos::prelude::*;

use super::sidebar::Spaces;
use crate::{backend::Visit, protocol::SpaceListing};

/// `is_home`: the spaces were asked for, not one that is not kept.
#[component]
pub fn Offline(visits: Vec<Visit>, is_home: bool) -> impl IntoView {
    let listing = |visit: Visit| SpaceListing {
        last_message_id: visit.sync.last_message_id,
        space: visit.sync.space,
    };
    let spaces: Vec<_> = visits.into_iter().map(listing).collect();
    let words = match (is_home, spaces.is_empty()) {
        (true, false) => "The server cannot be reached. Kept on this device:",
        (false, false) => {
            "The server cannot be reached, and this space is not kept here. Kept on this device:"
        }
        (_, true) => "The server cannot be reached, and no space is kept on this device.",
    };
    view! {
        <main class="home">
            <header><p class="brand">"Rhizome"</p></header>
            <section>
                <h1>"My spaces"</h1>
                <p class="hint">{words}</p>
                <Spaces spaces/>
                // The worker then waits for as long as it takes.
                <p><a href="?wait">"Try again"</a></p>
            </section>
        </main>
    }
}
