//! The list of the reader's spaces.

use leptos::{ev::KeyboardEvent, html, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use super::{
    avatar::Avatar,
    erased::{boolean, effect, on_key, show, text},
    namesakes::look,
    roving,
    submit_key::is_enter,
};
use crate::space_model::SpaceModel;
use protocol::{Being, SpaceListing};

/// With more spaces than this, there is a field to find one.
const SPACES_WITHOUT_FILTER: usize = 8;
/// The spaces that fit what is written there.
const FOUND: &str = "a:not([hidden])";

/// `open` is the space on the screen, whose name may change while it is shown.
#[component]
pub fn SpaceList(
    spaces: Vec<SpaceListing>,
    #[prop(optional)] open: Option<SpaceModel>,
) -> impl IntoView {
    let nav = NodeRef::<html::Nav>::new();
    let looks: Vec<_> = spaces.iter().map(|listing| look(&listing.space.name)).collect();
    let (has_filter, all_looks) =
        (open.is_some() && spaces.len() > SPACES_WITHOUT_FILTER, looks.clone());
    let wanted = RwSignal::new(String::new());
    let is_wanted = move |this: &str| this.contains(&look(&wanted.get()));
    let link = |space: Being| {
        let href = format!("/spaces/{}", space.id);
        let is_open = open.filter(|model| model.space().as_being() == &space.id);
        let this = look(&space.name);
        let has_namesake = looks.iter().filter(|look| **look == this).count() > 1;
        let is_hidden = move || !is_wanted(&this);
        let handle = has_namesake.then(|| space.id.to_string());
        let being = Signal::derive(move || {
            let name = is_open.map(SpaceModel::space_name).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| space.name.clone());
            Some(Being { name, ..space.clone() })
        });
        let name = move || being.get().map(|being| being.name).unwrap_or_default();
        view! {
            <a href=href aria-current=is_open.map(|_| "page") hidden=boolean(is_hidden)>
                <Avatar being/>
                <span class="who" translate="no">
                    <bdi class="name">{text(name)}</bdi>
                    {handle.map(|handle| view! { <span class="handle">{handle}</span> })}
                </span>
            </a>
        }
    };
    if open.is_some() {
        effect(move || {
            let Some(nav) = nav.get() else { return };
            if let Ok(Some(open)) = nav.query_selector("[aria-current]") {
                let to_top =
                    open.get_bounding_client_rect().top() - nav.get_bounding_client_rect().top();
                nav.set_scroll_top(to_top as i32 - nav.client_height() / 2);
            }
        });
        effect(move || {
            wanted.track();
            let Some(nav) = nav.get() else { return };
            roving::one_tab_stop(&nav, FOUND, "[aria-current]");
        });
    }
    let open_first = move |event: KeyboardEvent| {
        let first = nav.get_untracked().and_then(|nav| nav.query_selector(FOUND).ok().flatten());
        if let Some(first) = first.filter(|_| is_enter(&event)) {
            first.unchecked_into::<HtmlElement>().click();
        }
    };
    let is_empty = Memo::new(move |_| !all_looks.iter().any(|this| is_wanted(this)));
    view! {
        {has_filter.then(|| view! {
            <input type="search" aria-label="Find a space" placeholder="Find a space" bind:value=wanted on:keydown=on_key(open_first)/>
        })}
        {show(move || (has_filter && is_empty.get()).then(|| view! { <p class="hint">"No space of yours is called that."</p> }.into_any()))}
        <nav class="spaces" aria-label="My spaces" node_ref=nav on:keydown=roving::arrow_keys(".spaces", FOUND)>
            {spaces.into_iter().map(|listing| link(listing.space)).collect_view()}
        </nav>
    }
}
