//! The screen of a space, and the components that other pages share with it.

mod absent;
mod actions;
mod answer;
mod avatar;
mod calendar;
mod completion;
mod composer;
mod content;
mod copy;
mod editor;
mod erased;
mod focus;
mod fold;
mod length_limit;
mod member_bar;
mod members;
mod mention_style;
mod message;
mod morph;
mod namesakes;
mod offline;
mod outbox;
mod panel;
mod paragraph;
mod quote;
mod reactions;
mod reasoning;
mod revoked;
mod roving;
mod sidebar;
mod space;
mod submit_key;
mod timeline;
mod timestamp;
mod versions;

use leptos::prelude::*;

pub use avatar::Avatar;
pub use offline::Offline;
pub use sidebar::SpaceList;
pub use space::PlainForm;

use crate::platform::Browser;
use client::SpaceSnapshot;

#[component]
pub fn App(bootstrap: SpaceSnapshot) -> impl IntoView {
    view! { <space::Space bootstrap/> }
}

/// `None` on the server, which does not know what only a browser knows, such as the local time.
fn browser() -> Option<Browser> {
    use_context()
}
