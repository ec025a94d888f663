//! The page shown from the device alone when there is no network and the space is not stored.

use leptos::prelude::*;

use super::sidebar::SpaceList;
use client::{SpaceSnapshot, snapshots::kept_spaces};

/// `is_home`: the list of spaces was requested, not one space that is missing here.
#[component]
pub fn Offline(snapshots: Vec<SpaceSnapshot>, is_home: bool) -> impl IntoView {
    let spaces = kept_spaces(snapshots);
    let message = match (is_home, spaces.is_empty()) {
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
                // The device's script knows whether the page is late or does not come.
                <p class="hint late">"Still connecting…"</p>
                <p class="hint away">{message}</p>
                <SpaceList spaces=RwSignal::new(spaces)/>
                // With `?wait`, the service worker waits for the network without a timeout.
                <p><a href="?wait">"Try again"</a></p>
            </section>
        </main>
    }
}
