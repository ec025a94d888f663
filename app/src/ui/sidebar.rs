//! My spaces.

use leptos::prelude::*;

use super::{avatar::Avatar, change::words};
use crate::{
    protocol::{Being, SpaceListing},
    session::Session,
};

/// `open` is the space on the screen, whose name may change under our eyes.
#[component]
pub fn Spaces(spaces: Vec<SpaceListing>, #[prop(optional)] open: Option<Session>) -> impl IntoView {
    let link = |space: Being| {
        let href = format!("/spaces/{}", space.id);
        let is_open = open.filter(|session| session.space().as_being() == &space.id);
        let being = Signal::derive(move || {
            let name = is_open.map(Session::space_name).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| space.name.clone());
            Some(Being { name, ..space.clone() })
        });
        let name = move || being.get().map(|being| being.name).unwrap_or_default();
        view! {
            <a href=href aria-current=is_open.map(|_| "page")>
                <Avatar being/>
                <span class="name">{words(name)}</span>
            </a>
        }
    };
    view! {
        <nav class="spaces" aria-label="My spaces">
            {spaces.into_iter().map(|listing| link(listing.space)).collect_view()}
        </nav>
    }
}
