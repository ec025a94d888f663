//! My spaces.

use leptos::prelude::*;
use leptos_router::components::A;

use super::avatar::Avatar;
use crate::protocol::SpaceListing;

#[component]
pub fn Spaces(spaces: Vec<SpaceListing>) -> impl IntoView {
    view! {
        <nav class="spaces" aria-label="My spaces">
            {spaces.into_iter().map(|SpaceListing { space, .. }| {
                let name = space.name.clone();
                view! {
                    <A href=format!("/spaces/{}", space.id)>
                        <Avatar being=Signal::stored(Some(space))/>
                        <span class="name">{name}</span>
                    </A>
                }
            }).collect_view()}
        </nav>
    }
}
