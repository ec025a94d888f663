//! What is on the screen of a space, and what other pages share with it.

mod answer;
mod avatar;
mod change;
mod composer;
mod content;
mod enter;
mod excess;
mod focus;
mod member_bar;
mod message;
mod moment;
mod offline;
mod outbox;
mod panel;
mod sidebar;
mod space;
mod timeline;

use leptos::prelude::*;

pub use avatar::Avatar;
pub use offline::Offline;
pub use sidebar::Spaces;

use crate::{backend::Visit, live::Browser};

/// Whether the page is alive. Until then it must read as the server rendered it; after, it may say
/// what only the browser knows, such as the local time.
#[derive(Clone, Copy)]
struct Hydrated(RwSignal<bool>);

#[component]
pub fn App(visit: Visit) -> impl IntoView {
    let hydrated = RwSignal::new(false);
    provide_context(Hydrated(hydrated));
    Effect::new(move || hydrated.set(true));
    view! { <space::Space visit/> }
}

/// None where the server renders.
fn browser() -> Option<Browser> {
    use_context()
}
